"""Words on the lines of a picture: in the middle where there is room, never upon one another."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import trustgraph as tg
from trustgraph.exports.drawing import svg_of
from trustgraph.exports.label_places import Box, label_places
from trustgraph.exports.source import OfSubgraph

SVG = "{http://www.w3.org/2000/svg}"
SAMPLE = Path(__file__).parents[2] / "datasets" / "sample"
DAY: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
LEVEL = ((0.0, 0.0), (100.0, 0.0), (200.0, 0.0))
UPRIGHT = ((100.0, -100.0), (100.0, 0.0), (100.0, 100.0))
SIZE = (30.0, 13.0)


def test_words_stand_in_the_middle_of_a_line_alone() -> None:
    assert label_places([LEVEL], [SIZE], []) == [(100.0, 0.0)]
    assert label_places([], [], []) == []


def test_words_make_way_for_a_party_and_for_the_words_of_another() -> None:
    party: Box = (80.0, -20.0, 120.0, 20.0)
    ((x, y),) = label_places([LEVEL], [SIZE], [party])
    assert (y, abs(x - 100.0) >= 35.0) == (0.0, True)
    one, other = label_places([LEVEL, LEVEL], [SIZE, SIZE], [])
    assert abs(one[0] - other[0]) >= SIZE[0] * 0.9
    # A line across is not covered where there is a place beside it.
    (first, _) = label_places([LEVEL, UPRIGHT], [SIZE, (0.0, 0.0)], [])
    assert abs(first[0] - 100.0) >= SIZE[0] / 2


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "question",
    [
        {"family": "91330106TG040002XE"},
        {"evidence": "91330106TG02000288"},
        {"evidence": "91330106TG0300029X"},
    ],
    ids=["ring", "supplier", "bricklayers"],
)
def test_no_words_of_a_story_lie_upon_others(question: dict[str, str], lang: str) -> None:
    result = tg.score(tg.read_tables(SAMPLE), **DAY)
    root = ET.fromstring(svg_of(OfSubgraph(tg.extract(result, lang=lang, **question))))  # noqa: S314  # what we drew
    tags = [
        tuple(float(one.attrib[name]) for name in ("x", "y", "width", "height"))
        for one in root.iter(f"{SVG}rect")
        if one.get("height") == "13"
    ]
    assert tags
    for one, other in itertools.combinations(tags, 2):
        apart = (abs(one[0] + one[2] / 2 - other[0] - other[2] / 2) - (one[2] + other[2]) / 2) > -2
        below = abs(one[1] - other[1]) >= 11
        assert apart or below, (one, other)
