"""Plays the stories and keeps their histories: `python -m tests.replay.make_golden [name …]`.

Only for a new story. A kept history is never made again: it is what a county's cases look like that began under the
code of that day, and today's code must still replay it.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from tests.replay.stories import STORIES
from tests.stories.world import county

FOLDER = Path(__file__).resolve().parent / "histories"
KEYRING = FOLDER / "keyring.json"  # a key for these histories alone; it seals nothing else


async def make(name: str) -> None:
    with tempfile.TemporaryDirectory() as data:
        shutil.copy(KEYRING, Path(data) / "county.key")
        async with county(Path(data)) as world:
            for workflow_id in await STORIES[name](world):
                history = await world.client.get_workflow_handle(workflow_id).fetch_history()
                file = FOLDER / f"{name}--{workflow_id.replace('/', '+')}.json"
                if file.exists():
                    raise SystemExit(f"{file.name} is kept already: a changed story needs a new name")
                file.write_text(history.to_json(), encoding="utf-8")
                sys.stdout.write(f"{file.name}: {len(history.events)} events\n")


if __name__ == "__main__":
    for wanted in sys.argv[1:] or STORIES:
        asyncio.run(make(wanted))
