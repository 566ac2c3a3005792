"""Who may be named in a step about an elder: people of the place, by name."""

from __future__ import annotations

from collections.abc import Mapping

from decisions.closed_words import ROLES
from decisions.permits import CASEWORKERS
from models.values import Role
from projections import read_elder
from web.console.ask import Ask
from web.language import _


def volunteers(ask: Ask, elder_id: str) -> Mapping[str, str]:
    """Id → name, village and load, the elder's own village first."""
    at = ask.doors.places.territory_of(elder_id)
    if at is None or at.township_id is None:
        return {}
    with ask.doors.reading() as connection:
        rows = read_elder.volunteers_near(connection, at.township_id, at.village_id or "")
    people = ask.doors.people.names([row.id for row in rows])
    villages = ask.doors.people.areas({row.village_id for row in rows})
    held = ask.say(_("现有探访"))
    return {
        row.id: f"{people[row.id].name}（{villages.get(row.village_id, '')}，{held} {row.load}/{row.capacity}）"
        for row in rows
        if row.id in people
    }


def staff(ask: Ask, elder_id: str, roles: tuple[Role, ...] = CASEWORKERS) -> Mapping[str, str]:
    """Id → name and posts of those who answer for the place, from the village up."""
    at = ask.doors.places.territory_of(elder_id)
    if at is None:
        return {}
    areas = [area for area in (at.village_id, at.township_id, at.county_id) if area is not None]
    with ask.doors.reading() as connection:
        posts = read_elder.posts_over(connection, areas, roles)
    people = ask.doors.people.names({post.holder_id for post in posts})
    held: dict[str, list[str]] = {}
    for post in sorted(posts, key=lambda post: roles.index(Role(post.role))):
        held.setdefault(post.holder_id, []).append(ask.say(ROLES[Role(post.role)]))
    return {id_: f"{people[id_].name}（{'、'.join(roles)}）" for id_, roles in held.items() if id_ in people}


def visitors(ask: Ask, elder_id: str) -> Mapping[str, str]:
    """Whoever may have gone: whoever writes it down, then colleagues, then volunteers."""
    own = ask.doors.people.names([ask.staff_id])
    me = {ask.staff_id: f"{own[ask.staff_id].name}（{ask.say(_('我本人'))}）"} if ask.staff_id in own else {}
    colleagues = {id_: name for id_, name in staff(ask, elder_id).items() if id_ not in me}
    return me | colleagues | dict(volunteers(ask, elder_id))
