"""Text that decodes as GB18030 without an error, and is written in something else.

Almost any bytes are GB18030. What gives others away: Chinese as it is written today keeps to the
characters of GB2312, and a Latin letter with an accent becomes a rare character inside a word.
Detectors for any encoding name these, too, but take Chinese of a few words for something else
(charset-normalizer 3.5: Big5 and Korean; chardet 7.7: Baltic), and here a doubt ends the reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

__all__ = ["likelier_than_gb18030"]

_USUAL: Final = 0.8
"""The share of Chinese that is in GB2312 at least: in texts it is all but a few in a hundred."""
_ENOUGH: Final = 8
_KOREAN: Final = 20
"""Characters by which a script of few letters is told from Chinese that happens to look like it."""
_KANA_AT_LEAST: Final = 0.2
_MOSTLY: Final = 0.95
_WIDE: Final = re.compile(r"[^\x00-\x7f]")
_IN_A_WORD: Final = re.compile(r"(?<=[A-Za-z])[^\x00-\x7f]|[^\x00-\x7f](?=[A-Za-z])")
_FULL_KANA: Final = re.compile("[\u3041-\u30ff]")
_KANA: Final = re.compile("[\u3041-\u30ff\uff66-\uff9f]")


def likelier_than_gb18030(data: bytes) -> str | None:
    r"""The encoding of which bytes are likelier to be a text than of GB18030, else None.

    >>> likelier_than_gb18030("id,name\n1,Müller GmbH\n2,Käse AG\n".encode("cp1252"))
    'Windows-1252'
    >>> likelier_than_gb18030("id,name\n1,某某贸易有限公司\n".encode("gb18030")) is None
    True
    """
    text = data.decode("gb18030", "ignore")
    wide = _WIDE.findall(text)
    if not wide:
        return None
    usual = sum(_is_usual(one) for one in wide) / len(wide)
    if usual < _USUAL:
        if len(_IN_A_WORD.findall(text)) >= _USUAL * len(wide):
            return "Windows-1252"
        if len(wide) >= _ENOUGH:
            # To Shift-JIS a Big5 character begins as kana of half width, never of full width.
            traditional = _share(data, "big5", _is_traditional) >= _MOSTLY
            kana_of = _FULL_KANA if traditional else _KANA
            if _share(data, "shift_jis", _is_japanese, wanted=kana_of) >= _MOSTLY:
                return "Shift-JIS"
            if traditional:
                return "Big5"
    kana = len(_KANA.findall(text)) >= max(_ENOUGH, _KANA_AT_LEAST * len(wide))
    if kana and _share(data, "euc_jp", _is_japanese) >= _MOSTLY:
        return "EUC-JP"
    if len(wide) >= _KOREAN and _share(data, "cp1251", _is_cyrillic) >= _MOSTLY:
        return "Windows-1251"
    if len(wide) >= _KOREAN and _share(data, "euc_kr", _is_korean) >= _MOSTLY:
        return "EUC-KR"
    return None


def _is_usual(char: str) -> bool:
    try:
        return len(char.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


def _share(
    data: bytes, encoding: str, fits: Callable[[str], bool], *, wanted: re.Pattern[str] = _WIDE
) -> float:
    """The share of characters beyond ASCII that fit; 0 where the bytes are no such text.

    ``wanted``: what there has to be one of.
    """
    # The last character of a sample may be cut.
    for cut in (0, 1):
        try:
            text = data[: len(data) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        wide = _WIDE.findall(text)
        return sum(map(fits, wide)) / len(wide) if wanted.search(text) else 0.0
    return 0.0


def _is_japanese(char: str) -> bool:
    return "\u3000" <= char <= "\u30ff" or "\u4e00" <= char <= "\u9fff" or char >= "\uff01"


def _is_traditional(char: str) -> bool:
    """One of the 5,401 frequent characters of Big5, or its punctuation."""
    return char.encode("big5") < b"\xc6\x7f"


def _is_korean(char: str) -> bool:
    return "\uac00" <= char <= "\ud7a3"


def _is_cyrillic(char: str) -> bool:
    return "\u0410" <= char <= "\u044f"
