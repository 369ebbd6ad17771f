"""Planted stories about suppliers, contractors and invoices."""

from __future__ import annotations

from trustgraph.synthesis.stage import Stage, Story, Telling

__all__ = ["clean_supplier", "vouchers", "wages"]


def clean_supplier(stage: Stage) -> Story:
    """A supplier without a record, two steps from a defaulter on two ways."""
    debtor = stage.company(
        "沉锚航运设备有限公司",
        "Sunken Anchor Marine Equipment Co., Ltd.",
        Telling("judgment defaulter", "失信被执行人"),
        industry="C35",
    )
    supplier = stage.company(
        "清泉精密零件有限公司",
        "Clear Spring Precision Parts Co., Ltd.",
        Telling("supplier without any record", "自身无任何记录的供应商"),
        industry="C36",
    )
    parent = stage.company(
        "双桅控股有限公司",
        "Two Masts Holding Co., Ltd.",
        Telling("holds 70 % of both", "持有两家公司各70%股权"),
        industry="L72",
    )
    buyer = stage.company(
        "启明整车制造有限公司",
        "Morning Star Vehicle Manufacturing Co., Ltd.",
        Telling("buys 30 % from the supplier", "30%的采购来自该供应商"),
        industry="C36",
    )
    person = stage.person(
        "沉渡舟", "Chen Duzhou", Telling("legal representative of both", "两家公司的法定代表人")
    )
    minor = stage.person("清见底", "Qing Jiandi", Telling("minority owner", "小股东"))
    stage.relationship(person, "legal_representative", debtor, since=2000)
    stage.relationship(person, "legal_representative", supplier, since=1200)
    stage.relationship(parent, "shareholder", debtor, share=0.7)
    stage.relationship(parent, "shareholder", supplier, share=0.7)
    stage.relationship(minor, "shareholder", supplier, share=0.3)
    stage.relationship(supplier, "supplier", buyer, share=0.3, since=900)
    stage.record(
        debtor,
        "COURT_DEFAULTER",
        240,
        ground="有履行能力而拒不履行生效法律文书确定义务",
        authority="示例区人民法院",
        amount=12_400_000.0,
    )
    stage.expect("P01", person, "may not spend on luxuries", "被限制高消费")
    stage.expect(
        "exposure",
        supplier,
        "two steps away: through the person and through the parent",
        "经法定代表人、经母公司各两步可达",
    )
    stage.expect(
        "force-A",
        supplier,
        "nothing follows by itself in law: no list, no lower grade",
        "法律上无任何自动后果：不列入名单，不降级",
        never=True,
    )
    return stage.story(
        "clean-supplier",
        Telling("The clean-looking supplier", "看似清白的供应商"),
        Telling(
            "The supplier has no record. Two steps away stands a judgment defaulter: same legal "
            "representative, same 70 % parent. That is market exposure; "
            "in law nothing follows by itself but for the representative in person.",
            "该供应商自身没有任何记录，但两步之外是一家失信被执行人：同一法定代表人，同一持股70%的母公司。"
            "这属于市场风险敞口；法律上的自动后果只及于法定代表人本人。",
        ),
    )


def wages(stage: Stage) -> Story:
    """A subcontractor that owes wages, its general contractor and their consortium."""
    sub = stage.company(
        "欠薪砖瓦劳务有限公司",
        "Unpaid Bricks Labour Services Co., Ltd.",
        Telling("subcontractor on the wage-arrears list", "列入拖欠农民工工资名单的分包单位"),
        industry="E50",
    )
    general = stage.company(
        "高梁建筑工程总承包有限公司",
        "High Beam General Construction Co., Ltd.",
        Telling("general contractor", "施工总承包单位"),
        industry="E47",
    )
    cheat = stage.company(
        "假标幕墙工程有限公司",
        "False Bid Curtain Wall Co., Ltd.",
        Telling("on the government-procurement list", "列入政府采购严重违法失信名单"),
        industry="E50",
    )
    consortium = stage.other(
        "高梁—假标体育馆项目联合体",
        "High Beam and False Bid Stadium Consortium",
        Telling("bids for a stadium", "体育馆项目投标联合体"),
    )
    person = stage.person(
        "砖无薪",
        "Zhuan Wuxin",
        Telling("legal representative of the subcontractor", "分包单位法定代表人"),
    )
    chief = stage.person("梁正直", "Liang Zhengzhi", Telling("legal representative", "法定代表人"))
    stage.relationship(person, "legal_representative", sub)
    stage.relationship(person, "responsible_person", sub)
    stage.relationship(person, "shareholder", sub, share=1.0)
    stage.relationship(chief, "legal_representative", general)
    stage.relationship(chief, "shareholder", general, share=1.0)
    stage.relationship(sub, "contractor", general, since=500)
    stage.relationship(general, "consortium", consortium, since=90)
    stage.relationship(cheat, "consortium", consortium, since=90)
    stage.record(
        sub,
        "WAGE_ARREARS",
        180,
        ground="克扣、无故拖欠农民工工资达到数额",
        authority="示例市人力资源和社会保障局",
        amount=2_350_000.0,
    )
    stage.record(
        cheat,
        "GOVPROC_SERIOUS",
        260,
        ground="提供虚假材料谋取中标、成交",
        authority="示例市财政局",
        amount=90_000.0,
    )
    stage.expect("P12", person, "possible: only if the decision names them", "决定书列明者方为可能")
    stage.expect("P13", general, "must pay the wages first", "须先行清偿农民工工资")
    stage.expect("P18", consortium, "out of this procurement", "不得参加本次政府采购")
    stage.expect("P20", consortium, "takes its worst member's grade", "按等级较低的成员确定")
    stage.expect("P12", general, "not listed itself", "自身不被列入名单", never=True)
    return stage.story(
        "wages",
        Telling("The unpaid bricklayers", "讨薪的砖瓦工"),
        Telling(
            "A labour subcontractor is listed for unpaid wages. Its general contractor is not "
            "listed, but must pay the workers first (Wage Regulations, arts 29-30). The general "
            "contractor bids in a consortium with a company barred from procurement: for that bid "
            "the consortium counts as having bad credit, and it takes the lowest grade.",
            "劳务分包单位因拖欠农民工工资被列入名单。总承包单位并不因此被列入，但须先行清偿"
            "（《保障农民工工资支付条例》第二十九、三十条）。总承包单位又与一家被禁止参加政府采购的公司组成联合体："
            "就本次投标，联合体视为存在不良信用，并按最低等级确定资质。",
        ),
    )


