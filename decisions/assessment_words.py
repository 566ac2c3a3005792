"""Closed lists of the assessment sheet and its rounds as people read them: command, pages and paper say the same."""

from __future__ import annotations

from collections.abc import Mapping

from models.assessment import ConsentBy, ConsentHow, PlaceKind, Relation, Stage

PLACES: Mapping[PlaceKind, str] = {
    PlaceKind.HOME: "家中", PlaceKind.INSTITUTION: "养老机构", PlaceKind.HOSPITAL: "医疗机构",
    PlaceKind.COMMUNITY: "社区场所", PlaceKind.OTHER: "其他",
}  # fmt: skip
RELATIONS: Mapping[Relation, str] = {
    Relation.SELF: "本人", Relation.SPOUSE: "配偶", Relation.CHILD: "子女", Relation.OTHER_KIN: "其他亲属",
    Relation.PAID_CARER: "雇佣照顾者", Relation.VILLAGE: "村（居）民委员会工作人员", Relation.OTHER: "其他",
}  # fmt: skip
CONSENTS: Mapping[ConsentBy, str] = {ConsentBy.ELDER: "本人", ConsentBy.GUARDIAN: "监护人"}
HOW: Mapping[ConsentHow, str] = {
    ConsentHow.SIGNED: "签字", ConsentHow.FINGERPRINT: "按手印", ConsentHow.SPOKEN: "口头，有录音",
}  # fmt: skip
STAGES: Mapping[Stage, str] = {
    Stage.NAMING: "待指派评估员", Stage.ASSESSING: "待评估", Stage.SIGNING: "待第二名评估员核对",
    Stage.SETTLING: "待两人定下有争议的项", Stage.CONFIRMING: "待工作人员确认", Stage.RESTING: "没有在办的评估",
}  # fmt: skip
