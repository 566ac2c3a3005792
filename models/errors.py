"""What can be refused and what can go wrong, as two closed lists.

A refusal is a result: the sender hears why. A fault is an exception: `FAULTS` says whose it is, whether it is tried
again, what the console says and what the person on call does.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Refusal(StrEnum):
    CASE_CLOSED = "case_closed"
    NOTHING_OPEN = "nothing_open"
    UNKNOWN_VISIT = "unknown_visit"
    ALREADY_REPORTED = "already_reported"
    IN_THE_FUTURE = "in_the_future"
    BEFORE_ENROLMENT = "before_enrolment"
    AFTER_DEATH = "after_death"
    VISIT_AFTER_DEATH = "visit_after_death"
    TOO_FAR_BACK = "too_far_back"
    STAFF_ONLY = "staff_only"
    REVIEW_TOO_LATE = "review_too_late"
    SAME_PERSON = "same_person"
    OWN_VISITOR = "own_visitor"
    NO_PERSON = "no_person"
    NOT_SUSPENDED = "not_suspended"
    NO_DEATH_REPORTED = "no_death_reported"
    ALREADY_CLOSED = "already_closed"
    NOT_THE_REPORTER = "not_the_reporter"
    TOO_MANY_EXTENSIONS = "too_many_extensions"
    EXTENSION_TOO_LONG = "extension_too_long"
    URGENT_NOT_EXTENDED = "urgent_not_extended"
    NO_RECEIVING_PLACE = "no_receiving_place"
    NOT_CLOSED = "not_closed"
    HAS_DIED = "has_died"
    NOBODY_TO_ASSIGN = "nobody_to_assign"
    WRONG_ROLE = "wrong_role"
    OTHER_TERRITORY = "other_territory"
    NOT_THIS_STEP = "not_this_step"
    NOT_THE_ASSESSOR = "not_the_assessor"
    NO_BODY = "no_body"
    OTHER_BODY = "other_body"
    KIN = "kin"
    VISITS_THE_ELDER = "visits_the_elder"
    ASSESSED_BEFORE = "assessed_before"
    ASSESSOR_AWAY = "assessor_away"
    SHEET_REFUSED = "sheet_refused"
    SHEET_INCOMPLETE = "sheet_incomplete"
    NOT_SIGNED = "not_signed"
    NOT_DISPUTED = "not_disputed"
    ONE_SHEET = "one_sheet"
    OWN_SHEET = "own_sheet"
    OTHER_RECORDS = "other_records"
    STANDARD_NOT_TAKEN = "standard_not_taken"
    TOO_OLD = "too_old"
    OTHER_LEVEL = "other_level"
    NO_LEVEL = "no_level"
    OBJECTION_TOO_LATE = "objection_too_late"
    ELDER_GONE = "elder_gone"
    SAME_TWO = "same_two"
    NOT_ASSESSED = "not_assessed"
    NO_CLAIM = "no_claim"
    CLAIM_NOT_THERE = "claim_not_there"
    UNKNOWN_BENEFIT = "unknown_benefit"
    NO_RULES = "no_rules"
    ALREADY_HELD = "already_held"
    PAPERS_ASKED_BEFORE = "papers_asked_before"
    UNKNOWN_PAPER = "unknown_paper"
    FACTS_MISSING = "facts_missing"
    NOT_PROPOSED = "not_proposed"
    CHANGED_SINCE = "changed_since"
    OTHER_AMOUNT = "other_amount"
    TO_CHOOSE_FIRST = "to_choose_first"
    NOTHING_TO_CHOOSE = "nothing_to_choose"
    PAYMENT_HELD = "payment_held"
    NOT_PAID = "not_paid"
    OTHER_MONTH = "other_month"
    MONTH_NEEDED = "month_needed"
    TOLD_TOO_EARLY = "told_too_early"
    TELL_FIRST = "tell_first"
    OTHER_RUNS = "other_runs"
    NO_BENEFITS = "no_benefits"
    NOT_A_COUPON = "not_a_coupon"
    NO_COUPON = "no_coupon"
    COUPON_UNSTATED = "coupon_unstated"
    COUPON_USED_UP = "coupon_used_up"
    NO_OFFSET = "no_offset"
    BILL_KNOWN = "bill_known"
    BILL_UNKNOWN = "bill_unknown"
    BILL_TOO_OLD = "bill_too_old"
    BILL_AFTER_DEATH = "bill_after_death"
    NO_SUCH_LIST = "no_such_list"
    LIST_NOT_THERE = "list_not_there"
    OTHER_LIST = "other_list"
    LIST_OUTDATED = "list_outdated"
    LIST_ALTERED = "list_altered"
    LIST_TOO_LONG = "list_too_long"
    NOT_CHECKED = "not_checked"
    NO_PROPOSAL = "no_proposal"
    ALREADY_PROPOSED = "already_proposed"
    ALREADY_ACTIVATED = "already_activated"
    OTHER_VERSION = "other_version"
    MONTH_LISTED = "month_listed"
    OWN_ACCOUNT = "own_account"
    HAS_ACCOUNT = "has_account"
    NO_ACCOUNT = "no_account"
    SUBJECT_TAKEN = "subject_taken"
    NOT_BOUND = "not_bound"
    ALREADY_BARRED = "already_barred"
    NOT_BARRED = "not_barred"
    CONSENT_TOO_OLD = "consent_too_old"
    NOT_A_MOBILE = "not_a_mobile"
    SAME_PHONE = "same_phone"
    POST_HELD = "post_held"
    NAMED_THEMSELF = "named_themself"
    NOTHING_ENCLOSED = "nothing_enclosed"


REFUSAL_WORDS: dict[Refusal, str] = {
    Refusal.CASE_CLOSED: "个案已结案，只能补录结案以前见到老人的探访（由工作人员录入）",
    Refusal.NOTHING_OPEN: "现在没有待访任务",
    Refusal.UNKNOWN_VISIT: "没有这次探访",
    Refusal.ALREADY_REPORTED: "已记过",
    Refusal.IN_THE_FUTURE: "探访日期不能晚于今天",
    Refusal.BEFORE_ENROLMENT: "探访日期早于建档",
    Refusal.AFTER_DEATH: "探访日期晚于去世日期",
    Refusal.VISIT_AFTER_DEATH: "去世日期以后还记有一次探访，请先核对日期，或更正那次探访",
    Refusal.TOO_FAR_BACK: "短信只能补报3天内的探访，更早的请工作人员录入",
    Refusal.STAFF_ONLY: "须由工作人员办理",
    Refusal.REVIEW_TOO_LATE: "复核日期超过规定的最长天数",
    Refusal.SAME_PERSON: "须由第二人确认",
    Refusal.OWN_VISITOR: "不能与本人结对",
    Refusal.NO_PERSON: "这个账号没有登记号码，不是登记簿里的一个人，两人办的事不能算一人；请用登记在册的人的账号",
    Refusal.NOT_SUSPENDED: "个案没有暂停",
    Refusal.NO_DEATH_REPORTED: "没有去世报告",
    Refusal.ALREADY_CLOSED: "已办结",
    Refusal.NOT_THE_REPORTER: "只有原报告人或工作人员可以更正",
    Refusal.TOO_MANY_EXTENSIONS: "已延期两次",
    Refusal.EXTENSION_TOO_LONG: "延期不能超过周期结束后3天",
    Refusal.URGENT_NOT_EXTENDED: "紧急事项不能延期",
    Refusal.NO_RECEIVING_PLACE: "迁出须填接收地",
    Refusal.NOT_CLOSED: "个案没有结案，不用重开",
    Refusal.HAS_DIED: "老人已确认去世，个案不能重开",
    Refusal.NOBODY_TO_ASSIGN: "指定的志愿者去不了，没有改派",
    Refusal.WRONG_ROLE: "岗位无此权限",
    Refusal.OTHER_TERRITORY: "不在您的辖区",
    Refusal.NOT_THIS_STEP: "评估现在不在这一步",
    Refusal.NOT_THE_ASSESSOR: "不是本次评估的评估员，或不是该由您办这一步",
    Refusal.NO_BODY: "评估员现在不属于登记在册的评估机构",
    Refusal.OTHER_BODY: "两位评估员须属于同一评估机构",
    Refusal.KIN: "评估员不能是老人的家人（电话与老人家里或紧急联系人的相同）",
    Refusal.VISITS_THE_ELDER: "评估员不能是探访这位老人的志愿者",
    Refusal.ASSESSED_BEFORE: "复评须换评估员",
    Refusal.ASSESSOR_AWAY: "评估员今天请假",
    Refusal.SHEET_REFUSED: "评估表有填错的项，见列出的各项",
    Refusal.SHEET_INCOMPLETE: "评估表没有填完，没有得出等级",
    Refusal.NOT_SIGNED: "信息提供者、同意书或评估员还没有签字",
    Refusal.ONE_SHEET: "本县两名评估员合用一张评估表，请核对签字，意见不同的项标出",
    Refusal.OWN_SHEET: "本县两名评估员各填一张评估表，第二名交自己的以前看不到第一张",
    Refusal.OTHER_RECORDS: "昏迷、疾病诊断或意外事件与第一张表不同，这些要有依据，请两人先核对",
    Refusal.NOT_DISPUTED: "只能就有争议的项定分，每项须写理由，不能多也不能少",
    Refusal.STANDARD_NOT_TAKEN: "这项标准的结果本县不认，须重新评估",
    Refusal.TOO_OLD: "结果的评估日期太早或晚于今天，不能采用",
    Refusal.OTHER_LEVEL: "确认的等级与拟定的不同；不同意请退回并写理由",
    Refusal.NO_LEVEL: "还没有确认过等级",
    Refusal.OBJECTION_TOO_LATE: "已过提出异议的期限，可以申请重新评估",
    Refusal.ELDER_GONE: "老人已去世或迁出，不再评估",
    Refusal.SAME_TWO: "已经是这两位评估员",
    Refusal.NOT_ASSESSED: "还没有人为老人申请过评估",
    Refusal.NO_CLAIM: "这项待遇没有正在办理的申请",
    Refusal.CLAIM_NOT_THERE: "这项待遇的申请现在不在这一步",
    Refusal.UNKNOWN_BENEFIT: "本县本月的规定里没有这项待遇",
    Refusal.NO_RULES: "本县没有本月有效的政策包",
    Refusal.ALREADY_HELD: "这项待遇正在享受",
    Refusal.PAPERS_ASKED_BEFORE: "补正材料只能一次告知，已告知过",
    Refusal.UNKNOWN_PAPER: "政策包没有列这份材料",
    Refusal.FACTS_MISSING: "还缺必须核实的情况，查实登记后再核查",
    Refusal.NOT_PROPOSED: "按规定不能拟予批准；可以不予批准、退回或撤回",
    Refusal.CHANGED_SINCE: "核查以后情况或规定有变，请退回重新核查",
    Refusal.OTHER_AMOUNT: "确认的档次或金额与拟定的不同",
    Refusal.TO_CHOOSE_FIRST: "与另一项只能享受一项，须先由本人选定",
    Refusal.NOTHING_TO_CHOOSE: "这项待遇不用选择",
    Refusal.PAYMENT_HELD: "已报老人去世，核实以前不批、不发",
    Refusal.NOT_PAID: "没有正在享受的这项待遇，或没有待定的变更",
    Refusal.OTHER_MONTH: "月份与规定的不同",
    Refusal.MONTH_NEEDED: "规定没有写到哪个月，须由您写明",
    Refusal.TOLD_TOO_EARLY: "日期早于上一步办成的那天",
    Refusal.OTHER_RUNS: "不能同时享受的另一项还在发，先定它的变更或停发",
    Refusal.TELL_FIRST: "上一次的决定还没有告知本人，先告知",
    Refusal.NO_BENEFITS: "还没有人为老人办过待遇",
    Refusal.NOT_A_COUPON: "这项待遇不是服务券",
    Refusal.NO_COUPON: "账单那个月没有券：还没有享受、已停发，或当月的规定里没有",
    Refusal.COUPON_UNSTATED: "券的金额未定，不能抵扣",
    Refusal.COUPON_USED_UP: "账单那个月的额度已用完",
    Refusal.NO_OFFSET: "按规定，这类服务的账单不能用券抵扣",
    Refusal.BILL_KNOWN: "这张账单已登记过，一张账单只抵扣一次；登记错的先撤销",
    Refusal.BILL_UNKNOWN: "没有登记过这张账单，或已撤销",
    Refusal.BILL_TOO_OLD: "账单是12个月以前的，不再登记",
    Refusal.BILL_AFTER_DEATH: "账单日期晚于老人去世日期",
    Refusal.NO_SUCH_LIST: "没有这个月的待办发放名单",
    Refusal.LIST_NOT_THERE: "发放名单现在不在这一步",
    Refusal.OTHER_LIST: "名单的校验码或金额与现在的名单不同，请重新查看",
    Refusal.LIST_ALTERED: "登记簿里存的名单与它的校验码不符，请报审计",
    Refusal.LIST_TOO_LONG: "名单的行数超过一张 Excel 表能放的（1048575）",
    Refusal.LIST_OUTDATED: "汇总以后有人报告去世、停发或变更，名单上有的行已不对；请退回重新汇总",
    Refusal.NOT_CHECKED: "规则包有问题，先用 policy check 查看",
    Refusal.NO_PROPOSAL: "没有提出待启用的规则包",
    Refusal.ALREADY_PROPOSED: "已有一份规则包待启用，先启用或撤回",
    Refusal.ALREADY_ACTIVATED: "这一份规则包已经启用过；要改就提高 version",
    Refusal.OTHER_VERSION: "哈希或日期与提出的不同，请重新查看",
    Refusal.MONTH_LISTED: "这一天太早：早于本月，或会改动发放名单已经汇总的月份",
    Refusal.OWN_ACCOUNT: "自己的账号须由另一位管理员办理",
    Refusal.HAS_ACCOUNT: "已有账号；忘了密码的，请重置",
    Refusal.NO_ACCOUNT: "还没有账号，请先建立账号",
    Refusal.SUBJECT_TAKEN: "这个统一认证身份已绑定别人的账号",
    Refusal.NOT_BOUND: "没有绑定统一认证身份",
    Refusal.ALREADY_BARRED: "这位志愿者已经停用",
    Refusal.NOT_BARRED: "这位志愿者没有停用",
    Refusal.CONSENT_TOO_OLD: "这是退订以前的同意；要本人退订以后重新同意",
    Refusal.NOT_A_MOBILE: "不是能收短信的手机号",
    Refusal.SAME_PHONE: "登记的就是这个号码",
    Refusal.POST_HELD: "这个岗位有人，换人请办交接",
    Refusal.NAMED_THEMSELF: "这个岗位能办您还不能办的事，不能由您指定自己，请另一位有权的人来办",
    Refusal.NOTHING_ENCLOSED: "没有这张照片或位置，或者已经删除",
}


class Fault(StrEnum):
    FORKED = "forked"
    LEDGER_BEHIND = "ledger_behind"
    STORE_AWAY = "store_away"
    POLICY_NOT_IN_STORE = "policy_not_in_store"
    EDITION_UNKNOWN = "edition_unknown"
    KEY_UNKNOWN = "key_unknown"
    RECIPIENT_OPTED_OUT = "recipient_opted_out"
    BAD_NUMBER = "bad_number"
    RECIPIENT_UNREACHABLE = "recipient_unreachable"
    TEXT_REFUSED = "text_refused"
    NO_TEMPLATE = "no_template"
    PROVIDER_AWAY = "provider_away"
    PROVIDER_SHUT = "provider_shut"
    SEND_UNKNOWN = "send_unknown"
    NO_OWNER = "no_owner"
    LINES_MISSING = "lines_missing"


class FaultRow(NamedTuple):
    whose: str
    retry: bool
    console: str
    on_call: str


FAULTS: dict[Fault, FaultRow] = {
    Fault.FORKED: FaultRow("ours", True, "台账与流程记录不相接，本案暂停处理", "runbook: FORKED"),
    Fault.LEDGER_BEHIND: FaultRow("operator", True, "台账比流程旧，本案等待恢复", "runbook: LEDGER_BEHIND"),
    Fault.STORE_AWAY: FaultRow("operator", True, "数据库连不上，个案在等待", "runbook: the store is away"),
    Fault.POLICY_NOT_IN_STORE: FaultRow("operator", True, "找不到规则包", "runbook: a policy hash is missing"),
    Fault.EDITION_UNKNOWN: FaultRow(
        "operator", True, "本机程序不认识本案的规则版次，本案等待相应的程序", "runbook: EDITION_UNKNOWN"
    ),
    Fault.KEY_UNKNOWN: FaultRow("operator", True, "缺少解密密钥", "runbook: a key version is missing"),
    Fault.RECIPIENT_OPTED_OUT: FaultRow("recipient", False, "对方已退订", "call by phone"),
    Fault.BAD_NUMBER: FaultRow("register", False, "号码无效", "correct the number in the register"),
    Fault.RECIPIENT_UNREACHABLE: FaultRow("recipient", False, "对方手机一时收不到", "sent once more next workday"),
    Fault.TEXT_REFUSED: FaultRow("provider", False, "短信被通道拦下", "call by phone; show the words to the provider"),
    Fault.NO_TEMPLATE: FaultRow("operator", False, "通道没有这条短信的模板", "call by phone; runbook: NO_TEMPLATE"),
    Fault.PROVIDER_SHUT: FaultRow(
        "operator", True, "短信通道不认本系统的账号，暂停发送", "runbook: the provider does not know us"
    ),
    Fault.PROVIDER_AWAY: FaultRow("provider", True, "短信通道暂不可用", "runbook: the provider is away"),
    Fault.NO_OWNER: FaultRow("register", True, "本辖区各级岗位都空缺", "runbook: a ladder without people"),
    Fault.LINES_MISSING: FaultRow("operator", True, "已批准的名单缺了行，不再汇总新的名单", "runbook: LINES_MISSING"),
    Fault.SEND_UNKNOWN: FaultRow("provider", True, "短信是否送出不明", "looked up, resent once, then a person"),
}


class StateContradicted(Exception):
    """What the code relies on does not hold: a defect of ours, never somebody's input, mended by a deploy.

    It is no `FailureError`, so in a workflow it fails the task, not the case: the task is tried again until mended.
    """


class TanfangFault(Exception):
    """Root of our exceptions. `fault` is the row of `FAULTS`; `what` names the thing, by opaque id only."""

    def __init__(self, fault: Fault, what: str) -> None:
        super().__init__(f"{fault.value}: {what}")
        self.fault = fault
        self.what = what


class Unfit(StrEnum):
    """Why a person cannot be the one a step names."""

    UNKNOWN = "unknown"
    BARRED = "barred"
    NO_CONSENT = "no_consent"
    OPTED_OUT = "opted_out"
    ON_LEAVE = "on_leave"
    DEAD = "dead"
    FULL = "full"
    NO_POST = "no_post"


UNFIT_WORDS: dict[Unfit, str] = {
    Unfit.UNKNOWN: "登记簿里没有此人", Unfit.BARRED: "已停用", Unfit.NO_CONSENT: "还没有同意参加",
    Unfit.OPTED_OUT: "已退订短信", Unfit.ON_LEAVE: "正在请假", Unfit.NO_POST: "现在没有岗位",
    Unfit.DEAD: "本人有去世报告或已去世", Unfit.FULL: "手上的探访已满",
}  # fmt: skip
