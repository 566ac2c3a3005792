"""What the chapters and the keys of a pack are called when a person reads it."""

from __future__ import annotations

from collections.abc import Mapping

CHAPTERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "document": (
        "文件和施行", ("county", "covers", "version", "effective_from", "effective_to", "document"),
    ),
    "who": ("谁在名单上", ("min_age", "groups", "high_risk")),
    "how_often": ("多久探访一次", ("tiers",)),
    "ladder": ("没有人去怎么办", ("ladder", "urgent_ladder", "first_role")),
    "limits": ("限度", ("limits",)),
    "texts": ("短信", ("texts",)),
    "calendar": ("工作日历", ("calendar",)),
    "who_helps": ("谁来探访和服务", ("performers", "service_types")),
    "assessment": ("能力评估", ("assessment",)),
    "benefits": ("待遇", ("benefits", "exclusivity")),
    "payment": ("发放", ("payment",)),
    "money": ("文件提到的补贴和金额", ("subsidies", "money")),
    "kpis": ("指标", ("kpis",)),
    "duties": ("部门职责和联系岗位", ("duties", "contacts")),
}  # fmt: skip
"""Id → title, and the keys of `PackFile` that it tells. Every key is in one, but `unknown`, which is told by itself."""

LABELS: Mapping[str, str] = {
    "county": "县（代码）", "covers": "同样适用于（自己有规则包的除外）", "version": "版本", "effective_from": "施行自",
    "effective_to": "施行至", "document.title": "文件", "document.number": "文号", "document.issued_on": "印发日期",
    "min_age": "满多少周岁", "high_risk": "第一次没见到就当天上报的类别",
    "tiers.*.cadence": "多久一次", "tiers.*.every": "间隔多长", "tiers.*.anchor_at": "间隔从何时算起",
    "tiers.*.methods": "算数的探访方式", "tiers.*.after_refusal": "不愿被访以后，下一期用什么方式",
    "tiers.*.ask.spread_workdays": "分散在期初几个工作日里派出", "tiers.*.ask.at": "几点派出",
    "tiers.*.ask.jitter": "派出时间错开多少", "tiers.*.ask.spread": "分散在多长时间里派出",
    "tiers.*.ask.lead": "提前多久派出", "tiers.*.ask.least_days": "到期前至少留几天",
    "tiers.*.due.day_of_month": "每月几日到期", "tiers.*.due.after": "派出后多久到期",
    "tiers.*.due.enrolled_days": "月中建档的，几天内到期", "tiers.*.due.enrolled_by_day": "几日以后建档的，当月不计",
    "tiers.*.reminders.*": "提醒",
    "limits.sms_back_days": "短信可补报几天内的探访", "limits.suspend_max_days": "暂停最多几天",
    "limits.extend_max": "督办最多延期几次", "limits.extend_past_period": "延期最多超过周期多久",
    "limits.urgent_visit_within": "情况有变后多久内加访",
    "texts.sender": "短信签名", "texts.quiet_from": "几点以后不发", "texts.quiet_to": "几点以前不发",
    "texts.slot": "每天几点集中发", "texts.slot_lead": "最迟发出前多久就发",
    "texts.max_per_day": "一个号码一天最多几条",
    "texts.max_identical": "相同的最多几条", "texts.expiry": "多久不发就作废",
    "texts.burst": "多长时间里的答复合成一条",
    "texts.answer_within": "反问以后多久没有答复就找人", "texts.templates.*": "通道的模板编号",
    "calendar.official_through": "官方放假安排到哪一年", "calendar.off.*": "本地放假", "calendar.on.*": "本地上班",
    "assessment.use": "评估结果的用处", "assessment.standard": "文件所称标准",
    "assessment.valid_months": "几个月内有效",
    "assessment.endless": "不设有效期的等级", "assessment.remind_days": "一步到期前几天提醒",
    "assessment.object_within": "几天内可提异议", "assessment.renew_days": "期满前几天启动复评",
    "assessment.elsewhere": "认可别处按哪些标准的结果", "assessment.elsewhere_from": "认可哪天以来的结果",
    "assessment.independent": "两名评估员各填一张表", "payment.day": "每月几日汇总名单", "payment.checking": "核对期限",
    "payment.approving": "批准期限", "payment.remind_days": "到期前几天提醒",
    "benefits.*.birthday": "周岁怎么算", "benefits.*.start": "自何时发",
    "benefits.*.notice": "公示", "benefits.*.review_months": "批准后几个月复核",
    "benefits.*.remind_days": "到期前几天提醒", "benefits.*.appeal_days": "几日内可申请行政复议",
    "benefits.*.stops.*": "停发", "benefits.*.deadlines.*": "办理期限", "benefits.*.documents.*": "材料",
    "benefits.*.offsets.*": "抵扣比例", "benefits.*.rows.*": "档次", "benefits.*.rows.*.fen": "金额",
    "benefits.*.open.*": "没有规定的情形", "exclusivity.*": "几项之间", "money.*": "金额（分）",
    "subsidies.*.amounts.*": "金额", "kpis.*.counted_as": "本系统怎么统计",
}  # fmt: skip
"""By path, with `*` for a name or a number. Rows with a name of their own go by that."""

DETAILS: Mapping[str, str] = {
    "tiers": "频次", "ladder": "督办", "urgent_ladder": "生命危险时", "first_role": "先找谁",
    "performers": "谁", "service_types": "服务", "subsidies": "补贴", "kpis": "指标", "duties": "职责",
    "contacts": "岗位", "groups": "对象", "local": "本地节日",
}  # fmt: skip
"""What the rows of a table are, before their own name."""

TERMS: Mapping[str, str] = {
    "naming": "指派评估员的期限", "assessing": "完成评估的期限", "signing": "核对签字的期限",
    "settling": "定下争议项的期限", "confirming": "确认等级的期限",
}  # fmt: skip
EVERY = "各项待遇没有自己写明的"
SILENT_SAID = "文件没有写"
