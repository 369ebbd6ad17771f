"""Finding organisations by what people type; persons never by name."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import trustgraph as tg
from trustgraph.search import index as index_module
from trustgraph.search.errors_in import fewest_errors
from trustgraph.search.fold import core, fold, index_tokens, query_tokens
from trustgraph.storage import atomic as storage

pytest.importorskip("tantivy")

SAMPLE = Path(__file__).parents[2] / "datasets" / "sample"
ROWS = [
    {
        "id": "A",
        "name": "深坑市政工程有限公司",
        "name_en": "Deep Pit Municipal Engineering Co., Ltd.",
    },
    {"id": "B", "name": "深坑控股有限公司", "name_en": "Deep Pit Holding Co., Ltd."},
    {"id": "C", "name": "灰燼路橋股份有限公司", "name_en": "Cold Ash Road and Bridge"},
    {"id": "D", "name": "宁波远航物流有限公司", "uscc": "91350100M000100Y43"},
    {"id": "E", "name": "Cold Harbour GmbH", "lei": "5493001KJTIIGC8Y1R12"},
    {"id": "F", "name": "有限公司"},
    {"id": "P1", "name": "王小明", "kind": "person"},
]


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("search")
    columns = ("id", "kind", "name", "name_en", "uscc", "lei")
    rows = [{name: {"kind": "company", **row}.get(name) for name in columns} for row in ROWS]
    pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String)).write_csv(folder / "entities.csv")
    (folder / "records.csv").write_text("id,entity,type,decided_on\n")
    tg.import_register(folder, folder / "register")
    register = tg.open_register(folder / "register")
    index = tg.open_search(folder / "register")
    return tg.open_session(register, as_of="2026-06-30"), index


@pytest.fixture(scope="module")
def searched_sample(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The index of the sample, and the names in English that its entities have by number."""
    register = tmp_path_factory.mktemp("sample") / "register"
    tg.import_register(SAMPLE, register)
    index, register = tg.open_search(register), tg.open_register(register)
    rows = register.entities.slice(0, len(register), ["kind", "name_en"])
    names = rows.select(pl.when(pl.col("kind") != "person").then("name_en"))["name_en"].to_list()
    return index, names


@pytest.fixture(scope="module")
def found(searched: Any) -> Any:
    session, index = searched

    def find(text: str, limit: int = 5) -> list[str]:
        return [row["entity"] for row in tg.find(session, index, text, limit=limit)]

    return find


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("深坑市政工程有限公司", "A"),
        ("深坑市政", "A"),
        ("市政", "A"),
        ("控股", "B"),
        ("deep pit mun", "A"),
        ("DEEP  PIT  HOLDING", "B"),
        ("deap pit holding", "B"),  # a letter wrong
        ("ｄｅｅｐ　ｐｉｔ　ｈｏｌｄｉｎｇ", "B"),  # full width
        ("灰烬路桥", "C"),  # simplified for traditional
        ("灰燼路橋", "C"),
        ("灰烬路侨", "C"),  # a character wrong
        ("cold ash", "C"),
        ("宁波远航", "D"),
        ("远航", "D"),
        ("91350100M000100Y43", "D"),
        ("91350100m000", "D"),
        ("91350100M000100Y34", "D"),  # two figures swapped
        ("91350100MO00100Y43", "D"),  # a letter for a figure
        ("深坑市政工程有限公同", "A"),
        ("5493001KJTIIGC8Y1R12", "E"),
        ("Cold Harbor", "E"),
        ("Deep Pti Holding", "B"),  # letters swapped in a short word
        ("Muncipal", "A"),  # a letter missing, and the name not at its end
        ("A", "A"),
    ],
)
def test_what_people_type(found: Any, text: str, first: str) -> None:
    assert found(text)[0] == first


@pytest.mark.parametrize(
    "text", ["", "   ", "不存在的企业名", "zzzzqqq", "王小明", "\u202e", "*", '"', "a" * 5000]
)
def test_nothing_is_found_where_there_is_nothing(found: Any, text: str) -> None:
    assert found(text) == []


def test_both_are_offered_the_likelier_first(found: Any) -> None:
    assert found("深坑") == ["B", "A"]
    assert set(found("deep pit")) == {"A", "B"}
    assert len(found("深坑", limit=1)) == 1


def test_who_is_only_alike_comes_last_and_is_said(searched: Any) -> None:
    session, index = searched
    for text, alike in (("cold ash", {"C": False, "E": True}), ("灰烬路侨", {"C": True})):
        rows = tg.find(session, index, text, limit=5)
        assert {row["entity"]: row["similar"] for row in rows} == alike
        assert [row["similar"] for row in rows] == sorted(row["similar"] for row in rows)


def test_typing_errors_in_parts_of_names_find_them_among_thousands(searched_sample: Any) -> None:
    """Of two words with one error, nineteen of twenty; it is the first of the list mostly."""
    index, names = searched_sample
    rng = random.Random(4)
    listed = first = 0
    for name in rng.sample([one for one in names if one], 60):
        words = core(fold(name)).split()[:2]
        hits = index.find(with_error(rng, " ".join(words)), 10)
        same = [core(fold(names[hit.number])).split()[:2] == words for hit in hits]
        listed, first = listed + any(same), first + (same[:1] == [True])
    assert (listed >= 57, first >= 51) == (True, True), (listed, first)


def test_letters_scattered_over_a_long_name_are_no_likeness(searched_sample: Any) -> None:
    index, names = searched_sample
    assert names[index.find("Tial One", 10)[0].number].startswith("Tail One ")


