"""Plays the stories and keeps their histories and fingerprints: `python -m tests.replay.make_golden [name …]`.

Only for a new story. A kept history is never made again: it is what a county's cases look like that began under the
code of that day, and today's code must still replay it.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from tests.replay.commands import HISTORIES, KEYRING, commands_of, fingerprint_of
from tests.replay.stories import STORIES
from tests.stories.world import county


async def make(name: str) -> None:
    with tempfile.TemporaryDirectory() as data:
        shutil.copy(KEYRING, Path(data) / "county.key")
        async with county(Path(data)) as world:
            for workflow_id in await STORIES[name](world):
                history = await world.client.get_workflow_handle(workflow_id).fetch_history()
                file = HISTORIES / f"{name}--{workflow_id.replace('/', '+')}.json"
                if file.exists():
                    raise SystemExit(f"{file.name} is kept already: a changed story needs a new name")
                file.write_text(history.to_json(), encoding="utf-8")
                await keep_fingerprint(file)
                sys.stdout.write(f"{file.name}: {len(history.events)} events\n")


async def keep_fingerprint(file: Path) -> None:
    fingerprint_of(file).write_text("\n".join([*await commands_of(file), ""]), encoding="utf-8")


if __name__ == "__main__":
    for wanted in sys.argv[1:] or STORIES:
        asyncio.run(make(wanted))
