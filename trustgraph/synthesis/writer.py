"""Files of a generated register: written beside the target, renamed when whole.

Parquet lies in part files, one per block, in a folder per table; CSV in one file per table. A
folder with ``stories.json`` is a generated register; only such a one is ever overwritten.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from trustgraph.errors import UsageError
from trustgraph.synthesis.stage import Story

__all__ = ["Format", "Writer", "folder_in_making", "write_stories"]

Format = Literal["parquet", "csv"]


@contextmanager
def folder_in_making(out: Path, *, overwrite: bool) -> Iterator[Path]:
    """A folder beside ``out`` that takes its place when the block ends well.

    Whatever goes wrong inside, an interrupt included, leaves nothing behind. Raises UsageError
    where ``out`` is not free.
    """
    _check(out, overwrite=overwrite)
    out.parent.mkdir(parents=True, exist_ok=True)
    making = out.with_name(f"{out.name}.partial-{os.getpid()}")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    try:
        yield making
        _check(out, overwrite=overwrite)
        if out.exists():
            aside = out.with_name(f"{out.name}.replaced-{os.getpid()}")
            out.rename(aside)
            making.rename(out)
            shutil.rmtree(aside)
        else:
            making.rename(out)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes frames of one table after another into a folder."""

    folder: Path
    format: Format

    def write(self, tables: Mapping[str, pl.DataFrame], part: int) -> None:
        """One part of every table; parts come in order, beginning with 0."""
        for name, frame in tables.items():
            if self.format == "parquet":
                folder = self.folder / name
                folder.mkdir(exist_ok=True)
                frame.write_parquet(folder / f"part-{part:05d}.parquet", compression="zstd")
            else:
                with (self.folder / f"{name}.csv").open("ab") as file:
                    frame.write_csv(file, include_header=part == 0)


def write_stories(folder: Path, stories: tuple[Story, ...], facts: Mapping[str, object]) -> None:
    """``stories.json`` (with the register's facts) for programs, ``stories.md`` for people."""
    content = {"register": dict(facts), "stories": [asdict(story) for story in stories]}
    text = json.dumps(content, ensure_ascii=False, indent=2)
    (folder / "stories.json").write_text(text + "\n", encoding="utf-8")
    lines = [
        "# Stories in this register · 本登记库中的故事",
        "",
        "Everything here is invented; a likeness to anybody real is chance.",
        "",
        "本库全部内容均为虚构，如与真实主体雷同，纯属巧合。",
        "",
    ]
    for number, story in enumerate(stories, start=1):
        lines += _told(number, story)
    (folder / "stories.md").write_text("\n".join(lines), encoding="utf-8")


def _told(number: int, story: Story) -> list[str]:
    names = {actor.id: actor for actor in story.actors}
    lines = [
        f"## {number}. {story.title.en} · {story.title.zh}",
        "",
        story.telling.en,
        "",
        story.telling.zh,
        "",
        "| id | name · 名称 | part · 角色 |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{actor.id}` | {actor.name_en} · {actor.name} | {actor.part.en} · {actor.part.zh} |"
        for actor in story.actors
    ]
    lines += ["", "To see · 看点:", ""]
    for expectation in story.expected:
        mark = "not " if expectation.never else ""
        who = names[expectation.at]
        words = f"{expectation.words.en} · {expectation.words.zh}"
        lines.append(f"- {mark}`{expectation.rule}` at {who.name_en} (`{who.id}`): {words}")
    return [*lines, ""]


def _check(out: Path, *, overwrite: bool) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise UsageError("is a file", where=out, hint="Name a folder that does not exist yet.")
    if not any(out.iterdir()):
        return
    if not overwrite:
        raise UsageError(
            "is not empty", where=out, hint="Name another folder, or ask for it to be overwritten."
        )
    if not (out / "stories.json").exists():
        raise UsageError(
            "holds something else than a generated register",
            where=out,
            hint="Only a generated register is overwritten; name another folder.",
        )
