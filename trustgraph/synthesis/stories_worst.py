"""The planted story of the partner that everything goes wrong with."""

from __future__ import annotations

from trustgraph.synthesis.stage import Stage, Story, Telling

__all__ = ["deep_pit"]


def deep_pit(stage: Stage) -> Story:
    """One company reached by law and by market from every side: the demonstration's worst."""
    pit = stage.company(
        "深坑市政工程有限公司",
        "Deep Pit Municipal Engineering Co., Ltd.",
        Telling("listed itself, and reached from every side", "自身上榜，且多方牵连"),
        industry="E48",
    )
    parent = stage.company(
        "深坑控股有限公司",
        "Deep Pit Holding Co., Ltd.",
        Telling("holds 60 % and evaded tax", "持股60%，重大税收违法"),
        industry="L72",
    )
    labour = stage.company(
        "空囊劳务有限公司",
        "Empty Purse Labour Services Co., Ltd.",
        Telling("its labour subcontractor, owes wages", "其劳务分包单位，拖欠工资"),
        industry="E50",
    )
    steel = stage.company(
        "虚票钢材贸易有限公司",
        "Paper Invoice Steel Trading Co., Ltd.",
        Telling(
            "supplies 80 % of what it buys, on abnormal vouchers", "供货占其采购80%，开具异常凭证"
        ),
        industry="F51",
    )
    ash = stage.company(
        "灰烬路桥有限公司",
        "Cold Ash Road and Bridge Co., Ltd.",
        Telling(
            "graded D before the same person took over the pit", "其责任人接手深坑之前已被评为D级"
        ),
        industry="E48",
    )
    bank = stage.company(
        "倒墙混凝土有限公司",
        "Fallen Wall Concrete Co., Ltd.",
        Telling("a debtor whose debts it guarantees", "由其提供担保的失信债务人"),
        industry="C30",
    )
    chief = stage.person(
        "坑不平", "Keng Buping", Telling("legal representative, took over lately", "新任法定代表人")
    )
    director = stage.person(
        "坑尽欠",
        "Keng Jinqian",
        Telling("director, a defaulter in person", "董事，个人失信被执行人"),
    )
    stage.relationship(parent, "shareholder", pit, share=0.6)
    stage.relationship(director, "shareholder", pit, share=0.4)
    stage.relationship(chief, "responsible_person", ash, since=2200)
    stage.relationship(chief, "legal_representative", ash, since=2200)
    stage.relationship(chief, "legal_representative", pit, since=120)
    stage.relationship(director, "director", pit, since=1500)
    stage.relationship(labour, "contractor", pit, since=700)
    stage.relationship(steel, "supplier", pit, share=0.8, since=700)
    stage.relationship(pit, "guarantor", bank, share=0.9, since=500)
    stage.record(pit, "COURT_DEFAULTER", 300, ground="违反财产报告制度", amount=38_000_000.0)
    stage.record(pit, "WAGE_ARREARS", 210, ground="克扣工资经责令后仍不支付", amount=4_600_000.0)
    stage.record(pit, "PENALTY_SERIOUS", 60, ground="转包建设工程")
    stage.record(parent, "TAX_MAJOR", 400, ground="骗取出口退税", amount=21_000_000.0)
    stage.record(labour, "WAGE_ARREARS", 180, ground="拖欠工资引发群体性事件", amount=900_000.0)
    stage.record(steel, "TAX_ABNORMAL_VOUCHER", 90, amount=7_200_000.0)
    stage.record(ash, "TAX_GRADE_D", 200, ground="逃避追缴欠税", amount=3_300_000.0)
    stage.record(bank, "COURT_DEFAULTER", 150, ground="有能力而拒不履行", amount=12_000_000.0)
    stage.record(director, "COURT_DEFAULTER", 260, ground="违反限制消费令", amount=2_000_000.0)
    stage.expect("P06", pit, "graded D with its new chief", "因新任责任人直接判为D级")
    stage.expect("P10", pit, "must reverse the input VAT", "须转出进项税额")
    stage.expect("P13", pit, "must pay its subcontractor's wages", "须先行清偿分包工人工资")
    stage.expect("P32", pit, "can be sued as guarantor", "作为保证人可被追偿")
    stage.expect("exposure", pit, "through owner, supplier and people", "经股东、供应商与人员传导")
    return stage.story(
        "deep-pit",
        Telling("The deep pit", "无底深坑"),
        Telling(
            "An engineering firm is itself a judgment defaulter and owes wages. Its owner evaded "
            "tax, its subcontractor owes wages, its steel comes on abnormal vouchers, its new "
            "chief brings a grade D along, and it stands surety for a defaulter. No company of the "
            "sample is trusted less.",
            "该工程公司自身失信并拖欠工资；其股东重大税收违法，分包单位欠薪，"
            "钢材供应商开具异常凭证，"
            "新任负责人带来D级评价，又为失信债务人提供担保。样本中再无信任度更低者。",
        ),
    )
