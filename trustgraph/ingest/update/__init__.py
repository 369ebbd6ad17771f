"""Adding: a day's rows put into a register that is on disk, without making it anew.

Data walk through these rooms: ``delta`` (new, changed and removed rows, checked, found in the
register) → ``merge_plan`` (where every row of the new register comes from) → ``merge_writer``
(arrays streamed, rows laid beside those that stay) → ``job``, which puts the register together.
"""

from trustgraph.ingest.update.delta import Delta, day_of_overlay, read_day
from trustgraph.ingest.update.job import Added, add_day

__all__ = ["Added", "Delta", "add_day", "day_of_overlay", "read_day"]
