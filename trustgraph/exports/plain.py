"""Values as other programs take them: no character that a format forbids, no formula, no date type.

What is null is left out by whoever writes; lists stay lists where a format has them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

__all__ = ["cell_of", "json_of", "line_of", "rows_of", "xml_text"]

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for: most control characters, lone surrogates, two non-characters."""

_FORMULA: Final = frozenset("=+-@\t\r")
_SEPARATOR: Final = "; "


def xml_text(text: str) -> str:
    """Text without what XML cannot hold: each such character becomes U+FFFD.

    >>> xml_text("a\\x00b")
    'a\ufffdb'
    """
    return _NOT_XML.sub("\ufffd", text)


def json_of(value: Any) -> Any:
    """A value for JSON: days as text, text without lone surrogates."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list | tuple):
        return [json_of(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): json_of(one) for name, one in value.items()}
    return value


def line_of(value: Any) -> Any:
    """A value for a format without lists and days: both become text."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list):
        return _SEPARATOR.join(str(one) for one in value)
    return value


def cell_of(value: Any) -> Any:
    """A value for a spreadsheet's CSV: text that it might take for a formula is told apart.

    >>> cell_of("=1+1")
    "'=1+1"
    """
    plain = line_of(value)
    if isinstance(plain, str) and plain[:1] in _FORMULA:
        return f"'{plain}"
    return plain


def rows_of(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """The rows of a frame, each without what is null."""
    for row in frame.iter_rows(named=True):
        yield {name: value for name, value in row.items() if value is not None}
