"""Planted stories about owners: a ring, the state, and somebody nobody knows."""

from __future__ import annotations

from trustgraph.synthesis.stage import Stage, Story, Telling

__all__ = ["hidden_ring", "state_siblings", "unknown_partner"]


def hidden_ring(stage: Stage) -> Story:
    """A listed parent with 40 % on paper and 72 % through a ring of three companies.

    The integrated share of the parent in the first company is 0.40 / (1 - 0.90 * 0.90 * 0.55)
    = 0.7214: a walk up from it either ends at the parent or the person, or goes round the ring.
    """
    parent = stage.foreign_company(
        "Ouroboros Capital Holdings Inc.",
        Telling("on the countermeasure list", "列入反制清单"),
        jurisdiction="US",
        industry="J67",
    )
    first = stage.company(
        "衔尾一号半导体有限公司",
        "Tail One Semiconductor Co., Ltd.",
        Telling("40 % listed parent, 55 % third of the ring", "被列名者持40%，环中第三家持55%"),
        industry="C39",
    )
    second = stage.company(
        "衔尾二号封装有限公司",
        "Tail Two Packaging Co., Ltd.",
        Telling("90 % first of the ring", "环中第一家持90%"),
        industry="C39",
    )
    third = stage.company(
        "衔尾三号投资有限公司",
        "Tail Three Investment Co., Ltd.",
        Telling("90 % second of the ring", "环中第二家持90%"),
        industry="J67",
    )
    buyer = stage.company(
        "晴川仪器有限公司",
        "Clear River Instruments Co., Ltd.",
        Telling("buys from the first of the ring", "向环中第一家采购"),
        industry="C39",
    )
    person = stage.person("环无端", "Huan Wuduan", Telling("owns the rest", "持有其余股权"))
    stage.relationship(parent, "shareholder", first, share=0.40)
    stage.relationship(third, "shareholder", first, share=0.55)
    stage.relationship(person, "shareholder", first, share=0.05)
    stage.relationship(first, "shareholder", second, share=0.90)
    stage.relationship(person, "shareholder", second, share=0.10)
    stage.relationship(second, "shareholder", third, share=0.90)
    stage.relationship(person, "shareholder", third, share=0.10)
    stage.relationship(first, "supplier", buyer, share=0.25, since=600)
    for company in (first, second, third):
        stage.relationship(person, "legal_representative", company)
    stage.record(
        parent,
        "AFSL_COUNTER",
        200,
        ground="以单边措施损害中国企业合法权益",
        authority="中华人民共和国外交部",
    )
    stage.expect(
        "ownership",
        first,
        "the parent's integrated share is 72.14 %, its direct share 40 %",
        "被列名者直接持股40%，综合持股72.14%",
    )
    stage.expect(
        "ownership", third, "integrated share 58.43 % through the ring", "经环综合持股58.43%"
    )
    stage.expect(
        "cascade",
        first,
        "not blocked by the 50 % rule: 40 % is held directly by a listed party",
        "直接持股仅40%，不触发50%规则",
        never=True,
    )
    return stage.story(
        "hidden-ring",
        Telling("The snake that bites its tail", "衔尾之蛇"),
        Telling(
            "Three companies own one another in a ring. A parent on the countermeasure list holds "
            "40 % of one of them on paper; since most of the rest leads back to that company "
            "itself, 72 % of it is the parent's in the end.",
            "三家公司环状持股。被列入反制清单的股东表面上只持有其中一家40%，"
            "但其余股权大多绕回该公司自身，最终有72%归于该股东。",
        ),
    )


def state_siblings(stage: Stage) -> Story:
    """Two companies of one state owner: common state ownership is no affiliation."""
    body = stage.public_body(
        "示例省国有资本管理局第七办公室",
        "Example Province State Capital Office 7",
        Telling("state owner of both", "两家公司的国有出资人"),
    )
    debtor = stage.company(
        "东岭煤业有限公司",
        "East Ridge Coal Co., Ltd.",
        Telling("judgment defaulter", "失信被执行人"),
        industry="B06",
    )
    sibling = stage.company(
        "西渡轨道交通有限公司",
        "West Ferry Railway Transit Co., Ltd.",
        Telling("owned by the same public body, no record", "同一出资人，无记录"),
        industry="G54",
    )
    one = stage.person("岭东生", "Ling Dongsheng", Telling("legal representative", "法定代表人"))
    two = stage.person("渡西来", "Du Xilai", Telling("legal representative", "法定代表人"))
    stage.relationship(body, "shareholder", debtor, share=1.0)
    stage.relationship(body, "shareholder", sibling, share=1.0)
    stage.relationship(one, "legal_representative", debtor)
    stage.relationship(two, "legal_representative", sibling)
    stage.record(
        debtor,
        "COURT_DEFAULTER",
        150,
        ground="违反财产报告制度",
        authority="示例区人民法院",
        amount=310_000_000.0,
    )
    stage.expect("P01", one, "may not spend on luxuries", "被限制高消费")
    stage.expect(
        "exposure",
        sibling,
        "no exposure: no chain leads through a public body",
        "无敞口：任何链条不得穿过公共机构",
        never=True,
    )
    return stage.story(
        "state-siblings",
        Telling("Siblings by the state", "同为国企"),
        Telling(
            "A state coal company defaults on a judgment. A railway company has the same state "
            "owner: under art. 265(4) of the Company Law that alone makes no affiliation, and its "
            "score stays what it was.",
            "一家国有煤业公司成为失信被执行人。另一家轨道交通公司与其同属一个国有出资人，"
            "依《公司法》第二百六十五条第（四）项，不因同受国家控股而具有关联关系，其评分不变。",
        ),
    )


def unknown_partner(stage: Stage) -> Story:
    """A company of which nothing is known: the base score, and coverage near zero."""
    unknown = stage.unknown_company(
        "无名雾山商行",
        "Nameless Mist Mountain Trading House",
        Telling("a name on a list of suppliers", "供应商名单上的一个名字"),
    )
    known = stage.company(
        "明镜会计咨询有限公司",
        "Bright Mirror Accounting Advice Co., Ltd.",
        Telling("known well, and as clean", "资料齐全，同样清白"),
        industry="L72",
    )
    person = stage.person("镜常明", "Jing Changming", Telling("owner and chief", "股东兼负责人"))
    stage.relationship(person, "legal_representative", known)
    stage.relationship(person, "shareholder", known, share=1.0)
    stage.relationship(person, "director", known)
    stage.expect("score", unknown, "1000, the base score", "1000分，即基准分")
    stage.expect("coverage", unknown, "near zero: nothing was there to judge", "接近零：无可评判")
    stage.expect("coverage", known, "high, with the same score", "很高，评分相同")
    return stage.story(
        "unknown-partner",
        Telling("Nothing known", "一无所知"),
        Telling(
            "Two companies score 1000. Of one everything has been searched; of the other there is "
            "a name and nothing else. Unknown is not trustworthy: look at the coverage.",
            "两家公司都是1000分。一家各来源均已查询，另一家只有一个名字。未知不等于可信：请看覆盖度。",
        ),
    )
