"""Read the files of a folder through a mapping file; see :mod:`trustgraph.reading.mapping`.

Every row of every file is accounted for in the tables' :class:`InputReport`. Rejected rows are told
by their own file, row, column and value, not by what the mapping made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from trustgraph.errors import InputError
from trustgraph.reading.delimited import Progress
from trustgraph.reading.fields import raw_text
from trustgraph.reading.file_rows import FileRows, columns_of, file_of, format_of
from trustgraph.reading.mapping import Section, mapping_error, parse_mapping
from trustgraph.reading.mapping_doubts import alike_names, unread_files, unread_sheets
from trustgraph.reading.mapping_rows import (
    MARK,
    OF_NAMES,
    SECTION,
    Part,
    completed_entities,
    count_merged,
    map_section,
    merge_equal,
    other_words,
)
from trustgraph.reading.same_names import same_names
from trustgraph.tables.input_report import FileReport, InputReport, SectionReport
from trustgraph.tables.sheet import (
    CELLS,
    FILE,
    REFUSED,
    REPEATED,
    RESERVED,
    ROW,
    is_plain,
    shortened,
)
from trustgraph.tables.suggestions import near
from trustgraph.tables.tables import Tables, check_sheets
from trustgraph.tables.typed import as_text

__all__ = ["Mapped", "map_files", "read_mapped"]


def read_mapped(
    path: str | Path, *, mapping: str | Path, progress: Progress | None = None
) -> Tables:
    """Read a folder's files as a mapping file says.

    Raises MappingError naming everything that is wrong with the mapping (unknown keys, missing
    files and columns with near matches, impossible formats), InputError when a file cannot be
    read.

    >>> from tempfile import TemporaryDirectory
    >>> mapping = '''
    ... [[entities]]
    ... file = "firms.csv"
    ... fields = { id = { column = "no", pad = 3 }, name = "firm", kind = { constant = "company" } }
    ... '''
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "firms.csv").write_text("no;firm\\n7;Acme\\n;Nobody\\n")
    ...     _ = Path(folder, "map.toml").write_text(mapping)
    ...     tables = read_mapped(folder, mapping=Path(folder, "map.toml"))
    >>> (section,) = tables.report.sections
    >>> tables.entities["id"].to_list(), section.kept, section.rejected
    (['007'], 1, 1)
    """
    mapped = map_files(path, mapping=mapping, progress=progress)
    return mapped.tables(check_sheets(mapped.frames))


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a mapping makes of files, before it is checked: ``frames`` by table.

    ``unread`` and ``others`` are lines for ``flagged``: files and sheets that nobody reads, and
    rows that are merged into one that says something else.
    """

    file: Path
    frames: dict[str, pl.DataFrame]
    parts: tuple[Part, ...]
    sources: dict[tuple[object, ...], FileRows]
    unread: pl.DataFrame
    others: pl.DataFrame

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections; rows have the number of theirs in the column ``SECTION``."""
        return tuple(part.section for part in self.parts)

    def tables(self, checked: Tables, *, merged: pl.Series | None = None) -> Tables:
        """The checked rows of the frames, told by their own files, with what became of each row.

        ``merged``: the section of each row that was taken out since, for it says nothing new.
        """
        if merged is not None:
            count_merged(self.parts, merged)
        lines, repeated = _merge_repeated(checked.rejected, self.parts, self.others)
        found = _by_source(lines, self.parts)
        before = [source.rejected for source in self.sources.values()]
        files = [
            _file_report(
                source, [part for part in self.parts if part.section.source == key], checked
            )
            for key, source in self.sources.items()
        ]
        doubts = [
            told for part in self.parts for told in (part.doubts, _of_kept(part, checked.rejected))
        ]
        flagged = _by_source(checked.flagged, self.parts)
        # Of a row that stands after all, or is rejected, nothing is told beside another.
        others = self.others.join(repeated, on=_PLACE, how="semi", maintain_order="left")
        others = _by_source(others, self.parts)
        alike = _by_source(alike_names(self.frames.get("entities")), self.parts)
        return replace(
            _without_tokens(checked),
            rejected=_all_lines([*before, *(part.lines for part in self.parts)], found),
            flagged=pl.concat([*doubts, flagged, others, alike, self.unread]),
            report=InputReport(tuple(files), mapping=self.file.name),
        )


def _of_kept(part: Part, rejected: pl.DataFrame) -> pl.DataFrame:
    """What is doubtful of the rows of a section that were not rejected since."""
    if not part.doubtful.height:
        return part.doubtful
    mark = f"{part.section.file}{MARK}{part.number}"
    return part.doubtful.join(rejected.filter(pl.col("file") == mark), on="row", how="anti")


def map_files(
    path: str | Path,
    *,
    mapping: str | Path,
    whole: bool = True,
    known_persons: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
    progress: Progress | None = None,
) -> Mapped:
    """Make rows of a folder's files, which are not checked yet. Raises what ``read_mapped`` does.

    ``whole``: all files must be there, and entities among what they give. A day brings any of the
    files, but none that the mapping does not know, and its rows may have ends that a register has.
    ``known_persons`` gives the persons there are of some names (``id``, ``name``, ``kind``, file,
    and null for a row), to be tied to those of the files.
    """
    folder, file = Path(path), Path(mapping)
    if not folder.is_dir():
        raise InputError(
            "there is no such folder" if not folder.exists() else "this is a file, and no folder",
            where=folder,
            hint="a mapping reads the files of a folder",
        )
    sections, problems = parse_mapping(file, whole=whole)
    if not whole and not problems:
        sections, problems = _of_day(folder, sections)
    sources: dict[tuple[object, ...], FileRows] = {}
    for section in sections:
        problems += _column_problems(folder, section, sources)
    if problems:
        raise mapping_error(file, problems)
    parts: list[Part] = []
    for section in sections:
        key = section.source
        if key not in sources:
            sources[key] = file_of(section, folder / section.file, progress=progress)
        frame = sources[key].frame
        # What a workbook holds as a day comes as an ISO day, however it is shown there.
        book = format_of(section.file) == "workbook"
        days = frozenset(
            name for name, dtype in frame.schema.items() if book or dtype.is_temporal()
        )
        named = {column for one in sections if one.source == key for _, column in one.named}
        frame = frame.with_columns(
            as_text(name, dtype).alias(name)
            for name, dtype in frame.schema.items()
            if dtype != pl.String and name in named
        )
        parts.append(Part(len(parts), section, frame, sources[key].rejected.height, days))
    for part in parts:
        map_section(part)
    frames = {
        table: merge_equal([part for part in parts if part.section.table == table])
        for table in dict.fromkeys(section.table for section in sections)
    }
    of = {table: [part for part in parts if part.section.table == table] for table in frames}
    others = pl.concat([other_words(frame, of[table]) for table, frame in frames.items()])
    if "entities" in frames:
        frames["entities"] = completed_entities(frames["entities"], of["entities"])
    alike = [part.made for part in parts if part.section.possibly_same]
    if alike and known_persons is not None:
        names = pl.concat([one.select("name") for one in alike if "name" in one])
        alike = [known_persons(names), *alike]
    tied = same_names(alike)
    if tied.height:  # those who were known before are tied, or are not
        tied = tied.filter(pl.col(ROW).is_not_null())
    if tied.height:
        tied = tied.with_columns(
            pl.lit(value=False).alias(REFUSED), pl.lit(OF_NAMES).alias(SECTION)
        )
        known = [frames["relationships"]] if "relationships" in frames else []
        frames["relationships"] = pl.concat([*known, tied], how="diagonal_relaxed")
    unread = pl.concat([unread_files(folder, sections), unread_sheets(folder, sections)])
    return Mapped(file, frames, tuple(parts), sources, unread, others)


def _of_day(folder: Path, sections: Sequence[Section]) -> tuple[list[Section], list[str]]:
    """The sections whose files a day brings, and a problem for each file that none reads."""
    known = sorted({section.file for section in sections})
    problems = [
        f'there is no section for "{name}" in {folder}{near(name, known)}'
        for name in unread_files(folder, sections)["file"]
    ]
    there = [section for section in sections if (folder / section.file).is_file()]
    return there or list(sections), problems


def _column_problems(
    folder: Path, section: Section, sources: dict[tuple[object, ...], FileRows]
) -> list[str]:
    """The columns that a section names and its file has not, or that there is no such file.

    A file whose columns are known only when it is read as a whole is put among the ``sources``.
    """
    path = folder / section.file
    if not path.is_file():
        there = [item.name for item in folder.iterdir()] if folder.is_dir() else []
        missing = f'{section.place}.file: there is no "{section.file}" in {folder}'
        return [missing + near(section.file, there)]
    held = columns_of(section, path)
    if held is None:
        if section.source not in sources:
            sources[section.source] = file_of(section, path)
        schema = sources[section.source].frame.schema
        held = {name: dtype for name, dtype in schema.items() if name not in RESERVED}
    header = list(held)
    nested = [
        f'{section.place}.{key}: the column "{column}" of {section.file} holds {held[column]}, '
        "not plain values"
        for key, column in section.named
        if column in held and not is_plain(held[column])
    ]
    return nested + [
        f'{section.place}.{key}: {section.file} has no column "{column}"'
        f"{near(column, header)}; found: {', '.join(header)}"
        for key, column in section.named
        if column not in header
    ]


# --- From checked tables back to the files --------------------------------------------------------


_PLACE: Final = ("file", "row")


def _merge_repeated(
    lines: pl.DataFrame, parts: Sequence[Part], others: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take out the rows of ``distinct`` sections that are wrong in nothing but a repeated id.

    The check decides which row of an id stands (the first usable one), so merging comes after it.
    Rows that are about somebody else, as ``others`` tell, stay rejected. Also gives the places of
    those that are taken out.
    """
    distinct = [part.number for part in parts if part.section.distinct]
    if not distinct or not lines.height:
        return lines, lines.clear().select(_PLACE)
    number = pl.col("file").str.extract(f"{MARK}([0-9]+)$").cast(pl.Int64)
    repeated = (
        (pl.col("column") == "id")
        & pl.col("reason").str.ends_with(REPEATED)
        & number.is_in(distinct)
    ).fill_null(value=False)
    apart = others.filter(pl.col("column").is_in(["entity", "source", "target"]))
    merged = lines.filter(repeated.all().over(_PLACE)).join(apart, on=_PLACE, how="anti")
    count_merged(parts, merged.select(number).to_series())
    left = lines.join(merged, on=_PLACE, how="anti", maintain_order="left")
    return left, merged.select(_PLACE)


