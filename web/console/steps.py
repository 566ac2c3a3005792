"""Steps: a form, the message it becomes, and what its workflow said. One engine for all of them.

A step is a row: its permission, its fields, and how these become a message. What the workflow would refuse is refused
in its own words, beside what was typed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from pydantic import ValidationError
from starlette.responses import Response

from models.errors import REFUSAL_WORDS, UNFIT_WORDS, Refusal, Unfit
from models.letters import AnyMessage
from models.messages import Reply
from models.values import Actor, Channel
from post.counter import NotFit
from post.desk import LATER, Refused, Unknown
from post.ports import Keep
from web.console.ask import Ask
from web.console.fields import Field, Filled, asked_of, blank, read
from web.console.need import About, Need
from web.console.router import Console
from web.language import _
from web.openapi import Takes

SAID_LATER = _("已收下，流程引擎暂时没有应答，稍后自动办理；办不成会列入待办")
NOT_AS_ASKED = _("这样写不行，请改一下")
WRONG = _("这一步还缺一项，或有一项不合规定")


class Handed(NamedTuple):
    """What a filled form becomes. `named`: the persons it names, each with why they cannot be the one.

    `visitor`: on whose behalf it is entered, where that is somebody else. `keep`: what is to be kept with its letter,
    which stands whatever the workflow answers. `by`: of a step about no elder, as whom they act where it leads.
    """

    stream: str
    kind: type[AnyMessage]
    values: Mapping[str, Any]
    note: str | None = None
    channel: Channel = Channel.CONSOLE
    visitor: str | None = None
    named: Mapping[str, Unfit | None] = {}
    keep: Keep | None = None
    by: Actor | None = None


class Wrong(Exception):
    """A field is not as this step asks. `says` is shown beside it."""

    def __init__(self, field: str, says: str) -> None:
        super().__init__(f"{field} {says}")
        self.field = field
        self.says = says


Path = Mapping[str, str]
Fields = Callable[[Ask, Path], Sequence[Field]]


class Step(NamedTuple):
    """`about`: what the path names; of an elder it begins with `/elders/{elder_id}/`, and `back` is called by their
    name, else as `named` says. `fields` may depend on what the page finds (who may be named).

    `handed` raises Wrong. `back`: the page to go to when it is done. `shows`: what else the form's page is given, for a
    template of its own. Any of these raises Refused where there is nothing to do.
    `done` does what a message to one stream cannot, and answers as `_hand_in`. `query`, `rows`: as of `Takes`; `along`:
    of the query what the page to go back to is told too.
    """

    path: str
    action: str
    title: str
    fields: Fields
    handed: Callable[[Ask, Path, dict[str, Any]], Handed] | None
    back: Callable[[Path], str]
    template: str = "step.html"
    shows: Callable[[Ask, Path], Mapping[str, Any]] = lambda _ask, _path: {}
    warns: str = ""
    about: About = About.ELDER
    done: Callable[[Ask, Path, dict[str, Any]], Awaitable[str | None]] | None = None
    named: Callable[[Ask, Path], str] | None = None
    query: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    along: tuple[str, ...] = ()


def add(console: Console, step: Step) -> None:
    """The form at its path, and the same path for what was typed into it."""
    need = Need(step.action, step.about, reason=step.about is About.ELDER)

    def form(ask: Ask, **path: str) -> Response:
        try:
            return _shown(ask, step, path, blank(step.fields(ask, path), ask.request.query_params), None, 200)
        except Refused as refused:
            return not_now(ask, step.title, refused.refusal, _back(ask, step, path))

    async def done(ask: Ask, **path: str) -> Response:
        again = await sent_before(ask)
        if again is not None:
            return ask.go(_back(ask, step, path, done=again))
        try:
            return await taken(ask, path)
        except Refused as refused:
            return not_now(ask, step.title, refused.refusal, _back(ask, step, path))

    async def taken(ask: Ask, path: Path) -> Response:
        filled = await asyncio.to_thread(lambda: read(step.fields(ask, path), ask.form))
        said = None if filled.wrong else await _hand_in(ask, step, path, filled)
        if said is None and not filled.wrong:
            return ask.go(_back(ask, step, path, done="recorded"))
        if said == SAID_LATER:
            return ask.go(_back(ask, step, path, done="later"))
        return await asyncio.to_thread(_shown, ask, step, path, filled, said, 422)

    fields = asked_of(step.fields)
    given = tuple(one.name if isinstance(one, Field) else one for one in fields)
    console.get(step.path, need, Takes(tuple(dict.fromkeys((*given, *step.query)))))(form)
    console.post(step.path, need, Takes(step.query, (*fields, "key"), step.rows))(done)


def _back(ask: Ask, step: Step, path: Path, **more: str) -> str:
    asked = ask.request.query_params
    said = {name: asked[name] for name in step.along if asked.get(name)} | more
    return f"{step.back(path)}?{urlencode(said)}" if said else step.back(path)


def _shown(ask: Ask, step: Step, path: Path, filled: Filled, said: str | None, status: int) -> Response:
    elder = None
    if step.about is About.ELDER:
        ask.seen("case_show", path["elder_id"])
        elder = ask.doors.people.elder(path["elder_id"])
    elif step.about is not About.NOTHING:
        ask.seen(step.action, path[step.about.value])
    crumb = step.named(ask, path) if step.named else elder.name if elder else ""
    return ask.page(
        step.template, status, step=step, fields=step.fields(ask, path), filled=filled, said=said, elder=elder,
        crumb=crumb, back=_back(ask, step, path), key=ask.new_key(ask.request.url.path), **step.shows(ask, path),
    )  # fmt: skip


def not_now(ask: Ask, title: str, refusal: Refusal, back: str) -> Response:
    """What is asked for is not to be had as things stand: why, and the way back."""
    return ask.page("not_now.html", 409, title=title, said=REFUSAL_WORDS[refusal], back=back)


def _head(ask: Ask, step: Step, path: Path, handed: Handed) -> dict[str, Any]:
    """Of a step about an elder checked once more against where they live now; else as the page was permitted."""
    counter, key = ask.doors.counter, ask.key(ask.request.url.path)
    if step.about is About.ELDER:
        return counter.head(
            ask.staff_id, step.action, path["elder_id"], handed.note, handed.channel, handed.visitor, handed.named, key
        )
    for person_id, unfit in handed.named.items():
        if unfit is not None:
            raise NotFit(person_id, unfit)
    return counter.begun(handed.by or ask.actor, handed.note, handed.channel, key)


async def _hand_in(ask: Ask, step: Step, path: Path, filled: Filled) -> str | None:
    """None: recorded. Else the sentence to show; what is wrong with a field is put beside it."""
    counter = ask.doors.counter
    try:
        if step.done is not None:
            return await step.done(ask, path, filled.values)
        assert step.handed is not None, f"{step.path} does nothing"
        handed = await asyncio.to_thread(step.handed, ask, path, filled.values)
        head = await asyncio.to_thread(_head, ask, step, path, handed)
        if handed.keep is not None:  # it is kept, whatever is answered: no step that has yet to be taken
            head["key"] = f"kept-{head['key']}"
        message = handed.kind.model_validate({**head, **handed.values})
        elder_id = path["elder_id"] if step.about is About.ELDER else None
        reply = await counter.desk.hand_in(handed.stream, elder_id, message, handed.keep)
    except Wrong as wrong:
        filled.wrong[wrong.field] = wrong.says
        return WRONG
    except NotFit as wrong:
        name = await asyncio.to_thread(_called, ask, wrong.person_id)
        return f"{name}：{ask.say(UNFIT_WORDS[wrong.unfit])}"
    except Refused as refused:
        return REFUSAL_WORDS[refused.refusal]
    except Unknown as unknown:
        return f"{ask.say(_('没有'))} {unknown.id}"
    except ValidationError as error:
        for one in error.errors():
            said = one["msg"].removeprefix("Value error, ")
            filled.wrong[str(one["loc"][0] if one["loc"] else "")] = NOT_AS_ASKED if said.isascii() else said
        return WRONG
    return None if handed.keep is not None and reply.refusal != LATER else told(ask, reply)


def _called(ask: Ask, person_id: str) -> str:
    person = ask.doors.people.names([person_id]).get(person_id)
    return person.name if person else person_id


async def sent_before(ask: Ask) -> str | None:
    """What was said of this very form when it came first: `recorded` or `later`. None: it has not, or was refused."""
    key = ask.key(ask.request.url.path)
    reply = await asyncio.to_thread(ask.doors.counter.answered, key) if key else None
    if reply is None or not (reply.accepted or reply.refusal == LATER):
        return None
    return "recorded" if reply.accepted else "later"


def told(ask: Ask, reply: Reply) -> str | None:
    """What a workflow answered. None: recorded."""
    if reply.accepted:
        return None
    if reply.refusal == LATER:
        return SAID_LATER
    words = ask.say(REFUSAL_WORDS[Refusal(reply.refusal)])
    return f"{words}（{reply.about_on}）" if reply.about_on else words
