"""The shipped packs: complete against the law, in words in both languages, and free of holes."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import tomllib
from typing import Any

import pytest
from places import PROJECT, TESTS

from trustgraph.ownership.answers import CONTROL_COLUMNS
from trustgraph.policy import Channel, Policy, RecordType, Rule, Words, list_policies, read_policy
from trustgraph.schema import STEP_CODES

LAW = PROJECT.parent / "shared" / "domain_rules.yaml"
CASES = TESTS / "cases"
TODAY = dt.date(2026, 11, 22)

MONTHS_DIFFER = {
    # The law publishes these in principle not at all ("0"); a record that is here was published.
    "PENALTY_MINOR": 3,
    # A revoked licence does not come back when the bar on its head has run out.
    "LICENCE_REVOKED": None,
    "LICENCE_FRAUD": 36,  # the longer of two terms by ground
}
UNTIL_CURED = {
    # Cured, paid, performed, verified, found again, or lifted by who decided.
    *("COURT_DEFAULTER", "COURT_CONSUMPTION", "SAMR_ABNORMAL", "TAX_NONNORMAL", "TAX_ARREARS"),
    *("TAX_ABNORMAL_VOUCHER", "SME_LATE_PAYMENT", "MED_PROCUREMENT", "AFSL_COUNTER", "UEL"),
    "LICENCE_REVOKED",
    # The decision fixes the term, the law only between which limits.
    *("TENDER_BAN", "CSRC_MARKET_BAN", "DRUG_BAN", "LICENCE_FRAUD"),
    # Classes that stand until another is given.
    *("ENV_RED", "PUBLIC_CREDIT_POOR", "SAMR_RISK_D", "RED_AEO_ADV", "RED_AEO_CERT"),
    # The term was not read in a text of law.
    *("AGRI_INPUT_MOU", "STAT_DISHONEST", "SOCIAL_INS_SERIOUS", "CUSTOMS_SERIOUS"),
    "CUSTOMS_DISHONEST",
}
"""Types of which the law fixes no term, on whatever ground is not stated."""
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def national() -> Policy:
    return read_policy("cn-national")


def records_of(policy: Policy) -> list[RecordType]:
    return [version for versions in policy.record_types.values() for version in versions]


def rules_of(policy: Policy) -> list[Rule]:
    return [version for versions in policy.rules.values() for version in versions]


def law_entries(list_name: str, key: str) -> dict[str, dict[str, str | list[str]]]:
    """Flat keys and plain lists of one list of ``domain_rules.yaml``; enough for that file."""
    if not LAW.is_file():
        pytest.skip("the companion file of the law is not part of the package")
    entries: dict[str, dict[str, str | list[str]]] = {}
    entry: dict[str, str | list[str]] = {}
    inside, last = False, ""
    for line in LAW.read_text(encoding="utf-8").splitlines():
        if not line.startswith((" ", "-")):
            inside = line.strip() == f"{list_name}:"
        elif inside and (found := re.match(r"(- |  )(\w+): ?(.*)$", line)):
            if found[1] == "- ":
                entry = {}
            last = found[2]
            entry[last] = found[3].strip("'\"") or []
            if last == key:
                entries[found[3].strip("'\"")] = entry
        elif inside and (found := re.match(r"  - (.*)$", line)):
            values = entry[last]
            assert isinstance(values, list)
            values.append(found[1].strip("'\""))
    return entries


@pytest.mark.parametrize("name", ["cn-national", "cn-rongcheng"])
def test_shipped_packs_read_without_a_problem(name: str) -> None:
    assert name in list_policies()
    policy = read_policy(name)
    assert policy.name == name
    assert len(policy.record_types) == 47
    assert len(policy.rules) == 41


def test_grades_and_numbers(national: Policy) -> None:
    assert [grade.code for grade in national.grades] == ["A", "B", "C", "D"]
    assert national.max_hops == 2
    assert national.base_micro == 1000 * 10**6
    exposed = national.base_micro - (national.exposure_cap_micro or 0)
    worst_by_exposure = next(grade for grade in national.grades if exposed >= grade.from_micro)
    assert worst_by_exposure.code == "C", "exposure alone must never lead to the worst grade"
    assert national.grades[0].from_micro <= national.base_micro


def test_the_demonstration_changes_nothing_but_the_bands(national: Policy) -> None:
    demonstration = read_policy("cn-rongcheng")
    assert demonstration.lineage == ("cn-national", "cn-rongcheng")
    bands = {grade.code: grade.from_micro // 10**6 for grade in demonstration.grades}
    assert bands == {"AAA": 1050, "AA": 1030, "A": 960, "B": 850, "C": 600, "D": 0}
    assert demonstration.record_types == national.record_types
    assert demonstration.rules == national.rules
    assert demonstration.channels == national.channels


def test_record_types_are_those_of_the_law(national: Policy) -> None:
    law = law_entries("record_types", "code")
    assert set(national.record_types) == set(law)
    for code, entry in law.items():
        version = national.record_type(code, TODAY)
        assert version is not None, f"{code} has no version in force"
        typical = entry["months_typical"]
        months = None if typical == "null" else int(str(typical))
        said = version.months if version.months is not None else version.usual_months
        assert said == MONTHS_DIFFER.get(code, months), code
        assert (version.months is None) == (code in UNTIL_CURED), code
        assert version.confidence == entry["confidence"], code
        assert str(version.valid_from) == entry["in_force_from"], code
        assert list(version.subjects) == entry["subjects"], code
        assert list(version.measures) == entry["measures"], code
        assert list(version.source) == entry["sources"], code
        severity = int(str(entry["severity"]))
        assert (version.points > 0) == (severity < 0), code


def test_rules_are_those_of_the_law(national: Policy) -> None:
    law = law_entries("propagation", "id")
    assert set(national.rules) == set(law)
    in_force = {rule.code: rule for rule in national.rules_on(TODAY)}
    for code, entry in law.items():
        rule = in_force[code]
        assert rule.force == entry["force"], code
        assert rule.confidence == entry["confidence"], code
        assert list(rule.source) == entry["sources"], code
        trigger = entry["trigger"]
        assert isinstance(trigger, list)
        plain = [name for name in trigger if not name.startswith("*")]
        assert list(rule.on) == plain, code
        assert bool(rule.on_tags) == any(
            "serious" in t or "list" in t or "debt" in t for t in trigger if t.startswith("*")
        ), code
        if rule.force != "E" and rule.aggregate is None and code != "P22":
            # Hops of the law are the longest route, sister branches and persons on the way apart.
            longest = max(len(route.steps) for route in rule.routes)
            assert longest == int(str(entry["hops"])) or code == "P18", code


def test_every_entry_has_words_in_both_languages(national: Policy) -> None:
    demonstration = read_policy("cn-rongcheng")
    words: dict[str, Words] = {f"reason {key}": text for key, text in national.reasons.items()}
    for policy in (national, demonstration):
        words[f"{policy.name} title"] = policy.title
        for grade in policy.grades:
            words[f"{policy.name} {grade.code} title"] = grade.title
            words[f"{policy.name} {grade.code} reason"] = grade.reason
    for record in records_of(national):
        for key in ("title", "authority", "reason", "note"):
            words[f"{record.code} {record.valid_from} {key}"] = getattr(record, key)
    for rule in rules_of(national):
        for key in ("title", "condition", "note"):
            words[f"{rule.code} {rule.valid_from} {key}"] = getattr(rule, key)
        words[f"{rule.code} {rule.valid_from} effect"] = rule.effect.words
    for channel in national.channels.values():
        words[f"{channel.code} title"] = channel.title
        words[f"{channel.code} reason"] = channel.reason
    for item in national.coverage:
        words[f"{item.code} title"] = item.title
        words[f"{item.code} reason"] = item.reason
    for measure in national.measures.values():
        words[f"{measure.code} title"] = measure.title
    assert not [key for key, text in words.items() if not text.en or CHINESE.search(text.en)]
    assert not [key for key, text in words.items() if not CHINESE.search(text.zh)]


def test_every_legal_basis_is_cited_in_both_languages(national: Policy) -> None:
    bases: dict[str, Words] = {
        f"{entry.code} {entry.valid_from}": entry.legal_basis
        for entry in (*records_of(national), *rules_of(national))
        if entry.legal_basis
    }
    market = [rule for rule in rules_of(national) if rule.force == "E"]
    assert len(bases) == len(records_of(national)) + len(rules_of(national)) - len(market)
    number = re.compile(r"[\u4e00-\u9fff]+〔\d{4}〕\d+号")  # of a document: it has no English
    assert not [key for key, text in bases.items() if not text.en]
    assert not [key for key, text in bases.items() if CHINESE.search(number.sub("", text.en))]
    assert not [key for key, text in bases.items() if not CHINESE.search(text.zh)]
    assert not [key for key, text in bases.items() if re.search(r"[A-Za-z]|第\d+条", text.zh)]


def test_every_number_of_the_pack_has_a_reason(national: Policy) -> None:
    assert set(national.reasons) == {
        "base",
        "floor",
        "ceiling",
        "max_hops",
        "min_points",
        "max_fanout",
        "exposure_cap",
        "missing_share",
        "rated_from",
    }


def test_everything_says_where_it_is_from(national: Policy) -> None:
    for record in records_of(national):
        assert record.legal_basis, record.code
        assert record.source, record.code
        assert record.confidence, record.code
        assert record.valid_from, record.code
    for rule in rules_of(national):
        assert rule.source, rule.code
        assert rule.confidence, rule.code


def test_law_has_a_basis_and_the_market_has_none(national: Policy) -> None:
    for rule in rules_of(national):
        if rule.force == "E":
            assert not rule.legal_basis, f"{rule.code} is no law"
            assert all(not route.steps for route in rule.routes), rule.code
        else:
            assert rule.legal_basis, rule.code
            assert rule.valid_from, rule.code


def test_windows_of_one_code_leave_no_gap(national: Policy) -> None:
    windows = [
        [(version.code, version.valid_from, version.valid_to) for version in versions]
        for versions in national.record_types.values()
    ]
    windows += [
        [(version.code, version.valid_from, version.valid_to) for version in versions]
        for versions in national.rules.values()
    ]
    for versions in windows:
        for (code, _, earlier_end), (_, later_start, _) in itertools.pairwise(versions):
            assert earlier_end == later_start, code
        assert versions[-1][2] is None, versions[-1][0]


def steps_walked(policy: Policy, entry: str) -> dict[str, Channel]:
    """The channels a record of an entry channel can be in, itself included."""
    found: dict[str, Channel] = {}
    open_codes = [entry]
    while open_codes:
        code = open_codes.pop()
        if code not in found:
            found[code] = policy.channels[code]
            open_codes.extend(step.then for step in found[code].steps.values() if step.then)
    return found


def test_every_market_rule_is_carried_and_only_by_what_sets_it_off(national: Policy) -> None:
    carried = set()
    for code in national.record_types:
        record = national.record_type(code, TODAY)
        if record is None or record.channel is None:
            continue
        for channel in steps_walked(national, record.channel).values():
            for step in channel.steps.values():
                if step.rule is not None:
                    carried.add(step.rule)
                    (rule,) = (r for r in national.rules_on(TODAY) if r.code == step.rule)
                    assert code in national.trigger_codes(rule, TODAY), (code, channel.code)
    assert carried == {
        code for code, versions in national.rules.items() if versions[0].force == "E"
    }


def test_branch_and_head_office_are_one(national: Policy) -> None:
    for record in records_of(national):
        channel = national.channels[record.channel] if record.channel else None
        if channel is not None and channel.code != "person":
            for name in ("branch.forward", "branch.backward"):
                assert channel.steps[STEP_CODES[name]].strength == 1.0, (channel.code, name)


def test_lists_caps_and_points_agree(national: Policy) -> None:
    for record in records_of(national):
        if record.list == "black":
            assert record.grade_cap == "D", record.code
            assert record.channel == "serious", record.code
            assert "serious_list" in record.tags, record.code
        if "serious_list" in record.tags:
            assert record.list == "black", record.code
            assert "any_list" in record.tags, record.code
        if record.points > 0:
            assert record.list == "red", record.code
            assert record.channel is None, f"{record.code}: honours do not spread"
            assert record.grade_cap is None, record.code
        else:
            assert record.list != "red", record.code


def test_no_doubtful_identity_and_no_state_holder_carries_anything(national: Policy) -> None:
    for channel in national.channels.values():
        assert STEP_CODES["possibly_same.forward"] not in channel.steps, channel.code
    for code in ("P21", "P25"):
        for rule in national.rules[code]:
            assert rule.not_through == ("public_body",)


def test_responsible_persons_are_never_inferred(national: Policy) -> None:
    for code in ("P06", "P07", "P34"):
        for rule in national.rules[code]:
            for route in rule.routes:
                assert route.steps[0].steps == (STEP_CODES["responsible_person.backward"],), code
                assert route.steps[0].when == "at_decision", code


def test_every_record_type_has_one_source(national: Policy) -> None:
    types = [code for item in national.coverage for code in item.types]
    assert sorted(types) == sorted(national.record_types)


@pytest.mark.parametrize("kind", ["company", "branch"])
def test_coverage_adds_up_to_a_hundred(national: Policy, kind: str) -> None:
    assert sum(i.weight for i in national.coverage if not i.kinds or kind in i.kinds) == 100


def cases() -> list[tuple[str, dict[str, Any]]]:
    return [
        (path.stem, case)
        for path in sorted(CASES.glob("*.toml"))
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    ]


CASE_KEYS = {
    "control",
    "no_control",
    "name",
    "law",
    "as_of",
    "retention_on",
    "policy",
    "entities",
    "relationships",
    "records",
    "consultations",
    "expect",
    "forbid",
    "grades",
    "scores",
    "exposed",
    "unexposed",
}


@pytest.mark.parametrize("case", [pytest.param(c, id=f"{f}: {c['name']}") for f, c in cases()])
def test_a_case_is_consistent(case: dict[str, Any]) -> None:
    policy = read_policy(case.get("policy", "cn-national"))
    assert set(case) <= CASE_KEYS
    assert case["law"]
    entities = {row["id"] for row in case["entities"]}
    assert len(entities) == len(case["entities"])
    records = {row["id"]: row for row in case.get("records", [])}
    assert len(records) == len(case.get("records", []))
    for row in case.get("relationships", []):
        assert {row["source"], row["target"]} <= entities
        assert f"{row['kind']}.forward" in STEP_CODES
    for row in records.values():
        assert row["entity"] in entities
        assert row["type"] in policy.record_types
    for key in ("expect", "forbid", "exposed", "unexposed"):
        for row in case.get(key, []):
            assert row.get("entity") is None or row["entity"] in entities
            assert row.get("record") is None or row["record"] in records
            assert row.get("rule") is None or row["rule"] in policy.rules
            assert set(row.get("chain", [])) <= entities
    for row in [*case.get("control", []), *case.get("no_control", [])]:
        ends = {row[key] for key in ("entity", "owner") if key in row}
        assert ends | set(row.get("chain", [])) <= entities
        assert row.keys() <= CONTROL_COLUMNS.keys()
    assert {*case.get("grades", {}), *case.get("scores", {})} <= entities
    proven = ("expect", "forbid", "grades", "scores", "exposed", "unexposed")
    proven += ("control", "no_control")
    assert any(case.get(key) for key in proven), "a case must say what follows"


@pytest.mark.parametrize("code", [f"P{n:02}" for n in range(1, 36)])
def test_every_rule_of_law_has_a_case_for_and_a_case_against(code: str) -> None:
    found = [case for _, case in cases()]
    for key in ("expect", "forbid"):
        named = [
            case
            for case in found
            if any(
                row.get("rule") == code or (key == "forbid" and "rule" not in row)
                for row in case.get(key, [])
            )
            and code in case["law"]
        ]
        assert named, f"no case with `{key}` for {code}"


@pytest.mark.parametrize("code", [f"S{n:02}" for n in range(1, 7)])
def test_every_market_rule_has_a_case_for_and_a_case_against(code: str) -> None:
    found = [case for _, case in cases() if code in case["law"]]
    assert any(case.get("exposed") for case in found)
    assert any(case.get("unexposed") for case in found)
    for case in found:
        assert {"rule": code} in case["forbid"], "a market effect is never a consequence"
