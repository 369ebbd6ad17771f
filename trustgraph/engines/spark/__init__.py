"""Apache Spark: exposure, law, coverage, scores and ledgers of tables on a shared path.

The meaning is that of the local engine, to the micro-point; what differs is where the work is done.
pyspark is imported by the modules of this package and nowhere else, and only once somebody asks for
this engine.

The way of the data: workers check rows piece by piece with the very functions that an import uses
(``pieces``), Spark drops repeated ids and unknown ends (``tables``), judges records as of the day
(``record_state``), walks channels (``exposure``) and routes (``law``, ``gathered``), and sums up
(``scores``). Every stage is kept as Parquet beside the destination (``stages``): that cuts
the lineage, and a driver that was killed goes on from there.
"""

from trustgraph.engines.spark.job import score_on_spark

__all__ = ["score_on_spark"]
