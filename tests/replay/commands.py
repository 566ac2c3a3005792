"""The commands that today's code issues when a kept history is told to it again, one a line: its fingerprint.

A replay alone says that something does not fit. This says what: which call, which wait and how long, in which order.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, WorkflowInstance, WorkflowInstanceDetails

from adapters.codec import data_converter
from adapters.runner import ContextFree, ContextFreeRunner, runner
from adapters.sealing import Keyring, Sealer
from wiring import WORKFLOWS

HISTORIES = Path(__file__).resolve().parent / "histories"
FINGERPRINTS = Path(__file__).resolve().parent / "fingerprints"
KEYRING = HISTORIES / "keyring.json"  # a key for these histories alone; it seals nothing else

WHAT_TO_DO = """
Today's code issues other commands than the kept history {name} holds. Every running case would meet this change.

* A rule decides otherwise, looks up otherwise, or wakes at another time: give it an edition, so that running cases keep
  the old one until their next period (docs/runbook.md, "Changing a rule while cases run").
* A workflow makes other calls or waits, or in another order: put the new way behind workflow.patched, keep this history
  and its fingerprint, and add a story for the new way (tests/replay/stories.py, then tests/replay/make_golden.py).

Neither the history nor the fingerprint is written again. -: kept, +: today

"""

SAID: Mapping[str, Callable[[WorkflowCommand], str]] = {
    "start_timer": lambda c: f"wait {c.start_timer.start_to_fire_timeout.ToTimedelta()}",
    "cancel_timer": lambda _: "wait no more",
    "schedule_local_activity": lambda c: f"ask {c.schedule_local_activity.activity_type}",
    "schedule_activity": lambda c: f"ask {c.schedule_activity.activity_type} on {c.schedule_activity.task_queue}",
    "update_response": lambda c: f"update {c.update_response.WhichOneof('response')}",
    "set_patch_marker": lambda c: f"patch {c.set_patch_marker.patch_id}",
}


def said(command: WorkflowCommand) -> str:
    kind = command.WhichOneof("variant") or "nothing"
    return SAID[kind](command) if kind in SAID else kind.replace("_", " ")


class Noted(ContextFree):
    """A workflow instance whose commands are noted as it issues them."""

    def __init__(self, instance: WorkflowInstance, commands: list[str]) -> None:
        super().__init__(instance)
        self._commands = commands

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        completion = super().activate(act)
        self._commands += [said(command) for command in completion.successful.commands]
        return completion


@dataclass(frozen=True)
class NotingRunner(ContextFreeRunner):
    commands: list[str] = field(default_factory=list[str])

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return Noted(super().create_instance(det), self.commands)


def history_of(file: Path) -> WorkflowHistory:
    workflow_id = file.stem.partition("--")[2].replace("+", "/")
    return WorkflowHistory.from_json(workflow_id, file.read_text(encoding="utf-8"))


def replayer(noting: NotingRunner | None = None) -> Replayer:
    """As the worker runs it: the sandbox, strict, and the codec."""
    sealer = Sealer(Keyring.load(KEYRING))
    return Replayer(
        workflows=WORKFLOWS, workflow_runner=noting or runner(strict=True), data_converter=data_converter(sealer)
    )


async def commands_of(file: Path) -> list[str]:
    """What today's code does, told this history; up to where it does not fit, if it does not."""
    noting = NotingRunner(restrictions=runner(strict=True).restrictions)
    await replayer(noting).replay_workflow(history_of(file), raise_on_replay_failure=False)
    return noting.commands


def fingerprint_of(file: Path) -> Path:
    return FINGERPRINTS / f"{file.stem}.txt"


async def check_fingerprint(file: Path) -> None:
    """Raises AssertionError that names the commands that differ, and says what to do."""
    kept = fingerprint_of(file).read_text(encoding="utf-8").splitlines()
    today = await commands_of(file)
    if kept != today:
        differing = "\n".join(difflib.unified_diff(kept, today, "kept", "today", lineterm="", n=2))
        raise AssertionError(WHAT_TO_DO.format(name=file.stem) + differing)
