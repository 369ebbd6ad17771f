"""The application without a browser: who is let in, what is answered, what is never shown."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import polars as pl
import pytest
from hostile import HOSTILE

import trustgraph as tg

pytest.importorskip("dash")

from dashboards import parts
from dashboards.app import create_app
from dashboards.graph_view import elements_of
from dashboards.legend import legend_of
from dashboards.partner_map import map_of
from dashboards.parts import clean
from dashboards.settings import Settings
from dashboards.state import MOST_PARTNERS, View
from dashboards.text import TEXT

TOKEN = f"{secrets.token_hex(8)} words"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tg.Run:
    folder = tmp_path_factory.mktemp("dashboard")
    rows = [{"id": f"H{n}", "kind": "company", "name": name} for n, name in enumerate(HOSTILE)]
    rows += [{"id": "P", "kind": "person", "name": "王小明"}]
    pl.DataFrame(rows).write_parquet(folder / "entities.parquet")
    held = [
        {"source": "P", "target": "H0", "kind": "legal_representative", "share": None},
        {"source": "H1", "target": "H0", "kind": "shareholder", "share": 0.6},
        {"source": "P", "target": "H1", "kind": "shareholder", "share": 0.9},
    ]
    pl.DataFrame(held).write_parquet(folder / "relationships.parquet")
    records = [{"id": "r", "entity": "H1", "type": "COURT_DEFAULTER", "decided_on": "2026-01-10"}]
    pl.DataFrame(records).write_parquet(folder / "records.parquet")
    day = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
    return tg.score_input(folder, folder / "run", **day)


def strings(shown: Any) -> Iterator[str]:
    """Every text in an answer."""
    if isinstance(shown, dict | list):
        for one in shown.values() if isinstance(shown, dict) else shown:
            yield from strings(one)
    elif isinstance(shown, str):
        yield shown


def asked(client: Any, output: str, **inputs: Any) -> Any:
    """What a callback answers: the outputs are named as dash names them."""
    names = json.loads(client.get("/_dash-dependencies").data)
    one = next(item for item in names if output in item["output"])

    def filled(items: list[dict[str, str]]) -> list[dict[str, Any]]:
        return [
            {**item, "value": inputs.get(item["id"] + "." + item["property"])} for item in items
        ]

    outputs = [
        {"id": part.split(".")[0], "property": part.split(".")[1]}
        for part in one["output"].strip(".").split("...")
    ]
    body = {
        "output": one["output"],
        "outputs": outputs if one["output"].startswith("..") else outputs[0],
        "inputs": filled(one["inputs"]),
        "state": filled(one.get("state", [])),
        "changedPropIds": [f"{one['inputs'][0]['id']}.{one['inputs'][0]['property']}"],
    }
    return client.post("/_dash-update-component", json=body)


def address(path: str, search: str = "?lang=en") -> dict[str, str]:
    return {"url.pathname": path, "url.search": search}


@pytest.fixture(scope="module")
def client(run: tg.Run) -> Iterator[Any]:
    tg.open_search(run)  # made before anybody asks
    with create_app(run).server.test_client() as found:
        yield found


def page(client: Any, path: str, search: str = "?lang=en") -> str:
    answer = asked(client, "content.children", **address(path, search))
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_page_itself_has_no_data(client: Any) -> None:
    text = client.get("/company/H0").get_data(as_text=True)
    assert "H0" not in text.replace("/company/H0", "")
    assert client.get("/health").get_json() == {"status": "ok"}
    layout = client.get("/_dash-layout").get_data(as_text=True)
    assert not any(name[:8] in layout for name in HOSTILE)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_names_are_only_text(client: Any, number: int, lang: str) -> None:
    text = page(client, f"/company/H{number}", f"?lang={lang}")
    assert clean(HOSTILE[number]) in list(strings(json.loads(text)))
    assert "dangerously" not in text
    for bad in ("\u202e", "\\u202e", "\x00", "\\u0000", "\\u001b"):
        assert bad not in text


def test_persons_are_masked(client: Any) -> None:
    for path in ("/company/H0", "/company/H1", "/company/P"):
        assert "王小明" not in json.dumps(json.loads(page(client, path)), ensure_ascii=False)
    found = asked(client, "suggestions.children", **{"search.value": "王小明"}, **address("/"))
    assert "Nothing found" in found.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/company/NOBODY", "This run does not have that party"),
        ("/nowhere", "There is no such page"),
        ("/", "Can we trust them, and why?"),
        ("/company/H1", "Judgment-defaulter list"),
    ],
)
def test_pages_answer(client: Any, path: str, words: str) -> None:
    assert words in page(client, path)


def test_a_party_that_is_not_there_on_a_day(client: Any) -> None:
    assert "in this register as of 30 Jun 2026" in page(client, "/company/NOBODY")
    assert "as of 30 Jun 2025" in page(client, "/company/NOBODY", "?lang=en&as_of=2025-06-30")


def test_a_company_named_as_its_code_is_no_person() -> None:
    view, names = View(page="company", entity="C1"), ["Trading C2", "Trading C1"]
    drawn = parts.path(
        ["C2", "C1"],
        names,
        ["company", "company"],
        [{"step": "supplier.forward", "words": "supplies"}],
        view,
    )
    assert drawn.children[0].className == "node"
    assert drawn.children[0].children.href == "/company/C2?lang=en"
    drawn = parts.path(
        ["C2", "C1"],
        names,
        ["person", "company"],
        [{"step": "director.forward", "words": "directs"}],
        view,
    )
    assert drawn.children[0].className == "node p"


def test_five_years_are_worked_out_once_and_drawn_in_each_theme(client: Any) -> None:
    rows = asked(client, "history-rows.data", **address("/company/H1")).get_json()
    given = rows["response"]["history-rows"]["data"]
    assert len(given["rows"]) == 61
    for theme in ("light", "dark"):
        drawn = asked(
            client,
            "history.children",
            **{"history-rows.data": given, "theme.data": theme},
            **address("/company/H1"),
        )
        assert "plotly" in drawn.get_data(as_text=True) or "figure" in drawn.get_data(as_text=True)
    person = asked(client, "history-rows.data", **address("/company/P")).get_json()
    assert person["response"]["history-rows"]["data"]["rows"] == []


def test_a_map_of_partners_draws_posts_as_posts() -> None:
    """Who leads two companies owns neither: the line says which it is."""
    partners = [{"entity": one, "name": one, "kind": "company", "grade": "A"} for one in "AB"]
    links = [{"partner": one, "kind": "director"} for one in "AB"]
    head = {"entity": "P", "name": "Person P", "kind": "person", "grade": None}
    shared = [head | {"partners": ["A", "B"], "links": links}]
    subgraph, places = map_of({"partners": partners, "shared": shared})
    assert places.keys() == {"A", "B", "P"}
    drawn = elements_of(subgraph, places, lang="en")
    assert [one["classes"] for one in drawn if "source" in one["data"]] == ["law", "law"]
    assert [one["data"]["label"] for one in drawn if "source" in one["data"]] == ["director"] * 2
    told = str(legend_of(subgraph, "en"))
    assert [word in told for word in ("person", "company", "posts and control")] == [True] * 3
    assert "ownership" not in told  # a legend has what is drawn
    assert map_of({"partners": partners, "shared": []})[1] == {}
    # Of several posts of one person one line says them all; of very many lines none says a word.
    head["links"] = [{"partner": "A", "kind": kind} for kind in ("director", "supervisor")]
    both = [head | {"partners": ["A", "B"], "links": head["links"]}]
    drawn = elements_of(*map_of({"partners": partners, "shared": both}), lang="zh")
    assert [one["data"]["label"] for one in drawn if "source" in one["data"]] == ["", "董事\n监事"]
    many = [head | {"partners": ["A", "B"], "links": head["links"] * 13}]
    drawn = elements_of(*map_of({"partners": partners, "shared": many}), lang="zh")
    assert {one["data"]["label"] for one in drawn if "source" in one["data"]} == {""}


def test_a_fault_is_said_in_words(run: tg.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with create_app(run).server.test_client() as found:
        monkeypatch.setattr(tg, "explain", lambda *_: 1 / 0)
        text = page(found, "/company/H0")
        assert "Something went wrong here" in text
        assert "ZeroDivision" not in text


def test_suggestions_show_grade_and_coverage(client: Any) -> None:
    answer = asked(client, "suggestions.children", **{"search.value": "trading"}, **address("/"))
    text = answer.get_data(as_text=True)
    assert "cov. " in text
    assert "gnp.exe" in text
    none = asked(client, "suggestions.children", **{"search.value": "  "}, **address("/"))
    assert json.loads(none.data)["response"]["suggestions"]["children"] == []


def test_another_day(client: Any) -> None:
    early = page(client, "/company/H1", "?lang=en&as_of=2025-06-30")
    assert '"data-day":"2025-06-30"' in early.replace(": ", ":")
    assert "No record of its own counts" in early


def test_a_day_to_come_is_not_judged(client: Any) -> None:
    text = page(client, "/company/H1", "?lang=en&as_of=2027-01-01")
    assert "Nothing is known of that day" in text
    assert "points of" not in text


# --- Who is let in --------------------------------------------------------------------------------


def test_another_address_needs_a_name_or_a_token() -> None:
    with pytest.raises(tg.UsageError, match="nothing is asked of who comes"):
        Settings(host="192.0.2.7").checked()
    with pytest.raises(tg.UsageError, match="from one address only"):
        Settings(host="10.0.0.1", identity_header="X-User").checked()
    assert Settings(host="10.0.0.1", token=TOKEN).checked()
    assert Settings(host="10.0.0.1", identity_header="X-User", proxy="10.0.0.2").checked()


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_token_lets_nobody_in(empty: str) -> None:
    for chosen in (
        Settings(host="10.0.0.1", token=empty),
        Settings(token=empty),
        Settings(identity_header=empty, proxy="10.0.0.2"),
    ):
        with pytest.raises(tg.UsageError, match="is empty"):
            chosen.checked()


def test_a_token_closes_every_route(run: tg.Run) -> None:
    app = create_app(run, Settings(token=TOKEN))
    with app.server.test_client() as client:
        routes = ["/", "/company/H0", "/_dash-layout", "/_dash-dependencies", "/assets/app.css"]
        for route in routes:
            assert client.get(route).status_code == 401
        post = client.post("/_dash-update-component", json={})
        assert post.status_code == 401
        assert client.get("/health").status_code == 200
        assert client.get("/?token=wrong").status_code == 401
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        assert client.get("/_dash-layout", headers=bearer).status_code == 200
        entered = client.get(f"/company/H0?{urlencode({'token': TOKEN})}")
        assert (entered.status_code, entered.headers["Location"]) == (302, "/company/H0")
        assert "HttpOnly" in entered.headers["Set-Cookie"]
        assert TOKEN not in entered.headers["Set-Cookie"]
        assert client.get("/").status_code == 200


def test_a_proxy_is_believed_from_its_address_only(run: tg.Run) -> None:
    chosen = Settings(identity_header="X-User", proxy="10.0.0.2")
    with create_app(run, chosen).server.test_client() as client:
        named = {"X-User": "lin"}

        def status(address: str, **more: Any) -> int:
            found = client.get("/", environ_overrides={"REMOTE_ADDR": address}, **more)
            return int(found.status_code)

        assert status("10.0.0.2", headers=named) == 200
        assert status("10.0.0.2") == 401
        assert status("10.0.0.3", headers=named) == 401


def test_other_hosts_and_other_pages_are_refused(client: Any) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 421
    for host in ("localhost:8050", "127.0.0.1:8050", "[::1]:8050"):
        assert client.get("/", headers={"Host": host}).status_code == 200
    elsewhere = {"Origin": "http://evil.example"}
    assert client.post("/_dash-update-component", json={}, headers=elsewhere).status_code == 403


def test_the_content_policy_names_every_script(client: Any) -> None:
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    inline = answer.get_data(as_text=True).count("<script>") + answer.get_data(as_text=True).count(
        '<script id="_dash-renderer"'
    )
    assert policy.count("'sha256-") >= inline > 0
    assert "http" not in policy


def test_large_requests_are_refused(client: Any) -> None:
    answer = client.post(
        "/_dash-update-component", data=b"x" * 5_000_000, content_type="application/json"
    )
    assert answer.status_code == 413


# --- The house ------------------------------------------------------------------------------------


def test_every_wording_is_there_twice_with_the_same_places() -> None:
    for key, (english, chinese) in TEXT.items():
        assert english, key
        assert chinese, key
        names = [
            sorted(part.split("}")[0] for part in text.split("{")[1:])
            for text in (english, chinese)
        ]
        assert set(names[1]) <= set(names[0]) | {"grade"}, key


def test_cleaned_text_keeps_what_people_write() -> None:
    assert clean("Müller & Söhne") == "Müller & Söhne"
    assert clean("灰烬路桥（集团）") == "灰烬路桥（集团）"
    assert clean("\u0301x").startswith("◌")
    assert len(clean("长" * 1000)) == 300


def test_pages_do_not_wait_for_the_search_index(
    run: tg.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end, made = threading.Event(), threading.Event(), tg.open_search

    own = tg.open_run(run.path)

    def slowly(source: Any, *, progress: Any) -> Any:
        if source is not own:  # another test's dashboard
            return made(source, progress=progress)
        progress(1, 4)
        begun.set()
        assert may_end.wait(60)
        return made(source)

    monkeypatch.setattr("dashboards.served.tg.open_search", slowly)
    client = create_app(own).server.test_client()
    assert begun.wait(60)
    try:
        assert "This register" in page(client, "/")
        typed = {"search.value": "深坑", **address("/")}
        assert "25 %" in asked(client, "suggestions.children", **typed).get_data(as_text=True)
    finally:
        may_end.set()


def test_a_consortium_is_shown_no_ban_on_bids(tmp_path: Any) -> None:
    rows = [{"id": one, "kind": "company", "name": one} for one in ("G", "M")]
    pl.DataFrame(rows).write_parquet(tmp_path / "entities.parquet")
    held = [{"source": "M", "target": "G", "kind": "consortium"}]
    pl.DataFrame(held).write_parquet(tmp_path / "relationships.parquet")
    record = {"id": "r", "entity": "M", "type": "COURT_DEFAULTER", "decided_on": "2026-01-10"}
    pl.DataFrame([record]).write_parquet(tmp_path / "records.parquet")
    day = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
    client = create_app(tg.score_input(tmp_path, tmp_path / "run", **day)).server.test_client()
    shown = page(client, "/company/G")
    assert "lowest qualification grade" in shown
    assert "lowest grade: D" in shown
    assert "Must not bid" not in shown


def test_what_is_not_known_is_said_with_where_to_look(client: Any) -> None:
    said = list(strings(json.loads(page(client, "/company/H1"))))
    assert "Court enforcement lists: not searched" in said
    assert "China Enforcement Information Online (zxgk.court.gov.cn)" in said
    chinese = strings(json.loads(page(client, "/company/H1", "?lang=zh")))
    assert "中国执行信息公开网（zxgk.court.gov.cn）" in chinese


@pytest.mark.parametrize(
    "asked", ["pin=nobody", "grow=foo%20bar", "grow=supplier%20nobody", "grow=-%20nobody"]
)
@pytest.mark.parametrize("show", ["evidence", "around"])
def test_a_link_to_somebody_gone_shows_the_rest(client: Any, asked: str, show: str) -> None:
    said = page(client, "/graph/H1", f"?lang=en&show={show}&{asked}")
    assert "Not in this register, and left out" in said
    assert "This run does not have that party" not in said


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("", "Name whom the path should lead to."),
        ("&to=", "Name whom the path should lead to."),
        ("&to=NOBODY", "Nobody here is called “NOBODY”."),
    ],
)
def test_a_path_to_nobody(client: Any, to: str, words: str) -> None:
    said = page(client, "/graph/H1", f"?lang=en&show=path{to}")
    assert words in json.dumps(json.loads(said), ensure_ascii=False)
    assert "This run does not have that party" not in said


def test_what_is_no_day_is_said(client: Any) -> None:
    for given in ("abc", "2025-13-45", "2025-02-30"):
        assert "is no day: shown is 30 Jun 2026" in page(client, "/", f"?lang=en&as_of={given}")
    assert "As they stood on 15 Jan 2025" in asked(
        client,
        "suggestions.children",
        **{"search.value": "trading"},
        **address("/", "?lang=en&as_of=2025-01-15"),
    ).get_data(as_text=True)


def test_market_effects_stand_apart_from_law(client: Any) -> None:
    shown = page(client, "/company/H1")
    assert "Market effect: advice and habit, no law" in shown


def test_what_is_not_rated_is_no_score(client: Any) -> None:
    shown = page(client, "/company/H5")
    assert "n unrated" in shown
    assert "unknown is not trustworthy" in shown


def test_a_portfolio_of_nobody_says_so(client: Any) -> None:
    """And not that something went wrong."""
    for lang, words in (
        ("en", "None of these is in this register"),
        ("zh", "登记库中没有这些单位"),
    ):
        search = address("/portfolio", f"?lang={lang}") | {"url.hash": "#nobody,%3Cscript%3E"}
        said = asked(client, "content.children", **search)
        assert words in json.dumps(said.json, ensure_ascii=False)


def test_a_list_that_cannot_be_read_is_said_in_the_language_of_the_page(client: Any) -> None:
    given = {"pasted.value": "\n".join(f"Acme {n}" for n in range(MOST_PARTNERS + 1))}
    for lang, words in (("en", "a list has 2,000 partners at most"), ("zh", "仅支持文本、CSV")):
        search = address("/partners", f"?lang={lang}")
        said = asked(client, "matched.children", **given, **search)
        shown = json.dumps(said.json, ensure_ascii=False)
        assert words in shown
        assert ("at most" in shown) == (lang == "en")


def test_the_frame_is_named_in_the_language_of_the_page(client: Any) -> None:
    answer = asked(client, "content.children", **address("/", "?lang=zh")).json["response"]
    assert answer["languages"]["aria-label"] == "语言"
    assert answer["lang"]["data"] == "zh"
    assert answer["search"]["placeholder"] == "搜索企业名称或代码"


def test_partners_beyond_the_most_are_told(client: Any) -> None:
    ids = ",".join(["H1", *(f"X{n}" for n in range(MOST_PARTNERS + 9))])
    said = asked(client, "content.children", **address("/portfolio"), **{"url.hash": f"#{ids}"})
    assert "names 10 more" in json.dumps(said.json)


def test_the_least_trusted_stand_on_the_first_page(client: Any, run: tg.Run) -> None:
    shown = page(client, "/")
    worst = tg.ranking(run, limit=1)["rows"][0]
    assert "The least trusted" in shown
    assert f"/company/{worst['entity']}?lang=en" in set(strings(json.loads(shown)))


def test_who_may_not_bid_at_all_is_told_beside_pairs(client: Any) -> None:
    """None excludes another, and one of them is barred all the same."""
    said = asked(client, "content.children", **address("/portfolio"), **{"url.hash": "#H1,H3"})
    shown = json.dumps(said.json)
    assert "none of them excludes another" in shown
    assert "Barred on their own account, whoever else bids:" in shown
    assert "Barred from government procurement" in shown
    said = asked(client, "content.children", **address("/portfolio"), **{"url.hash": "#H2,H3"})
    assert "whoever else bids" not in json.dumps(said.json)
