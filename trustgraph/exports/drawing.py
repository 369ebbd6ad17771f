"""A graph as one picture: SVG drawn from the layout, PNG made of it.

Shapes say the kind, letters and colours the grade, lines law, market or ownership; what was left
out stands below it in words. (PNG needs ``resvg-py``, under the MPL 2.0.)
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal
from xml.sax.saxutils import escape

from trustgraph.errors import UsageError
from trustgraph.exports.label_places import Box, Curve, label_places, point_of
from trustgraph.exports.look import (
    COLOURS,
    edge_label,
    grade_class,
    line_of_kind,
    node_label,
)
from trustgraph.exports.picture_words import Words, words_of
from trustgraph.exports.plain import xml_text
from trustgraph.exports.source import Source, rows_of

__all__ = ["picture_of", "svg_of", "write_png", "write_svg"]

_FONT: Final = "Inter, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
_CHINESE: Final = "'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
_INK, _SOFT, _LINE = "#14181f", "#566070", "#e3e6ea"
_HALF: Final = 18.0
"""Half a party's side, in the units of the layout; its name stands below."""
_NAME, _NAME_LINE = 19.0, 13.0
"""How high a name of one line is, and each line more."""
_MARGIN: Final = 96.0
_HEAD: Final = 64.0
_ROW: Final = 22.0
_WIDEST: Final = 5_000.0
_NARROWEST: Final = 760.0
_SCALE: Final = 2.0
"""Pixels of a PNG per unit."""
_ACROSS, _DOWN = 1.3, 1.5
"""On paper there is room: lines are longer than on a screen."""
_BEND: Final = 26.0
_WORDY: Final = 100
"""Relationships up to which it stands on every line what it is."""
_TAG_LINE: Final = 13
"""How high a line of words on a relationship is."""
_LETTER: Final = 6.6
"""About how wide a letter of a legend is."""


Beside = Literal["all", "legend", "nothing"]
"""What is said beside a picture: title, legend and notes; the legend alone; or nothing."""


def write_svg(source: Source, path: Path) -> None:
    """The picture as SVG, with its title and what it shows in words."""
    path.write_text(svg_of(source), encoding="utf-8")


def write_png(source: Source, path: Path) -> None:
    """The same as PNG, two pixels to a unit. Raises UsageError where ``resvg-py`` is missing."""
    try:
        import resvg_py  # noqa: PLC0415  # an optional part
    except ImportError as error:
        raise UsageError(
            f"png needs what is not installed: {error.name}",
            hint='pip install "trustgraph[pictures]", or export svg',
        ) from error
    path.write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=svg_of(source), zoom=_SCALE)))


def svg_of(source: Source, *, beside: Beside = "all") -> str:
    """The picture as text of SVG, with what is said ``beside`` it: title, legend and notes."""
    return picture_of(source, beside)[0]


def picture_of(source: Source, beside: Beside) -> tuple[str, float]:
    """The same, and how high it is."""
    picture = _Picture(
        list(rows_of(source, "nodes")), list(rows_of(source, "edges")), words_of(source.about)
    )
    places = {}
    for number, row in enumerate(picture.nodes):
        x, y = source.place(number, row["id"])
        places[row["id"]] = _ACROSS * x, _DOWN * y
    frame = _Frame.of(picture, places, beside)
    return "\n".join(_lines(picture, frame, places, beside)) + "\n", frame.height


@dataclass(frozen=True, slots=True)
class _Picture:
    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    words: Words


@dataclass(frozen=True, slots=True)
class _Frame:
    """How wide and high it is, and where the layout's origin lies in it."""

    width: float
    height: float
    left: float
    top: float
    below: float

    @staticmethod
    def of(picture: _Picture, places: Mapping[str, tuple[float, float]], beside: Beside) -> _Frame:
        xs = [x for x, _ in places.values()] or [0.0]
        ys = [y for _, y in places.values()] or [0.0]
        spread = max(xs) - min(xs) + 2 * _MARGIN
        if beside == "nothing":
            wide, high = spread - 0.4 * _MARGIN, max(ys) - min(ys) + 1.1 * _MARGIN
            return _Frame(wide, high, 0.8 * _MARGIN - min(xs), 0.4 * _MARGIN - min(ys), high)
        width = max(_NARROWEST, spread)
        head = _HEAD if beside == "all" else 0.0
        below = head + max(ys) - min(ys) + 1.6 * _MARGIN
        rows = 3 + len(_notes(picture.words, width)) if beside == "all" else 2
        left = (width - spread) / 2 + _MARGIN - min(xs)
        top = head + 0.6 * _MARGIN - min(ys)
        return _Frame(width, below + rows * _ROW + 16, left, top, below)


