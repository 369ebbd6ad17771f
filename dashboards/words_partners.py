"""The words of the pages of many partners, in English and Chinese."""

from __future__ import annotations

from typing import Final

__all__ = ["WORDS"]

WORDS: Final[dict[str, tuple[str, str]]] = {
    "partners_link": ("Or look at a list of partners.", "也可批量查询合作方名单。"),
    "partners_title": ("A list of partners", "合作方名单"),
    "partners_list": ("Paste or upload it", "粘贴或上传"),
    "partners_how": (
        "One partner a line, by name or code; or a table with a header (CSV, Excel). It goes to this server and nowhere else.",
        "每行一家，填写名称或代码；也可上传带表头的CSV或Excel文件。数据仅传至本服务器。",
    ),
    "partners_paste": ("The list", "名单"),
    "partners_example": (
        "91330106TG100001X9\nAcme Trading Co., Ltd.",
        "91330106TG100001X9\n某某贸易有限公司",
    ),
    "partners_match": ("Match", "匹配"),
    "partners_upload": ("Upload a file", "上传文件"),
    "partners_most": ("CSV, text or Excel, up to 2 MB", "CSV、文本或Excel，不超过2 MB"),
    "too_large": (
        "That file is larger than 2 MB: split it, or paste the names.",
        "文件超过2 MB，请拆分后上传，或直接粘贴名单。",
    ),
    "partners_found": ("Who is meant", "匹配结果"),
    "partners_row": ("Row", "行号"),
    "partners_given": ("As given", "原文"),
    "partners_status": ("Result", "结果"),
    "partners_who": ("Organisation", "单位"),
    "partners_word": ("Partners", "合作方"),
    "status_matched": ("matched", "已匹配"),
    "status_choose": ("choose", "待选择"),
    "status_chosen": ("chosen", "已选定"),
    "status_not_found": ("not found", "未找到"),
    "name_differs": (
        "The name beside the code is another one: check.",
        "代码与名称不一致，请核对。",
    ),
    "choose_one": ("Choose who is meant", "请选择"),
    "choose_for": ("Who is meant by {given}", "“{given}”指哪一家"),
    "same_as_row": ("same as row {row}", "与第{row}行相同"),
    "counted_once": (
        "{count} of the rows repeat an organisation: each counts once",
        "{count}行与其他行为同一单位，不重复计数",
    ),
    "left_undecided": ("{count} left out so far", "另有{count}家未确定"),
    "open_portfolio": ("Look at {count} together", "查看{count}家的组合"),
    "list_title": ("This list cannot be read", "无法读取该名单"),
    "list_unread": (
        "Give text, CSV or an Excel workbook with the names or codes of {most} partners at most.",
        "仅支持文本、CSV或Excel文件，内容为合作方名称或代码，最多{most}行。请检查文件是否为空、已损坏、超出行数或并非名单。",
    ),
    "list_empty": ("There is no partner in it.", "其中没有合作方。"),
    "portfolio_title_one": ("One partner, as of {day}", "1家合作方（截至{day}）"),
    "portfolio_title": ("{count} partners, as of {day}", "{count}家合作方（截至{day}）"),
    "rows_shown_title": (" · {shown} of {all} shown", "，显示其中{shown}家"),
    "rows_shown": (
        "{shown} of {all} partners shown: the files hold these",
        "显示{all}家中的{shown}家，下载文件仅含所显示的单位",
    ),
    "portfolio_missing": (
        "Not companies of this register: {names} ({count}).",
        "以下{count}项不是登记库中的单位：{names}。",
    ),
    "portfolio_cut": (
        "The address names {count} more; a portfolio has {most} at most.",
        "该地址另有{count}项；一个组合最多{most}家。",
    ),
    "nobody_title": ("None of these is in this register", "登记库中没有这些单位"),
    "download_csv": ("Download CSV", "下载CSV"),
    "download_excel": ("Download Excel", "下载Excel"),
    "reason_band": ("points", "得分"),
    "not_yet_short": ("Did not exist yet: founded on {day}", "当时尚未成立：{day}成立"),
    "only_at_best": ("at best: little known", "仅供参考（信息不足）"),
    "reason_record": ("own record", "自身记录"),
    "reason_rule": ("law", "法律后果"),
    "reason_status": ("registration status", "登记状态"),
    "reason_blocked": ("blocked", "被封锁"),
    "reason_coverage": ("too little known", "信息不足"),
    "grades_word": ("Grades", "等级分布"),
    "coverage_by_tenths": (
        "How many partners are known to how many per cent",
        "各信息覆盖率区间的合作方数量",
    ),
    "record_word": ("Record", "记录"),
    "costs": ("Which records cost most", "影响最大的记录"),
    "costs_words": (
        "What each weighs by itself: where a score's exposure is capped, the partner loses less.",
        "按各记录单独影响计；关联影响封顶时，实际扣分较少。",
    ),
    "costs_none": (
        "No record that is known costs any of them points.",
        "已知信息中没有使其扣分的记录。",
    ),
    "owner_word": ("Owner", "股东"),
    "owners_cost": ("Which owners cost most", "影响最大的股东"),
    "owners_cost_words": (
        "All records that come from or through an owner. Owners one above the other share points: these do not add up.",
        "计入来自或经由该股东的全部记录；上下级股东重复计入，不可相加。",
    ),
    "bids": ("Who may not bid beside whom", "不得参加同一标段投标的合作方"),
    "bids_words": (
        "If both of such a pair bid for one lot or contract, both bids are void.",
        "下列任意一对同时参加同一标段或合同项下投标的，相关投标均无效。",
    ),
    "bids_none": (
        "As far as is known, none of them excludes another.",
        "已知信息中未发现相互排斥的合作方。",
    ),
    "bids_barred": (
        "Barred on their own account, whoever else bids:",
        "因自身原因投标受限（与其他投标人无关）：",
    ),
    "shared": ("Who is behind several of them", "共同的股东与任职人员"),
    "shared_none": ("Nobody is known to be behind two of them.", "未发现共同的股东或任职人员。"),
    "shared_who": ("Who", "主体"),
    "itself": ("a partner itself", "本身为合作方"),
    "shared_partners": ("Of whom", "所涉合作方"),
}
