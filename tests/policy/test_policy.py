"""Reading packs: what is folded, what is refused, and how a refusal reads."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

import trustgraph as tg
from trustgraph.errors import PolicyError
from trustgraph.policy import read_policy
from trustgraph.policy.show import entry_of, pack_lines, pack_of
from trustgraph.schema import STEP_CODES

BASE = """
[pack]
name = "p"
base = 1000
floor = 0
ceiling = 1200
[[grade]]
code = "A"
from = 900
[[grade]]
code = "D"
from = 0
[[record]]
code = "X"
points = -10
dimension = "legal"
[channel.c]
"supplier.forward" = { strength = 0.5 }
"""


def pack(folder: Path, text: str = BASE, name: str = "pack") -> Path:
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / "pack.toml").write_text(text, encoding="utf-8")
    return folder / name


def problems(folder: Path, text: str) -> str:
    with pytest.raises(tg.PolicyError) as caught:
        tg.read_policy(pack(folder, text))
    return str(caught.value)


def test_files_are_read_in_name_order_as_one_document(tmp_path: Path) -> None:
    folder = pack(tmp_path)
    (folder / "rules.toml").write_text(
        '[[consequence]]\ncode = "R"\non = ["X"]\nforce = "D"\nlegal_basis = "art. 1"\n'
        'effect = { code = "E", en = "liable", zh = "承担责任" }\n',
        encoding="utf-8",
    )
    policy = tg.read_policy(folder)
    assert policy.rules["R"][0].effect.words("zh") == "承担责任"
    assert policy.grades[0].code == "A"
    assert policy.lineage == ("p",)


def record(*lines: str, code: str = "Y") -> str:
    return "\n".join(["[[record]]", f'code = "{code}"', 'dimension = "legal"', *lines, ""])


def rule(*lines: str) -> str:
    return "\n".join(["[[consequence]]", 'code = "R"', 'effect = { code = "E" }', *lines, ""])


def step(text: str) -> str:
    return f"[channel.d]\n{text}\n"


D = ('force = "D"', 'legal_basis = "l"', 'on = ["X"]')
FOUR = ", ".join(['{ steps = ["supplier.forward"] }'] * 4)


@pytest.mark.parametrize(
    ("added", "message"),
    [
        (record("points = 1", "piont = 2"), "did you mean `points`"),
        ("[packs]\n", "`packs` is not a table of a pack"),
        (record(), "`points` is missing"),
        (record('points = "many"'), "must be a number"),
        (record("points = nan"), "must be a number"),
        (record("points = inf"), "must be at most"),
        (record("points = 1", 'list = "grey"'), "must be one of black"),
        (record("points = 1", 'channel = "z"'), "which no [channel.…]"),
        (record("points = 1", 'grade_cap = "Z"'), "is no grade"),
        (record("points = 1", "months = 1.5"), "whole number"),
        (record("points = 1", 'valid_from = "soon"'), "must be a day"),
        (record("points = 1", code="X"), "overlap in time"),
        (
            record("points = 1", "valid_from = 2026-01-01", "valid_to = 2026-01-01"),
            "must lie after",
        ),
        ('[[grade]]\ncode = "A"\nfrom = 1\n', "used twice"),
        ('[[grade]]\ncode = "B"\nfrom = 900\n', "same as another"),
        (step('"suplier.forward" = { strength = 1 }'), "is not a step"),
        (step('"affiliate.backward" = { strength = 1 }'), "walked from either end"),
        (step("supplier.forward = { strength = 1 }"), "in quotes"),
        (step('"supplier.forward" = { strength = 1.1 }'), "at most 1"),
        (step('"supplier.forward" = { strength = 0 }'), "more than 0"),
        (step('"supplier.forward" = { strength = 1, then = "q" }'), "which no [channel.…]"),
        (step('"affiliate.forward" = { strength = 1, share = "multiply" }'), "neither end"),
        (step('"supplier.forward" = { strength = 1, rule = "P" }'), "no [[consequence]] defines"),
        (rule('force = "A"', 'on = ["X"]'), "without a law"),
        (rule('force = "A"', 'legal_basis = "l"'), "`on` is missing"),
        (rule('force = "D"', 'legal_basis = "l"', 'on = ["XX"]'), "did you mean `X`"),
        (rule('force = "F"', 'legal_basis = "l"', 'on = ["X"]'), "must be one of A"),
        (rule(*D, 'grade_cap = "D"'), "only for force A"),
        (rule(*D).replace("effect =", "efect ="), "`effect` is missing"),
        (rule('force = "E"', 'on = ["X"]'), "would do nothing"),
        (rule(*D, "route = [{ steps = [] }]"), "at least one step"),
        (rule(*D, f"route = [{FOUR}]"), "at most 3"),
        (
            rule('force = "C"', 'legal_basis = "l"', 'aggregate = { by = "pair" }'),
            "at least one step for an aggregate",
        ),
        (
            rule(
                'force = "C"',
                'legal_basis = "l"',
                'aggregate = { by = "pair" }',
                'route = [{ steps = ["supplier.forward"], when = "at_decision" }]',
            ),
            "only be tested as_of",
        ),
        (
            rule(
                'force = "A"',
                'legal_basis = "l"',
                'grade_cap = "D"',
                'aggregate = { by = "worst_grade" }',
                'route = [{ steps = ["consortium.forward"] }]',
            ),
            "here there is none",
        ),
        ('[[coverage]]\nitem = "relationship"\nweight = 1\n', "`any_of` is missing"),
        ('[[coverage]]\nitem = "source"\nweight = 1\n', "`code` is missing"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(tmp_path: Path, added: str, message: str) -> None:
    told = problems(tmp_path, BASE + added)
    assert message in told
    assert "pack.toml" in told or "[[" in told


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    bad = BASE.replace("points = -10", 'points = "x"').replace("strength = 0.5", "strength = 7")
    told = problems(tmp_path, bad.replace("base = 1000", "base = 5000"))
    assert "3 problem(s)" in told


def test_a_pack_must_grade_every_score(tmp_path: Path) -> None:
    assert "have no grade" in problems(tmp_path, BASE.replace("from = 0", "from = 100"))
    assert "no [[grade]]" in problems(tmp_path, BASE.replace("[[grade]]", "[[measure]]"))


def test_files_that_are_no_toml_or_no_text(tmp_path: Path) -> None:
    assert "not readable as TOML" in problems(tmp_path, "[pack\n")
    folder = pack(tmp_path)
    (folder / "z.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(tg.PolicyError, match="not readable as TOML"):
        tg.read_policy(folder)
    with pytest.raises(tg.PolicyError, match="no policy pack"):
        tg.read_policy(tmp_path / "nowhere")


def test_a_child_replaces_what_has_the_same_code(tmp_path: Path) -> None:
    pack(tmp_path, name="parent")
    child = pack(
        tmp_path,
        '[pack]\nname = "child"\nextends = "parent"\nceiling = 1300\n'
        '[[record]]\ncode = "X"\npoints = -20\ndimension = "social"\n',
        name="child",
    )
    policy = tg.read_policy(child)
    assert policy.lineage == ("p", "child")
    assert [version.points for version in policy.record_types["X"]] == [-20]
    assert policy.ceiling_micro == 1_300_000_000
    assert "c" in policy.channels
    assert policy.fingerprint != tg.read_policy(tmp_path / "parent").fingerprint
    ring = pack(tmp_path, '[pack]\nname = "ring"\nextends = "ring"\n', name="ring")
    with pytest.raises(tg.PolicyError, match="extends itself"):
        tg.read_policy(ring)


def test_a_child_drops_what_it_does_not_want(tmp_path: Path) -> None:
    child = '[pack]\nname = "child"\nextends = "cn-national"\ndrop = ["P30", "P31"]\n'
    parent = tg.read_policy()
    policy = tg.read_policy(pack(tmp_path, child, name="child"))
    assert set(parent.rules) - set(policy.rules) == {"P30", "P31"}
    assert policy.record_types.keys() == parent.record_types.keys()
    said = problems(tmp_path, child.replace("P30", "P300"))
    assert "`drop` lists `P300`, which no pack below has" in said
    needed = problems(tmp_path, child.replace("P30", "COURT_DEFAULTER"))
    assert "P01: `on` names 'COURT_DEFAULTER', which is not known" in needed
    assert "must be a list of codes" in problems(tmp_path, child.replace('["P30"', '[3, "P30"'))
    assert "drop" in problems(tmp_path, BASE.replace("[pack]", "[pack]\ndrop = []"))


@pytest.mark.parametrize("path", ["../parent", "./parent", "/parent", "a\\\\b", ""])
def test_a_pack_extends_a_name_and_no_path(path: str, tmp_path: Path) -> None:
    pack(tmp_path, name="parent")
    child = f'[pack]\nname = "child"\nextends = "{path}"\n'
    with pytest.raises(tg.PolicyError, match="side by side"):
        tg.read_policy(pack(tmp_path, child, name="child"))


def test_what_a_pack_extends_is_not_looked_for_where_a_command_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack(tmp_path / "here", name="cn-national")
    child = pack(tmp_path, '[pack]\nname = "child"\nextends = "cn-national"\n', name="child")
    monkeypatch.chdir(tmp_path / "here")
    assert "COURT_DEFAULTER" in tg.read_policy(child).record_types


def test_versions_by_day(tmp_path: Path) -> None:
    later = (
        '[[record]]\ncode = "V"\npoints = -1\ndimension = "legal"\nmonths = 6\n'
        "valid_from = 2020-01-01\nvalid_to = 2022-01-01\n"
        '[[record]]\ncode = "V"\npoints = -2\ndimension = "legal"\nmonths = 12\n'
        "valid_from = 2024-01-01\n"
    )
    policy = tg.read_policy(pack(tmp_path, BASE + later))

    def months(day: dt.date) -> int | None:
        version = policy.term_version("V", day)
        return None if version is None else version.months

    assert policy.record_type("V", dt.date(2019, 12, 31)) is None
    assert policy.record_type("V", dt.date(2022, 1, 1)) is None
    assert months(dt.date(2010, 1, 1)) == 6  # before the first: the first
    assert months(dt.date(2021, 1, 1)) == 6
    assert months(dt.date(2023, 1, 1)) == 6  # between two: the one that ended last
    assert months(dt.date(2024, 1, 1)) == 12
    assert policy.term_version("none", dt.date(2024, 1, 1)) is None


def test_the_fingerprint_is_of_the_content_alone(tmp_path: Path) -> None:
    one = tg.read_policy(pack(tmp_path, BASE, name="one"))
    other = tg.read_policy(pack(tmp_path, "# a comment\n" + BASE, name="other"))
    changed = tg.read_policy(pack(tmp_path, BASE.replace("-10", "-11"), name="third"))
    assert one.fingerprint == other.fingerprint != changed.fingerprint


@pytest.mark.parametrize("name", tg.list_policies())
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_packs_can_be_shown(name: str, lang: str) -> None:
    policy = tg.read_policy(name)
    assert any(name in line for line in pack_lines(pack_of(policy, lang)))
    for code in [*policy.record_types, *policy.rules, *policy.channels]:
        assert list(pack_lines(entry_of(policy, code, lang)))
    with pytest.raises(tg.UsageError, match="did you mean"):
        entry_of(policy, "COURT_DEFAULTR")


def test_what_a_pack_says_of_control_is_shown() -> None:
    found = pack_of(tg.read_policy("uk-50"))["control"]
    assert found["threshold"] == 0.25
    cascade = {"listed": ["UK_LIST"], "threshold": 0.5}
    assert found["cascade"] == {**cascade, "more_than": True, "by_control": True}
    versions = pack_of(tg.read_policy("bis-affiliates"))["control"]
    days = [(one.get("valid_from"), one.get("valid_to")) for one in versions]
    assert days == [
        (None, "2025-09-29"),
        ("2025-09-29", "2025-11-10"),
        ("2025-11-10", "2026-11-10"),
        ("2026-11-10", None),
    ]
    last = pack_of(tg.read_policy("cn-beneficial-owner"), "zh")["control"]
    assert last["last_resort"] == ["senior_manager.backward", "legal_representative.backward"]


CONTROL = '[control]\nlegal_basis = "art. 1"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("threshold = 0\n", "must be more than 0"),
        ("threshold = 1.2\n", "must be at most 1"),
        ('bases = ["look"]\n', "names 'look'"),
        ('owners = ["persons"]\n', "did you mean `person`"),
        ('last_resort = ["director"]\n', "is not a step"),
        ('serves = "maybe"\n', "must be one of none, yes, possible"),
        ("more_then = true\n", "did you mean `more_than`"),
        ("[control.cascade]\nthreshold = 0.5\n", "the record types that block"),
        ('[control.cascade]\nlisted = ["Y"]\n', "names 'Y', which is not known"),
        ('[control.cascade]\nlisted = ["X"]\nthreshold = 0\n', "holds at least nothing"),
    ],
)
def test_mistakes_in_control_are_said(text: str, words: str, tmp_path: Path) -> None:
    assert words in problems(tmp_path, BASE + CONTROL + text)


def test_what_blocks_needs_its_law(tmp_path: Path) -> None:
    text = BASE + '[control.cascade]\nlisted = ["X"]\n'
    assert "`legal_basis` is missing" in problems(tmp_path, text)


def test_versions_of_control_must_not_overlap(tmp_path: Path) -> None:
    said = "[[control]]\nvalid_to = 2024-07-03\n[[control]]\nvalid_from = 2024-07-01\n"
    assert "two versions overlap in time" in problems(tmp_path, BASE + said)
    found = tg.read_policy(pack(tmp_path, BASE + said.replace("07-01", "07-03"), name="versions"))
    days = [dt.date(2024, 7, day) for day in (2, 3)]
    assert [found.control_on(day) for day in days] == list(found.controls)


def test_a_child_replaces_control_as_a_whole(tmp_path: Path) -> None:
    child = '[pack]\nname = "child"\nextends = "ofac-50"\n[control]\nthreshold = 0.1\n'
    control = tg.read_policy(pack(tmp_path, child, name="child")).control_on(dt.date(2026, 1, 1))
    assert control is not None
    assert (control.threshold, control.cascade) == (100_000_000, None)


def test_steps_are_told_apart() -> None:
    assert len(STEP_CODES) == len(set(STEP_CODES.values()))
    assert "affiliate.backward" not in STEP_CODES


# --- What a pack that extends another does to its entries ----------------------------------------

AMENDING = """
[pack]
name = "amending"
extends = "cn-national"

