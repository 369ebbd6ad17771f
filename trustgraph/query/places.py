"""Codes of places and industries in words: provinces (GB/T 2260), sections (GB/T 4754)."""

from __future__ import annotations

from typing import Final, Literal

__all__ = ["industry_words", "region_words"]

Language = Literal["en", "zh"]

_PROVINCES: Final[dict[str, tuple[str, str]]] = {
    "11": ("Beijing", "北京"),
    "12": ("Tianjin", "天津"),
    "13": ("Hebei", "河北"),
    "14": ("Shanxi", "山西"),
    "15": ("Inner Mongolia", "内蒙古"),
    "21": ("Liaoning", "辽宁"),
    "22": ("Jilin", "吉林"),
    "23": ("Heilongjiang", "黑龙江"),
    "31": ("Shanghai", "上海"),
    "32": ("Jiangsu", "江苏"),
    "33": ("Zhejiang", "浙江"),
    "34": ("Anhui", "安徽"),
    "35": ("Fujian", "福建"),
    "36": ("Jiangxi", "江西"),
    "37": ("Shandong", "山东"),
    "41": ("Henan", "河南"),
    "42": ("Hubei", "湖北"),
    "43": ("Hunan", "湖南"),
    "44": ("Guangdong", "广东"),
    "45": ("Guangxi", "广西"),
    "46": ("Hainan", "海南"),
    "50": ("Chongqing", "重庆"),
    "51": ("Sichuan", "四川"),
    "52": ("Guizhou", "贵州"),
    "53": ("Yunnan", "云南"),
    "54": ("Tibet", "西藏"),
    "61": ("Shaanxi", "陕西"),
    "62": ("Gansu", "甘肃"),
    "63": ("Qinghai", "青海"),
    "64": ("Ningxia", "宁夏"),
    "65": ("Xinjiang", "新疆"),
    "71": ("Taiwan", "台湾"),
    "81": ("Hong Kong", "香港"),
    "82": ("Macao", "澳门"),
}

_SECTIONS: Final[dict[str, tuple[str, str]]] = {
    "A": ("Farming, forestry, fishery", "农、林、牧、渔业"),
    "B": ("Mining", "采矿业"),
    "C": ("Manufacturing", "制造业"),
    "D": ("Electricity, heat, gas, water", "电力、热力、燃气及水生产和供应业"),
    "E": ("Construction", "建筑业"),
    "F": ("Wholesale and retail", "批发和零售业"),
    "G": ("Transport, storage, post", "交通运输、仓储和邮政业"),
    "H": ("Hotels and catering", "住宿和餐饮业"),
    "I": ("Information and software", "信息传输、软件和信息技术服务业"),
    "J": ("Finance", "金融业"),
    "K": ("Real estate", "房地产业"),
    "L": ("Leasing and business services", "租赁和商务服务业"),
    "M": ("Research and technical services", "科学研究和技术服务业"),
    "N": ("Water, environment, public facilities", "水利、环境和公共设施管理业"),
    "O": ("Household and repair services", "居民服务、修理和其他服务业"),
    "P": ("Education", "教育"),
    "Q": ("Health and social work", "卫生和社会工作"),
    "R": ("Culture, sports, entertainment", "文化、体育和娱乐业"),
    "S": ("Public administration", "公共管理、社会保障和社会组织"),
    "T": ("International organisations", "国际组织"),
}


def region_words(code: str | None, lang: Language = "en") -> str | None:
    """The province of an administrative code, with the code; the code alone where none fits.

    >>> region_words("330106")
    'Zhejiang (330106)'
    """
    return _words(code, _PROVINCES.get((code or "")[:2]), lang)


def industry_words(code: str | None, lang: Language = "en") -> str | None:
    """The section of an industry code, with the code; the code alone where none fits.

    >>> industry_words("E48", "zh")
    '建筑业（E48）'
    """
    return _words(code, _SECTIONS.get((code or "")[:1].upper()), lang)


def _words(code: str | None, known: tuple[str, str] | None, lang: Language) -> str | None:
    if not code or known is None:
        return code or None
    return f"{known[1]}（{code}）" if lang == "zh" else f"{known[0]} ({code})"
