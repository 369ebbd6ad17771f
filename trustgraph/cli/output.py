"""What a command prints: data on stdout, words about the work on stderr, one class for both."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Output", "Progress", "own_lines"]

# Text may come from data: nothing in it may steer a terminal. That is escape sequences, marks that
# turn the direction of writing, and separators of lines and paragraphs that would forge a line.
_TURNS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160), 0x2028, 0x2029, *_TURNS), " ")


def _clean(text: str) -> str:
    return text.translate(_CONTROLS).encode("utf-8", "replace").decode("utf-8")


def own_lines(text: str) -> list[str]:
    """The lines of a message. Ours are indented; any other line break came with the data."""
    return re.split(r"\n(?=  )", text)


def _tell(text: str, end: str = "\n") -> None:
    """Words on stderr. They are about the work: where nobody listens, the work goes on."""
    if sys.stderr is None:
        return
    try:
        print(text, end=end, file=sys.stderr, flush=True)
    except OSError:
        # What stays in the buffer would fail again at exit, and turn the exit code into another.
        sys.stderr = None


@dataclass(slots=True)
class Output:
    """Prints for a person, or JSON where ``as_json``."""

    as_json: bool = False

    def lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            print(_clean(line))

    def data(self, value: Any) -> None:
        text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
        try:
            text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
        except UnicodeEncodeError:
            # A person can do with a "?" in a text, a program cannot: data is never lost.
            text = json.dumps(value, indent=1, default=str)
        print(text)

    def say(self, text: str) -> None:
        _tell("\n".join(map(_clean, own_lines(text))))

    def flush(self) -> None:
        """Bring everything printed to its place now, so that what goes wrong is said in words."""
        if sys.stdout is not None:
            sys.stdout.flush()

    def table(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table in columns; wide characters take the two places they take on a screen."""
        # Only whoever draws a table pays for the table of character widths.
        from rich.cells import cell_len  # noqa: PLC0415

        cells = [list(map(_clean, header)), *(list(map(_clean, row)) for row in rows)]
        widths = [max(cell_len(row[place]) for row in cells) for place in range(len(header))]
        for row in cells:
            padded = (
                text + " " * (width - cell_len(text))
                for text, width in zip(row, widths, strict=True)
            )
            print("  ".join(padded).rstrip())


def _on_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


@dataclass(slots=True)
class Progress:
    """Stages of a long job on stderr: one line per stage, redrawn only on a terminal.

    The time left is what the stage's pace so far gives: it is said only where that tells something,
    after a second of it and a hundredth of what there is to do.
    """

    output: Output
    quiet: bool = False
    _stage: str = ""
    _began: float = 0.0
    _shown: float = 0.0
    _live: bool = field(default_factory=_on_terminal)

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._began, self._shown = stage, now, 0.0
        finished = done >= total
        pause = 0.2 if self._live else 10.0
        if self.quiet or (not finished and now - self._shown < pause):
            return
        spent = now - self._began
        if finished:
            if spent >= 0.05 or self._shown:
                self._print(f"{stage}: done in {_seconds(spent)}", last=True)
            self._stage = ""
        elif done and spent >= 1.0:
            left = f", about {_seconds(spent * (total - done) / done)} left"
            left = left if 100 * done >= total else ""
            self._print(f"{stage}: {done / total:.0%}{left}", last=False)
            self._shown = now

    def _print(self, text: str, *, last: bool) -> None:
        if self._live:
            _tell(f"\r\x1b[K{text}", end="\n" if last else "")
        else:
            _tell(text)


def _seconds(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
