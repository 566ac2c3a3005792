"""Benefits and payment lists in the town: facts recorded in a real ledger, lists drawn by the county's own SQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import event, insert, update

from adapters.database import writing
from models.claim_messages import PostNotice
from models.county_messages import CountyQuestion
from models.events import Event, Recorded
from models.payments import Drawn
from models.tables import EntitlementRow, Note, PayListRow, PolicyVersion, table_of
from tests.activities.ledgers import Writer
from tests.decisions.claim_player import CARE, NOTE, SEVERE, ClaimPlayer
from tests.decisions.receipt_town import EXAMPLE, of_claims
from tests.decisions.test_claims import SEVEN_DAYS
from tests.pages.town import COUNTY, LIVES, NOW, SINCE, Town

MARCH = date(2026, 3, 1)
HOME = {"county_id": COUNTY, "township_id": "T1", "village_id": "W1"}


def posting(*, up: bool = False) -> ClaimPlayer:
    """A claim whose notice is to be put up, or hangs."""
    play = ClaimPlayer(economic="其他", gb_level="轻度失能", gb_score=67)
    play.notice = SEVEN_DAYS
    play.checked(SEVERE)
    if up:
        play.tell(PostNotice, code=SEVERE, posted_on=play.today, proof=NOTE)
    return play


def approving() -> ClaimPlayer:
    play = ClaimPlayer()
    play.checked(CARE)
    return play


def records(town: Town, facts: tuple[Recorded, ...]) -> None:
    """Of E1, under the example's pack, which is kept."""
    with writing(town.house.engine) as c:
        kept = {"hash": EXAMPLE.hash, "county": "example-cq", "version": EXAMPLE.version, "content": EXAMPLE.content}
        c.execute(insert(table_of(PolicyVersion)).values(**kept, active_from=SINCE, activated_by="test", at=NOW))
        sealed = town.house.sealer.seal("理由")
        c.execute(insert(table_of(Note)).values(id=NOTE.id, sha256=NOTE.sha256, text_enc=sealed, written_at=NOW))
    writer = Writer(stream=facts[0].stream)
    for n, fact in enumerate(facts):
        request = writer.request(f"k-{n}", [_at_home(fact.event)], fact.at)
        assert town.house.ledger.record(request).status == "appended"
        writer.stands_at(request)


def plays(town: Town, play: ClaimPlayer) -> None:
    records(town, of_claims(play))


def _at_home(fact: Event) -> Event:
    return fact.model_copy(update={name: id_ for name, id_ in HOME.items() if name in type(fact).model_fields})


def gives(town: Town, elder: str, **more: Any) -> None:
    village, township, _county = LIVES[elder]
    given = {
        "elder_id": elder, "code": CARE, "n": 1, "from_month": MARCH, "township_id": township, "village_id": village,
        "kind": "nursing", "row": "class_1", "fen": 20000, "policy_version": "1", "policy_hash": EXAMPLE.hash,
        "approved_by": "S-9", "approved_at": NOW, "review_on": date(2027, 3, 2),
    }  # fmt: skip
    with writing(town.house.engine) as c:
        c.execute(insert(table_of(EntitlementRow)).values(**given | more))


def lists(town: Town, month: date, state: str, n: int = 1, county: str = COUNTY) -> Drawn:
    """The list of the month, drawn from what is known now."""
    drawn = town.house.county.brief(CountyQuestion(county_id=county, at=NOW, draw=month)).drawn
    assert drawn is not None
    with writing(town.house.engine) as c:
        c.execute(
            insert(table_of(PayListRow)).values(
                county_id=county, month=month, n=n, state=state, drawn_at=NOW, **drawn.model_dump()
            )
        )
    return drawn


def turn(town: Town, state: str) -> None:
    with writing(town.house.engine) as c:
        c.execute(update(table_of(PayListRow)).values(state=state, checked_by="S-county_officer"))


@contextmanager
def counted(town: Town) -> Iterator[list[str]]:
    """The statements that are run inside."""
    said: list[str] = []

    def hears(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.extend([] if statement == "BEGIN" else [statement])

    event.listen(town.house.engine, "before_cursor_execute", hears)
    try:
        yield said
    finally:
        event.remove(town.house.engine, "before_cursor_execute", hears)
