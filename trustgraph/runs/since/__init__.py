"""Since an earlier run: only what can differ is said anew, the rest is taken from there.

Data walk through these rooms: ``differences`` (what differs between the registers, and what the
days make of it; ``match_kernel`` walks both side by side) → ``affected`` (whom that can reach by
law and by ownership, and what is said of them now) → ``splicing`` (rows of the earlier run with
what is said anew put in). Exposure and coverage are quick enough to be computed whole.
"""

from trustgraph.runs.since.evaluation import Since, evaluate_since

__all__ = ["Since", "evaluate_since"]
