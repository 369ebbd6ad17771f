"""Import: tables of any size turned into a register on disk, in bounded memory.

Data walk through these rooms: ``sources`` (batches of rows) → ``entities``, ``relationships``,
``records``, ``consultations`` (checked by themselves, spilled by number, put in order by ``spill``,
written by ``growing``) → ``job``, which puts the register together. ``work`` remembers how far it
came, so that an import that was stopped goes on. Tables of another shape go through ``mapped``, in
memory.
"""

from trustgraph.importing.job import TABLES, Imported, import_register

__all__ = ["TABLES", "Imported", "import_register"]
