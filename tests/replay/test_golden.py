"""Histories of earlier days replay on today's code, and today's code does with them what that day's did.

When one of these fails, `tests.replay.commands.WHAT_TO_DO` says what to do. No kept file is ever written again.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory

from tests.decisions.second_edition import bring, change_without_an_edition
from tests.replay.commands import FINGERPRINTS, HISTORIES, check_fingerprint, fingerprint_of, history_of, replayer
from tests.replay.stories import STORIES

FILES = sorted(HISTORIES.glob("*--*.json"))
EACH = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
OF_THE_SECOND = (
    "objected",
    "paid_until_death",
    "rolled_by_age",
)  # began under edition 2, which the planted one is called too
EACH_OF_THE_FIRST = pytest.mark.parametrize(
    "file", [file for file in FILES if not file.stem.startswith(OF_THE_SECOND)], ids=lambda file: file.stem
)


def test_every_story_has_a_kept_history_and_every_history_a_fingerprint() -> None:
    assert {file.stem.partition("--")[0] for file in FILES} >= set(STORIES)
    assert sorted(FINGERPRINTS.iterdir()) == sorted(map(fingerprint_of, FILES))


@EACH
async def test_a_kept_history_replays(file: Path) -> None:
    await replayer().replay_workflow(history_of(file))


@EACH
async def test_today_s_code_issues_the_commands_of_the_kept_history(file: Path) -> None:
    await check_fingerprint(file)


@EACH
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


# --- a rule changes --------------------------------------------------------------------------------------------------


@EACH_OF_THE_FIRST
async def test_with_an_edition_of_its_own_a_changed_rule_leaves_what_is_kept_as_it_was(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(monkeypatch)
    await check_fingerprint(file)
    await replayer().replay_workflow(history_of(file))


@EACH_OF_THE_FIRST
async def test_without_one_the_commands_that_differ_are_named_and_what_to_do(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_without_an_edition(monkeypatch)
    with pytest.raises(AssertionError) as raised:
        await check_fingerprint(file)
    told = str(raised.value)
    assert file.stem in told and any(line.startswith("-wait") for line in told.splitlines())
    assert "give it an edition" in told and "workflow.patched" in told
