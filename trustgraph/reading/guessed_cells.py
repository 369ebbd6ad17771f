"""How days, shares and amounts are written in a column, told by its name and some of its cells."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from trustgraph.reading.ranges import bounds_of

__all__ = ["amount_field", "day_field", "quoted", "share_fields"]

_HOUR: Final = r"([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?$"
_FORMATS: Final = (
    (rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_HOUR}", "YYYY-MM-DD"),
    (rf"^[0-9]{{4}}-([0-9]-[0-9]{{1,2}}|[0-9]{{1,2}}-[0-9]){_HOUR}", "YYYY-M-D"),
    (rf"^[0-9]{{4}}/[0-9]{{1,2}}/[0-9]{{1,2}}{_HOUR}", "YYYY/M/D"),
    (rf"^[0-9]{{4}}年[0-9]{{1,2}}月[0-9]{{1,2}}日{_HOUR}", "YYYY年M月D日"),
    (r"^[0-9]{8}$", "YYYYMMDD"),
    (rf"^[0-9]{{4}}\.[0-9]{{1,2}}\.[0-9]{{1,2}}{_HOUR}", "YYYY.M.D"),
    (rf"^[0-9]{{1,2}}\.[0-9]{{1,2}}\.[0-9]{{4}}{_HOUR}", "DD.MM.YYYY"),
    (r"^[34][0-9]{4}$", "serial"),
)
_TEXT_OF_TIME: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}.*([Zz]|UTC|[+-][0-9:]+)$"
"""Times that say their zone: they are read where no format is said."""
_UNITS: Final = {
    "千万": 10**7,
    "百万": 10**6,
    "十万": 10**5,
    "万": 10**4,
    "亿": 10**8,
    "千": 10**3,
    "million": 10**6,
    "thousand": 10**3,
}
"""What a number of money is counted in; the longer words first."""
_FOREIGN: Final = re.compile("港|美元|美金|欧元|日元|英镑|[$€£]|USD|HKD|EUR|JPY|GBP", re.IGNORECASE)
_AMOUNT: Final = r"^[+-]?[0-9０-９][0-9０-９,，.．]*$"
_SHOWN: Final = 40
"""Characters of a cell that a comment shows."""


def share_fields(column: str, cells: Sequence[str]) -> Iterator[str]:
    """Shares, as one number or as a range; in per cent where a cell, or the header, says so."""
    bounds = [bounds_of(cell, percent=False) for cell in cells]
    signed = [bool(re.search("[%％]", cell)) for cell in cells]
    bare = [
        float(bound.strip("<>"))
        for pair, sign in zip(bounds, signed, strict=True)
        if pair and not sign
        for bound in pair
        if bound
    ]
    # A workbook holds 61.5 % as 0.615: beside texts with a sign it is that, and no 0.615 %.
    mixed = any(signed) and bool(bare) and max(bare) <= 1
    percent = not mixed and ("%" in column or any(signed) or any(number > 1 for number in bare))
    small = [cell for cell in cells if not re.search("[%％]", cell) and _is_fraction(cell)]
    if percent and small and any(number > 1 for number in bare):
        told = f"{quoted(small[0])} is read as {small[0]} %"
        yield f"# {told}: beside larger numbers it may be a share."
    more = ", percent = true" if percent else ""
    if not mixed and all(pair is not None and pair[0] == pair[1] for pair in bounds):
        yield f"share = {{ column = {quoted(column)}{more} }}"
        return
    for field, side in (("share_min", "low"), ("share_max", "high")):
        yield f'{field} = {{ column = {quoted(column)}, range = "{side}"{more} }}'


def _is_fraction(cell: str) -> bool:
    return re.fullmatch("0?[.][0-9]*[1-9][0-9]*", cell) is not None


def day_field(field: str, column: str, cells: Sequence[str]) -> Iterator[str]:
    """A field of days, with the forms that the cells of its column have."""
    forms = [form for shape, form in _FORMATS if any(re.match(shape, cell) for cell in cells)]
    if forms in ([], ["YYYY-MM-DD"]) and any(re.match(_TEXT_OF_TIME, cell) for cell in cells):
        forms = []
    shapes = "|".join([_TEXT_OF_TIME, *(shape for shape, _ in _FORMATS)])
    yield from _strange(cells, shapes, "is no day of a form known here: say which by `date`")
    said = (
        "" if forms in ([], ["YYYY-MM-DD"]) else f", date = {json.dumps(forms, ensure_ascii=False)}"
    )
    yield f"{field} = {{ column = {quoted(column)}{said} }}"


def _strange(cells: Sequence[str], shape: str, words: str) -> Iterator[str]:
    """A comment on the first cell that has another shape, if one has."""
    other = next((cell for cell in cells if not re.search(shape, cell)), None)
    if other is not None:
        yield f"# {quoted(other[:_SHOWN])} {words}."


def amount_field(column: str, cells: Sequence[str], notes: str) -> Iterator[str]:
    """Amounts in yuan, by the unit that the header says, or a note above it."""
    told = re.search("[(（\\[/].*", column)
    noted = re.search("(单位|unit)\\s*[:：]\\s*\\S+", notes, re.IGNORECASE)
    unit = (told[0] if told else column) if told or not noted else noted[0]
    factor = next((f", factor = {by}" for word, by in _UNITS.items() if word in unit.lower()), "")
    if noted and not told:
        yield f"# A note above the table says {quoted(noted[0])}."
    if _FOREIGN.search(unit):
        yield f"# Amounts count as yuan, and {quoted(unit[:_SHOWN])} seems to be another currency."
    yield from _strange(cells, _AMOUNT, "is no number")
    yield f'amount = {{ column = {quoted(column)}, thousands = ","{factor} }}'


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
