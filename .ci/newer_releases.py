"""Make an index of one newer release of everything that is pinned, each good for nothing.

An installation that takes exactly what is pinned does not notice; any other one breaks.
Usage: python newer_releases.py FOLDER REQUIREMENTS…
"""

# ruff: noqa: INP001  # a script beside the project

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

VERSION = "99999.0"


def write_release(folder: Path, name: str) -> None:
    """A wheel of a package that raises when it is imported."""
    module = name.replace("-", "_")
    about = f"{module}-{VERSION}.dist-info"
    parts = {
        f"{module}/__init__.py": "raise ImportError('a release that nobody pinned')\n",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {VERSION}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{part},,\n" for part in (*parts, f"{about}/RECORD"))
    with zipfile.ZipFile(folder / f"{module}-{VERSION}-py3-none-any.whl", "w") as wheel:
        for part, text in {**parts, f"{about}/RECORD": record}.items():
            wheel.writestr(part, text)


def main(folder: Path, requirements: list[Path]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in requirements:
        for name in re.findall(r"^([A-Za-z0-9_.-]+)==", path.read_text("utf-8"), re.MULTILINE):
            write_release(folder, name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(argument) for argument in sys.argv[2:]])
