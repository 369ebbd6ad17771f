"""Delimited text: nothing that a file can hold stops the reading or is lost in silence."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from depth import DEEP
from hypothesis import example, given, settings
from hypothesis import strategies as st
from places import PROJECT

from trustgraph.errors import InputError
from trustgraph.reading import decoding, record_scan
from trustgraph.reading.delimited import Delimited, read_delimited

DATA = PROJECT.parent / "shared" / "data"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(content: str | bytes, *, encoding: str = "utf-8", name: str = "t.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return put


def cells(read: Delimited) -> list[tuple[str, ...]]:
    return read.frame.drop("__file__", "__row__", "__cells__").rows()


def numbers(read: Delimited) -> list[int]:
    return read.frame["__row__"].to_list()


def refused(read: Delimited) -> list[tuple[int, str]]:
    return read.rejected.select("row", "reason").rows()


# --- Encodings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-32", "utf-32"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_usual_encoding_and_line_end(
    write: Write, encoding: str, found: str, end: str
) -> None:
    path = write(end.join(["id,名称", '1,"甲公司,乙"', "2,丙", ""]), encoding=encoding)
    read = read_delimited(path)
    assert read.encoding == found
    assert read.frame.columns == ["id", "名称", "__file__", "__row__", "__cells__"]
    assert cells(read) == [("1", "甲公司,乙"), ("2", "丙")]
    assert numbers(read) == [2, 3]


def test_big_endian_with_a_byte_order_mark(write: Write) -> None:
    assert cells(read_delimited(write("\ufeffid,n\n1,ä\n", encoding="utf-16-be"))) == [("1", "ä")]


def test_a_named_encoding_is_taken(write: Write) -> None:
    path = write("id;Ort\n1;Köln\n", encoding="cp1252")
    assert cells(read_delimited(path, encoding="cp1252")) == [("1", "Köln")]
    marked = write("\ufeffid\n1\n", name="b.csv")
    assert read_delimited(marked, encoding="utf-8").frame.columns[0] == "id"


def test_bytes_that_are_no_text_cost_their_row_only(write: Write) -> None:
    text = "id,name\n1,公司\n2,公司公司\n3,公司\n".encode()
    read = read_delimited(write(text.replace("公司公司".encode(), "公司".encode() + b"\xff\xfe")))
    assert read.encoding == "utf-8"
    assert cells(read) == [("1", "公司"), ("3", "公司")]
    assert refused(read) == [(3, "bytes that are no text in the file's encoding")]
    assert read.rejected["value"][0] == "2,公司\ufffd\ufffd"


def test_a_file_cut_inside_a_character_is_still_utf8(write: Write) -> None:
    read = read_delimited(write("id,name\n1,公司公司\n2,公司".encode()[:-1]))
    assert read.encoding == "utf-8"
    assert cells(read) == [("1", "公司公司")]
    assert [row for row, _ in refused(read)] == [3]


def test_nul_characters_cost_their_row_only(write: Write) -> None:
    read = read_delimited(write("id,name\n1,a\0b\n2,c\n"))
    assert cells(read) == [("2", "c")]
    assert refused(read) == [(2, "a NUL character")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n \n\n", "nothing but blank lines"),
        (b"PK\x03\x04....", "zip archive"),
        ("id,n\n1,a\n".encode("utf-16-le"), "byte order mark"),
        (b"a,b\n" + b"\xff" * 4000, "no text in UTF-8 or GB18030"),
        (b"id,name,id\n1,2,3\n", 'same column twice: "id"'),
        (b'id,"name\n1,2\n', "header cannot be read"),
        (b"id,n\0\n", "header holds NUL"),
        (b"id,__row__\n", "reserved"),
        (b"," * 20_000 + b"\n", "20,001 columns"),
        (b"x" * (decoding.LINE_LIMIT + 10), "more than 2,000,000 characters"),
    ],
)
def test_what_cannot_be_used_at_all_is_an_error_in_words(
    write: Write, content: bytes, words: str
) -> None:
    path = write(content)
    with pytest.raises(InputError, match=words) as caught:
        read_delimited(path)
    assert str(path) in str(caught.value)


def test_missing_files_and_folders_are_errors_in_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_delimited(tmp_path / "none.csv")
    with pytest.raises(InputError, match="folder"):
        read_delimited(tmp_path)


def test_compressed_files_and_damaged_ones(write: Write) -> None:
    text = b"id,name\n" + b"".join(b"%d,n\n" % number for number in range(50_000))
    packed = gzip.compress(text)
    assert read_delimited(write(packed, name="t.csv.gz")).rows == 50_000
    with pytest.raises(InputError, match="cut off before its end"):
        read_delimited(write(packed[: len(packed) // 2], name="cut.csv.gz"))
    with pytest.raises(InputError, match="damaged, or not compressed"):
        read_delimited(write(text, name="plain.csv.gz"))
    with pytest.raises(InputError, match="damaged, or not compressed"):
        read_delimited(write(packed[:100] + b"?" * 50 + packed[150:], name="bad.csv.gz"))


# --- Rows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_seen_in_the_header(write: Write, mark: str) -> None:
    read = read_delimited(write(f'id{mark}"a,b;c"{mark}n\n1{mark}x,y;z{mark}2\n'), delimiter=None)
    assert read.delimiter == mark
    assert read.frame.width == 6


def test_a_line_that_names_the_delimiter_is_no_row(write: Write) -> None:
    read = read_delimited(write("sep=;\nid;a,b,c\n1;2\n"))
    assert (cells(read), numbers(read)) == ([("1", "2")], [2])


def test_header_only_is_no_rows(write: Write) -> None:
    read = read_delimited(write(" id ,name,\n"))
    assert read.frame.columns == ["id", "name", "column_3", "__file__", "__row__", "__cells__"]
    assert read.rows == 0


def test_blank_lines_count_as_in_a_spreadsheet(write: Write) -> None:
    read = read_delimited(write("\nid,name\n\n1,a\n,\n  \n , \n2,b\n\n"))
    assert cells(read) == [("1", "a"), ("2", "b")]
    assert numbers(read) == [4, 8]
    assert read.rejected.height == 0


def test_too_few_and_too_many_cells(write: Write) -> None:
    read = read_delimited(write("a,b,c\n1,2,3\n1,2,3,4\n4,5,6\n7,8"))
    assert cells(read) == [("1", "2", "3"), ("4", "5", "6")]
    assert refused(read) == [
        (3, "the row has 4 cells, the header has 3"),
        (5, "the row has 2 of 3 cells; the file may be cut off"),
    ]
    assert read.rejected["value"].to_list() == ["1,2,3,4", "7,8"]


def test_blanks_left_out_or_too_many_at_the_end_of_a_row(write: Write) -> None:
    """As spreadsheets write them: the row is used, and what it lacks is told."""
    read = read_delimited(write("a,b,c\n1\n1,2\n1,2,3\n1,2,3,\n1,2,3, ,\n"))
    assert cells(read) == [("1", "", ""), ("1", "2", ""), *[("1", "2", "3")] * 3]
    assert read.frame["__cells__"].to_list() == [1, 2, None, None, None]
    assert refused(read) == []


@pytest.mark.parametrize("row", ['"1", "x, y", ""', '"1" ,"x, y",""', ' "1",  "x, y", '])
def test_blanks_before_quotes(write: Write, row: str) -> None:
    read = read_delimited(write(f'"a", "b", "c"\n{row}\n'))
    if row.startswith('"1" '):
        assert [reason[:22] for _, reason in refused(read)] == ["a quoted cell goes on "]
    else:
        assert cells(read) == [("1", "x, y", "")]


def test_a_cut_last_line_behind_a_cell_of_several_lines(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads on for the end of a cell may take the last line with it."""
    for chunk in range(1, 40):
        monkeypatch.setattr(decoding, "_CHUNK", chunk)
        read = read_delimited(write('a,b,c\n1,"x\ny",3\n4,"5\n6"'))
        assert cells(read) == [("1", "x\ny", "3")]
        assert [row for row, _ in refused(read)] == [3]
        assert cells(read_delimited(write('a,b,c\n4,"5\n6"\n'))) == [("4", "5\n6", "")]