def with_error(rng: random.Random, text: str) -> str:
    """A letter wrong, missing or too much, or two that changed places."""
    place = rng.randrange(len(text) - 1)
    before, one, other, after = text[:place], text[place], text[place + 1], text[place + 2 :]
    wrong = rng.choice("etaoin")
    kinds = (wrong + other, other, one + wrong + other, other + one)
    return before + rng.choice(kinds) + after


@given(
    asked=st.text("abc深", min_size=1, max_size=70),
    name=st.text("abc深", max_size=40),
)
@example(asked="ab", name="ba")
def test_errors_as_by_the_table_of_distances(asked: str, name: str) -> None:
    table = [[0] * (len(name) + 1)]
    for row, letter in enumerate(asked, 1):
        line = [row]
        for column, other in enumerate(name, 1):
            above, left = table[row - 1][column], line[column - 1]
            least = min(above + 1, left + 1, table[row - 1][column - 1] + (letter != other))
            if row > 1 < column and asked[row - 2] == other and letter == name[column - 2]:
                least = min(least, table[row - 2][column - 2] + 1)
            line.append(least)
        table.append(line)
    assert fewest_errors(asked, name) == min(table[-1])


def test_a_person_is_found_by_id_and_never_by_name(found: Any) -> None:
    assert found("小明") == []
    (code,) = found("P1")
    assert code != "P1"
    assert found(code) == [code]


def test_folding() -> None:
    assert fold("ＡＢＣ　臺灣　股份") == "abc 台湾 股份"
    assert fold("a\nb\u3000c") == "a b c"
    assert fold("") == ""
    assert query_tokens(fold("深坑 Ltd")) == ["深坑"]
    assert query_tokens("cold ash") == ["cold", "ash*"]
    assert query_tokens("cold ash ") == ["cold", "ash"]


def test_every_part_of_a_name_has_its_tokens() -> None:
    rng = random.Random(1)
    letters = "深坑市政工程灰烬路桥abc de"
    for _ in range(300):
        name = fold("".join(rng.choices(letters, k=rng.randint(1, 12))))
        low = rng.randrange(len(name)) if name else 0
        part = name[low : low + rng.randint(1, 6)].strip()
        if (
            part
            and part.isascii() is False
            and " " not in part
            and not any(c.isascii() for c in part)
        ):
            assert set(query_tokens(part)) <= index_tokens(name)


def test_another_register_makes_another_index(tmp_path: Path) -> None:
    for name in ("Acme", "Bright"):
        (tmp_path / "entities.csv").write_text(f"id,kind,name\n1,company,{name}\n")
        (tmp_path / "records.csv").write_text("id,entity,type,decided_on\n")
        tg.import_register(tmp_path, tmp_path / "register", overwrite=True)
        register = tg.open_register(tmp_path / "register")
        index = tg.open_search(tmp_path / "register")
        session = tg.open_session(register, as_of="2026-06-30")
        assert [row["name"] for row in tg.find(session, index, name)] == [name]


def test_a_folder_of_somebody_else_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "entities.csv").write_text("id,kind,name\n1,company,Acme\n")
    (tmp_path / "records.csv").write_text("id,entity,type,decided_on\n")
    tg.import_register(tmp_path, tmp_path / "register")
    own = tmp_path / "register" / "search"
    own.mkdir()
    (own / "notes.txt").write_text("mine")
    session = tg.open_session(tg.open_register(tmp_path / "register"), as_of="2026-06-30")
    index = tg.open_search(tmp_path / "register")
    assert [row["entity"] for row in tg.find(session, index, "acme")] == ["1"]
    assert [path.name for path in own.iterdir()] == ["notes.txt"]


@pytest.fixture
def one_company(tmp_path: Path) -> Path:
    (tmp_path / "entities.csv").write_text("id,kind,name\n1,company,Acme\n")
    (tmp_path / "records.csv").write_text("id,entity,type,decided_on\n")
    tg.import_register(tmp_path, tmp_path / "register")
    return tmp_path / "register"


def test_of_two_processes_that_begin_at_once_the_first_ones_index_stays(
    one_company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has it open reads on in it."""
    real = index_module._documents

    def late(*given: Any) -> Any:
        monkeypatch.setattr(index_module, "_documents", real)
        monkeypatch.setattr(storage, "_host", lambda: "other")
        first.append(index_module._write(*asked))
        monkeypatch.undo()
        first.append((place / index_module.MANIFEST).stat().st_ino)
        return real(*given)

    register, first = tg.open_register(one_company), []
    place = index_module.index_folder(register, one_company)
    about = {"format": index_module.INDEX_FORMAT, "register": register.digest}
    asked = (register, place, about, lambda _done, _of: None)
    monkeypatch.setattr(index_module, "_documents", late)
    index = tg.open_search(one_company)
    assert (place / index_module.MANIFEST).stat().st_ino == first[-1]
    session = tg.open_session(register, as_of="2026-06-30")
    assert [row["entity"] for row in tg.find(session, index, "acme")] == ["1"]
    assert not list(one_company.glob(".search*"))


def test_whoever_fails_because_another_came_first_has_that_index(
    one_company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = index_module._write

    def late(*given: Any) -> None:
        real(*given)
        raise OSError("another process took its place first")

    monkeypatch.setattr(index_module, "_write", late)
    session = tg.open_session(tg.open_register(one_company), as_of="2026-06-30")
    index = tg.open_search(one_company)
    assert [row["entity"] for row in tg.find(session, index, "acme")] == ["1"]


def test_threads_that_begin_at_once_share_an_index(one_company: Path) -> None:
    register = tg.open_register(one_company)
    session = tg.open_session(register, as_of="2026-06-30")
    begin = threading.Barrier(6)

    def ask(_: int) -> list[str]:
        begin.wait()
        index = tg.open_search(one_company)
        return [row["entity"] for row in tg.find(session, index, "acme")]

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(ask, range(6))) == [["1"]] * 6
