"""Ten thousand changed signatures of providers, and signatures on changed texts: none is taken.

Of sessions the ten thousand are in `tests/activities/test_accounts.py`, of links in `tests/pages/test_visit_links.py`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import select

from adapters.database import reading
from adapters.sms_sandbox import SIGNATURE_HEADER, sign
from models.tables import Inbound, table_of
from tests.pages.fuzz_town import ALIYUN_KEY, DOORS
from tests.pages.test_visit_links import mutations
from tests.pages.town import Town, founded
from tests.twilio_server import signature
from web.sms_webhook import ProviderDoor

MANY = 10_000
BASE = "http://console.test"
FORM = {"MessageSid": "SM1", "From": "+8619200000201", "Body": "521"}


class Knock(NamedTuple):
    url: str
    form: Mapping[str, str]
    headers: Mapping[str, str]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(founded(tmp_path).house.settings.data_dir, **DOORS)
    yield made
    made.house.engine.dispose()


def knocks(town: Town) -> dict[str, Knock]:
    """How each provider knocks, rightly."""
    sandbox, twilio = f"{BASE}/sms/sandbox/inbound", f"{BASE}/sms/twilio/inbound"
    return {
        "sandbox": Knock(
            sandbox, FORM, {SIGNATURE_HEADER: sign(town.house.providers.sandbox_secret, sandbox, FORM)}
        ),
        "twilio": Knock(twilio, FORM, signature(twilio, FORM)),
        "aliyun": Knock(f"{BASE}/sms/aliyun/{ALIYUN_KEY}/inbound", {}, {}),
    }  # fmt: skip


def changed(right: Knock, many: int) -> Iterator[Knock]:
    """With another signature; and with the right one, on another text or address."""
    if not right.headers:
        keys = (key for key in mutations(ALIYUN_KEY, many + 500) if "/" not in key)  # which is another path
        yield from (right._replace(url=right.url.replace(ALIYUN_KEY, key)) for _, key in zip(range(many), keys))  # noqa: B905
        return
    [(name, said)] = right.headers.items()
    for wrong in mutations(said, many - 2 * (many // 4)):
        yield right._replace(headers={name: wrong})
    dice = random.Random(2)
    for path in mutations(right.url.removeprefix(BASE), many // 4):  # the rest of an address is our own
        yield right._replace(url=BASE + path)
    for words in mutations("521 hello", many // 4):
        field = dice.choice([*FORM])
        yield right._replace(form=FORM | {field: words})


def test_of_ten_thousand_changed_signatures_none_is_taken(town: Town) -> None:
    doors = {door.name: door for door in town.house.providers.doors()}
    tried, taken = 0, list[Knock]()
    for name, right in knocks(town).items():
        door: ProviderDoor = doors.pop(name)
        assert door.signed(*right)
        for knock in changed(right, MANY // 3 + 1):
            tried += 1
            taken += [knock] if door.signed(*knock) else []
    assert taken == [] and tried >= MANY and not doors


async def test_what_is_not_signed_leaves_nothing_behind(town: Town) -> None:
    for name, right in knocks(town).items():
        path = right.url.removeprefix(BASE)
        for wrong in [*changed(right, 12)][:9]:
            if wrong.url == right.url or name == "aliyun":
                answer = await town.as_(None).post(wrong.url.removeprefix(BASE), wrong.form, **wrong.headers)
                assert answer.status_code in (403, 404), path
    with reading(town.house.engine) as connection:
        assert connection.execute(select(table_of(Inbound))).all() == []