[[record]]
code = "COURT_DEFAULTER"
amend = true
points = -500

[[record]]
code = "SAMR_SERIOUS"
amend = true
valid_from = 2021-09-01
months = 24

[[measure]]
code = "M_POSITION"
amend = true
verdict = true

[channel.light]
amend = true
title = "Lighter"
"""


def extending(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "amending"
    folder.mkdir()
    (folder / "pack.toml").write_text(text, encoding="utf-8")
    return folder


def test_an_amended_entry_keeps_what_is_not_given(tmp_path: Path) -> None:
    below, found = read_policy("cn-national"), read_policy(extending(tmp_path, AMENDING))
    assert found.warnings == ()
    for was, now in zip(
        below.record_types["COURT_DEFAULTER"], found.record_types["COURT_DEFAULTER"], strict=True
    ):
        assert now == dataclasses.replace(was, points=-500.0)
    old, new = found.record_types["SAMR_SERIOUS"]
    assert old == below.record_types["SAMR_SERIOUS"][0]
    assert new == dataclasses.replace(below.record_types["SAMR_SERIOUS"][1], months=24)
    assert "M_POSITION" in found.verdict_measures
    assert found.channels["light"].steps == below.channels["light"].steps
    assert found.channels["light"].title.en == "Lighter"


def test_what_a_replacement_leaves_out_is_told(tmp_path: Path) -> None:
    plain = AMENDING.replace("amend = true\npoints", 'dimension = "contractual"\npoints')
    (warning,) = read_policy(extending(tmp_path, plain)).warnings
    assert "[[record]] `COURT_DEFAULTER` takes the place of the one below and leaves out" in warning
    for key in ("legal_basis", "terms", "usual_months", "list", "grade_cap", "channel"):
        assert f"`{key}`" in warning


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (("2021-09-01", "2021-09-02"), "SAMR_SERIOUS: `amend` changes nothing: no pack below has"),
        (("M_POSITION", "M_POSITIONS"), "[[measure]] M_POSITIONS: `amend` changes nothing"),
    ],
)
def test_what_amends_nothing_is_an_error(
    changed: tuple[str, str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(PolicyError) as caught:
        read_policy(extending(tmp_path, AMENDING.replace(*changed)))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ('[{ ground = ["a"] }]', "`months` gives the term on these grounds"),
        ('[{ ground = ["a"], months = 3, open = true }]', "`months` gives the term"),
        ("[{ months = 3 }]", "`ground` is missing"),
        ('[{ ground = ["a"], months = 3 }, { ground = ["A "], open = true }]', "another term"),
    ],
)
def test_terms_by_ground_are_checked(terms: str, words: str, tmp_path: Path) -> None:
    text = AMENDING.replace("points = -500", f"terms = {terms}")
    with pytest.raises(PolicyError) as caught:
        read_policy(extending(tmp_path, text))
    assert words in str(caught.value)
