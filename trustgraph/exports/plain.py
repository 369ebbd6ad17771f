"""Values as other programs take them: no character that a format forbids, no formula, no date type.

What is null is left out by whoever writes; lists stay lists where a format has them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from trustgraph.storage import FORMULA

__all__ = [
    "SEPARATOR",
    "cell_of",
    "id_told_apart",
    "json_of",
    "line_of",
    "xml_id",
    "xml_kind",
    "xml_text",
    "xml_value",
]

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for: most control characters, lone surrogates, two non-characters."""

SEPARATOR: Final = "; "


def xml_text(text: str) -> str:
    """Text without what XML cannot hold: each such character becomes U+FFFD.

    >>> xml_text("a\\x00b")
    'a\ufffdb'
    """
    return _NOT_XML.sub("\ufffd", text)


def xml_id(entity: str) -> str:
    """An id that XML can hold: what it cannot is replaced, and a mark of the whole tells it apart.

    >>> xml_id("A1"), xml_id("a\\x00b")
    ('A1', 'a\ufffdb#f5ccd773')
    """
    return id_told_apart(entity, xml_text(entity))


def id_told_apart(entity: str, plain: str) -> str:
    """An id as a format can hold it: itself, or what is left of it with a mark of the whole."""
    if plain == entity:
        return entity
    mark = hashlib.blake2b(entity.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{plain}#{mark}"


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
        return SEPARATOR.join(str(one) for one in value)
    return value


def cell_of(value: Any) -> Any:
    """A value for a spreadsheet's CSV: text that it might take for a formula is told apart.

    >>> cell_of("=1+1"), cell_of("＝1+1")
    ("'=1+1", "'＝1+1")
    """
    plain = line_of(value)
    if isinstance(plain, str) and plain[:1] in FORMULA:
        return f"'{plain}"
    return plain


def xml_kind(dtype: pl.DataType) -> str:
    """The type of a column as GraphML and GEXF call it."""
    if dtype == pl.Boolean():
        return "boolean"
    if dtype.is_numeric():
        return "double" if dtype.is_float() else "long"
    return "string"


def xml_value(value: Any) -> str:
    """A value as text for XML, not yet escaped.

    >>> xml_value(True), xml_value(0.5), xml_value(["a", "b"])
    ('true', '0.5', 'a; b')
    """
    plain = line_of(value)
    return ("true" if plain else "false") if isinstance(plain, bool) else xml_text(str(plain))
