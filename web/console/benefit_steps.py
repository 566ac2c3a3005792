"""Each step of an elder's benefits as a form. What decides about money is shown whole first, and typed as seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from decisions.as_typed import bill_of, code_of, fen_of
from decisions.closed_words import END_CAUSES, SERVICE_PLACES, TOLD_HOW
from decisions.deadlines import civil_day
from models import claim_messages as m
from models.benefits import BenefitKind, Standing
from models.claims import ClaimStage, ClaimTrigger
from models.errors import Refusal
from models.ids import benefit_stream
from post.desk import Refused
from web.console.ask import Ask
from web.console.fields import Field, Kind, always, asks
from web.console.steps import Handed, Path, Step, Wrong
from web.language import _

BASE = "/elders/{elder_id}/benefits"
IN_THE_REGISTER = _("存入登记簿，不进流程")
NOTE = Field("note", _("备注"), Kind.WORDS, help=IN_THE_REGISTER)
WHY = Field("note", _("理由"), Kind.WORDS, required=True, help=IN_THE_REGISTER)
NOT_YET = _("这一天还没有到，不能晚于今天")
SEEN_FIRST = _("照上面拟定的写；写错的不会办成")
Stages = ClaimStage
Values = dict[str, Any]


def back(path: Path) -> str:
    return f"/elders/{path['elder_id']}/benefits"


def told_of(ask: Ask, path: Path) -> dict[str, Any]:
    """Where the elder's benefits stand. Raises Refused before there are any."""
    told = ask.doors.benefits.told(path["elder_id"])
    if told is None:
        raise Refused(Refusal.NO_BENEFITS)
    return told


def claim_of(ask: Ask, path: Path) -> dict[str, Any]:
    found = [claim for claim in told_of(ask, path)["claims"] if claim["code"] == path["code"]]
    if not found:
        raise Refused(Refusal.NO_CLAIM)
    return found[0]


def held_of(ask: Ask, path: Path) -> dict[str, Any]:
    found = [held for held in told_of(ask, path)["entitlements"] if held["code"] == path["code"]]
    if not found:
        raise Refused(Refusal.NOT_PAID)
    return found[0]


# --- fields that depend on what is found -----------------------------------------------------------------------------


def _day(name: str, label: str) -> Field:
    return Field(name, label, Kind.DAY, required=True)


@asks("code", "application", "asked_on", NOTE)
def _benefits(ask: Ask, path: Path) -> Sequence[Field]:
    at = ask.doors.places.territory_of(path["elder_id"])
    names = ask.doors.benefit_names([at.county_id] if at else [])
    return (
        Field("code", _("哪一项"), Kind.CHOICE, required=True, options=names),
        Field("application", _("本人或代理人申请（谁申请的写在备注里）"), Kind.FLAG),
        Field("asked_on", _("申请日期"), Kind.DAY, help=_("不写是今天；纸质申请写纸上的日期")),
        NOTE,
    )


@asks(Field("documents", "documents", Kind.CHOICES), NOTE)
def _papers(ask: Ask, path: Path) -> Sequence[Field]:
    listed = claim_of(ask, path)["documents"]
    one_by_one = (Field("documents", _("缺哪些材料"), Kind.CHOICES, options=listed),) if listed else ()
    return (*one_by_one, NOTE._replace(help=_("没有列出的材料写在这里；只能告知一次，请一次写全")))


@asks("bill", "on", "at", "amount", NOTE)
def _bill(ask: Ask, path: Path) -> Sequence[Field]:
    held = held_of(ask, path)
    places = {code: SERVICE_PLACES.get(code, code) for code in held["places"]}
    return (
        Field("bill", _("账单（发票）号码"), required=True),
        _day("on", _("账单日期")),
        Field("at", _("哪里的服务"), Kind.CHOICE, required=True, options=places),
        Field("amount", _("账单上应由本人付的金额"), required=True, help=_("单位元，写到分，如 300.00")),
        NOTE,
    )


