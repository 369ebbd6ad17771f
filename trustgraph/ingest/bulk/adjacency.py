"""The adjacency of a register whose relationships are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from trustgraph.ingest.bulk.checking import Tell, follow
from trustgraph.register.adjacency import adjacency_blocks, adjacency_offsets
from trustgraph.register.model import Relationships
from trustgraph.storage import Work

__all__ = ["write_adjacency"]

_ARRAYS: Final[dict[str, Any]] = {
    "adjacency-neighbour": np.int32,
    "adjacency-step": np.uint8,
    "adjacency-edge": np.int32,
}


def write_adjacency(work: Work, entities: int, tell: Tell) -> None:
    """Write it block by block: all relationships are read for each, from the system's cache."""
    if work.found("adjacency/end") is not None:
        return
    done, count = 0, 0
    while (found := work.found(f"adjacency/{done:05}")) is not None:
        count = found["entries"]
        done += 1
    relationships = _mapped(work)
    offsets = adjacency_offsets(relationships, entities)
    np.save(work.whole / "adjacency-offsets.npy", offsets, allow_pickle=False)
    files = [
        work.array(work.whole / f"{name}.npy", dtype, count=count)
        for name, dtype in _ARRAYS.items()
    ]

    def write() -> Iterator[int]:
        number = done
        for block in adjacency_blocks(relationships, offsets, skip=done):
            for place, file in enumerate(files):
                file.append(block[place])
                file.flush()
            work.finish(f"adjacency/{number:05}", entries=files[0].count)
            number += 1
            yield len(block[0])

    follow(write(), int(offsets[-1]) - count, "linking", tell)
    for file in files:
        file.close()
    work.finish("adjacency/end")


def _mapped(work: Work) -> Relationships:
    def array(name: str) -> Any:
        path = work.whole / f"relationship-{name}.npy"
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))

    return Relationships(**{name: array(name) for name in Relationships.__dataclass_fields__})
