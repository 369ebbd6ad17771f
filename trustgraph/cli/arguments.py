"""How arguments are parsed: what may have been meant is said, and options may stand anywhere."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Collection, Mapping
from typing import Any, NoReturn, cast

__all__ = ["Parser", "how_many", "port"]

_MOST_ROWS = 1_000_000
_LAST_PORT = 65_535


def how_many(text: str) -> int:
    """A number of rows."""
    return _between(text, 1, _MOST_ROWS, "number of rows")


def port(text: str) -> int:
    """A port to listen at."""
    return _between(text, 1, _LAST_PORT, "port")


def _between(text: str, low: int, high: int, what: str) -> int:
    figures = re.fullmatch("[0-9]{1,9}", text)
    if figures is None or not low <= int(text) <= high:
        raise argparse.ArgumentTypeError(f"{text[:40]} is no {what}: give {low:,} to {high:,}")
    return int(text)


class Parser(argparse.ArgumentParser):
    """Says what may have been meant, and takes options before the verb, too."""

    verbs: argparse.Action | None = None

    @property
    def choices(self) -> dict[str, Parser]:
        """The parsers of its verbs, by their names."""
        return {} if self.verbs is None else dict(cast(dict[str, Parser], self.verbs.choices))

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        given = list(sys.argv[1:] if args is None else args)
        if self.choices:
            given = _verb_first(given, self.choices)
        parsed, rest = self.parse_known_args(given, namespace)
        if rest:
            verb = self.choices.get(getattr(parsed, "verb", ""), self)
            verb = verb.choices.get(getattr(parsed, "action", ""), verb)
            known = set(re.findall("--[a-z][a-z-]*", verb.format_help()))
            odd = rest[0].partition("=")[0]
            if odd.startswith("-"):
                verb.error(f"there is no option {odd}{_near(odd, known)}")
            verb.error(f"one argument too many: {' '.join(rest)}")
        return parsed

    def error(self, message: str) -> NoReturn:
        """Words for the commonest faults: an unknown verb, something left out."""
        wrong = re.search("invalid choice: '([^']*)'", message)
        choices = list(self.choices)
        if wrong and choices and wrong[1] not in choices:
            message = f"there is no verb `{wrong[1]}`{_near(wrong[1], choices)}"
        self.exit(2, f"{self.prog}: {message}\n  → {self.prog} --help says what there is\n")


def _near(word: str, among: Collection[str]) -> str:
    # The words of tables' own near misses come with polars, which --help can do without.
    close = difflib.get_close_matches(word, among, n=2)
    return f" (did you mean {' or '.join(close)}?)" if close else ""


def _verb_first(given: list[str], verbs: Mapping[str, Parser]) -> list[str]:
    """Options may stand anywhere: those before a verb go behind it, of a verb's actions, too."""
    if not given or not verbs or given[0] in ("-h", "--help", "--version"):
        return given
    place = next((place for place, one in enumerate(given) if one in verbs), None)
    if place is None or not (place == 0 or given[0].startswith("-")):
        return given
    verb = given[place]
    return [verb, *_verb_first([*given[place + 1 :], *given[:place]], verbs[verb].choices)]
