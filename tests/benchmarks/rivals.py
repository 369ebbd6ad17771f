"""The same graph under personalised PageRank: networkx, igraph, and a power iteration in scipy.

Each reads the Parquet that our own reading stage reads, only the columns it needs and unchecked,
and keeps the relationships in force on the day. Walks go both ways, as ours do: the graph is
undirected, parallel relationships stay apart, weights are confidences. The walk restarts at the
entities with a counting black record, in proportion to its points; that list is handed over by
our own stage and costs the rivals nothing.

Damping is 0.85. networkx and scipy stop when an iteration moves less than 1e-6 in all (L1);
igraph solves the system by PRPACK, to its own fixed precision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from harness import Fact, Job, Report, measure

__all__ = ["rival_igraph", "rival_networkx", "rival_scipy"]

DAMPING = 0.85
PRECISION = 1e-6
ITERATIONS = 200
AS_OF = pl.date(2026, 6, 30)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Edges:
    """Relationships in force between entities 0..size-1, and where the walk restarts."""

    size: int
    source: Ints
    target: Ints
    weight: Floats
    restart: Floats


def rival_networkx(job: Job) -> Report:
    """``networkx.pagerank`` on a ``MultiGraph``."""
    import networkx as nx  # noqa: PLC0415 - each rival in its own process
    import scipy.sparse  # noqa: F401, PLC0415 - networkx would load it inside the timed run

    def build(edges: Edges) -> Any:
        graph = nx.MultiGraph()
        graph.add_nodes_from(range(edges.size))
        ends = zip(edges.source.tolist(), edges.target.tolist(), edges.weight.tolist(), strict=True)
        graph.add_weighted_edges_from(ends)
        return graph

    def run(graph: Any, edges: Edges) -> Floats:
        places = np.flatnonzero(edges.restart)
        restart = dict(zip(places.tolist(), edges.restart[places].tolist(), strict=True))
        # networkx compares the movement of a whole iteration with tol times the nodes.
        ranks = nx.pagerank(
            graph,
            alpha=DAMPING,
            personalization=restart,
            max_iter=ITERATIONS,
            tol=PRECISION / edges.size,
        )
        return np.fromiter((ranks[node] for node in range(edges.size)), np.float64, edges.size)

    return _race("networkx", job, build, run, lambda graph: graph.number_of_edges())


def rival_igraph(job: Job) -> Report:
    """``igraph.Graph.personalized_pagerank``, undirected."""
    import igraph  # noqa: PLC0415 - each rival in its own process

    def build(edges: Edges) -> Any:
        ends = np.stack([edges.source, edges.target], axis=1)
        return igraph.Graph(n=edges.size, edges=ends, edge_attrs={"weight": edges.weight.tolist()})

    def run(graph: Any, edges: Edges) -> Floats:
        ranks = graph.personalized_pagerank(
            directed=False, damping=DAMPING, reset=edges.restart.tolist(), weights="weight"
        )
        return np.array(ranks)

    return _race("igraph", job, build, run, lambda graph: graph.ecount())


def rival_scipy(job: Job) -> Report:
    """Power iteration on a compressed sparse matrix, some ten lines."""
    from scipy import sparse  # noqa: PLC0415 - each rival in its own process

    def build(edges: Edges) -> Any:
        other = edges.source != edges.target
        rows = np.concatenate([edges.source, edges.target[other]])
        columns = np.concatenate([edges.target, edges.source[other]])
        weights = np.concatenate([edges.weight, edges.weight[other]])
        matrix = sparse.csr_array((weights, (rows, columns)), shape=(edges.size, edges.size))
        degree = matrix.sum(axis=1)
        scale = np.divide(1.0, degree, out=np.zeros(edges.size), where=degree > 0)
        # Symmetric before scaling: columns scaled by degree are the transposed walk.
        return sparse.csr_array(matrix @ sparse.diags_array(scale)), degree == 0, len(edges.source)

    def run(graph: Any, edges: Edges) -> Floats:
        matrix, stuck, _ = graph
        restart = edges.restart / edges.restart.sum()
        ranks: Floats = np.full(edges.size, 1.0 / edges.size)
        for _ in range(ITERATIONS):
            former = ranks
            ranks = DAMPING * (matrix @ former + former[stuck].sum() * restart)
            ranks += (1.0 - DAMPING) * restart
            if np.abs(ranks - former).sum() < PRECISION:
                return ranks
        raise ArithmeticError(f"no convergence in {ITERATIONS} iterations")

    return _race("scipy", job, build, run, lambda graph: graph[2])


def _race(
    name: str,
    job: Job,
    build: Callable[[Edges], Any],
    run: Callable[[Any, Edges], Floats],
    count: Callable[[Any], int],
) -> Report:
    edges, reading = measure("read", lambda: _edges(Path(job.work)), repeats=job.repeats)
    graph, building = measure("build", lambda: build(edges), repeats=job.repeats)
    ranks, running = measure("run", lambda: run(graph, edges), repeats=job.repeats)
    facts: dict[str, Fact] = {"edges": count(graph), "apart": _apart(ranks, Path(job.work))}
    np.save(Path(job.work, f"ranks-{name}.npy"), ranks)
    return Report((reading, building, running), facts)


def _apart(ranks: Floats, work: Path) -> float:
    """How far a vector lies from those of the rivals before it at most (L1; each sums to one)."""
    former = [np.load(file) for file in work.glob("ranks-*.npy")]
    return max((float(np.abs(ranks - other).sum()) for other in former), default=0.0)


def _edges(work: Path) -> Edges:
    """Read the relationships in force; entities are numbered in order of their ids."""
    ids = pl.scan_parquet(work / "input" / "entities" / "*.parquet").select("id").collect()["id"]
    numbers = pl.LazyFrame({"id": ids.sort()}).with_row_index("number")
    ends = [
        numbers.rename({"id": side, "number": f"{side}_number"}) for side in ("source", "target")
    ]
    found = (
        pl.scan_parquet(work / "input" / "relationships" / "*.parquet")
        .filter(pl.col("start").is_null() | (pl.col("start") <= AS_OF))
        .filter(pl.col("end").is_null() | (pl.col("end") > AS_OF))
        .select("source", "target", pl.col("confidence").fill_null(1.0))
        .join(ends[0], on="source")
        .join(ends[1], on="target")
        .select(pl.col("source_number", "target_number").cast(pl.Int64), "confidence")
        .collect()
    )
    sources = (
        pl.scan_parquet(work / "sources.parquet")
        .join(numbers, left_on="entity", right_on="id")
        .collect()
    )
    restart = np.zeros(len(ids))
    restart[sources["number"].to_numpy()] = sources["points"].to_numpy()
    return Edges(
        size=len(ids),
        source=found["source_number"].to_numpy(),
        target=found["target_number"].to_numpy(),
        weight=found["confidence"].to_numpy(),
        restart=restart,
    )
