"""The Spark session: opened with few settings of our own, its noise kept in a file."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from trustgraph.errors import UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["check_spark", "spark_session"]

_INSTALL: Final = "pip install 'trustgraph[spark]'"

_FIXED: Final = {
    # What a result could depend on is not left to anybody's defaults: an overflow is an error, no
    # day depends on a place (days are whole numbers throughout), no text on a collation.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "true",
    # Skewed joins are split, small sides broadcast, and partitions sized, by what has been seen.
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.adaptive.skewJoin.enabled": "true",
}
_AT_START: Final = {
    "spark.sql.catalogImplementation": "in-memory",  # no Hive, no metastore left in a folder
    "spark.ui.showConsoleProgress": "false",  # our own progress is shown
    "spark.log.level": "WARN",
}
_MASTER_FORMS: Final = "spark://HOST:PORT, local[2], yarn or k8s://…"


def check_spark() -> None:
    """Raise UsageError unless pyspark 4 and a Java to run it are there."""
    # pyspark warns of a pandas that is newer than it knows, and nothing here goes through pandas.
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
    try:
        import pyspark  # noqa: PLC0415  # only whoever asks for Spark needs it
    except ImportError as error:
        raise UsageError(
            "the engine `spark` needs pyspark 4, which is not installed", hint=_INSTALL
        ) from error
    if int(pyspark.__version__.split(".")[0]) != 4:
        raise UsageError(
            f"the engine `spark` needs pyspark 4; {pyspark.__version__} is installed", hint=_INSTALL
        )
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java") if not home else shutil.which("java", path=str(Path(home, "bin")))
    if java is None:
        raise UsageError(
            "the engine `spark` needs Java 17 or later, and there is no `java`"
            + (f" in {home}/bin" if home else ""),
            hint="install a Java runtime (Debian: openjdk-17-jre-headless), or set JAVA_HOME",
        )


@contextmanager
def spark_session(master: str | None, *, log: Path) -> Iterator[SparkSession]:
    """A session on a cluster: the one that is open in this process, else one of our own.

    One of our own is stopped at the end, and what Spark says meanwhile goes to the file ``log``.
    ``master`` None leaves the choice to spark-defaults.conf (without one: this machine).
    Raises UsageError where there is no pyspark, no Java, or no such cluster.
    """
    check_spark()
    from pyspark import SparkContext  # noqa: PLC0415  # see above
    from pyspark.sql import SparkSession  # noqa: PLC0415

    active = SparkContext._active_spark_context  # noqa: SLF001  # pyspark has no other way to ask
    if active is not None:
        if master is not None and active.master != master:
            raise UsageError(
                f"a Spark session on {active.master} is open in this process",
                hint=f"stop it, or give master={active.master!r}",
            )
        yield _settled(SparkSession(active).newSession())
        return
    # Workers run the Python that they are told to; without a word, the path of this one.
    told = "PYSPARK_PYTHON" in os.environ
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        with _own_context(master, log) as context:
            yield _settled(SparkSession(context))
    finally:
        if not told:
            os.environ.pop("PYSPARK_PYTHON", None)


@contextmanager
def _own_context(master: str | None, log: Path) -> Iterator[Any]:
    from py4j.protocol import Py4JError  # noqa: PLC0415  # comes with pyspark
    from pyspark import SparkConf, SparkContext  # noqa: PLC0415  # see check_spark
    from pyspark.errors import PySparkException  # noqa: PLC0415
    from pyspark.java_gateway import launch_gateway  # noqa: PLC0415

    settings = dict(_AT_START)
    settings["spark.app.name"] = "trustgraph"
    if master is not None:
        settings["spark.master"] = master
    with log.open("ab") as noise:
        try:
            conf = SparkConf(loadDefaults=False).setAll(list(settings.items()))
            # A process of its own for Java, with its words in the log.
            gateway = launch_gateway(conf, {"stdout": noise, "stderr": noise})
            SparkContext._gateway = gateway  # noqa: SLF001  # as SparkContext does itself
            SparkContext._jvm = gateway.jvm  # noqa: SLF001
            # Now what spark-defaults.conf says is known, too.
            context = SparkContext(conf=SparkConf(loadDefaults=True), gateway=gateway)
        except (PySparkException, Py4JError, OSError) as error:
            _close_gateway()
            raise UsageError(
                f"Spark does not start{'' if master is None else f' on {master}'}: "
                f"{_first_line(error)}",
                hint=f"give --master {_MASTER_FORMS}; Spark's own words: {log}",
            ) from error
        try:
            yield context
        finally:
            context.stop()
            _close_gateway()


def _close_gateway() -> None:
    """End the Java process: a next session begins anew, with its own log."""
    from pyspark import SparkContext  # noqa: PLC0415  # see check_spark

    gateway = SparkContext._gateway  # noqa: SLF001  # what launch_gateway made
    if gateway is None:
        return
    process = getattr(gateway, "proc", None)
    gateway.shutdown()
    if process is not None:
        process.stdin.close()  # Java ends when this pipe does
        process.wait()
    SparkContext._gateway = None  # noqa: SLF001
    SparkContext._jvm = None  # noqa: SLF001


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _settled(session: SparkSession) -> SparkSession:
    for name, value in _FIXED.items():
        session.conf.set(name, value)
    return session
