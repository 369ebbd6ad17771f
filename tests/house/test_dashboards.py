"""The dashboard beside the house: it shows what the package computes, by its public names alone."""

from __future__ import annotations

import ast
from pathlib import Path

from places import PROJECT, parsed

import trustgraph as tg


def test_dashboards_use_public_names_alone() -> None:
    for path in (PROJECT / "dashboards").rglob("*.py"):
        tree = parsed(path)
        for item in ast.walk(tree):
            if isinstance(item, ast.ImportFrom) and (item.module or "").startswith("trustgraph"):
                assert item.module == "trustgraph", path
                assert {alias.name for alias in item.names} <= set(tg.__all__), path
            if isinstance(item, ast.Import):
                assert not any(a.name.startswith("trustgraph.") for a in item.names), path
            if (
                isinstance(item, ast.Attribute)
                and isinstance(item.value, ast.Name)
                and item.value.id == "tg"
            ):
                assert item.attr in tg.__all__, (path, item.attr)
    for path in Path(PROJECT / "trustgraph").rglob("*.py"):
        assert "import dashboards" not in path.read_text(encoding="utf-8"), path
