"""Every id of the system, built and parsed in one place. All are opaque: no name, phone or ID number is in any."""

from __future__ import annotations

CASE = "case"
ESCALATION = "escalation"
ASSESSMENT = "assessment"
BENEFIT = "benefit"
DIGEST = "digest"
ROSTER_IMPORT = "roster-import"
COUNTY = "county"

OF_ELDERS = (CASE, ESCALATION, ASSESSMENT, BENEFIT)
"""The kinds of streams that are about one elder."""

STREAMS = (*OF_ELDERS, COUNTY)
"""All kinds of streams; each is the id of the workflow that writes it."""


def case_stream(elder_id: str) -> str:
    """Workflow id and ledger stream of an elder's case."""
    return f"{CASE}/{elder_id}"


def escalation_stream(elder_id: str, cause_id: str) -> str:
    """Workflow id and ledger stream of one escalation. It is also the escalation's id."""
    return f"{ESCALATION}/{elder_id}/{cause_id}"


def assessment_stream(elder_id: str) -> str:
    """Workflow id and ledger stream of all assessments of one elder: decision 0010."""
    return f"{ASSESSMENT}/{elder_id}"


def benefit_stream(elder_id: str) -> str:
    """Workflow id and ledger stream of all benefits of one elder: decision 0011."""
    return f"{BENEFIT}/{elder_id}"


def county_stream(county_id: str) -> str:
    """Workflow id and ledger stream of a county's months: the one kind of stream that is about no elder."""
    return f"{COUNTY}/{county_id}"


def own_streams(elder_id: str) -> tuple[str, ...]:
    """The streams that an elder has one each of: all but those of escalations."""
    return case_stream(elder_id), assessment_stream(elder_id), benefit_stream(elder_id)


def digest_workflow(digest_id: str) -> str:
    return f"{DIGEST}/{digest_id}"


def digest_of(workflow_id: str) -> str | None:
    """The digest a workflow sends; None: it is another kind of workflow."""
    kind, _, rest = workflow_id.partition("/")
    return rest if kind == DIGEST else None


def roster_import_workflow(sha256: str) -> str:
    return f"{ROSTER_IMPORT}/{sha256}"


def county_area(code: str) -> str:
    """The area of a county, whose code is also its pack's name."""
    return f"{COUNTY}-{code}"


def county_code(area_id: str) -> str:
    return area_id.removeprefix(f"{COUNTY}-")


def elder_of(stream: str) -> str:
    """The elder a stream of the ledger is about. Raises ValueError for any other id."""
    room, _, rest = stream.partition("/")
    if room not in OF_ELDERS or not rest:
        raise ValueError(f"{stream!r} is no stream about an elder")
    return rest.split("/")[0]


def county_of(stream: str) -> str:
    """The county whose months a stream is. Raises ValueError for any other id."""
    room, _, rest = stream.partition("/")
    if room != COUNTY or not rest:
        raise ValueError(f"{stream!r} is no stream of a county")
    return rest


def kind_of(stream: str) -> str:
    return stream.partition("/")[0]


def scheduled_visit(elder_id: str, period_id: str) -> str:
    return f"{elder_id}.{period_id}"


def ad_hoc_visit(elder_id: str, period_id: str, n: int) -> str:
    return f"{elder_id}.{period_id}.x{n}"


def event_key(message_key: str, index: int) -> str:
    """Key of the index-th event a message caused: unique in its stream, and the message can be read back from it."""
    return message_key if index == 0 else f"{message_key}+{index}"


def message_key(event_key_: str) -> str:
    head, plus, tail = event_key_.rpartition("+")
    return head if plus and tail.isdigit() else event_key_


def letter_of_event(stream: str, seq: int, index: int) -> str:
    """Letter id: it is also the update id under which another workflow receives it."""
    return f"{stream}#{seq}.{index}"


def letter_of_inbound(provider_message_id: str, task: str) -> str:
    """`task` is the visit the answer is about, so one text with three answers is three updates."""
    return f"sms-{provider_message_id}-{task}"


def letter_of_answer(provider_message_id: str, template: str) -> str:
    """What the sender of a text is told, by no case."""
    return f"sms-{provider_message_id}-say-{template}"


def text_answered(letter_id: str) -> str | None:
    """The text that a letter answers, where it is such an answer."""
    head, answers, _ = letter_id.rpartition("-say-")
    return head.removeprefix("sms-") if answers and head.startswith("sms-") else None


def is_step(letter_id: str) -> bool:
    """Whether a letter is a step that staff handed in at the counter, singly or from a sheet of paper forms."""
    return letter_id.startswith(("step-", "form-"))


def outcome_of_step(step_id: str) -> str:
    """The line in the log of commands that says what came of a step which was answered `later`."""
    return f"{step_id}.outcome"


def step_of(command_id: str) -> str:
    """The step a line in the log of commands is about: it is the message's key."""
    return command_id.removesuffix(".outcome")


def letter_of_question(note_id: str, task_id: str) -> str:
    """The work item that follows from a question back: `note_id` is the text that was asked about."""
    return f"unclear-{note_id}-{task_id}"