def test_the_euro_sign_of_windows(write: Write) -> None:
    """A byte of cp936 that GB18030 does not have."""
    read = read_delimited(
        write("id,名称\n1,注册资本".encode("gb18030") + b"\x80" + "万\n".encode("gb18030"))
    )
    assert cells(read) == [("1", "注册资本€万")]


def test_what_nobody_sees_in_a_header(write: Write) -> None:
    read = read_delimited(write("\ufeffid\u200b,\u200ename ,\u00adkind\n1,2,3\n"))
    assert read.frame.columns[:3] == ["id", "name", "kind"]


def test_cells_may_hold_line_breaks_and_quotes(write: Write) -> None:
    read = read_delimited(write('a,b\r\n1,"x\r\ny ""q"" z"\r\n2,in"side\r\n"3",""\r\n'))
    assert cells(read) == [("1", 'x\ny "q" z'), ("2", 'in"side'), ("3", "")]
    assert numbers(read) == [2, 3, 4]


def test_an_unclosed_quote_costs_its_line_only(write: Write) -> None:
    read = read_delimited(write('a,b\n1,"x\n2,y\n3,"z"\n4,"w\n5,v\n'))
    assert cells(read) == [("2", "y"), ("3", "z"), ("5", "v")]
    assert [row for row, _ in refused(read)] == [2, 5]
    assert refused(read)[1] == (5, "a quote is opened and never closed")


def test_text_after_a_closing_quote(write: Write) -> None:
    read = read_delimited(write('a,b\n"the "Sun" Ltd",1\n2,3\n'))
    assert cells(read) == [("2", "3")]
    assert refused(read)[0][1].startswith("a quoted cell goes on after its closing quote")


