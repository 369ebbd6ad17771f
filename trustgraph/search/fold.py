"""What is compared instead of names as they are written: folded text, and the tokens of it.

Full width becomes half width, capitals small letters, traditional characters simplified ones; marks
and words of legal form, which thousands of names share, are left out. Chinese is indexed by single
characters and by pairs, since a trade name of two characters is common and words are not set apart;
other scripts by words and their beginnings, for people see suggestions while they type.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any, Final

__all__ = ["core", "fold", "fold_all", "index_tokens", "query_tokens"]

_HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN: Final = re.compile(rf"[{_HAN}]+|(?:(?![{_HAN}])[^\W_])+")
_IS_HAN: Final = re.compile(f"[{_HAN}]")
_FORMS_ZH: Final = re.compile(
    "(?:股份有限责任公司|有限责任公司|股份有限公司|集团有限公司|有限公司|股份公司|"
    "有限合伙企业|有限合伙|普通合伙|个人独资企业|集团公司|公司)"
)
_FORMS_EN: Final = frozenset(
    [
        "co",
        "company",
        "corp",
        "corporation",
        "inc",
        "incorporated",
        "limited",
        "llc",
        "llp",
        "lp",
        "ltd",
        "plc",
        "the",
        "gmbh",
        "ag",
        "sa",
    ]
)
LONGEST_PREFIX: Final = 8
CODE_STEP: Final = 2
"""Codes are found by beginnings of an even length."""


def fold(text: str) -> str:
    """Text as it is compared, legal forms still in it.

    >>> fold("ＡＢＣ　臺灣公司")
    'abc 台湾公司'
    """
    return fold_all([text])[0]


def fold_all(texts: list[str]) -> list[str]:
    """The same of many texts at once."""
    joined = unicodedata.normalize("NFKC", "\n".join(one.replace("\n", " ") for one in texts))
    plain = joined.casefold().translate(_simplified(joined))
    return [" ".join(text.split()) for text in plain.split("\n")]


def _simplified(text: str) -> dict[int, str]:
    """The traditional characters of a text, and what simplified ones they become.

    One by one: whole words would be simplified more rightly, but names are only compared.
    """
    table, convert = _converted()
    fresh = sorted(set(text) - table.keys())
    if fresh:
        simple = convert("\n".join(fresh)).split("\n")
        known = zip(fresh, simple, strict=True) if len(simple) == len(fresh) else ()
        table.update(dict.fromkeys(fresh, ""))
        table.update(known)
    return {ord(one): table[one] for one in set(text) if table[one] not in {"", one}}


@cache
def _converted() -> tuple[dict[str, str], Any]:
    from opencc import OpenCC  # noqa: PLC0415  # an optional part

    return {"\n": "\n"}, OpenCC("t2s").convert


def _runs(folded: str) -> list[str]:
    """Runs of Chinese characters and words of other scripts, without legal forms.

    Of a name that is nothing but a legal form, all of it.
    """
    whole = _RUN.findall(folded)
    some = [
        part
        for run in whole
        for part in (_FORMS_ZH.split(run) if _IS_HAN.match(run) else [run])
        if part and part not in _FORMS_EN
    ]
    return some or whole


def core(folded: str) -> str:
    """A folded name without its legal form.

    >>> core("灰烬路桥股份有限公司")
    '灰烬路桥'
    """
    return " ".join(_runs(folded))


def index_tokens(folded: str) -> set[str]:
    """The tokens under which a folded name is found."""
    return set().union(*map(_run_tokens, _runs(folded)))


@lru_cache(maxsize=1 << 16)
def _run_tokens(run: str) -> tuple[str, ...]:
    """Of a run of Chinese its characters and pairs, of a word itself and its beginnings."""
    if _IS_HAN.match(run):
        return (*run, *map(str.__add__, run, run[1:]))
    return (run, *[run[:size] + "*" for size in range(1, min(len(run), LONGEST_PREFIX) + 1)])


def query_tokens(folded: str) -> list[str]:
    """The tokens that a name has to have to be one that was meant by folded text."""
    tokens: list[str] = []
    runs = _runs(folded)
    for run in runs:
        if not _IS_HAN.match(run):
            last = run is runs[-1] and not folded.endswith(" ")
            tokens.append(f"{run[:LONGEST_PREFIX]}*" if last else run)
        elif len(run) == 1:
            tokens.append(run)
        else:
            tokens.extend(run[place : place + 2] for place in range(len(run) - 1))
    return list(dict.fromkeys(tokens))