SEEN = (
    Field("row", _("档次"), required=True, help=SEEN_FIRST),
    Field("amount", _("金额"), required=True, help=_("单位元，写到分，如 200.00；没有写明的写 未定")),
)
MONTH = Field("month", _("月份"), Kind.MONTH, help=_("规定没有写的才须写明：变更写起始月，停发写末月"))


@asks("stop", "row", "amount", MONTH, NOTE)
def _change(ask: Ask, path: Path) -> Sequence[Field]:
    change = held_of(ask, path)["change"]
    if change is None:
        raise Refused(Refusal.NOT_PAID)
    seen = (Field("stop", _("看过：拟定的是停发"), Kind.FLAG),) if change["ends"] else SEEN
    return (*seen, *(() if change["month"] else (MONTH,)), NOTE)


# --- what a filled form becomes --------------------------------------------------------------------------------------


def _past(ask: Ask, values: Values, *names: str) -> Values:
    """Raises Wrong for a day to come."""
    today = civil_day(ask.now)
    for name in names:
        if values[name] is not None and values[name] > today:
            raise Wrong(name, NOT_YET)
    return {name: values[name] for name in names}


def _typed(field: str, read: Callable[[str], Any], text: str) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise Wrong(field, str(error)) from None


def _seen(_ask: Ask, _path: Path, values: Values) -> Values:
    return {"row": _typed("row", code_of, values["row"]), "fen": _typed("amount", fen_of, values["amount"])}


def _nothing(_ask: Ask, _path: Path, _values: Values) -> Values:
    return {}


def _asked(ask: Ask, _path: Path, values: Values) -> Values:
    if values["application"] and not values["note"]:
        raise Wrong("note", _("须写明谁申请的"))
    trigger = ClaimTrigger.APPLICATION if values["application"] else ClaimTrigger.STAFF
    return {"code": values["code"], "trigger": trigger, **_past(ask, values, "asked_on")}


def _listed(_ask: Ask, _path: Path, values: Values) -> Values:
    documents = values.get("documents", ())
    if not documents and not values["note"]:
        raise Wrong("note", _("须写明缺哪些材料"))
    return {"documents": documents}


def _posted(ask: Ask, _path: Path, values: Values) -> Values:
    return {**_past(ask, values, "posted_on"), "proof": ask.doors.counter.keep_note(values["proof"])}


def _decided(_ask: Ask, _path: Path, values: Values) -> Values:
    return {"upheld": values["upheld"] == "upheld"}


def _told(ask: Ask, _path: Path, values: Values) -> Values:
    return {**_past(ask, values, "told_on"), "how": values["how"]}


def _changed(ask: Ask, path: Path, values: Values) -> Values:
    if "stop" not in values:
        return {**_seen(ask, path, values), "month": values.get("month")}
    if not values["stop"]:
        raise Wrong("stop", _("看清拟定的是停发，再确认"))
    return {"row": None, "fen": None, "month": values.get("month")}


def _stopped(ask: Ask, _path: Path, values: Values) -> Values:
    return {"why": values["why"], **_past(ask, values, "on"), "month": values["month"]}


def _used(ask: Ask, _path: Path, values: Values) -> Values:
    fen = _typed("amount", fen_of, values["amount"])
    if not fen:
        raise Wrong("amount", _("账单须有金额，如 300.00"))
    bill = _typed("bill", bill_of, values["bill"])
    return {"bill": bill, **_past(ask, values, "on"), "at": values["at"], "bill_fen": fen}


def _taken_back(_ask: Ask, _path: Path, values: Values) -> Values:
    return {"bill": _typed("bill", bill_of, values["bill"])}


# --- the rows --------------------------------------------------------------------------------------------------------


