"""The rules of the house: who may import whom, who touches the disk, who prints."""

from __future__ import annotations

import ast
import builtins
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import parsed

import trustgraph as tg

ROOT = Path(tg.__file__).parent

# Data goes one way: a room imports only from rooms further up.
ROOMS = [
    "version",
    "errors",
    "schema",
    "identifiers",
    "parallel",
    "compiled",
    "tables",
    "reading",
    "policy",
    "synthesis",
    "register",
    "storage",
    "search",
    "ingest",
    "records",
    "exposure",
    "ownership",
    "legal",
    "coverage",
    "scoring",
    "runs",
    "engines",
    "query",
    "subgraphs",
    "partners",
    "whatif",
    "comparison",
    "exports",
    "api",
    "cli",
]
DISK = {
    "compiled",  # where machine code is kept
    "policy.reader",
    "reading",
    "synthesis",
    "storage",
    "ingest",
    "runs",
    "search.index",  # an index is made once and kept
    "engines",  # pieces and stages on the path that a cluster shares
    "whatif.changes",
    "exports",
    "cli",
}
LOOSE = 8
"""Modules that may lie loose at the top, at most."""
HOMES = {  # libraries that live in few rooms, and why
    "numba": {"compiled"},  # compiles; nobody else needs to know how
    "scipy": {"ownership.elimination"},  # an order of elimination
    "pyspark": {"engines"},  # not installed by default: only whoever asks for Spark needs it
    "py4j": {"engines"},  # what pyspark speaks to Java by
    "rich": {"cli.output"},  # the terminal
    "igraph": {"subgraphs.layout", "subgraphs.graphs", "ownership.rings"},  # GPL: kept behind these
    "networkx": {"subgraphs.graphs"},  # what graphs leave as; otherwise in tests only
    "xlsxwriter": {"exports.spreadsheets"},
    "resvg_py": {"exports.drawing"},  # PNG
    "weasyprint": {"exports.report"},  # PDF
    "dash": set(),
    "plotly": set(),
}
MODULES = sorted(
    path for path in ROOT.rglob("*.py") if path.name not in ("__init__.py", "__main__.py")
)


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_one_way(path: Path) -> None:
    room = name_of(path).split(".", maxsplit=1)[0]
    for module in imports_of(path):
        package, _, rest = module.partition(".")
        if package == "trustgraph" and rest:
            other = rest.split(".")[0]
            assert ROOMS.index(other) <= ROOMS.index(room), f"{room} imports {other}"
        elif package in HOMES:
            homes = HOMES[package]
            assert name_of(path) in homes or room in homes, f"{room} imports {package}"
        assert package != "dashboards", f"{room} imports a page"


def test_rooms_are_folders_and_little_lies_loose() -> None:
    loose = {path.stem for path in MODULES if path.parent == ROOT}
    assert len(loose) <= LOOSE
    folders = {name_of(path).split(".", maxsplit=1)[0] for path in MODULES} - loose
    assert loose | folders == set(ROOMS)
    # A room's name is an attribute of the package once it is imported: no public name may be one.
    assert not set(ROOMS) & set(tg.__all__)


def test_every_room_has_its_tests() -> None:
    """Tests lie in a folder of the room that they are about, or of the house."""
    tests = Path(__file__).parents[1]
    folders = {path.parent.name for path in tests.rglob("test_*.py")}
    assert folders <= {*ROOMS, "dashboards", "e2e", "house", "benchmarks"}
    assert not list(tests.glob("test_*.py"))


WRITES = {"write_csv", "write_parquet", "write_text", "write_bytes", "sink_parquet", "mkdir"}
READS = {"read_text", "read_bytes", "read_parquet", "scan_parquet", "read_csv", "open"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_few_rooms_touch_the_disk(path: Path) -> None:
    name = name_of(path)
    calls = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
    }
    if name not in DISK and name.split(".", maxsplit=1)[0] not in DISK:
        assert not calls & (WRITES | READS)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_files_stay_readable(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines < 1000
    assert path.stem not in ("utils", "common", "base", "helpers", "misc")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_what_is_compiled_names_nothing_of_another_file(path: Path) -> None:
    """numba keeps machine code by the file of the function: what another says may change."""
    tree = parsed(path)
    own = {"np", *dir(builtins)}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            own |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            own.add(node.target.id)
        elif isinstance(node, ast.FunctionDef) and _is_compiled(node):
            own.add(node.name)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and _is_compiled(node):
            names = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
            local = {part.id for part in names if isinstance(part.ctx, ast.Store)}
            local |= {argument.arg for argument in node.args.args}
            named = {
                part.id
                for statement in node.body
                for part in ast.walk(statement)
                if isinstance(part, ast.Name)
            }
            assert named <= own | local, f"{node.name} names {named - own - local}"


def _is_compiled(node: ast.FunctionDef) -> bool:
    decorators = [getattr(one, "func", one) for one in node.decorator_list]
    return any(getattr(one, "id", "") in ("helper", "kernel") for one in decorators)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_path_is_a_pattern(path: Path) -> None:
    """A folder may be called ``run [final]``: to polars that is a pattern, unless it is told."""
    readers = {f"{how}_{what}" for how in ("read", "scan") for what in ("parquet", "csv", "ndjson")}
    for node in ast.walk(parsed(path)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "pl"
            and node.func.attr in readers
        ):
            assert "glob" in {word.arg for word in node.keywords}, f"line {node.lineno}"


def test_public_names_are_exactly_all() -> None:
    assert tg.__all__ == sorted(tg.__all__)
    assert set(tg.__all__) == set(tg._HOMES)
    for name in tg.__all__:
        assert getattr(tg, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = tg.nonsense
    assert set(tg.__all__) <= set(dir(tg))


def test_the_version_is_one() -> None:
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == tg.__version__


def test_help_needs_no_heavy_library() -> None:
    code = (
        "import sys, trustgraph.cli.main as c; c.build_parser().format_help();"
        "print([m for m in ('numpy', 'polars', 'numba', 'rich', 'pyspark') if m in sys.modules])"
    )
    found = subprocess.run(  # noqa: S603  # our own interpreter and code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
