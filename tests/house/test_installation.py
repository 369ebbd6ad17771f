"""What is installed runs where nobody developed it: from a wheel, read-only, without a home."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import pytest
from places import PROJECT

import trustgraph as tg

DAYS = ("--as-of", "2026-06-30", "--retention-on", "2026-06-30")


def run(*words: object, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own interpreter and tools
        [str(word) for word in words], capture_output=True, text=True, check=False, **options
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as a wheel of this checkout installs it, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    source = folder / "checkout"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, source)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT / "trustgraph", source / "trustgraph", ignore=ignored)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    offline = ("--no-deps", "--no-index")
    made = run(*pip, "wheel", *offline, "--no-build-isolation", "-w", folder, source)
    assert made.returncode == 0, made.stderr
    wheel = next(folder.glob("*.whl"))
    done = run(*pip, "install", *offline, "--target", folder / "site", wheel)
    assert done.returncode == 0, done.stderr
    return folder / "site"


def of_wheel(site: Path, **more: str) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if name != "TRUSTGRAPH_TRACEBACK"}
    return {**kept, "PYTHONPATH": str(site), **more}


def test_a_wheel_has_all_that_it_needs(site: Path, tmp_path: Path) -> None:
    command = (sys.executable, "-m", "trustgraph.cli.main")
    env = of_wheel(site)
    where = "import trustgraph; print(trustgraph.__file__)"
    found = run(sys.executable, "-c", where, env=env, cwd=tmp_path)
    assert Path(found.stdout.strip()).is_relative_to(site)
    for words in (
        ("policy", "list"),
        ("policy", "check", "cn-national"),
        ("generate", "--companies", 30, "--out", "tables"),
        ("score", "tables", "--out", "run", *DAYS),
        ("import", "tables", "--out", "register"),
        ("explain", "register", "91330106TG100001X9", *DAYS, "--lang", "zh"),
    ):
        done = run(*command, *words, env=env, cwd=tmp_path)
        assert done.returncode == 0, (words, done.stderr)
    assert (site / "trustgraph" / "py.typed").is_file()


COMPILING = """
import numpy as np
from trustgraph.ownership.graph_kernel import grouped
offsets, order = grouped(np.array([1, 0, 1]), 2, work=1 << 40)
assert grouped.is_compiled and order.tolist() == [1, 0, 2]
"""


def test_a_read_only_installation_of_a_user_without_a_home(site: Path) -> None:
    """As in a container: a read-only image, another user than root, no home."""
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    if os.geteuid() or not all(map(shutil.which, ("unshare", "setpriv"))):
        pytest.skip("needs root, to make a file system read-only for one process alone")
    if run(*nobody, sys.executable, "-c", "pass").returncode:
        pytest.skip("other users may not run this Python")
    with tempfile.TemporaryDirectory() as folder:  # where other users may look
        where = Path(folder)
        where.chmod(0o755)
        shutil.copytree(site, where / "site")
        tg.generate(where / "tables", companies=30)
        for name in ("out", "scratch"):
            (where / name).mkdir()
            (where / name).chmod(0o777)
        words = ("score", where / "tables", "--out", where / "out" / "run", *DAYS)
        in_a_container(where, *nobody, sys.executable, "-m", "trustgraph.cli.main", *words)
        assert [path.name for path in (where / "out").iterdir()] == ["run"]
        assert not list(where.rglob("*.nbc")), "so few companies need no compiler"
        in_a_container(where, *nobody, sys.executable, "-c", COMPILING)
        assert not list((where / "site").rglob("*.nbc"))
        assert list((where / "scratch").rglob("*.nbc"))


def in_a_container(where: Path, *words: object) -> None:
    """Run something where the package cannot be written and there is no home."""
    site, out = where / "site", where / "out"
    command = shlex.join(map(str, words))
    script = (
        f"mount --bind {site} {site} && mount -o remount,bind,ro {site} || exit 9\n"
        f"cd {out} && exec {command}"
    )
    env = of_wheel(site, HOME="/nonexistent", TMPDIR=str(where / "scratch"))
    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "TRUSTGRAPH_KERNELS"):
        env.pop(name, None)
    done = run("unshare", "-m", "--propagation", "private", "bash", "-c", script, env=env)
    assert done.returncode == 0, done.stderr


def test_the_locks_pin_everything_and_name_no_index() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    locks = sorted((PROJECT / "requirements").glob("*.txt"))
    assert [path.stem for path in locks] == [
        "browser",
        "build-source",
        "dashboard",
        "dev",
        "formats",
        "ftm",
        "run",
        "spark",
    ]
    for path in locks:
        lines = path.read_text(encoding="utf-8").splitlines()
        named = [line for line in lines if line and not line.startswith((" ", "#"))]
        assert named
        assert all("==" in line for line in named), path.name
        assert lines.count("") == 0
        assert not any("://" in line for line in lines), path.name
    pinned = (PROJECT / "requirements" / "run.txt").read_text(encoding="utf-8")
    for wanted in project["project"]["dependencies"]:
        assert f"\n{wanted.split('>')[0]}==" in f"\n{pinned}"
