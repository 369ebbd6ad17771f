"""A day added to a register on disk: which step follows which."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.ingest.bulk.adjacency import write_adjacency
from trustgraph.ingest.update.delta import Delta
from trustgraph.ingest.update.merge_plan import (
    Merge,
    consultation_merge,
    entity_merge,
    new_numbers,
    recoded,
    record_merge,
    relationship_merge,
    upserted_relationships,
    with_sources,
)
from trustgraph.ingest.update.merge_writer import WrittenRows, write_array, write_ids, write_table
from trustgraph.register import Int64, Origins, Overlay, Register, Traits
from trustgraph.register.digest import part_digest
from trustgraph.register.origins import origins_of, small
from trustgraph.schema import ENTITY_KINDS
from trustgraph.storage import (
    REGISTER_MANIFEST,
    StoredRows,
    Work,
    add_input_report,
    manifest_of,
    read_findings,
    working,
    write_findings,
    write_mark,
    write_origins,
    write_words,
)
from trustgraph.tables.sheet import FILE, ROW
from trustgraph.tables.tables import rows_of_lines

__all__ = ["Added", "add_day"]

Stage = Callable[[str, int, int], None]
_PERSON: Final = ENTITY_KINDS.index("person")
_RELATIONSHIPS: Final = ("kind", "share", "share_low", "share_high", "confidence", "start", "end")
_RECORDS: Final = ("decided_on", "ends_on", "repaired_on", "withdrawn", "amount")
_TRAITS: Final = ("status", "region", "jurisdiction", "industry", "legal_form")


@dataclass(frozen=True, slots=True)
class Added:
    """What came of adding a day: rows laid over the register and taken out of it, by table.

    ``entities`` and so on say how many rows stand now.
    """

    path: Path
    digest: str
    upserted: dict[str, int]
    removed: dict[str, int]
    entities: int
    relationships: int
    records: int
    consultations: int
    rejected_rows: int
    flagged_rows: int


def add_day(
    source: Path,
    day: Delta,
    out: Path,
    *,
    fingerprint: str,
    overwrite: bool,
    stage: Stage | None = None,
) -> Added:
    """Write the register that ``source`` becomes with a day's rows, whole or not there at all.

    ``day`` is laid over that register. Arrays are streamed; the files of rows that stay are shared
    by both, where the disk can. What was done when the process ended is not done again by the next
    one with the same ``fingerprint``. Raises UsageError where ``out`` is taken.
    """
    tell = stage or (lambda _name, _done, _total: None)
    with working(out, fingerprint, manifest=REGISTER_MANIFEST, overwrite=overwrite) as work:
        tell("placing rows", 0, 1)
        adding = _Adding(work, source, day)
        tell("placing rows", 1, 1)
        steps = list(adding.steps())
        for done, (_, step) in enumerate(steps):
            tell("adding", done, len(steps))
            step()
        tell("adding", len(steps), len(steps))
        write_adjacency(work, len(adding.entities.at), tell)
        tell("finishing", 0, 1)
        made = adding.finish()
        tell("finishing", 1, 1)
    return Added(path=out, **made)


class _Adding:
    """One register in the making: where its rows come from, and what is written of them."""

    def __init__(self, work: Work, source: Path, day: Delta) -> None:
        self.work, self.source, self.day = work, source, day
        self.overlay: Overlay = day.overlay
        self.register: Register = day.overlay.register
        self.entities: Merge = entity_merge(self.overlay)
        self.relationships: Merge = relationship_merge(self.overlay)
        self.records: Merge = record_merge(self.overlay)
        self.consulted = with_sources(day)
        self.consultations: Merge = consultation_merge(self.overlay, self.consulted)
        self.types = recoded(self.register.records.types, self.overlay.records.types)
        self.rows: dict[str, WrittenRows] = {}
        self.origins: dict[str, Origins] = {}
        self.words: dict[str, tuple[str, ...]] = {}

    def steps(self) -> Iterator[tuple[str, Callable[[], None]]]:
        yield "entities", self._entities
        yield "traits", self._traits
        yield "entity rows", self._entity_rows
        yield "relationships", self._relationships
        yield "relationship rows", self._relationship_rows
        yield "records", self._records
        yield "record rows", self._record_rows
        yield "consultations", self._consultations

    def _entities(self) -> None:
        overlay = self.overlay
        write_array(self.work, "kind", self.entities, self.register.kind, overlay.kind)
        write_ids(self.work, self.entities, self.register.ids, overlay.entities["id"])

    def _traits(self) -> None:
        old, upserted = self.register.traits, self.overlay.traits
        merge = self.entities
        write_array(
            self.work,
            "trait-identified",
            merge,
            old.identified,
            upserted.identified,
            dtype=np.bool_,
        )
        for name in _TRAITS:
            before, after = getattr(old, name), getattr(upserted, name)
            words = recoded(before.words, after.words)
            own = words.upserted[after.code]
            write_array(self.work, f"trait-{name}", merge, before.code, own, codes=words.old)
            self.words[f"trait-{name}"] = words.words

    def _relationships(self) -> None:
        old, merge = self.register.relationships, self.relationships
        upserted = upserted_relationships(self.overlay, self.entities)
        for name in _RELATIONSHIPS:
            write_array(
                self.work,
                f"relationship-{name}",
                merge,
                getattr(old, name),
                getattr(upserted, name),
            )
        for name in ("source", "target"):
            write_array(
                *(self.work, f"relationship-{name}", merge),
                *(getattr(old, name), getattr(upserted, name)),
                codes=self.entities.to_new,
            )
        self._origins(
            "relationship",
            merge,
            self.register.relationship_origins,
            self.overlay.relationship_rows,
        )

    def _records(self) -> None:
        old, upserted, merge = self.register.records, self.overlay.records, self.records
        for name in _RECORDS:
            write_array(
                self.work, f"record-{name}", merge, getattr(old, name), getattr(upserted, name)
            )
        entity = new_numbers(self.entities, self.overlay, upserted.entity)
        codes = self.entities.to_new
        write_array(self.work, "record-entity", merge, old.entity, entity, codes=codes)
        types = (self.types.old[1:] - 1).astype(np.int32)
        own = (self.types.upserted[1:].astype(np.int64) - 1)[upserted.type_code]
        write_array(self.work, "record-type_code", merge, old.type_code, own, codes=types)
        self._origins("record", merge, self.register.record_origins, self.overlay.record_rows)

    def _consultations(self) -> None:
        old, upserted, merge = self.register.consultations, self.consulted, self.consultations
        entity = new_numbers(self.entities, self.overlay, upserted.entity.astype(np.int32))
        codes = self.entities.to_new
        write_array(self.work, "consultation-entity", merge, old.entity, entity, codes=codes)
        write_array(
            *(self.work, "consultation-source", merge, old.source.code, upserted.code),
            codes=upserted.sources.old,
        )
        write_array(self.work, "consultation-day", merge, old.day, upserted.day)
        self.words["consultation-source"] = upserted.sources.words

    def _origins(self, name: str, merge: Merge, old: Origins, rows: pl.DataFrame) -> None:
        upserted = origins_of(rows[FILE], rows[ROW])
        beyond = int(old.place.max(initial=0)) + 1
        end = beyond + int(upserted.place.max(initial=0)) + 1
        kind = small(np.zeros(0, dtype=np.int64), end).dtype
        own = upserted.place.astype(np.int64) + beyond
        write_array(self.work, f"{name}-place", merge, old.place, own, dtype=kind)
        # Rows are asked for by searching the begins, so that files need not be told apart by name.
        self.origins[name] = Origins(
            (*old.files, *upserted.files),
            np.concatenate([old.begins, upserted.begins + beyond]),
            own[:0],
        )

    # --- Rows -------------------------------------------------------------------------------------

    def _entity_rows(self) -> None:
        removed = self.overlay.removed.entities
        erased = removed[self.register.kind[removed] == _PERSON]
        self._table("entities", self.entities, self.register.entities, erased)

    def _relationship_rows(self) -> None:
        removed, relationships = self.overlay.removed.relationships, self.register.relationships
        erased = removed[
            self._of_erased(relationships.source[removed])
            | self._of_erased(relationships.target[removed])
        ]
        rows = self.register.relationship_rows
        self._table("relationships", self.relationships, rows, erased)

    def _record_rows(self) -> None:
        removed, records = self.overlay.removed.records, self.register.records
        erased = removed[self._of_erased(records.entity[removed])]
        self._table("records", self.records, records.rows, erased)

    def _of_erased(self, entity: Any) -> Any:
        """Which entities are persons who are taken out: nothing of theirs stays on the disk."""
        return np.isin(entity, self.overlay.removed.entities) & (
            self.register.kind[entity] == _PERSON
        )

    def _table(self, name: str, merge: Merge, rows: Any, erased: Int64) -> None:
        assert isinstance(rows, StoredRows)
        upserted = {
            "entities": self.overlay.entities,
            "relationships": self.overlay.relationship_rows,
            "records": self.overlay.record_rows,
        }[name]
        self.rows[name] = write_table(self.work, name, merge, rows, upserted, erased=erased)

    # --- The end ----------------------------------------------------------------------------------

    def finish(self) -> dict[str, Any]:
        """Write what is told by all tables together, and the mark that makes it a register."""
        folder, parent = self.work.whole, manifest_of(self.source)
        write_words(folder, self.words)
        write_origins(folder, self.origins)
        counts = {}
        for name, own in (("rejected", self.day.rejected), ("flagged", self.day.flagged)):
            lines = pl.concat([self._kept(read_findings(self.source / f"{name}.csv")), own])
            write_findings(lines, folder / f"{name}.csv")
            counts[f"{name}_rows"] = rows_of_lines(own)
        add_input_report(self.source, self.day.report, folder)
        heights = {
            "entities": len(self.entities.at),
            "relationships": len(self.relationships.at),
            "records": len(self.records.at),
            "consultations": len(self.consultations.at),
        }
        digest = self._digest()
        shared = [name for upserted in self.rows.values() for name in upserted.shared]
        write_mark(
            folder,
            digest=digest,
            types=self.types.words,
            heights=heights,
            batches={name: rows.batches for name, rows in self.rows.items() if rows.batches},
            known={name: parent["parts"][name] for name in shared},
        )
        overlay = self.overlay
        return {
            "digest": digest,
            **heights,
            **counts,
            "upserted": {
                "entities": len(overlay.numbers),
                "relationships": len(overlay.relationships),
                "records": len(overlay.records),
                "consultations": self.day.consultations.height,
            },
            "removed": {
                "entities": len(overlay.removed.entities),
                "relationships": len(overlay.removed.relationships),
                "records": len(overlay.removed.records),
            },
        }

    def _kept(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Lines of earlier imports, but those that quote the id of an entity that is gone."""
        removed = self.register.ids.gather(self.overlay.removed.entities)
        return lines.filter(~pl.col("value").is_in(removed.implode()).fill_null(value=False))

    def _digest(self) -> str:
        """What the register is made of: the one before, what was laid over it, what is gone."""
        overlay, removed = self.overlay, self.overlay.removed
        frames = [
            overlay.entities.sort("id"),
            overlay.relationship_rows[self.relationships.order],
            overlay.record_rows.sort("id"),
            self.day.consultations.sort("entity", "source", "consulted_on", nulls_last=True),
        ]
        said = [self.register.digest]
        said += [part_digest(frame.select(_plain(frame.columns))) for frame in frames]
        gone_numbers = (removed.entities, removed.relationships, removed.records)
        said += [
            hashlib.sha256(part.astype(np.int64).tobytes()).hexdigest() for part in gone_numbers
        ]
        if overlay.is_plain and not self.day.consultations.height:
            return self.register.digest
        return hashlib.sha256("".join(said).encode()).hexdigest()


def _plain(columns: list[str]) -> list[str]:
    return [name for name in columns if not name.startswith("__")]


assert set(_TRAITS) | {"identified"} == set(Traits.__slots__)
