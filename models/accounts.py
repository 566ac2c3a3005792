"""Signing in, as values: by what, how far, why not. Tokens, passwords and codes are kept from `repr` and logs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import AwareDatetime, SecretStr

from models.values import Id, Role, Sha256, Value


class How(StrEnum):
    """By what a session was opened."""

    PASSWORD = "password"
    PHONE_CODE = "phone_code"
    OIDC = "oidc"  # with a second factor, the provider's or ours, whoever it is
    LINK = "link"  # made by whoever holds the store and its key: the demo


class Step(StrEnum):
    """How far a session has got. Before `full` it may take its own next step, sign out, and nothing else."""

    FULL = "full"
    MUST_CHANGE = "must_change"  # the password is one that somebody else has seen
    NEEDS_TOTP = "needs_totp"
    ENROL_TOTP = "enrol_totp"


class Outcome(StrEnum):
    """What became of a try: begun; what was given is right; with it they are signed in wholly."""

    TRIED = "tried"
    RIGHT = "right"
    IN = "in"


class Why(StrEnum):
    """Why somebody is turned away. `WRONG` is one word for a person, a password and a code that are not there."""

    WRONG = "wrong"
    WAIT = "wait"
    OVER = "over"
    NOT_NOW = "not_now"
    NO_NUMBER = "no_number"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    OWN_WORDS = "own_words"
    SAME_AGAIN = "same_again"
    UNPROVEN = "unproven"
    UNBOUND = "unbound"
    AWAY = "away"


WHY_WORDS: Mapping[Why, str] = {
    Why.WRONG: "编号、密码或验证码不对",
    Why.WAIT: "试得太多，请稍后再试",
    Why.OVER: "登录已过期，请重新登录",
    Why.NOT_NOW: "现在不能办这一步",
    Why.NO_NUMBER: "这不是手机号码",
    Why.TOO_SHORT: "密码至少12个字符",
    Why.TOO_LONG: "密码太长",
    Why.OWN_WORDS: "密码里不能有自己的编号、姓名或手机号码",
    Why.SAME_AGAIN: "新密码不能与原来的相同",
    Why.UNPROVEN: "统一认证没有通过，没有登录。请再试一次；仍不行时用密码登录",
    Why.UNBOUND: "统一认证已通过，但那里的身份还没有绑定这里的账号。请本县管理员绑定",
    Why.AWAY: "统一认证暂时没有应答。请稍后再试，或用密码登录",
}


class TurnedAway(Value):
    """`until`: from when it may be tried again, where that is why."""

    why: Why
    until: AwareDatetime | None = None


class Session(Value):
    """Somebody signed in, or on the way to it. `id` is for lists and for revoking: with it nobody gets in."""

    id: Sha256
    staff_id: Id
    step: Step
    how: How
    made_at: AwareDatetime
    seen_at: AwareDatetime
    ends_at: AwareDatetime


class SignedIn(Value):
    """`token` is for the cookie: here once, and nowhere kept. It takes the place of the one before."""

    token: SecretStr
    session: Session


class Sent(Value):
    """To the OpenID Connect provider. `way` is for the browser's cookie: only with it does anybody come back."""

    to: str
    way: SecretStr


class Arrived(Value):
    """Back from the provider, and somebody here. `wanted`: the page they had asked for before."""

    signed_in: SignedIn
    wanted: str


class Person(Value):
    """One of several on one phone; the name is for the eyes of whoever gave its code."""

    staff_id: Id
    name: str


class Choose(Value):
    """The code is right, and more than one person has this phone: asked again with one of them, it is used up."""

    people: tuple[Person, ...]


class Enrolment(Value):
    """The secret of a second factor, as text and as the address in a QR code; shown once, confirmed by a code."""

    secret: SecretStr
    uri: SecretStr


class Enrolled(Value):
    """`recovery_codes` are shown once; each opens once, in place of a code."""

    signed_in: SignedIn
    recovery_codes: tuple[SecretStr, ...]


class AccountState(StrEnum):
    """`NONE`: no account; who may sign in by phone code needs none."""

    NONE = "none"
    FIRST_PASSWORD = "first_password"
    NO_SECOND_FACTOR = "no_second_factor"
    READY = "ready"
    DISABLED = "disabled"


class AccountLine(Value):
    """A staff member with their account, as an administrator sees it."""

    staff_id: Id
    name: str
    roles: tuple[Role, ...]
    state: AccountState
    made_at: AwareDatetime | None
    seen_at: AwareDatetime | None
    bound_at: AwareDatetime | None = None


class OneTime(Value):
    """A password that is good until it is changed: told once."""

    staff_id: Id
    password: SecretStr
