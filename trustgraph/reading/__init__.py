"""Reading: files of any origin into checked :class:`trustgraph.tables.tables.Tables`."""

from __future__ import annotations

from pathlib import Path

from trustgraph.reading.delimited import Progress
from trustgraph.reading.folder import read_folder
from trustgraph.reading.mapping_apply import read_mapped
from trustgraph.tables.tables import Tables

__all__ = ["Progress", "read_mapped", "read_tables"]


def read_tables(
    path: str | Path,
    *,
    mapping: str | Path | None = None,
    progress: Progress | None = None,
) -> Tables:
    """Read the tables of a folder.

    Without ``mapping`` the folder holds ``entities``, ``relationships``, ``records`` and
    ``consultations`` as ``.csv``, ``.csv.gz`` or ``.parquet``: one file each, several parts
    (``entities-*.csv``) or a folder of parts. Entities are required and one of relationships and
    records; what is absent is an empty table and has a line in ``flagged``. With ``mapping``, a
    mapping file says which of the folder's files give what; see :mod:`trustgraph.reading.mapping`.
    ``progress`` is called with a file's name and the rows read from it so far.

    Rows that cannot be used are in ``Tables.rejected``; ``Tables.report`` says of each file how it
    was read and what became of its rows. Raises InputError when a file cannot be
    used at all, MappingError when the mapping is wrong.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "entities.csv").write_text("id,kind,name\\nA,company,Acme\\n")
    ...     _ = Path(folder, "records.csv").write_text("id,entity,type,decided_on\\n")
    ...     read_tables(folder).entities["name"].to_list()
    ['Acme']
    """
    if mapping is None:
        return read_folder(Path(path), progress=progress)
    return read_mapped(path, mapping=mapping, progress=progress)