def _by_source(lines: pl.DataFrame, parts: Sequence[Part]) -> pl.DataFrame:
    """Say columns and values as the source has them; the token leaves files and reasons."""
    if not lines.height:
        return lines
    groups = []
    placed = lines.with_row_index("place")
    for (file, column), group in placed.group_by("file", "column", maintain_order=True):
        _, token, number = str(file).rpartition(MARK)
        section = parts[int(number)].section if token else None
        made = next((f for f in section.fields if f.target == column), None) if section else None
        if made is None:
            groups.append(group)
            continue
        told = group.with_columns(pl.lit(made.label).alias("column"))
        if not made.split:
            # The part of a split cell says more than the whole cell.
            source = parts[int(number)].source
            raw = source.select(pl.col(ROW).alias("row"), raw_text(made).alias("raw"))
            told = told.join(raw, on="row", how="left", maintain_order="left")
            told = told.with_columns(pl.col("raw").alias("value")).drop("raw")
        groups.append(told)
    return (
        pl.concat(groups)
        .sort("place")
        .drop("place")
        .with_columns(
            pl.col("file", "reason").str.replace_all(f"{MARK}[0-9]+", ""), shortened("value")
        )
    )


def _all_lines(before: Sequence[pl.DataFrame], after: pl.DataFrame) -> pl.DataFrame:
    """Lines of the readers, the mapping and the check; of one cell only the first finding."""
    known = pl.concat(before)
    cell = ["file", "row", "column"]
    return pl.concat([known, after.join(known, on=cell, how="anti", nulls_equal=True)])


