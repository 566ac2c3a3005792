"""`starter.py fact state|list|take-back`: what staff state of an elder for their benefits, with source and day."""

from __future__ import annotations

import json
import uuid
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal, get_args

import typer

from adapters.sql_facts import Kept, SqlFacts
from commands.acting import As, Counter, Ends, Json, NoteText, past_day, run, show
from decisions.benefit_wording import SOURCES, value
from decisions.deadlines import civil_day
from decisions.fact_sheet import Stated, last_stated
from models.claim_messages import FactsChanged
from models.claims import FactSource, Heard
from models.errors import REFUSAL_WORDS, Refusal
from models.facts import FACTS, HELD_ELSEWHERE, FactType, FactValue
from models.ids import benefit_stream, county_code
from models.messages import Reply
from models.values import Channel
from post.desk import LATER

app = typer.Typer(help="查实的情况：经济状况、残疾、居住等，待遇据以核定", no_args_is_help=True)

Code = Literal[
    "economic", "self_care", "support", "disability_kind", "disability_grade", "insurance_level", "registered", "rural",
    "lives_here", "living", "family_planning", "held", "bedridden", "bedridden_since",
]  # fmt: skip
"""What staff can state: all but what the register has, what an assessment finds, and what is reckoned for a month."""
Source = Literal["certificate", "department", "visit", "statement"]
"""What a person can say it is by: that the register or an assessment says it, those say themselves."""

YES_NO = {"是": True, "否": False}
NONE_HELD = "无"
COLUMNS = {
    "fact": "情况", "said": "是什么", "source_name": "依据", "on": "哪天起", "holds": "现在算数", "stated_by": "登记人",
    "stated_at": "登记时间",
}  # fmt: skip


def _typed(code: str) -> str:
    """How a value of the fact is typed."""
    fact = FACTS[code]
    match fact.type:
        case FactType.YES_NO:
            return "是|否"
        case FactType.NUMBER:
            return f"{fact.least}–{fact.most}"
        case FactType.DAY:
            return "日期"
        case FactType.CODES:
            elsewhere = "、 ".join(f"{code} {name}" for code, name in HELD_ELSEWHERE.items())
            return f"{NONE_HELD}，或用逗号隔开的代号（{elsewhere}；本县待遇的代号）"
        case _:
            return " | ".join(fact.options)


Fact = Annotated[
    Code, typer.Argument(help="； ".join(f"{code} {FACTS[code].name}" for code in get_args(Code)), show_choices=False)
]
SAID = "； ".join(f"{code} {_typed(code)}" for code in get_args(Code))
ElderId = Annotated[str, typer.Argument(help="老人编号")]


# --- stating ---------------------------------------------------------------------------------------------------------


