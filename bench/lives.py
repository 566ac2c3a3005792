"""How many history events an assessment and a benefit take, counted in the kept histories: `python -m bench.lives`.

Counted from the first event to the answer that records the decision; the month's list is the whole county's, one for
all its elders.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from temporalio.client import WorkflowHistory

from adapters.codec import data_converter
from adapters.sealing import Keyring, Sealer
from audit.histories import run_of
from audit.replay import replay

KEPT = Path(__file__).resolve().parent.parent / "tests" / "replay" / "histories"
LIVES = (
    ("assessment, from the request to the level (with a dispute)", "objected--assessment+E1", "LevelConfirmed"),
    ("benefit, from the request to the approval (with a notice)", "rolled_by_age--benefit+E1", "ClaimApproved"),
    ("the county's month, to the approval of its first list", "rolled_by_age--county+county-fengjie", "ListApproved"),
)  # fmt: skip


async def until(name: str, kind: str) -> tuple[int, int]:
    """History events until the first fact of this kind is recorded, and facts until then."""
    file = KEPT / f"{name}.json"
    history = WorkflowHistory.from_json(name.partition("--")[2].replace("+", "/"), file.read_text("utf-8"))
    run = run_of(history.workflow_id, "kept", history.events)
    (witness,) = await replay([run], data_converter(Sealer(Keyring.load(KEPT / "keyring.json"))))
    at = next(n for n, each in enumerate(witness.derived) if each.recorded.event.kind == kind)
    return witness.derived[at].event_id, at + 1


async def main() -> None:
    for said, name, kind in LIVES:
        events, facts = await until(name, kind)
        print(f"{said}: {events} history events, {facts} facts")


if __name__ == "__main__":
    asyncio.run(main())
