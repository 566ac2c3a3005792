"""Histories of earlier days replay on today's code, and today's stories still issue the same commands.

When `test_a_kept_history_replays` fails: the change alters the commands of running cases. Put it behind
`workflow.patched`, keep the old file, and add a new story for the new way.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from adapters.codec import data_converter
from adapters.sealing import Keyring, Sealer
from tests.replay.make_golden import FOLDER, KEYRING
from tests.replay.stories import STORIES
from wiring import WORKFLOWS, runner

FILES = sorted(FOLDER.glob("*--*.json"))


def history_of(file: Path) -> WorkflowHistory:
    workflow_id = file.stem.partition("--")[2].replace("+", "/")
    return WorkflowHistory.from_json(workflow_id, file.read_text(encoding="utf-8"))


def replayer() -> Replayer:
    """As the worker runs it: the sandbox, strict, and the codec."""
    sealer = Sealer(Keyring.load(KEYRING))
    return Replayer(workflows=WORKFLOWS, workflow_runner=runner(strict=True), data_converter=data_converter(sealer))


def test_every_story_has_a_kept_history() -> None:
    assert {file.stem.partition("--")[0] for file in FILES} >= set(STORIES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_kept_history_replays(file: Path) -> None:
    await replayer().replay_workflow(history_of(file))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_kept_history_with_one_step_taken_out_does_not_replay(file: Path) -> None:
    """The replay can fail: without one recorded marker the same code asks for something else."""
    kept = json.loads(history_of(file).to_json())
    markers = [n for n, event in enumerate(kept["events"]) if event["eventType"].endswith("MARKER_RECORDED")]
    del kept["events"][markers[len(markers) // 2]]
    for n, event in enumerate(kept["events"]):
        event["eventId"] = str(n + 1)
    broken = WorkflowHistory.from_json(history_of(file).workflow_id, kept)
    with pytest.raises(Exception, match=r"(?i)nondeterminis|replay|marker|machine"):
        await replayer().replay_workflow(broken)
