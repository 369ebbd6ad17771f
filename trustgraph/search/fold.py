"""What is compared instead of names as they are written: folded text, and the tokens of it.

Full width becomes half width, capitals small letters, traditional characters simplified ones; marks
and words of legal form, which thousands of names share, are left out. Chinese is indexed by single
characters and by pairs, since a trade name of two characters is common and words are not set apart;
other scripts by words and their beginnings, for people see suggestions while they type.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
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
LONGEST_PREFIX: Final = 12
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
    plain = [
        unicodedata.normalize("NFKC", text).casefold().replace("\n", " ").replace("\r", " ")
        for text in texts
    ]
    simplified: list[str] = _converter().convert("\n".join(plain)).split("\n")
    return [" ".join(text.split()) for text in simplified]


@cache
def _converter() -> Any:
    from opencc import OpenCC  # noqa: PLC0415  # an optional part

    return OpenCC("t2s")


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
    tokens: set[str] = set()
    for run in _runs(folded):
        if _IS_HAN.match(run):
            tokens.update(run)
            tokens.update(run[place : place + 2] for place in range(len(run) - 1))
        else:
            tokens.add(run)
            tokens.update(f"{run[:size]}*" for size in range(1, min(len(run), LONGEST_PREFIX) + 1))
    return tokens


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