def _lines(
    picture: _Picture,
    frame: _Frame,
    places: Mapping[str, tuple[float, float]],
    beside: Beside,
) -> Iterator[str]:
    words = picture.words
    width, height = f"{frame.width:.0f}", f"{frame.height:.0f}"
    shown = f'width="{width}" height="{height}"' if frame.width <= _WIDEST else ""
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {shown} '
        f'font-family="{_FONT}" role="img">'
    )
    yield f"<title>{_text(words.title)}</title><desc>{_text(' '.join(words.notes))}</desc>"
    yield '<rect width="100%" height="100%" fill="#ffffff"/>'
    if beside == "all":
        yield _written(24, 34, words.title, size=17, weight=700)
        yield _written(24, 54, words.subtitle, size=12, colour=_SOFT)
    yield f'<g transform="translate({frame.left:.1f} {frame.top:.1f})">'
    yield from _edges(picture, places)
    for row in picture.nodes:
        yield _node(row, places[row["id"]])
    yield "</g>"
    if beside != "nothing":
        yield from _legend(picture, frame, notes=beside == "all")
    yield "</svg>"


def _edges(picture: _Picture, places: Mapping[str, tuple[float, float]]) -> Iterator[str]:
    """Lines first, what stands on them after: no line runs through a word.

    Relationships of one look from one party to another are one line, with what each is below the
    other.
    """
    beside: dict[tuple[str, str], dict[tuple[Any, ...], list[dict[str, Any]]]] = defaultdict(dict)
    for row in picture.edges:
        one, other = sorted((row["source"], row["target"]))
        alike = row["source"], line_of_kind(row["kind"]), row["current"]
        beside[one, other].setdefault(alike, []).append(row)
    named = {row["id"]: _size_of(node_label(row)) for row in picture.nodes}
    # Where there are many lines their words would hide them: shares alone are written.
    posts = picture.words.posts if len(picture.edges) <= _WORDY else {}
    said_on: list[tuple[Curve, list[str]]] = []
    for pair, lines in beside.items():
        for number, ((source, line, current), rows) in enumerate(lines.items()):
            bend = (number - (len(lines) - 1) / 2) * 2 * _BEND
            sign = 1.0 if source == pair[0] else -1.0
            target = rows[0]["target"]
            path, head, curve = _curve(
                (places[source], named[source]), (places[target], named[target]), sign * bend
            )
            dash = "6 5" if not current else "2 4" if line == "market" else ""
            dashed = f' stroke-dasharray="{dash}"' if dash else ""
            faded = "" if current else ' opacity="0.55"'
            said = "; ".join(f"{row['words']} {edge_label(row)}".strip() for row in rows)
            yield (
                f'<path class="tie" d="{path}" fill="none" stroke="{COLOURS[line][0]}" '
                f'stroke-width="1.6"{dashed}{faded}><title>{_text(said)}</title></path>'
                f'<path d="{head}" fill="{COLOURS[line][0]}"{faded}/>'
            )
            told = [_told(row, posts) for row in rows]
            said_on.append((curve, list(dict.fromkeys(filter(None, told)))))
    parties = [_room_of(places[name], size) for name, size in named.items()]
    yield from _tags(said_on, parties)


def _tags(said_on: list[tuple[Curve, list[str]]], parties: list[Box]) -> Iterator[str]:
    """What stands on each line, one below the other, where it hides least of the rest."""
    curves = [curve for curve, _ in said_on]
    sizes = [
        (max(map(_width_of_tag, labels)), float(_TAG_LINE * len(labels))) if labels else (0.0, 0.0)
        for _, labels in said_on
    ]
    if len(said_on) <= _WORDY:
        middles = label_places(curves, sizes, parties)
    else:  # so many lines leave no room anywhere
        middles = [point_of(curve, 0.5) for curve in curves]
    for (x, y), (_, labels) in zip(middles, said_on, strict=True):
        first = y - _TAG_LINE * (len(labels) - 1) / 2
        for place, label in enumerate(labels):
            yield _tag(x, first + _TAG_LINE * place, label)


def _told(row: Mapping[str, Any], posts: Mapping[str, str]) -> str:
    """What stands on a line: a holding's share alone; of others what they are, then the share."""
    return " ".join(filter(None, (posts.get(row["kind"], ""), edge_label(row))))