class Offered(NamedTuple):
    """When a step is offered beside a benefit: in these stages, or, of what is paid, while it runs."""

    step: Step
    stages: tuple[Stages, ...] = ()
    of_what_runs: bool = False
    only: BenefitKind | None = None
    to_choose: bool = False

    def to(self, claim: Mapping[str, Any] | None, held: Mapping[str, Any] | None) -> bool:
        if self.to_choose:
            if claim is None or claim["stage"] is None:
                return False
            return bool(claim["proposed"]["standing"] == Standing.TO_CHOOSE.value)
        waits = {of["stage"] for of in (claim, held) if of is not None}
        runs = self.of_what_runs and held is not None and held["runs"] and self.only in (None, held["kind"])
        return runs or bool(waits & {stage.value for stage in self.stages})


def _shows_nothing(_ask: Ask, _path: Path) -> Mapping[str, Any]:
    return {}


def _shows_claim(ask: Ask, path: Path) -> Mapping[str, Any]:
    claim = claim_of(ask, path)
    if claim["stage"] != Stages.APPROVING.value:
        raise Refused(Refusal.NO_CLAIM if claim["stage"] is None else Refusal.CLAIM_NOT_THERE)
    return _shown(ask, path, claim)


def _shows_any_claim(ask: Ask, path: Path) -> Mapping[str, Any]:
    return _shown(ask, path, claim_of(ask, path))


def _shows_held(ask: Ask, path: Path) -> Mapping[str, Any]:
    return _shown(ask, path, held_of(ask, path))


def _shown(ask: Ask, path: Path, of: dict[str, Any]) -> Mapping[str, Any]:
    """Money is read: that is kept before it is shown."""
    ask.seen("benefit_show", path["elder_id"])
    return {"of": of}


def _step(
    name: str, kind: type[m.BenefitMessage], title: str, fields: Callable[[Ask, Path], Sequence[Field]],
    values: Callable[[Ask, Path, Values], Values] = _nothing, *,
    template: str = "step.html", shows: Callable[[Ask, Path], Mapping[str, Any]] = _shows_nothing, warns: str = "",
) -> Step:  # fmt: skip
    def handed(ask: Ask, path: Path, typed: Values) -> Handed:
        said = values(ask, path, typed)
        return Handed(benefit_stream(path["elder_id"]), kind, {**_code(path), **said}, typed["note"])

    action: str = kind.model_fields["kind"].default
    return Step(f"{BASE}/{name}", action, title, fields, handed, back, template, shows, warns)


def _code(path: Path) -> Values:
    if "code" not in path:
        return {}
    try:
        return {"code": code_of(path["code"])}
    except ValueError:
        raise Refused(Refusal.UNKNOWN_BENEFIT) from None


SEES = "benefit_decide.html"
REQUEST = _step("request", m.RequestBenefit, _("申请待遇"), _benefits, _asked)
PAPERS, CHECKING, POSTING, POSTED = Stages.PAPERS, Stages.CHECKING, Stages.POSTING, Stages.POSTED
RECHECKING, APPROVING, TELLING = Stages.RECHECKING, Stages.APPROVING, Stages.TELLING
BEFORE = (PAPERS, CHECKING, POSTING, POSTED, RECHECKING, APPROVING)
WHY_ENDS = {why.value: said for why, said in END_CAUSES.items()}
HOW_TOLD = {how.value: said for how, said in TOLD_HOW.items()}
UPHELD = {"upheld": _("异议成立"), "dismissed": _("异议不成立")}

