"""Since an earlier run: only what can differ is said anew, the rest is taken from there.

Data walk through these rooms: ``moved`` (what differs between the registers, and what the days make
of it; ``matching`` walks both side by side) → ``afresh`` (whom that can reach by law and by
ownership, and what is said of them now) → ``splicing`` (rows of the earlier run with what is said
anew put in). Exposure and coverage are quick enough to be reckoned whole.
"""

from trustgraph.since.reckoned import Since, reckon_since

__all__ = ["Since", "reckon_since"]
