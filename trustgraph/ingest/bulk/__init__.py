"""Import: tables of any size turned into a register on disk, in bounded memory.

Data walk through these rooms: ``sources`` (batches of rows) → ``entities``, ``relationships``,
``records`` (checked by themselves, spilled by number, put in order by ``external_sort``, written by
``ordered_writer``) → ``job``, which puts the register together. ``storage.journal`` remembers how
far it came, so that an import that was stopped goes on. Tables of another shape go through
``mapped``, in memory.
"""

from trustgraph.ingest.bulk.job import TABLES, Imported, import_register

__all__ = ["TABLES", "Imported", "import_register"]