OFFERED: tuple[Offered, ...] = (
    Offered(_step("{code}/check", m.CheckBenefit, _("核查完了"), always(NOTE), template=SEES, shows=_shows_any_claim,
                  warns=_("您确认登记的情况属实。按规定和现在登记的情况拟定；缺的先登记。")), (CHECKING,)),
    Offered(_step("{code}/papers", m.AskPapers, _("告知补正材料"), _papers, _listed), (CHECKING,)),
    Offered(_step("{code}/papers-in", m.HandInPapers, _("材料收到了"), always(NOTE)), (PAPERS,)),
    Offered(_step("{code}/post", m.PostNotice, _("公示已贴出"), always(
        _day("posted_on", _("哪天贴出的")),
        Field("proof", _("照片存放处，或谁看见的"), required=True, help=IN_THE_REGISTER),
        NOTE._replace(label=_("贴在哪里"))), _posted), (POSTING,)),
    Offered(_step("{code}/object", m.ObjectBenefit, _("登记异议"),
                  always(WHY._replace(label=_("谁提的、为什么")))), (POSTED, RECHECKING)),
    Offered(_step("{code}/objection", m.DecideObjection, _("异议复核完了"), always(
        Field("upheld", _("结果"), Kind.CHOICE, required=True, options=UPHELD), WHY), _decided), (RECHECKING,)),
    Offered(_step("{code}/choose", m.ChooseBenefit, _("本人选定这一项"), always(NOTE)), to_choose=True),
    Offered(_step("{code}/approve", m.ApproveBenefit, _("批准"), always(*SEEN, NOTE), _seen, template=SEES,
                  shows=_shows_claim, warns=_("由您负责。核查的人不能批。")), (APPROVING,)),
    Offered(_step("{code}/refuse", m.RefuseBenefit, _("不予批准"), always(WHY),
                  warns=_("随后由乡镇书面告知本人和申诉的办法。")), BEFORE),
    Offered(_step("{code}/return", m.ReturnBenefit, _("退回重新核查"), always(WHY)), (APPROVING,)),
    Offered(_step("{code}/withdraw", m.WithdrawBenefit, _("本人不要了"), always(WHY)), BEFORE),
    Offered(_step("{code}/tell", m.TellDecision, _("已告知本人"), always(
        _day("told_on", _("哪天告知的")),
        Field("how", _("怎样送达"), Kind.CHOICE, required=True, options=HOW_TOLD), NOTE), _told,
        warns=_("申诉的期限从这天起算。")), (TELLING,)),
    Offered(_step("{code}/change", m.ConfirmChange, _("确认变更或停发"), _change, _changed, template=SEES,
                  shows=_shows_held, warns=_("由您负责。不成立的不要确认，用“照旧发放”。")), (Stages.CHANGING,)),
    Offered(_step("{code}/keep", m.KeepBenefit, _("照旧发放"), always(WHY)), (Stages.CHANGING,)),
    Offered(_step("{code}/review", m.ReviewBenefit, _("复核过了"), always(NOTE), template=SEES, shows=_shows_held),
            (Stages.REVIEWING,)),
    Offered(_step("{code}/stop", m.StopBenefit, _("停发"), always(
        Field("why", _("因为什么"), Kind.CHOICE, required=True, options=WHY_ENDS),
        _day("on", _("那件事发生在哪天")),
        Field("month", _("发到哪个月（含）"), Kind.MONTH, help=_("规定没有写的才须写明")), WHY), _stopped,
        template=SEES, shows=_shows_held), of_what_runs=True),
    Offered(_step("{code}/redeem", m.RedeemCoupon, _("登记服务券的使用"), _bill, _used), of_what_runs=True,
            only=BenefitKind.COUPON),
    Offered(_step("{code}/take-back", m.TakeBackRedemption, _("撤销一张账单"), always(
        Field("bill", _("账单（发票）号码"), required=True), WHY), _taken_back,
        warns=_("那个月的额度随之还原，别的账单照原来抵扣的不变。")), of_what_runs=True, only=BenefitKind.COUPON),
)  # fmt: skip
STEPS: tuple[Step, ...] = (REQUEST, *(one.step for one in OFFERED))


def offered(
    ask: Ask, elder_id: str, code: str, claim: Mapping[str, Any] | None, held: Mapping[str, Any] | None
) -> list[tuple[str, str]]:
    """What may be done now with a benefit by whoever looks: the step's path and title."""
    may = (one.step for one in OFFERED if one.to(claim, held) and ask.may_here(one.step.action))
    return [(step.path.replace("{elder_id}", elder_id).replace("{code}", code), step.title) for step in may]
