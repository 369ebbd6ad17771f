"""What columns, statuses and posts are called in files of websites and offices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

__all__ = ["HEADERS", "POSTS", "STATUSES"]

HEADERS: Final[Mapping[str, Sequence[str]]] = {
    "uscc": (
        *("统一社会信用代码", "社会信用代码", "信用代码", "统一代码", "纳税人识别号"),
        *("统一信用代码", "社会统一信用代码", "识别号", "机构代码"),
        *("uscc", "credit code"),
    ),
    "name": (
        *("企业名称", "公司名称", "单位名称", "机构名称", "名称", "主体名称", "被投资企业名称"),
        *("失信被执行人", "被执行人", "纳税人名称", "当事人", "当事人名称", "行政相对人名称"),
        *("被执行人名称", "被执行人姓名/名称", "用人单位", "用人单位名称", "商户名称", "主体"),
        *("目标公司", "被投资企业", "被投资公司", "企业", "公司", "单位"),
        *("company name", "company", "entity name", "name"),
    ),
    "name_en": ("英文名称", "英文名", "english name", "name_en"),
    "legal_representative": ("法定代表人", "法人代表", "法人", "负责人", "legal representative"),
    "status": ("登记状态", "经营状态", "企业状态", "状态", "registration status", "status"),
    "start": ("成立日期", "注册日期", "设立日期", "founded", "incorporated", "established"),
    "industry": ("行业代码", "所属行业", "国标行业", "行业门类", "行业", "industry"),
    "region": ("行政区划", "行政区划代码", "所属地区", "地区代码", "region"),
    "holder": (
        *("股东名称", "股东", "股东姓名", "股东名称/姓名", "股东（发起人）"),
        *("投资人", "投资方", "出资人", "出资方", "shareholder", "owner"),
    ),
    "share": ("持股比例", "出资比例", "股权比例", "比例", "share", "percentage", "stake"),
    "held_since": ("出资日期", "认缴出资日期", "入股日期"),
    "since": ("任职日期", "起始日期", "合作日期", "since"),
    "traded": ("采购占比", "采购比例", "share of purchases"),
    "person": ("姓名", "人员姓名", "高管姓名", "主要人员", "高管", "人员", "executive"),
    "post": ("职务", "职位", "担任职务", "position", "title"),
    "supplier": ("供应商名称", "供应商", "供方", "供货方", "供货单位", "卖方", "supplier"),
    "customer": ("客户名称", "客户", "采购方", "需方", "购货单位", "买方", "customer", "buyer"),
    "record": (
        *("案号", "文号", "处罚决定书文号", "决定书文号", "公告文号", "公告编号", "文书号"),
        *("执行案号", "doc_no", "case number"),
    ),
    "record_type": ("名单类型", "处罚类型", "记录类型", "失信类型", "record type", "type"),
    "decided_on": (
        *("列入日期", "处罚日期", "处罚决定日期", "决定日期", "作出日期", "认定日期"),
        *("列入时间", "处罚时间", "认定时间", "评价日期", "立案日期", "立案时间"),
        *("公示日期", "公布日期", "公告日期", "发布日期", "发布时间", "decided on"),
    ),
    "ends_on": ("移出日期", "截止日期", "到期日期", "有效期至", "removed on", "end date"),
    "authority": ("列入机关", "处罚机关", "作出机关", "决定机关", "执行法院", "authority"),
    "ground": ("列入原因", "列入事由", "处罚事由", "违法行为类型", "事由", "ground", "reason"),
    "amount": ("金额", "罚款金额", "处罚金额", "涉案金额", "执行标的", "amount"),
}
"""What columns are called, the commonest first."""
STATUSES: Final = (
    '{ "存续" = "active", "在业" = "active", "开业" = "active", "在营" = "active", '
    '"正常" = "active", "active" = "active", "存续（在营、开业、在册）" = "active", '
    '"在营（开业）企业" = "active", "在营（开业）" = "active", "吊销" = "revoked", '
    '"吊销，未注销" = "revoked", "吊销,未注销" = "revoked", "吊销未注销" = "revoked", '
    '"已吊销" = "revoked", "注销" = "deregistered", "已注销" = "deregistered", '
    '"吊销，已注销" = "deregistered", "吊销,已注销" = "deregistered" }, unmapped = "keep"'
)
POSTS: Final = (
    '{ "法定代表人" = "legal_representative", "执行董事" = "director", "董事" = "director", '
    '"董事长" = "director", "监事" = "supervisor", "经理" = "senior_manager", '
    '"总经理" = "senior_manager" }'
)
"""As value tables of a mapping."""
