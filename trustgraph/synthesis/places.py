"""Where and what: administrative divisions, countries and industries, with weights.

Places are county-level codes of GB/T 2260; industries are divisions of GB/T 4754-2017, groups
where rules tell them apart. The weights follow the shape of the national register: trade and
services lead in numbers, and the coastal provinces in companies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

__all__ = ["COUNTRIES", "DIVISIONS", "INDUSTRIES", "SECTORS", "Country", "Division", "Industry"]


@dataclass(frozen=True, slots=True)
class Division:
    """An administrative division that registers companies."""

    code: str
    zh: str
    en: str
    weight: int


@dataclass(frozen=True, slots=True)
class Country:
    """A country of foreign partners and the suffix its companies bear."""

    code: str
    suffix: str
    weight: int


@dataclass(frozen=True, slots=True)
class Industry:
    """A division of GB/T 4754 with the word a company name has for it.

    ``sector`` says which watch lists look at the industry (see ``SECTORS``).
    """

    code: str
    zh: str
    en: str
    weight: float
    sector: str = "general"


SECTORS: Final = (
    "general",
    "construction",
    "food",
    "medical",
    "polluting",
    "finance",
    "trade",
    "foreign",
    "revoked",
)
"""What decides which records a company may bear: its industry, or else what it is."""

DIVISIONS: Final = (
    Division("110105", "北京", "Beijing", 30),
    Division("110108", "北京", "Beijing", 32),
    Division("110112", "北京", "Beijing", 12),
    Division("120104", "天津", "Tianjin", 10),
    Division("120116", "天津", "Tianjin", 14),
    Division("130102", "石家庄", "Shijiazhuang", 12),
    Division("130602", "保定", "Baoding", 8),
    Division("140105", "太原", "Taiyuan", 10),
    Division("150102", "呼和浩特", "Hohhot", 6),
    Division("210102", "沈阳", "Shenyang", 10),
    Division("210202", "大连", "Dalian", 10),
    Division("220102", "长春", "Changchun", 8),
    Division("230102", "哈尔滨", "Harbin", 8),
    Division("310101", "上海", "Shanghai", 16),
    Division("310112", "上海", "Shanghai", 24),
    Division("310115", "上海", "Shanghai", 36),
    Division("320102", "南京", "Nanjing", 18),
    Division("320205", "无锡", "Wuxi", 14),
    Division("320505", "苏州", "Suzhou", 22),
    Division("320602", "南通", "Nantong", 12),
    Division("330102", "杭州", "Hangzhou", 20),
    Division("330106", "杭州", "Hangzhou", 18),
    Division("330203", "宁波", "Ningbo", 18),
    Division("330302", "温州", "Wenzhou", 14),
    Division("330702", "金华", "Jinhua", 14),
    Division("340102", "合肥", "Hefei", 16),
    Division("340202", "芜湖", "Wuhu", 7),
    Division("350102", "福州", "Fuzhou", 14),
    Division("350203", "厦门", "Xiamen", 14),
    Division("350502", "泉州", "Quanzhou", 14),
    Division("360102", "南昌", "Nanchang", 11),
    Division("370102", "济南", "Jinan", 18),
    Division("370202", "青岛", "Qingdao", 20),
    Division("370602", "烟台", "Yantai", 10),
    Division("370702", "潍坊", "Weifang", 10),
    Division("410102", "郑州", "Zhengzhou", 22),
    Division("410302", "洛阳", "Luoyang", 8),
    Division("420102", "武汉", "Wuhan", 24),
    Division("420502", "宜昌", "Yichang", 6),
    Division("430102", "长沙", "Changsha", 20),
    Division("430202", "株洲", "Zhuzhou", 5),
    Division("440104", "广州", "Guangzhou", 22),
    Division("440106", "广州", "Guangzhou", 30),
    Division("440304", "深圳", "Shenzhen", 30),
    Division("440305", "深圳", "Shenzhen", 36),
    Division("440402", "珠海", "Zhuhai", 10),
    Division("440604", "佛山", "Foshan", 18),
    Division("441302", "惠州", "Huizhou", 9),
    Division("450102", "南宁", "Nanning", 12),
    Division("460105", "海口", "Haikou", 14),
    Division("500103", "重庆", "Chongqing", 14),
    Division("500112", "重庆", "Chongqing", 16),
    Division("510104", "成都", "Chengdu", 20),
    Division("510107", "成都", "Chengdu", 18),
    Division("520102", "贵阳", "Guiyang", 10),
    Division("530102", "昆明", "Kunming", 12),
    Division("540102", "拉萨", "Lhasa", 2),
    Division("610102", "西安", "Xi'an", 20),
    Division("620102", "兰州", "Lanzhou", 7),
    Division("630102", "西宁", "Xining", 3),
    Division("640104", "银川", "Yinchuan", 4),
    Division("650102", "乌鲁木齐", "Urumqi", 7),
)

COUNTRIES: Final = (
    Country("HK", "Limited", 30),
    Country("US", "Inc.", 16),
    Country("DE", "GmbH", 12),
    Country("JP", "K.K.", 11),
    Country("SG", "Pte. Ltd.", 9),
    Country("KR", "Co., Ltd.", 8),
    Country("GB", "Ltd", 6),
    Country("FR", "S.A.S.", 5),
    Country("NL", "B.V.", 4),
    Country("IT", "S.r.l.", 3),
    Country("CH", "AG", 3),
    Country("AU", "Pty Ltd", 2),
)

INDUSTRIES: Final = (
    Industry("A01", "农业", "Agriculture", 3.0, "food"),
    Industry("A03", "养殖", "Livestock", 1.4, "food"),
    Industry("B06", "煤业", "Coal", 0.2, "polluting"),
    Industry("B10", "矿业", "Mining", 0.4, "polluting"),
    Industry("C13", "农副食品", "Farm Foods", 1.2, "food"),
    Industry("C14", "食品", "Food", 1.1, "food"),
    Industry("C15", "饮品", "Beverages", 0.5, "food"),
    Industry("C17", "纺织", "Textiles", 1.2, "polluting"),
    Industry("C18", "服饰", "Apparel", 1.3),
    Industry("C22", "纸业", "Paper", 0.5, "polluting"),
    Industry("C26", "化工", "Chemicals", 1.0, "polluting"),
    Industry("C27", "药业", "Pharmaceuticals", 0.5, "medical"),
    Industry("C29", "橡塑", "Plastics", 1.1, "polluting"),
    Industry("C30", "建材", "Building Materials", 1.2, "polluting"),
    Industry("C31", "钢铁", "Steel", 0.3, "polluting"),
    Industry("C33", "金属制品", "Metal Products", 1.6, "polluting"),
    Industry("C34", "机械", "Machinery", 1.9),
    Industry("C35", "专用设备", "Equipment", 1.7),
    Industry("C358", "医疗器械", "Medical Devices", 0.4, "medical"),
    Industry("C36", "汽车零部件", "Auto Parts", 1.0),
    Industry("C38", "电气", "Electric", 1.4),
    Industry("C39", "电子", "Electronics", 1.5),
    Industry("D44", "能源", "Energy", 0.7, "polluting"),
    Industry("E47", "建筑工程", "Construction", 3.4, "construction"),
    Industry("E48", "市政工程", "Civil Engineering", 1.5, "construction"),
    Industry("E49", "安装工程", "Installation", 1.8, "construction"),
    Industry("E50", "装饰工程", "Decoration", 2.3, "construction"),
    Industry("F51", "贸易", "Trading", 16.5, "trade"),
    Industry("F512", "食品贸易", "Food Trading", 3.0, "food"),
    Industry("F515", "医药", "Medical Trading", 1.5, "medical"),
    Industry("F52", "商贸", "Commerce", 9.5),
    Industry("F522", "食品商贸", "Food Retail", 2.0, "food"),
    Industry("F525", "大药房", "Pharmacy", 1.0, "medical"),
    Industry("G54", "物流", "Logistics", 2.6),
    Industry("G58", "货运代理", "Freight", 1.4, "trade"),
    Industry("H62", "餐饮管理", "Catering", 2.2, "food"),
    Industry("I64", "网络科技", "Network Technology", 2.4),
    Industry("I65", "软件", "Software", 5.4),
    Industry("J67", "资本管理", "Capital", 0.7, "finance"),
    Industry("J69", "融资服务", "Finance", 0.6, "finance"),
    Industry("K701", "房地产开发", "Real Estate", 2.4, "construction"),
    Industry("L71", "租赁", "Leasing", 1.2),
    Industry("L72", "商务咨询", "Business Consulting", 9.0),
    Industry("M73", "生物科技", "Biotechnology", 1.4, "medical"),
    Industry("M74", "工程检测", "Testing", 1.4),
    Industry("M75", "科技", "Technology", 6.0),
    Industry("N77", "环境工程", "Environmental Services", 0.7, "polluting"),
    Industry("O81", "维修服务", "Repair Services", 1.6),
    Industry("Q84", "医疗", "Medical", 0.5, "medical"),
    Industry("R87", "文化传媒", "Media", 2.8),
)

DIVISION_WEIGHTS: Final = np.array([division.weight for division in DIVISIONS], dtype=np.float64)
COUNTRY_WEIGHTS: Final = np.array([country.weight for country in COUNTRIES], dtype=np.float64)
INDUSTRY_WEIGHTS: Final = np.array([industry.weight for industry in INDUSTRIES], dtype=np.float64)
INDUSTRY_SECTORS: Final = np.array([SECTORS.index(industry.sector) for industry in INDUSTRIES])
