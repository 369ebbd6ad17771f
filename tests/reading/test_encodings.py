"""Text in other encodings is never read as Chinese without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from trustgraph.errors import InputError
from trustgraph.reading import read_tables
from trustgraph.reading.delimited import read_delimited
from trustgraph.reading.encodings import likelier_than_gb18030

OTHERS = [
    ("big5", "Big5", "1,臺灣某某股份有限公司\n2,鴻運精密工業股份有限公司,國安人壽保險\n"),
    # Few characters, all of which Shift-JIS has, too, as kana of half width and kanji.
    ("big5", "Big5", "1,發子業銀造品集\n2,口口器廣貿球\n"),
    ("shift_jis", "Shift-JIS", "1,サンプル自動車株式会社\n2,テストグループ株式会社 東京都港区\n"),
    ("euc_jp", "EUC-JP", "1,サンプル自動車株式会社\n2,テストグループ株式会社 東京都港区\n"),
    (
        "euc_kr",
        "EUC-KR",
        "1,가나다전자 주식회사\n2,라마바자동차 주식회사\n3,사아자전자 주식회사 서울특별시\n",
    ),
    ("cp1252", "Windows-1252", "1,Müller & Söhne GmbH\n2,Société Exemple\n"),
    ("cp1252", "Windows-1252", "1,Köln\n"),
    (
        "cp1251",
        "Windows-1251",
        "1,Пример нефть\n2,Образец Северо-Запад\n3,Новая компания\n4,Проба\n",
    ),
]
CHINESE = [
    "1,浙江某某市政工程有限公司\n2,杭州某某路桥股份有限公司，法定代表人王某某\n",
    "1,臺灣某某股份有限公司\n2,鴻運精密工業股份有限公司,國安人壽保險\n",  # traditional, in GBK
    "1,堃喆鑫淼贸易有限公司\n2,旻昊科技\n",
    "1,镕\n",
    "1,ABC（中国）有限公司\n2,X公司\n",
    "1,注册资本€万\n",
]


@pytest.mark.parametrize(("encoding", "called", "rows"), OTHERS)
def test_another_encoding_is_named(encoding: str, called: str, rows: str, tmp_path: Path) -> None:
    data = ("id,name\n" + rows).encode(encoding)
    assert likelier_than_gb18030(data) == called
    path = tmp_path / "entities.csv"
    path.write_bytes(data)
    with pytest.raises(InputError, match=f"is it {called}"):
        read_delimited(path)
    (tmp_path / "records.csv").write_text("id,entity,type,decided_on\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"is it {called}"):
        read_tables(tmp_path)
    # Named, it is read.
    read = read_delimited(path, encoding=encoding)
    assert read.rejected.height or all(name in rows for name in read.frame["name"])


@pytest.mark.parametrize("rows", CHINESE)
@pytest.mark.parametrize("encoding", ["gb18030", "gbk"])
def test_chinese_is_chinese(rows: str, encoding: str, tmp_path: Path) -> None:
    if encoding == "gbk" and "€" in rows:
        return
    path = tmp_path / "a.csv"
    path.write_bytes(("id,name\n" + rows).encode(encoding))
    assert read_delimited(path).encoding == "gb18030"


def test_what_gives_an_encoding_away_may_stand_far_down(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    plain = "".join(f"{number},Acme {number} Ltd\n" for number in range(20_000))
    path.write_bytes(("id,name\n" + plain + OTHERS[0][2]).encode("big5"))
    with pytest.raises(InputError, match="is it Big5"):
        read_delimited(path)