@pytest.mark.parametrize("quoted", [False, True])
def test_a_cell_of_a_million_characters_costs_its_row_only(write: Write, *, quoted: bool) -> None:
    long = '"' + "x\n" * 500_000 + '"' if quoted else "x" * 1_000_000
    read = read_delimited(write(f"a,b\n1,2\n3,{long}\n5,6\n"))
    assert cells(read) == [("1", "2"), ("5", "6")]
    assert refused(read) == [(3, "a cell has 1,000,000 characters; at most 100,000 are read")]
    assert len(read.rejected["value"][0]) == 200


def test_a_line_without_end_costs_its_row_only(write: Write) -> None:
    long = "y" * (3 * decoding.LINE_LIMIT)
    read = read_delimited(write(f"a,b\n1,2\n3,{long}\n5,6\n7,{long}"))
    assert cells(read) == [("1", "2"), ("5", "6")]
    assert refused(read) == [(row, "the line has more than 2,000,000 characters") for row in (3, 5)]


def test_quotes_that_make_no_sense_end_the_reading(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_scan, "_WASTE_LIMIT", 100)
    with pytest.raises(InputError, match="from row 3 on the quotes of this file make no sense"):
        read_delimited(write('a,b\n1,2\n"x,y\n' + 'u,"",v\n' * 100))


def test_progress_is_told(write: Write) -> None:
    seen: list[tuple[str, int]] = []
    path = write("a\n" + "1\n" * 1_500_000)
    read_delimited(path, progress=lambda name, rows: seen.append((name, rows)))
    assert len(seen) == 2
    assert seen[-1] == ("t.csv", 1_500_000)


# --- Laws -----------------------------------------------------------------------------------------

TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=8
) | st.sampled_from(['"', '""', ",", "a,b", "x\ny", " ", "甲", '"\n"'])


def _through(content: bytes, *, chunk: int, tmp: Path) -> Delimited:
    path = tmp / "law.csv"
    path.write_bytes(content)
    before = decoding._CHUNK
    decoding._CHUNK = chunk  # type: ignore[misc]
    try:
        return read_delimited(path)
    finally:
        decoding._CHUNK = before  # type: ignore[misc]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("laws")


@settings(max_examples=max(150, settings().max_examples) if DEEP else 37)
@given(
    rows=st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=8),
    encoding=st.sampled_from(["utf-8-sig", "utf-16"]),
    mark=st.sampled_from([",", ";", "\t"]),
    chunk=st.integers(1, 40),
)
def test_what_is_written_well_is_read_back(
    place: Path, rows: list[tuple[str, ...]], encoding: str, mark: str, chunk: int
) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=mark, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b", "c"])
    writer.writerows(rows)
    read = _through(stream.getvalue().encode(encoding), chunk=chunk, tmp=place)
    expected = [(number, row) for number, row in enumerate(rows, 2) if "".join(row).strip()]
    assert cells(read) == [row for _, row in expected]
    assert numbers(read) == [number for number, _ in expected]
    assert read.rejected.height == 0


PIECES = st.sampled_from(
    ["1", '"', ",", "\n", "\r\n", '""', '"x"', "甲", "\0", "a,b\n", '"y\nz",w\n', "\ufeff", " "]
)


@settings(max_examples=max(300, settings().max_examples) if DEEP else 75)
@given(pieces=st.lists(PIECES, max_size=30), junk=st.binary(max_size=3), chunk=st.integers(1, 40))
@example(pieces=["1", ",", '"', "\n", "a,b\n"], junk=b"", chunk=1)
def test_nothing_is_lost_whatever_the_file_holds(
    place: Path, pieces: list[str], junk: bytes, chunk: int
) -> None:
    """No crash; every non-blank line stands in a row that is kept or rejected; any chunk agrees."""
    body = "".join(pieces)
    # The first row makes sure that the file is taken for UTF-8.
    content = b"a,b\n" + "乙乙乙乙乙乙,2\n".encode() + body.encode() + junk
    read = _through(content, chunk=chunk, tmp=place)
    told = numbers(read) + read.rejected["row"].to_list()
    assert len(set(told)) == len(told) == read.rows
    whole = _through(content, chunk=1 << 20, tmp=place)
    assert whole.frame.equals(read.frame)
    assert whole.rejected.equals(read.rejected)
    # Characters that are no delimiters, quotes or line ends are all in one of the two places.
    shown = "".join("".join(row) for row in cells(read)) + "".join(read.rejected["value"])
    for character in "1xyzwab甲":
        assert shown.count(character) == body.count(character) + junk.count(character.encode())


# --- A real file ----------------------------------------------------------------------------------


def test_a_real_file_that_was_cut_inside_a_quoted_cell() -> None:
    path = DATA / "us_screening_list" / "consolidated_truncated.csv.gz"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    read = read_delimited(path)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        expected = list(csv.reader(stream))
    # The csv module takes the rest of the file for the last cell and says nothing.
    assert [tuple(row) for row in expected[1:-1]] == [
        tuple(cell.replace("\r\n", "\n") for cell in row) for row in cells(read)
    ]
    assert refused(read) == [(len(expected), "a quote is opened and never closed")]