def _file_report(source: FileRows, parts: Sequence[Part], tables: Tables) -> FileReport:
    named = {column for part in parts for _, column in part.section.named}
    own = [name for name in source.frame.columns if name not in (FILE, ROW, CELLS)]
    file = parts[0].section.file
    return FileReport(
        file=file,
        format=format_of(file),
        columns_used=tuple(name for name in own if name in named),
        columns_unused=tuple(name for name in own if name not in named),
        sections=tuple(_report(tables, part) for part in parts),
        encoding=source.encoding,
        delimiter=source.delimiter,
        sheet=parts[0].section.sheet,
    )


def _report(tables: Tables, part: Part) -> SectionReport:
    kept = int((getattr(tables, part.section.table)[SECTION] == part.number).sum())
    return SectionReport(
        table=part.section.table,
        place=part.section.place,
        file=part.section.file,
        rows=part.source.height + part.unreadable,
        unreadable=part.unreadable,
        filtered=part.filtered,
        pieces=part.pieces,
        skipped=part.skipped,
        merged=part.merged,
        rejected=part.pieces - part.skipped - part.merged - kept,
        kept=kept,
        unmapped=tuple((*which, times) for which, times in part.unmapped.most_common()),
    )


def _without_tokens(tables: Tables) -> Tables:
    def plain(frame: pl.DataFrame) -> pl.DataFrame:
        frame = frame.drop(SECTION, strict=False)
        if FILE not in frame:
            return frame
        name = pl.col(FILE).cast(pl.String).str.replace(f"{MARK}[0-9]+$", "")
        return frame.with_columns(name.cast(frame.schema[FILE]))

    return replace(
        tables,
        entities=plain(tables.entities),
        relationships=plain(tables.relationships),
        records=plain(tables.records),
        consultations=plain(tables.consultations),
    )
