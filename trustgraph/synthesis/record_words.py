"""What a record says: its authority, the mark in its document number, its grounds.

Grounds are worded as Chinese authorities word them. An authority that begins with ``+`` is a local
one and bears the name of its place. Document numbers carry ``示`` (example) where a real one has
the character of its province, so that none can be taken for a real one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["RECORD_WORDS", "Wording"]


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one record type."""

    authority: str
    mark: str
    grounds: tuple[str, ...]


RECORD_WORDS: Final[Mapping[str, Wording]] = {
    "COURT_DEFAULTER": Wording(
        "+人民法院",
        "执",
        (
            "有履行能力而拒不履行生效法律文书确定义务",
            "违反财产报告制度",
            "以虚假诉讼、隐匿转移财产等方法规避执行",
            "无正当理由拒不履行执行和解协议",
        ),
    ),
    "COURT_CONSUMPTION": Wording("+人民法院", "执限", ("未按执行通知书指定的期间履行给付义务",)),
    "SAMR_ABNORMAL": Wording(
        "+市场监督管理局",
        "市监异",
        (
            "未按规定公示年度报告",
            "通过登记的住所或者经营场所无法联系",
            "公示企业信息隐瞒真实情况、弄虚作假",
            "未在责令的期限内公示有关企业信息",
        ),
    ),
    "SAMR_SERIOUS": Wording(
        "+市场监督管理局",
        "市监严",
        ("实施不正当竞争行为，情节严重", "生产不符合强制性标准的产品", "提交虚假材料骗取登记"),
    ),
    "TAX_MAJOR": Wording(
        "+税务局",
        "税重",
        ("虚开增值税专用发票", "伪造、隐匿账簿，不缴应纳税款", "骗取国家出口退税款"),
    ),
    "TAX_GRADE_D": Wording(
        "+税务局",
        "税信",
        ("年度评价得分不满40分", "逃避缴纳税款达到规定比例", "提供虚假申报材料享受税收优惠"),
    ),
    "TAX_GRADE_C": Wording("+税务局", "税信", ("年度评价得分40分以上不满70分",)),
    "TAX_NONNORMAL": Wording(
        "+税务局", "税非", ("连续三个月未申报，经查无下落", "走逃（失联）企业")
    ),
    "TAX_ABNORMAL_VOUCHER": Wording(
        "+税务局", "税凭", ("非正常纳税人未申报缴纳税款的专用发票", "购进与销售货物名称严重背离")
    ),
    "TAX_ARREARS": Wording("+税务局", "税欠", ("未在规定期限内缴纳税款",)),
    "CUSTOMS_DISHONEST": Wording(
        "+海关",
        "关失",
        ("走私行为被行政处罚", "拒不缴纳税款和罚款", "年度违规次数超过报关单总量千分之一"),
    ),
    "CUSTOMS_SERIOUS": Wording(
        "+海关", "关严", ("犯走私罪被判处刑罚", "非法进口固体废物二百五十吨以上")
    ),
    "WAGE_ARREARS": Wording(
        "+人力资源和社会保障局",
        "人社欠",
        ("克扣、无故拖欠农民工工资达到数额", "因拖欠农民工工资引发群体性事件"),
    ),
    "GOVPROC_SERIOUS": Wording(
        "+财政局", "财采", ("提供虚假材料谋取中标、成交", "与采购人、其他供应商恶意串通")
    ),
    "TENDER_BAN": Wording(
        "+住房和城乡建设局",
        "建标",
        ("串通投标", "以他人名义投标", "不履行与招标人订立的合同，情节严重"),
    ),
    "CSRC_INTEGRITY": Wording(
        "中国证券监督管理委员会", "证诚", ("信息披露违法", "内幕交易", "未履行公开承诺")
    ),
    "CSRC_MARKET_BAN": Wording(
        "中国证券监督管理委员会", "证禁", ("组织实施财务造假，情节严重", "内幕交易，情节特别严重")
    ),
    "ENV_RED": Wording(
        "+生态环境局",
        "环信",
        ("超标排放污染物，拒不改正", "篡改、伪造监测数据", "非法倾倒危险废物"),
    ),
    "ENV_EIA_LIST": Wording(
        "+生态环境局",
        "环评",
        ("环境影响报告书存在严重质量问题", "一个记分周期内失信记分达到二十分"),
    ),
    "FOOD_BAN": Wording(
        "+市场监督管理局",
        "食禁",
        ("用非食品原料生产食品，许可证被吊销", "经营病死动物肉类，许可证被吊销"),
    ),
    "DRUG_BAN": Wording("+药品监督管理局", "药禁", ("生产、销售假药", "伪造药品检验记录")),
    "MED_PROCUREMENT": Wording(
        "+医疗保障局",
        "医采",
        ("在医药购销中给予回扣", "实施垄断或者操纵价格", "无正当理由不履行供货承诺"),
    ),
    "WORK_SAFETY_SERIOUS": Wording(
        "+应急管理局",
        "应急严",
        ("发生较大生产安全责任事故", "谎报、瞒报生产安全事故", "拒不执行停产停业指令"),
    ),
    "WORK_SAFETY_PRINCIPAL_BAN": Wording(
        "+应急管理局",
        "应急禁",
        ("未履行安全生产管理职责受刑事处罚", "未履行安全生产管理职责受撤职处分"),
    ),
    "LICENCE_REVOKED": Wording(
        "+市场监督管理局",
        "市监吊",
        ("成立后无正当理由超过六个月未开业", "连续停业六个月以上", "未依法办理年度报告且无法联系"),
    ),
    "FALSE_REGISTRATION": Wording(
        "+市场监督管理局",
        "市监撤",
        ("冒用他人身份信息取得公司登记", "提交虚假住所材料取得公司登记"),
    ),
    "BANKRUPT_LIABLE": Wording(
        "+人民法院", "破", ("担任破产清算企业的负责人，对破产负有个人责任",)
    ),
    "CRIMINAL_ECONOMIC": Wording(
        "+人民法院", "刑", ("挪用资金罪", "职务侵占罪", "破坏社会主义市场经济秩序罪")
    ),
    "LICENCE_FRAUD": Wording(
        "+行政审批局", "审假", ("提供虚假材料申请行政许可", "以欺骗手段取得行政许可")
    ),
    "PENALTY_MINOR": Wording(
        "+市场监督管理局", "市监简", ("未亮照经营", "未按规定明码标价", "逾期办理变更登记")
    ),
    "PENALTY_GENERAL": Wording(
        "+城市管理局", "城罚", ("未按许可内容施工", "发布虚假广告", "销售不合格产品")
    ),
    "PENALTY_SERIOUS": Wording(
        "+市场监督管理局", "市监罚", ("责令停产停业", "吊销许可证件", "没收违法所得，数额巨大")
    ),
    "PENALTY_LEGACY_SAMR": Wording(
        "+市场监督管理局", "市监处", ("销售侵犯商标专用权的商品", "未取得许可从事经营", "虚假宣传")
    ),
    "PBOC_PENALTY": Wording(
        "+中国人民银行分行", "银罚", ("违反信用评级业务规则", "未按规定履行客户身份识别义务")
    ),
    "SME_LATE_PAYMENT": Wording("+工业和信息化局", "工信欠", ("拖欠中小企业账款，造成恶劣影响",)),
    "AGRI_INPUT_MOU": Wording("+农业农村局", "农资", ("生产、销售假劣种子", "生产、销售禁用农药")),
    "STAT_DISHONEST": Wording(
        "+统计局", "统失", ("编造虚假统计数据", "提供不真实统计资料，情节严重")
    ),
    "SOCIAL_INS_SERIOUS": Wording(
        "+人力资源和社会保障局",
        "人社保",
        ("不依法缴纳社会保险费，拒不改正", "以欺诈手段骗取社会保险基金"),
    ),
    "AFSL_COUNTER": Wording(
        "中华人民共和国外交部",
        "反制",
        ("参与、实施针对中国企业的歧视性限制措施", "以单边措施损害中国企业合法权益"),
    ),
    "UEL": Wording(
        "中华人民共和国商务部", "不可靠", ("中断与中国企业的正常交易", "对中国企业采取歧视性措施")
    ),
    "PUBLIC_CREDIT_POOR": Wording("+发展和改革委员会", "信评", ("公共信用综合评价结果为差",)),
    "SAMR_RISK_D": Wording("+市场监督管理局", "市监险", ("企业信用风险分类为D类",)),
    "RED_TAX_A": Wording("+税务局", "税信", ("年度评价得分90分以上",)),
    "RED_AEO_ADV": Wording("+海关", "关高", ("符合海关高级认证企业标准",)),
    "RED_AEO_CERT": Wording("+海关", "关认", ("符合海关认证企业标准",)),
    "RED_TRANSPORT": Wording("中华人民共和国交通运输部", "交信", ("连续三年信用评价为AA级",)),
    "RED_ENV_GREEN": Wording("+生态环境局", "环信", ("企业环境信用评价为绿牌",)),
}
"""By record type."""
