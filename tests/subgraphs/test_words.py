"""What was cut, as sentences."""

from __future__ import annotations

from trustgraph.subgraphs.words import cut_words

ABOUT = {
    "asked": {"budget": 4},
    "within": 12,
    "cut": {"budget": 8},
    "left_out": {"shareholder": 2, "supplier": 1},
}


def test_in_both_languages() -> None:
    assert cut_words(ABOUT) == [
        "8 of 12 parties stayed out: the budget is 4, the nearest came first.",
        "Parties next to them, not shown: 2 (holds shares of), 1 (supplies).",
    ]
    assert cut_words(ABOUT, "zh") == [
        "共12个主体，其中8个因上限（4个）未收录，按距离由近及远收录。",
        "相邻但未收录的主体：2个（持有对方股权）、1个（系对方的供应商）。",
    ]
    chains = {**ABOUT, "cut": {"chains": 3}, "left_out": {}}
    assert cut_words(chains)[0].startswith("3 chains stayed out")
    apart = {**ABOUT, "cut": {"apart": 4}, "left_out": {}}
    assert cut_words(apart) == ["Nothing joins them within 4 relationships."]
    assert cut_words(apart, "zh") == ["4步关系以内未发现二者之间的关联。"]
    assert cut_words({**ABOUT, "cut": {}, "left_out": {}}, "zh") == ["已完整显示所查询的范围。"]
