"""What the README and the reference show is what happens."""

from __future__ import annotations

import re
import shlex
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from places import PROJECT

import trustgraph as tg
from trustgraph.cli.main import build_parser, main
from trustgraph.reading.mapping import parse_mapping

PAGES = [PROJECT / "README.md", PROJECT / "docs" / "reference.md"]
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def blocks(lang: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
    return [text for named, text in found if named == lang]


def test_the_transcript_is_real(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("datasets").symlink_to(PROJECT / "datasets")
    parts = [part for block in blocks("console") for part in block.split("$ trustgraph ")[1:]]
    assert len(parts) > 10
    for part in parts:
        command, *shown = part.splitlines()
        words = [
            sorted(map(str, Path().glob(word))) if "*" in word else [word]
            for word in shlex.split(command)
        ]
        # 1: not everybody of a list was found, which the output says.
        assert main(list(chain.from_iterable(words))) in (0, 1), command
        said = iter(capsys.readouterr().out.splitlines())
        follows = True
        for line in shown:
            if line == "…":
                follows = False
                continue
            found = next((told for told in said if follows or told == line), None)
            assert found == line, f"`trustgraph {command}` no longer says: {line}"
            follows = True


def test_the_lines_of_python_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tg.generate(tmp_path / "tables", companies=2000)
    (code,) = blocks("python")
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102  # our own text


def test_the_mapping_parses(tmp_path: Path) -> None:
    (text,) = blocks("toml")
    assert tomllib.loads(text)
    path = tmp_path / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    sections, problems = parse_mapping(path)
    assert problems == []
    assert len(sections) == 3


def test_the_commands_exist() -> None:
    (commands,) = (block for block in blocks("") if "trustgraph demo" in block)
    told = {line.split()[1] for line in commands.splitlines() if line.startswith("trustgraph ")}
    # argparse has no public way to list sub-commands.
    verbs = build_parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    assert told == set(verbs)  # type: ignore[arg-type]