def vouchers(stage: Stage) -> Story:
    """Abnormal input vouchers above and below 70 per cent of a buyer's purchases."""
    issuer = stage.company(
        "飘票再生资源有限公司",
        "Drifting Invoice Recycling Co., Ltd.",
        Telling("issuer of abnormal vouchers, 55 % and 50 %", "异常凭证开票方（占55%、50%）"),
    )
    second = stage.company(
        "虚舟金属贸易有限公司",
        "Empty Boat Metal Trading Co., Ltd.",
        Telling("issuer of abnormal vouchers, 22 % and 19 %", "异常凭证开票方（占22%、19%）"),
    )
    over = stage.company(
        "满仓铜材有限公司",
        "Full Store Copper Co., Ltd.",
        Telling("77 % of its input is abnormal", "进项异常占77%"),
        industry="C33",
    )
    under = stage.company(
        "半仓铝材有限公司",
        "Half Store Aluminium Co., Ltd.",
        Telling("69 % of its input is abnormal", "进项异常占69%"),
        industry="C33",
    )
    after_over = stage.company(
        "远灯电缆有限公司",
        "Far Lantern Cable Co., Ltd.",
        Telling("customer of the first buyer", "前者的客户"),
        industry="C38",
    )
    after_under = stage.company(
        "近灯门窗有限公司",
        "Near Lantern Windows Co., Ltd.",
        Telling("customer of the second buyer", "后者的客户"),
        industry="C33",
    )
    person = stage.person("票无踪", "Piao Wuzong", Telling("legal representative", "法定代表人"))
    stage.relationship(person, "legal_representative", issuer)
    stage.relationship(issuer, "supplier", over, share=0.55, since=700)
    stage.relationship(second, "supplier", over, share=0.22, since=700)
    stage.relationship(issuer, "supplier", under, share=0.50, since=700)
    stage.relationship(second, "supplier", under, share=0.19, since=700)
    stage.relationship(over, "supplier", after_over, share=0.8, since=700)
    stage.relationship(under, "supplier", after_under, share=0.8, since=700)
    for company, amount in ((issuer, 380_000.0), (second, 140_000.0)):
        stage.record(
            company,
            "TAX_ABNORMAL_VOUCHER",
            100,
            ground="非正常纳税人未申报缴纳税款的专用发票",
            authority="示例市税务局",
            amount=amount,
        )
    for buyer in (over, under):
        stage.expect("P10", buyer, "must reverse the input tax", "须作进项税额转出")
    stage.expect("P11", after_over, "77 % is over 70 %", "占比77%，超过70%")
    stage.expect("P11", after_under, "69 % is not over 70 %", "占比69%，未达70%", never=True)
    return stage.story(
        "vouchers",
        Telling("Seventy per cent", "百分之七十"),
        Telling(
            "Two issuers of abnormal VAT vouchers supply two buyers. Both buyers must reverse the "
            "input tax (STA 2019 No. 38). One of them, with 77 % abnormal input worth more than "
            "RMB 50,000, passes the stain on to its own customer; the other, with 69 %, does not.",
            "两家异常增值税扣税凭证的开票方向两家企业供货，两家均须作进项税额转出"
            "（国家税务总局公告2019年第38号）。其中一家异常进项占比77%且金额超过5万元，"
            "其开具的发票亦列为异常凭证；另一家占比69%，不再延伸。",
        ),
    )
