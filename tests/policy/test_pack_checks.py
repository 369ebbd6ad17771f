"""What a policy pack does not know: record types are rejected, sources flagged."""

from __future__ import annotations

import polars as pl

import trustgraph as tg
from trustgraph.register import compile_register
from trustgraph.register.pack_checks import by_pack
from trustgraph.tables.tables import Tables

PACK = tg.read_policy("cn-national")
FIRM = pl.DataFrame({"id": ["F"], "kind": "company", "name": "F"})


def judged(records: pl.DataFrame | None, consultations: pl.DataFrame | None = None) -> Tables:
    tables = tg.check_tables(FIRM, None, records, consultations)
    return by_pack(tables, compile_register(tables), PACK)


def test_records_of_unknown_types_are_rejected_with_their_place() -> None:
    rows = {"id": ["1", "2"], "entity": "F", "decided_on": "2024-01-31"}
    records = pl.DataFrame({**rows, "type": ["COURT_DEFAULTER", "COURT_DEFAULTERS"]})
    line = judged(records).rejected.row(0)
    assert line[:4] == ("records", 3, "type", "COURT_DEFAULTERS")
    assert line[4] == (
        'the policy pack cn-national has no type "COURT_DEFAULTERS" '
        '(did you mean "COURT_DEFAULTER"?)'
    )
    assert judged(records.head(1)).rejected.is_empty()


def test_a_record_of_an_unknown_type_counts_nowhere() -> None:
    rows = {"id": ["1", "2"], "entity": "F", "decided_on": "2024-01-31"}
    records = pl.DataFrame({**rows, "type": ["COURT_DEFAULTER", "UNHEARD_OF"]})
    with_it, without = (
        tg.score(tg.check_tables(FIRM, None, some), as_of="2026-06-30")
        for some in (records, records.head(1))
    )
    assert with_it.scores.equals(without.scores)
    assert with_it.lines.equals(without.lines)
    assert with_it.consequences.equals(without.consequences)
    assert with_it.scoring.records == 1
    assert tg.explain(with_it, "F")["records"] == tg.explain(without, "F")["records"]


def test_a_source_that_the_pack_lacks_is_flagged_once() -> None:
    given = {"source": ["court_defaulters"] * 2 + ["nowhere"], "consulted_on": "2026-06-01"}
    known = next(iter(PACK.sources))
    given["source"][0] = known
    tables = judged(None, pl.DataFrame(given))
    words = {row[3]: row[4] for row in tables.flagged.rows()}
    assert known not in words
    assert tables.flagged.height == 2
    assert words["nowhere"].startswith("1 row kept, but of no use: the policy pack's coverage has")