End = tuple[tuple[float, float], tuple[float, float]]
"""A party's place, and how high and half as wide the name below it is."""


def _room_of(place: tuple[float, float], size: tuple[float, float]) -> Box:
    """What a party and its name take."""
    (x, y), (name, wide) = place, size
    return x - wide, y - _HALF, x + wide, y + _HALF + name


def _size_of(label: str) -> tuple[float, float]:
    lines = label.split("\n")
    widest = max(map(_breadth, lines)) * 0.9
    return _NAME + _NAME_LINE * (len(lines) - 1), max(_HALF, widest / 2)


def _curve(begin: End, end: End, bend: float) -> tuple[str, str, Curve]:
    """A line from border to border, its head, and what it is; bent where there are several.

    Heads are drawn, for not everybody who draws it turns markers.
    """
    (x1, y1), (x2, y2) = begin[0], end[0]
    length = math.hypot(x2 - x1, y2 - y1)
    if length < 1.0:
        loop = f"M{x1 - 10:.1f} {y1 - _HALF:.1f}C{x1 - 40:.1f} {y1 - 60:.1f} "
        loop += f"{x1 + 40:.1f} {y1 - 60:.1f} {x1 + 10:.1f} {y1 - _HALF - 6:.1f}"
        above = x1, y1 - 50
        return loop, _head((x1 + 10, y1 - _HALF - 1), (x1 + 20, y1 - 40)), (above, above, above)
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    aim = (x1 + x2) / 2 - uy * bend, (y1 + y2) / 2 + ux * bend
    ax, ay = _border(begin, aim, _HALF + 1)
    tip = _border(end, aim, _HALF + 2)
    cx, cy = (ax + tip[0]) / 2 - uy * bend, (ay + tip[1]) / 2 + ux * bend
    # The line ends inside its head: its blunt end would show beyond the tip.
    back = math.hypot(tip[0] - cx, tip[1] - cy) or 1.0
    bx, by = (one + 5 * (ctl - one) / back for one, ctl in zip(tip, (cx, cy), strict=True))
    path = f"M{ax:.1f} {ay:.1f}Q{cx:.1f} {cy:.1f} {bx:.1f} {by:.1f}"
    return path, _head(tip, (cx, cy)), ((ax, ay), (cx, cy), (bx, by))


def _head(tip: tuple[float, float], towards: tuple[float, float]) -> str:
    """A triangle whose tip lies there, and whose base looks back along the line."""
    dx, dy = towards[0] - tip[0], towards[1] - tip[1]
    length = math.hypot(dx, dy) or 1.0
    ux, uy = 10 * dx / length, 10 * dy / length
    base = tip[0] + ux, tip[1] + uy
    return (
        f"M{tip[0]:.1f} {tip[1]:.1f}L{base[0] - 0.42 * uy:.1f} {base[1] + 0.42 * ux:.1f}"
        f"L{base[0] + 0.42 * uy:.1f} {base[1] - 0.42 * ux:.1f}z"
    )


def _border(end: End, towards: tuple[float, float], half: float) -> tuple[float, float]:
    """Where a line from a party's middle leaves its square."""
    centre, (name, wide) = end
    dx, dy = towards[0] - centre[0], towards[1] - centre[1]
    most = max(abs(dx), abs(dy)) or 1.0
    if dy > 0 and abs(dx) * (half + name) <= wide * dy:  # below its name, too
        return centre[0] + dx * (half + name) / dy, centre[1] + half + name
    return centre[0] + dx * half / most, centre[1] + dy * half / most


def _node(row: Mapping[str, Any], place: tuple[float, float]) -> str:
    x, y = place
    ink, ground = COLOURS[grade_class(row["kind"], row.get("grade"))]
    thick = 3 if row.get("centre") else 2
    look = f'fill="{ground}" stroke="{ink}" stroke-width="{thick}"'
    shape = _shape(row["kind"], place, look)
    letter = "" if row["kind"] == "person" else row.get("grade") or "NR"
    size = 16 if len(letter) == 1 else 12
    inner = _written(x, y + 0.36 * size, letter, size=size, weight=700, colour=ink, middle=True)
    weight = 700 if row.get("centre") else 500
    label = "".join(
        _haloed(x, y + _HALF + 15 + 13 * number, line, size=11.5, weight=weight)
        for number, line in enumerate(node_label(row).split("\n"))
    )
    told = escape(xml_text(str(row["name"])))
    return f"<g><title>{told}</title>{shape}{inner if letter else ''}{label}</g>"


