"""Fixtures of the command line: a command in this process, and a run of the sample."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_support import DAY, SAMPLE, Run, Said

from trustgraph.cli.main import main


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str | Path) -> Said:
        code = main([str(argument) for argument in arguments])
        caught = capsys.readouterr()
        return Said(code, caught.out, caught.err)

    return call


@pytest.fixture(scope="session")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cli") / "run"
    assert main(["score", str(SAMPLE), "--out", str(out), *DAY]) == 0
    return out
