"""A parent that will be killed: `python -m tests.faults.doomed FOLDER` starts what a demo starts, says their ids."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters import database
from demo import run as demo
from demo.processes import Processes
from wiring import House


async def main(folder: Path) -> None:
    hour = timedelta(hours=1)
    processes = Processes(folder, demo.COUNTY, hour)
    house = House(processes.settings)
    database.migrate(house.settings.store_url)
    demo.found_county(house)
    try:
        await processes.start()
        processes.start_worker(datetime.now(UTC) + hour)
        ids = {"engine": processes.server.pid, "worker": processes.worker.pid, "web": processes.web.pid}
        sys.stdout.write(json.dumps(ids) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
    finally:
        processes.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