def _legend(picture: _Picture, frame: _Frame, *, notes: bool) -> Iterator[str]:
    words, y = picture.words, frame.below + 4
    yield f'<path d="M24 {y:.0f}H{frame.width - 24:.0f}" stroke="{_LINE}"/>'
    x, y = 24.0, y + 22
    for line, dash in (("own", ""), ("law", ""), ("market", "2 4"), ("ended", "6 5")):
        ink = COLOURS["own" if line == "ended" else line][0]
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        yield f'<path d="M{x:.0f} {y - 4:.0f}h26" stroke="{ink}" stroke-width="2"{dashed}/>'
        yield _written(x + 32, y, words.lines[line], size=11.5)
        x += 50 + _breadth(words.lines[line])
    x, y = 24.0, y + _ROW
    for shape in ("company", "person", "public_body"):
        drawn = _shape(shape, (0.0, 0.0), f'fill="#ffffff" stroke="{_SOFT}" stroke-width="3"')
        yield f'<g transform="translate({x + 7:.0f} {y - 4:.0f}) scale(0.42)">{drawn}</g>'
        yield _written(x + 22, y, words.shapes[shape], size=11.5)
        x += 40 + _breadth(words.shapes[shape])
    for note in _notes(words, frame.width) if notes else ():
        y += _ROW
        yield _written(24, y, note, size=12, colour=_SOFT)


def _shape(kind: str, place: tuple[float, float], look: str) -> str:
    """A person is a circle, a public body a diamond, the rest are squares; a branch a round one."""
    (x, y), half = place, _HALF
    if kind == "person":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{half}" {look}/>'
    if kind == "public_body":
        points = f"{x},{y - half} {x + half},{y} {x},{y + half} {x - half},{y}"
        return f'<polygon points="{points}" {look}/>'
    round_ = 14 if kind == "branch" else 7
    side = f'x="{x - half:.1f}" y="{y - half:.1f}" width="{2 * half}" height="{2 * half}"'
    return f'<rect {side} rx="{round_}" {look}/>'


def _notes(words: Words, width: float) -> list[str]:
    """What was left out and the rest, in lines that fit."""
    most = max(300.0, width - 48)
    found: list[str] = []
    for note in words.notes:
        line = ""
        for word in _pieces(note):
            if line and _breadth(line + word) > most:
                found.append(line.strip())
                line = ""
            line += word
        found.append(line.strip())
    return found


def _pieces(text: str) -> Iterable[str]:
    """Where a line may break: behind a blank, and between Chinese characters."""
    word = ""
    for char in text:
        word += char
        if char == " " or not char.isascii():
            yield word
            word = ""
    if word:
        yield word


def _breadth(text: str) -> float:
    """About how wide a text is, in units."""
    return sum(_LETTER if char.isascii() else 2 * _LETTER for char in text)


def _tag(x: float, y: float, text: str) -> str:
    """What stands on a line, on a ground of its own: the line shows between no two words."""
    wide = _width_of_tag(text)
    ground = f'<rect x="{x - wide / 2:.1f}" y="{y - 7:.1f}" width="{wide:.1f}" height="13"'
    label = _written(x, y + 3.5, text, size=10.5, colour=_SOFT, middle=True)
    return f'{ground} fill="#ffffff"/>{label}'


def _width_of_tag(text: str) -> float:
    return 0.8 * _breadth(text) + 3


def _haloed(x: float, y: float, text: str, **look: Any) -> str:
    """Text with a white rim, so that a line behind it does not run through it."""
    # Twice, for not everybody who draws it knows the order of painting.
    rim = ' stroke="#ffffff" stroke-width="4" stroke-linejoin="round"'
    behind = _written(x, y, text, middle=True, more=rim + ' aria-hidden="true"', **look)
    return behind + _written(x, y, text, middle=True, **look)


def _written(
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    weight: int = 400,
    colour: str = _INK,
    middle: bool = False,
    more: str = "",
) -> str:
    # Who draws it may take what the first font lacks from any other: Chinese asks for its own.
    chinese = any(char >= "\u2e80" for char in text)
    more += f' font-family="{_CHINESE}"' if chinese else ""
    anchor = ' text-anchor="middle"' if middle else ""
    look = f'font-size="{size}" font-weight="{weight}" fill="{colour}"{anchor}{more}'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{_text(text)}</text>'


def _text(text: str) -> str:
    return escape(xml_text(" ".join(text.split())))
