"""The only time-outs, retry policies and queues. Nothing else in `workflows/` holds a number."""

from __future__ import annotations

from datetime import timedelta

from temporalio.common import RetryPolicy

CASES = "cases"  # task queue of all workflows and their ordinary activities
LEDGER = "ledger"  # task queue of store calls that wait for a store that is away

# A store call runs as a local activity for at most 5 s (2 tries), then as a normal activity without limit.
STORE_LOCAL_START_TO_CLOSE = timedelta(seconds=4)
STORE_LOCAL_TOTAL = timedelta(seconds=5)
STORE_LOCAL_RETRY = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=2)
STORE_WAITING_START_TO_CLOSE = timedelta(seconds=10)
STORE_WAITING_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=1.5, maximum_interval=timedelta(seconds=10)
)

# One that reads a whole county (a month closed, a list drawn) is no local call: 20,000 elders take seconds.
STORE_WORK_START_TO_CLOSE = timedelta(minutes=5)

# A store call that failed with an error that calls itself final is asked again after this.
STORE_FINAL_WAIT = timedelta(seconds=10)

# A reply received in time is still on its way: decide again after this, or when it arrives.
UNHEARD_WAIT = timedelta(seconds=5)

# One run, one volume: a case continues as new at the first period end after this.
VOLUME = timedelta(days=365)

# Sending one text.
SEND_START_TO_CLOSE = timedelta(seconds=20)
SEND_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=2), backoff_coefficient=2, maximum_interval=timedelta(minutes=5)
)
RECEIPT_WAIT = timedelta(hours=24)
UNKNOWN_WAIT = timedelta(minutes=2)  # for the receipt of a send nobody heard the end of, before it is looked up

# Importing one file, in chunks of one transaction each.
ROSTER_CHUNK_ROWS = 500
ROSTER_START_TO_CLOSE = timedelta(minutes=2)
ROSTER_HEARTBEAT = timedelta(seconds=20)
ROSTER_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
