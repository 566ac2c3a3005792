"""When a text may go: slots, quiet hours, expiry, caps, for the ordinary and the urgent class (`docs/sms.md`, Sent)."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from decisions.deadlines import SHANGHAI, civil_day, instant
from models.letters import AT_ONCE, TextClass, TextLetter
from models.policy import TextRules


def goes_at(letter: TextLetter, created_at: datetime, rules: TextRules) -> datetime:
    """The first moment the letter may be sent: urgent at once, a confirmation after its burst, a task at the slot."""
    if letter.text_class in AT_ONCE:
        return created_at
    if in_burst(letter):
        return out_of_quiet(created_at + rules.burst, rules)
    if not letter.wait_for_slot or rules.slot is None:
        return out_of_quiet(created_at, rules)
    day = civil_day(created_at)
    slot = instant(day, rules.slot)
    if slot < created_at:
        slot = instant(day + timedelta(days=1), rules.slot)
    if letter.send_by is not None and slot > letter.send_by - rules.slot_lead:
        slot = max(created_at, letter.send_by - rules.slot_lead)
    return out_of_quiet(slot, rules)


def in_burst(letter: TextLetter) -> bool:
    """Whether it waits for what else comes within one burst, and goes with the first of it."""
    return letter.text_class is TextClass.ORDINARY and (letter.is_confirmation or letter.in_burst)


def out_of_quiet(at: datetime, rules: TextRules) -> datetime:
    """The same moment, or the end of the quiet hours it falls in."""
    if rules.quiet_from is None or rules.quiet_to is None:
        return at
    local = at.astimezone(SHANGHAI)
    hour = local.time()
    over_midnight = rules.quiet_from > rules.quiet_to
    if over_midnight and hour >= rules.quiet_from:
        return instant(local.date() + timedelta(days=1), rules.quiet_to)
    if hour < rules.quiet_to and (over_midnight or hour >= rules.quiet_from):
        return instant(local.date(), rules.quiet_to)
    return at


def expires_at(letter: TextLetter, created_at: datetime, rules: TextRules) -> datetime:
    """A reminder ends at its due time, the rest after the pack's expiry (24 h by default)."""
    return letter.send_by or goes_at(letter, created_at, rules) + rules.expiry


def over_cap(sent_today: int, identical_today: int, letter: TextLetter, rules: TextRules) -> bool:
    """Whether one more ordinary text is too many today; confirmations leave the last place to others."""
    if letter.text_class in AT_ONCE:
        return False
    room = rules.max_per_day - (1 if letter.is_confirmation else 0)
    return sent_today >= room or identical_today >= rules.max_identical


def next_day(at: datetime, rules: TextRules) -> datetime:
    """The next day's slot, or its morning."""
    return instant(civil_day(at) + timedelta(days=1), rules.slot or rules.quiet_to or time(8))