@app.command()
def state(
    elder: ElderId, fact: Fact, said: Annotated[str, typer.Argument(metavar="VALUE", help=SAID)], staff: As,
    source: Annotated[
        Source, typer.Option(help="依据：" + "；".join(f"{one} {SOURCES[one]}" for one in get_args(Source)))
    ],
    on: Annotated[str, typer.Option(help="哪天起是这样，不晚于今天")],
    document: Annotated[str | None, typer.Option(help="证件名称和号码（存入登记簿，不进流程）")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """登记查实的一项情况，老人的待遇随即重新核算。

    同一情况以哪天起最晚的为准，同一天的以后登记的为准。年龄、能力等级不用登记。
    """
    on_day = past_day(on)

    async def life(counter: Counter) -> tuple[str, Reply]:
        head = counter.head(staff, "state_fact", elder, None, Channel.CONSOLE)
        stated = Stated(fact, _read(counter, elder, fact, said), FactSource(source), on_day)
        return await _keep(counter, elder, head, stated, document)

    _tell(*run(life, as_json=as_json), done="情况已登记", as_json=as_json)


@app.command("take-back")
def take_back(
    elder: ElderId, fact: Fact, staff: As,
    on: Annotated[str | None, typer.Option(help="从哪天起不作数，默认登记的那天起")] = None,
    note: NoteText = None, as_json: Json = False,
) -> None:  # fmt: skip
    """收回登记的一项情况：从那天起算作不知道，不算“否”。登记过的仍看得到。

    登记簿里更早的同一情况也不再算数；查实了就再登记一次。
    """
    on_day = past_day(on) if on else None

    async def life(counter: Counter) -> tuple[str, Reply]:
        head = counter.head(staff, "state_fact", elder, None, Channel.CONSOLE)
        held = _facts(counter).holding(elder, on_day or civil_day(counter.house.now())).get(fact)
        if held is None or held.value is None:
            raise typer.BadParameter(f"老人 {elder} 没有登记过{FACTS[fact].name}，或已经收回")
        stated = Stated(fact, None, held.source, on_day or held.on)
        return await _keep(counter, elder, head, stated, note)

    _tell(*run(life, as_json=as_json), done="已收回", as_json=as_json)


async def _keep(
    counter: Counter, elder: str, head: dict[str, Any], stated: Stated, words: str | None
) -> tuple[str, Reply]:
    """The statement's id, and what the benefits answered. The paper, or why, is sealed before, as notes are."""
    note = counter.keep_note(words) if words else None
    message = FactsChanged.model_validate({**head, "key": f"fact-{uuid.uuid4().hex}", "heard": Heard.FACT})
    keep = partial(_facts(counter).keep, stated, note.id if note else None)
    return message.key, await counter.desk.hand_in(benefit_stream(elder), elder, message, keep)


def _read(counter: Counter, elder: str, code: str, said: str) -> FactValue:
    """As it is typed. Raises typer.BadParameter with how it is to be typed, before anything is written."""
    fact = FACTS[code]
    match fact.type:
        case FactType.YES_NO if said in YES_NO:
            return YES_NO[said]
        case FactType.NUMBER if said.isascii() and said.isdigit() and fact.least <= int(said) <= fact.most:
            return int(said)
        case FactType.DAY:
            return past_day(said)
        case FactType.CODES:
            held = () if said == NONE_HELD else tuple(dict.fromkeys(said.replace("，", ",").split(",")))
            strange = set(held) - {*HELD_ELSEWHERE, *_benefits(counter, elder)}
            if not strange:
                return held
        case FactType.ORDERED | FactType.CHOICE if said in fact.options:
            return said
        case _:
            pass
    raise typer.BadParameter(f"{fact.name}不能写 {said!r}，应写：{_typed(code)}")


def _benefits(counter: Counter, elder: str) -> list[str]:
    """The codes of the county's own."""
    place = counter.house.desk_store.territory_of(elder)
    county = county_code(place.county_id) if place else counter.house.settings.county
    return [benefit.code for benefit in counter.house.pack_of(county).file.benefits]


def _tell(id_: str, reply: Reply, *, done: str, as_json: bool) -> None:
    """The fact is kept whatever its benefits answered; exit code 3 where they are yet to answer."""
    later, refused = reply.refusal == LATER, not reply.accepted and reply.refusal != LATER
    said = f"{done}；待遇稍后自动重新核算" if later else f"{done}，待遇已重新核算"
    if refused:
        said = f"{done}；待遇没有重新核算：{REFUSAL_WORDS[Refusal(reply.refusal)]}"
    told = {"fact": id_, "said": said, "benefits": reply.model_dump(mode="json")}
    typer.echo(json.dumps(told, ensure_ascii=False) if as_json else said)
    if later:
        raise typer.Exit(Ends.LATER)


# --- reading ---------------------------------------------------------------------------------------------------------


@app.command("list")
def list_(elder: ElderId, staff: As, as_json: Json = False) -> None:
    """一位老人登记过的情况：依据、哪天起、谁登记的、现在哪条算数。"""

    async def life(counter: Counter) -> list[dict[str, Any]]:
        counter.seen(counter.desk.actor(staff, "benefit_show", elder), "fact_list", elder)
        kept = _facts(counter).of(elder)
        last = _last(kept, civil_day(counter.house.now()))
        return [
            _row(one, holds=last.get(one.stated.code) is one.stated and one.stated.value is not None) for one in kept
        ]

    rows = run(life, as_json=as_json)
    if not as_json:
        rows = [row | {"holds": "是" if row["holds"] else ""} for row in rows]
    show(rows, COLUMNS, as_json=as_json, title="登记的情况")


def _row(kept: Kept, *, holds: bool) -> dict[str, Any]:
    stated = kept.stated
    said = "收回" if stated.value is None else value(stated.code, stated.value)
    return {
        "id": kept.id, "code": stated.code, "fact": FACTS[stated.code].name, "value": stated.value, "said": said,
        "taken_back": stated.value is None, "source": stated.source.value, "source_name": SOURCES[stated.source],
        "on": stated.on, "holds": holds, "document_note_id": kept.document_note_id, "stated_by": kept.stated_by,
        "stated_at": kept.stated_at,
    }  # fmt: skip


def _last(kept: list[Kept], on: date) -> dict[str, Stated]:
    return last_stated([one.stated for one in kept], on)


def _facts(counter: Counter) -> SqlFacts:
    return SqlFacts(counter.house.engine, counter.house.sealer)
