"""A village becomes many: every row of its store again, under ids, names, phones and seals of its own.

What a row says is read once into a form: which ids stand in it, and where; what is sealed is opened for that. For each
village the form is filled in. The ledger is chained anew, so that every copy verifies as what was lived does.
A row belongs to the village, to its township (its officer: written with the first village of each), or to the county
(written once). What the county's own stream says is left out: `county` writes it for all.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from adapters.sample import SECOND, SYNTHETIC
from adapters.sealing import Sealer
from decisions.id_number import check_character
from decisions.ledger import GENESIS, canonical
from models.ids import county_stream

TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z][a-z2-7]{16}|D[0-9a-f]{24}|SB[0-9a-f]{30}|(?:note|step|read|done)-[0-9a-f]{32}"
    r"|(?:assess|benefit)-\d{6}|SM\d{8})(?![A-Za-z0-9])"
)
SKIPPED = ("alembic_version", "pay_list", "pay_line", "frozen_rate", "session", "account", "sign_in_try")
PEOPLE = ("elder", "volunteer", "staff")
PHONES_EACH = 2000  # numbers that one village may take
BORN_ALIKE = 8  # more of one sex were never born on one day in a village
CHONGQING = 500200
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
Row = tuple[Any, ...]


class Level(IntEnum):
    COUNTY = 0
    TOWNSHIP = 1
    VILLAGE = 2


class Form(NamedTuple):
    """`text % ids` is what is said of a village whose ids they are."""

    text: str
    ids: tuple[int, ...]

    def of(self, ids: Sequence[str]) -> str:
        return self.text % tuple([ids[n] for n in self.ids]) if self.ids else self.text


Step = tuple[int, str, Any]  # column, what is done, with what


@dataclass
class Kept:
    """The rows of a table: each what stays, and what is filled in."""

    columns: tuple[str, ...]
    rows: list[tuple[Level, list[Any], list[Step]]] = field(default_factory=list)


class Fact(NamedTuple):
    """A row of the ledger, apart from its chain."""

    stream: Form
    seq: int
    kind: str
    at: str
    key: Form
    salt: str
    event: Form  # canonical, as it is hashed
    body: Form  # as it is sealed


@dataclass
class Village:
    """What one copy is told by: `ids` by the number of the token, `phones` by the number of the phone."""

    n: int
    township: str
    first_of_township: bool
    ids: list[str]
    phones: list[tuple[str, str]]
    chance: Random


class Template:
    """One lived village. `township`: the area it lies in; `alike`: ids of the county that are others' elsewhere."""

    def __init__(self, store: Path, sealer: Sealer, county_id: str, alike: Mapping[str, str] = {}) -> None:
        self._sealer = sealer
        self._tokens: dict[str, int] = {}
        self._phones: dict[str, int] = {}  # by blind index
        self._born: list[tuple[str, str, str]] = []
        self._named: list[str] = []
        self.tables: dict[str, Kept] = {}
        self.facts: list[tuple[Level, Fact]] = []
        self.states: dict[str, tuple[Level, Form, int, Form]] = {}
        self.lists: dict[str, tuple[str, int, int]] = {}
        self.lines: list[tuple[str, Form]] = []
        self._county, self._alike = county_id, alike
        with closing(sqlite3.connect(store)) as connection:
            connection.row_factory = sqlite3.Row
            self._who_is_where(connection)
            for table in self._names(connection):
                self._read(connection, table)
            self._read_ledger(connection)
            self._read_lists(connection)

    # --- reading ------------------------------------------------------------------------------------------------------

    def _names(self, connection: sqlite3.Connection) -> list[str]:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return [row[0] for row in rows if row[0] not in SKIPPED and not row[0].startswith("sqlite")]

    def _who_is_where(self, connection: sqlite3.Connection) -> None:
        def column(query: str, *args: str) -> list[str]:
            return [row[0] for row in connection.execute(query, args)]

        (self.township,) = column("SELECT DISTINCT township_id FROM elder WHERE standing = 'case'")
        self.townships = townships = column("SELECT id FROM area WHERE kind = 'township'")
        of_county = "SELECT id, holder_id FROM post WHERE area_id = ?"
        county_posts = [id_ for row in connection.execute(of_county, (self._county,)) for id_ in row if id_]
        bodies = column("SELECT id FROM assessing_body")
        officers = [id_ for row in connection.execute(of_county, (self.township,)) for id_ in row if id_]
        self.of_county = frozenset({*townships, *county_posts, *bodies} - {self.township})
        self.of_township = frozenset({self.township, *officers} - self.of_county)
        holders = "SELECT role, holder_id FROM post WHERE area_id = ? ORDER BY role, id"
        self.county_staff = [(row[0], row[1]) for row in connection.execute(holders, (self._county,))]
        for table in PEOPLE:
            for row in connection.execute(f"SELECT phone_index FROM {table} WHERE phone_index IS NOT NULL"):
                self._phones.setdefault(row[0], len(self._phones))

    def _read(self, connection: sqlite3.Connection, table: str) -> None:
        if table in ("ledger", "stream_state"):
            return
        rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()
        if not rows:
            return
        kept = Kept(tuple(rows[0].keys()))
        info = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
        key = [one for one in info if one["pk"]]
        numbered = key[0]["name"] if len(key) == 1 and key[0]["type"] == "INTEGER" else None
        for row in rows:
            stays, steps = list(row), list[Step]()
            level = Level.COUNTY
            of_county_stream = False
            for n, (name, value) in enumerate(zip(kept.columns, stays, strict=True)):
                if name == numbered and table != "starts_taken":
                    steps.append((n, "number", value))
                elif isinstance(value, str):
                    of_county_stream |= county_stream(self._county) in value
                    if name.endswith("phone_index") and value in self._phones:
                        steps.append((n, "phone_index", self._phones[value]))
                    elif (form := self._form(value)).ids:
                        steps.append((n, "text", form))
                        level = max(level, self._level(form))
                elif isinstance(value, bytes) and not (
                    table in PEOPLE and name in ("name_enc", "phone_enc", "id_number_enc")
                ):
                    if name == "phone_enc":
                        continue
                    said = self._open(value)
                    if said is not None and (form := self._form(said)).ids:
                        of_county_stream |= county_stream(self._county) in said
                        steps.append((n, "seal", form))
                        level = max(level, self._level(form))
            if (table == "area" and row["kind"] != "village") or of_county_stream:
                level = Level.COUNTY
            self._of_a_person(table, row, kept, steps)
            kept.rows.append((level, stays, steps))
        self.tables[table] = kept

    def _of_a_person(self, table: str, row: sqlite3.Row, kept: Kept, steps: list[Step]) -> None:
        """Name, phone and ID number, which are of nobody else."""
        index = kept.columns.index
        if "phone_enc" in kept.columns and row["phone_index"] in self._phones:
            steps.append((index("phone_enc"), "phone", self._phones[row["phone_index"]]))
        if table in PEOPLE:
            steps.append((index("name_enc"), "name", self._sealer.open(row["name_enc"])))
        if table == "elder":
            name, born_on = self._sealer.open(row["name_enc"]), self._sealer.open(row["born_on_enc"])
            alike = sum((born_on, row["sex"]) == each[1:] for each in self._born)
            self._born.append((row["id"], born_on, row["sex"]))
            columns = tuple(map(index, ("id_number_enc", "id_number_index", "tail_index", "name_enc")))
            steps.append((columns[0], "elder", (columns, name, born_on.replace("-", ""), row["sex"] == "M", alike)))

    def _open(self, sealed: bytes) -> str | None:
        try:
            return self._sealer.open(sealed)
        except UnicodeDecodeError:
            return None  # a file, not words

    def _form(self, said: str) -> Form:
        ids: list[int] = []

        def taken(match: re.Match[str]) -> str:
            ids.append(self._tokens.setdefault(match[0], len(self._tokens)))
            return "\0"

        text = TOKEN.sub(taken, said)
        return Form(text.replace("%", "%%").replace("\0", "%s") if ids else said, tuple(ids))

    def _level(self, form: Form) -> Level:
        return max((self.level_of(self.names[n]) for n in form.ids), default=Level.COUNTY)

    @property
    def names(self) -> list[str]:
        if len(self._named) != len(self._tokens):
            self._named = list(self._tokens)
        return self._named

    def level_of(self, token: str) -> Level:
        if token in self.of_county:
            return Level.COUNTY
        return Level.TOWNSHIP if token in self.of_township else Level.VILLAGE

    def _read_ledger(self, connection: sqlite3.Connection) -> None:
        own = county_stream(self._county)
        for row in connection.execute("SELECT * FROM ledger WHERE stream != ? ORDER BY stream, seq", (own,)):
            stored = self._sealer.open(row["body_enc"])
            body = json.loads(stored)
            fact = Fact(
                self._form(row["stream"]), row["seq"], row["kind"], row["at"], self._form(row["key"]), body["salt"],
                self._form(canonical(body["event"])), self._form(stored),
            )  # fmt: skip
            self.facts.append((self._level(fact.stream), fact))
        for row in connection.execute("SELECT * FROM stream_state WHERE stream != ?", (own,)):
            state = self._form(self._sealer.open(row["state_enc"]))
            self.states[row["stream"]] = (Level.VILLAGE, self._form(row["stream"]), row["seq"], state)

    def _read_lists(self, connection: sqlite3.Connection) -> None:
        """The lines of approved lists, by month."""
        approved = "SELECT month, sha256 FROM pay_list WHERE state NOT IN ('drawn_again', 'returned')"
        for month, sha256 in connection.execute(approved).fetchall():
            lines = connection.execute("SELECT * FROM pay_line WHERE sha256 = ? ORDER BY seq", (sha256,)).fetchall()
            for line in lines:
                said = {name: line[name] for name in line.keys() if name not in ("sha256", "seq")}  # noqa: SIM118
                self.lines.append((month, self._form(json.dumps(said))))

    # --- filling in ---------------------------------------------------------------------------------------------------

    def village(self, n: int, township: str, *, first_of_township: bool, seed: int) -> Village:
        """The `n`th of the county, in `township`."""
        ids: list[str] = []
        for token in self.names:
            level = self.level_of(token)
            if level is Level.COUNTY:
                ids.append(self._alike.get(token, token))
            elif token == self.township:
                ids.append(township)
            else:
                ids.append(_renamed(token, township if level is Level.TOWNSHIP else f"{n}"))
        phones = [f"+861920{n * PHONES_EACH + k + 1:07}" for k in range(len(self._phones))]
        indexed = [(phone, self._sealer.index("phone", phone)) for phone in phones]
        return Village(n, township, first_of_township, ids, indexed, Random(seed * 100_003 + n))

    def rows(self, village: Village) -> Iterator[tuple[str, tuple[str, ...], list[Row]]]:
        """By table: its columns and the village's rows."""
        for table, kept in self.tables.items():
            rows = [
                tuple(self._filled(village, stays, steps))
                for level, stays, steps in kept.rows
                if level is Level.VILLAGE or (level is Level.TOWNSHIP and village.first_of_township)
            ]
            if rows:
                yield table, kept.columns, rows
        yield from self._chained(village)

    def of_the_county(self) -> Iterator[tuple[str, tuple[str, ...], list[Row]]]:
        for table, kept in self.tables.items():
            rows = [tuple(stays) for level, stays, _ in kept.rows if level is Level.COUNTY]
            if rows:
                yield table, kept.columns, rows

    def _filled(self, village: Village, stays: list[Any], steps: list[Step]) -> list[Any]:
        row, ids, seal = stays.copy(), village.ids, self._sealer.seal
        for n, what, of in steps:
            if what == "text":
                row[n] = of.text % tuple([ids[each] for each in of.ids])
            elif what == "seal":
                row[n] = seal(of.text % tuple([ids[each] for each in of.ids]))
            elif what == "phone_index":
                row[n] = village.phones[of][1]
            elif what == "phone":
                row[n] = seal(village.phones[of][0])
            elif what == "number":
                row[n] = village.n * 1_000_000 + of + 1_000_000
            elif what == "name":
                row[n] = seal(_name_like(of, village.chance))
            else:
                self._elder(village, row, of)
        return row

    def _elder(self, village: Village, row: list[Any], of: Any) -> None:
        """A name, and a number that nobody else has: sequences are 900 to 999, as the sample's."""
        columns, name, born_on, is_man, alike = of
        new = _name_like(name, village.chance)
        division, sequence = divmod(village.n * BORN_ALIKE + alike, 50)
        stem = f"{CHONGQING + division}{born_on}{900 + sequence * 2 + is_man}"
        number = stem + check_character(stem)
        seal, index = self._sealer.seal, self._sealer.index
        said = (seal(number), index("id_number", number), index("elder_tail", f"{new}/{number[-4:]}"), seal(new))
        for column, value in zip(columns, said, strict=True):
            row[column] = value

    def _chained(self, village: Village) -> Iterator[tuple[str, tuple[str, ...], list[Row]]]:
        ids, seal = village.ids, self._sealer.seal
        rows: list[Row] = []
        heads: dict[str, str] = {}
        for level, fact in self.facts:
            if level is not Level.VILLAGE:
                continue
            stream, key = fact.stream.of(ids), fact.key.of(ids)
            prev = heads.get(stream, GENESIS)
            body = _sha256(fact.salt + fact.event.of(ids))
            head = _sha256(canonical([stream, fact.seq, fact.kind, fact.at, key, prev, body]))
            heads[stream] = head
            rows.append((stream, fact.seq, fact.kind, fact.at, key, prev, body, head, seal(fact.body.of(ids))))
        yield "ledger", ("stream", "seq", "kind", "at", "key", "prev", "body_hash", "hash", "body_enc"), rows
        states = [
            (named, seq, heads[named], seal(state.of(ids)))
            for _, stream, seq, state in self.states.values()
            if (named := stream.of(ids))
        ]
        yield "stream_state", ("stream", "seq", "head", "state_enc"), states

    def pay_lines(self, village: Village) -> Iterator[tuple[str, dict[str, Any]]]:
        """Month and line, of every list."""
        for month, form in self.lines:
            yield month, json.loads(form.of(village.ids))


def _sha256(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()


def _renamed(token: str, where: str) -> str:
    """Another id of the same form."""
    digest = hashlib.sha256(f"{where}/{token}".encode()).digest()
    prefix, dash, rest = token.rpartition("-")
    if token.startswith(("SM", "assess-", "benefit-")):
        return f"{token}x{where}"
    if dash:
        return f"{prefix}-{digest.hex()[: len(rest)]}"
    if token.startswith("SB") or (token[0] == "D" and len(token) == 25):
        return token[: len(token) - len(token.lstrip("SBD"))] + digest.hex()[: len(token.lstrip("SBD"))]
    return token[0] + base64.b32encode(digest).decode("ascii")[:16].lower()


def _name_like(name: str, chance: Random) -> str:
    """Of the same family, because texts call them by it."""
    return name[0] + chance.choice(SYNTHETIC) + chance.choice(SECOND)


def alike(one: Template, other: Template) -> dict[str, str]:
    """Who at the county stands in the other's place, post by post."""
    return {theirs[1]: ours[1] for ours, theirs in zip(one.county_staff, other.county_staff, strict=True)}
