"""Adding: a day's rows put into a register that is on disk, without making it anew.

Data walk through these rooms: ``day`` (new, changed and removed rows, checked, found in the
register) → ``plans`` (where every row of the new register comes from) → ``writing`` (arrays
streamed, rows laid beside those that stay) → ``job``, which puts the register together.
"""

from trustgraph.adding.day import Day, day_of_overlay, read_day
from trustgraph.adding.job import Added, add_day

__all__ = ["Added", "Day", "add_day", "day_of_overlay", "read_day"]
