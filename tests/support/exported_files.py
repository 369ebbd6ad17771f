"""Ten files as websites and Excel export them: what `datasets/exported` is made by.

Nothing in them is real. Excel in China writes GB18030, days without zeros, empty cells as dashes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from trustgraph.identifiers import uscc_check_character

__all__ = ["FILLED", "JULY", "JUNE", "PARTNERS", "code", "filled", "write_exported"]

_FILE: Final = "# --- "
_HEAD: Final = "# Proposed from the headers of the files: look at every line, then"

_FIRMS: Final = (
    *("甲城建设", "乙河商贸", "丙山物流", "丁桥机电", "戊湖食品", "己岭化工"),
    *("庚原纺织", "辛港电子", "壬沙建材", "癸田农业", "子午投资", "丑时包装"),
)


def code(place: int) -> str:
    """A code with a valid check character where no authority hands any out."""
    body = f"91330106TG8{place:05}X"
    return body + str(uscc_check_character(body))


NAMES: Final = [f"{one}有限公司" for one in _FIRMS]
_A, _B, _C, _D, _E, _F, _G, _H, _I, _J, _K, _L = NAMES
_LEADS: Final = (
    *("王一", "李二", "王一", "赵三", "钱四", "孙五"),
    *("周六", "吴七", "郑八", "冯九", "陈十", "李二"),
)
_STATUS: Final = ["存续"] * 2 + ["吊销"] + ["存续"] * 9
_INDUSTRY: Final = (
    *("E48", "F51", "G54", "C34", "C14", "C26"),
    *("C17", "C39", "C30", "A01", "J67", "C22"),
)


def _register(status: list[str], firms: int = 12) -> str:
    lines = ["企业名称,统一社会信用代码,法定代表人,登记状态,成立日期,注册资本(万元),所属行业"]
    rows = zip(NAMES, _LEADS, status, _INDUSTRY, strict=True)
    for place, (name, lead, now, industry) in enumerate(rows):
        if place < firms:
            since = f"{2009 + place}/{place % 12 + 1}/{place + 3}"
            capital = "-" if place % 5 == 2 else str(500 * (place + 1))
            lines.append(f"{name},{code(place)},{lead},{now},{since},{capital},{industry}")
    return "\n".join(lines) + "\n"


JUNE: Final = {
    "企业信息": _register(_STATUS),
    "股东信息": f"""被投资企业名称,股东名称,持股比例,认缴出资日期
{_A},{_K},60.00%,2012/5/1
{_A},{_B},40.00%,2012/5/1
{_C},{_A},50%-67%,-
{_D},{_K},51.00%,2014/9/12
{_E},{_A},35.00%,-
{_F},{_K},低于5%,-
{_H},{_D},70.00%,2017/1/20
{_I},{_C},80.00%,2018/6/30
{_L},{_H},100.00%,2021/2/2
""",
    "主要人员": f"""公司名称,姓名,职务,任职日期
{_A},赵三,董事,2019/1/1
{_B},王一,监事,-
{_E},郑八,经理,2022/8/15
{_G},周六,执行董事,2016/3/3
{_J},冯九,董事长,2020/10/1
""",
    "供应商": f"""供应商名称,采购方,采购占比
{_C},{_A},30%
{_F},{_E},12.5%
{_I},{_A},45%
{_J},{_E},60%
{_H},{_L},-
""",
    "失信被执行人": f"""失信被执行人,案号,列入日期,执行法院,执行标的(万元)
{_I},(2025)浙01执11号,2025年6月3日,甲城区人民法院,120.5
{_C},(2024)浙01执7号,2024年11月20日,丙山县人民法院,88
""",
    "行政处罚": f"""单位名称,处罚决定书文号,处罚类型,处罚日期,处罚机关,罚款金额(元)
{_C},甲罚〔2026〕1号,重大税收违法,2026-01-05,甲城税务局,"1,200,000"
{_F},己环罚〔2025〕9号,环保严重失信,2025-09-30,己岭环保局,"350,000"
""",
    "经营异常": f"""企业名称,列入原因,列入日期,移出日期,列入机关
{_G},未公示年度报告,2025/7/9,-,庚原市场监管局
{_L},登记住所无法联系,2024/7/2,2024/10/1,丑时市场监管局
""",
    "拖欠工资": f"""单位名称,文号,列入日期,列入机关
{_D},丁人社〔2026〕3号,2026/3/18,丁桥人社局
""",
    "欠税公告": f"""纳税人名称,公告文号,发布日期,金额(万元)
{_H},辛税告〔2026〕5号,2026/4/1,15.2
""",
    "纳税信用A级": f"""纳税人名称,纳税人识别号,认定日期
{_B},{code(1)},2026/4/20
{_J},{code(9)},2026/4/20
""",
}
"""What is exported at the end of June 2026, by the name of the file."""

JULY: Final = {
    "企业信息": _register([*_STATUS[:5], "注销", *_STATUS[6:]]),
    "失信被执行人": f"""失信被执行人,案号,列入日期,执行法院,执行标的(万元)
{_H},(2026)浙01执2号,2026年7月14日,辛港区人民法院,64
""",
}
"""What is exported anew a month later."""

PARTNERS: Final = [_A, _B, code(2), _D, _E, _F, _G, _H, _I, _J, "乙河商贸", _L, _A]

FILLED: Final = {
    '"重大税收违法" = "FILL_IN"': '"重大税收违法" = "TAX_MAJOR"',
    '"环保严重失信" = "FILL_IN"': '"环保严重失信" = "ENV_RED"',
    "失信被执行人.csv": "COURT_DEFAULTER",
    "经营异常.csv": "SAMR_ABNORMAL",
    "拖欠工资.csv": "WAGE_ARREARS",
    "欠税公告.csv": "TAX_ARREARS",
    "纳税信用A级.csv": "RED_TAX_A",
}
"""What a person says of the proposal: of values what they are, of files which list they hold."""


def filled(proposal: str) -> str:
    """A proposal as a person completes it, file by file."""
    parts = proposal.split(_FILE)
    for key, value in FILLED.items():
        for place, part in enumerate(parts):
            if key.endswith('"FILL_IN"'):
                parts[place] = part.replace(key, value)
            elif part.startswith(key):
                parts[place] = part.replace('constant = "FILL_IN"', f'constant = "{value}"')
    text = _FILE.join(parts)
    return text.replace(_HEAD, "# What came of a proposal: `trustgraph guess june/*.csv`.")


def write_exported(folder: Path) -> None:
    """Write all files as `datasets/exported` has them, but the mapping."""
    for month, files in (("june", JUNE), ("july", JULY)):
        (folder / month).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            data = text.replace("\n", "\r\n").encode("gb18030")
            (folder / month / f"{name}.csv").write_bytes(data)
    text = "\n".join(PARTNERS) + "\n"
    (folder / "partners.txt").write_text(text, encoding="utf-8", newline="")
