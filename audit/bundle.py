"""A case that proves itself: its facts, histories and rules in one folder, checked years later without store or engine.

| File | Holds |
|---|---|
| `ledger.jsonl` | one fact a line: place, hashes, salt and body in the clear |
| `states.json` | where each stream stood, and the fold it led to |
| `histories/*.json` | each run's history; payloads stay sealed with the county's key |
| `policies/<hash>.json` | each pack that a fact names, whole |
| `heads.txt` | of a county: the head of every stream, cases' too |
| `MANIFEST.json` | sha256 and size of each file above, and each stream's head |
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from audit.chain import broken_link, walk
from audit.heads import digest, heads, of_county, told
from audit.heads import line as line_of
from audit.histories import Run
from audit.replay import Witness
from audit.store import POLICIES, Snapshot, Store, Stream, snapshot
from audit.verify import Finding, Name
from decisions.ledger import GENESIS, canonical
from models.events import Recorded
from models.ids import county_stream
from projections import streams

MANIFEST = "MANIFEST.json"
LEDGER = "ledger.jsonl"
STATES = "states.json"
HEADS = "heads.txt"
README = "README.md"


class BundleBroken(ValueError):
    """A case whose own chain does not hold is not exported as if it did. `finding` names the fact."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.told())
        self.finding = finding


def export(store: Store, case: str, folder: Path, runs: Sequence[Run | Witness] = ()) -> Mapping[str, Any]:
    """Write the bundle of elder `case` into `folder` (made; refused if it is not empty). Answers the manifest.

    `runs`: the case's histories, fetched before. Raises BundleBroken, FileExistsError, LookupError for an unknown case.
    """
    with snapshot(store) as held:
        events = _events(held.streams(case), held)
        if not events:
            raise LookupError(f"no facts about {case}")
        files = _files_of(held, events, runs)
    files[README] = _readme(f"个案 {case}", events, files)
    return _write(folder, files, {"case": case}, events)


def export_county(
    store: Store, county_id: str, folder: Path, until: datetime, runs: Sequence[Run] = ()
) -> Mapping[str, Any]:  # fmt: skip
    """The same of a county: its months and lists whole, and where the stream of every case stood by `until`.

    Facts of cases are in their own bundles; the heads here say whether such a bundle is the one of that day.
    """
    stood = heads(store, until, of_county(store, county_id))
    with snapshot(store) as held:
        events = _events(held.one(county_stream(county_id)), held)
        files = _files_of(held, events, runs)
    files[HEADS] = "".join(map(line_of, stood))
    files[README] = _readme(f"县 {county_id}", events, files)
    return _write(folder, files, {"county": county_id, "all": told(stood, until).model_dump(mode="json")}, events)


def _files_of(held: Snapshot, events: Sequence[Recorded], runs: Sequence[Run | Witness]) -> dict[str, str]:
    packs = {row.hash: row.content for row in held.rows(POLICIES)}
    files: dict[str, str] = {LEDGER: "".join(canonical(e.model_dump(mode="json")) + "\n" for e in events)}
    states = _fold(events)
    files[STATES] = canonical({name: json.loads(state.model_dump_json()) for name, state in states.items()})
    for policy in sorted({recorded.event.policy_hash for recorded in events}):
        if policy in packs:
            files[f"policies/{policy}.json"] = packs[policy]
    for run in _runs_of(runs, states):
        files[f"histories/{run.workflow_id.replace('/', '_')}.{run.run_id}.json"] = run.to_json()
    return files


def _write(
    folder: Path, files: Mapping[str, str], about: Mapping[str, Any], events: Sequence[Recorded]
) -> Mapping[str, Any]:  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    manifest = {
        **about,
        "files": {name: _sum(content.encode()) for name, content in sorted(files.items())},
        "heads": {name: {"seq": held[-1].seq, "head": held[-1].hash} for name, held in _by_stream(events)},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    return manifest


def _events(streams_: Iterable[Stream], held: Snapshot) -> list[Recorded]:
    events: list[Recorded] = []
    for stream in streams_:
        walked = walk(held, stream)
        if walked.broken is not None:
            raise BundleBroken(Finding(Name.CHAIN, stream.name, *walked.broken))
        events += walked.events
    return events


def _runs_of(runs: Sequence[Run | Witness], states: Mapping[str, object]) -> Iterable[Run]:
    for one in runs:
        run = one.run if isinstance(one, Witness) else one
        if run.workflow_id in states:
            yield run


def _by_stream(events: Sequence[Recorded]) -> list[tuple[str, list[Recorded]]]:
    return [(name, list(held)) for name, held in groupby(events, key=lambda recorded: recorded.stream)]


def _fold(events: Sequence[Recorded]) -> dict[str, streams.State]:
    """Raises ValueError when a stream does not begin as its kind must."""
    states: dict[str, streams.State] = {}
    for recorded in events:
        before = states.get(recorded.stream) or streams.begin(recorded.stream, recorded.event)
        states[recorded.stream] = streams.evolve(before, recorded.event, recorded.at)
    return states


def _sum(content: bytes) -> dict[str, Any]:
    return {"sha256": sha256(content).hexdigest(), "bytes": len(content)}


def _readme(about: str, events: Sequence[Recorded], files: Mapping[str, str]) -> str:
    days = sorted(recorded.at for recorded in events)
    span = f"，{_day(days[0])}至{_day(days[-1])}" if days else ""
    histories = sum(name.startswith("histories/") for name in files)
    every = (
        "- `heads.txt` 是截至清单所记时刻，本县每一流的最后一条：流名、序号、哈希，一流一行；"
        "清单里的 `digest` 是这个文件的 SHA-256。个案的事实在各自的证据包里，末端应与这里一致。\n"
    )
    return (
        f"# {about}\n\n"
        f"{len(events)}条事实{span}；流程历史{histories}份。\n\n"
        "- `ledger.jsonl` 每行一条事实。`body_hash` 是盐与内容的哈希，`hash` 是流、序号、种类、时间、键、"
        "上一条与内容哈希的哈希，所以改动任何一条，自那一条起都对不上。\n"
        "- `states.json` 是由这些事实逐条折出的状态，可以自行折一遍来比。\n"
        "- `histories/` 是流程引擎的历史，载荷用本县密钥封存；`policies/` 是当时执行的规则全文，文件名即其哈希。\n"
        f"{every if HEADS in files else ''}"
        "- `MANIFEST.json` 有每个文件的哈希和每一流的末端。核对：`starter.py audit check DIR`，不需要数据库。\n\n"
        "人名、电话、住址不在这里，只有编号；原话和附言只有编号与哈希。\n"
    )


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d")


# --- checking, years later -------------------------------------------------------------------------------------------


def check_bundle(folder: Path) -> list[Finding]:
    """Every file as the manifest says, every chain whole to its head, every state the fold. Empty = it proves itself.

    A finding about a file has the file's name for its stream.
    """
    manifest = _read(folder / MANIFEST)
    if manifest is None:
        return [Finding(Name.CHAIN, MANIFEST, None, "清单读不出")]
    found = list(_files(folder, manifest))
    try:
        lines = (folder / LEDGER).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return [*found, Finding(Name.CHAIN, LEDGER, None, "台账读不出")]
    events: list[Recorded] = []
    for number, line in enumerate(lines, start=1):
        try:
            events.append(Recorded.model_validate_json(line))
        except ValidationError:
            found.append(Finding(Name.CHAIN, LEDGER, number, "这一行不成一条事实"))
    found += _chains(events, manifest)
    found += _heads(folder, manifest)
    return found or list(_states(folder, events))


def check_packed(file: Path) -> list[Finding]:
    """The same of a bundle as it is downloaded, a zip."""
    try:
        with tempfile.TemporaryDirectory(prefix="tanfang-bundle-") as folder, zipfile.ZipFile(file) as packed:
            packed.extractall(folder)
            return check_bundle(Path(folder))
    except (zipfile.BadZipFile, OSError):
        return [Finding(Name.CHAIN, file.name, None, "压缩包打不开")]


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return cast("dict[str, Any]", content) if isinstance(content, dict) else None


def _files(folder: Path, manifest: Mapping[str, Any]) -> Iterable[Finding]:
    listed: Mapping[str, Mapping[str, Any]] = manifest.get("files", {})
    for name, said in listed.items():
        path = folder / name
        if not path.is_file():
            yield Finding(Name.CHAIN, name, None, "清单里有，文件不在")
        elif _sum(path.read_bytes()) != said:
            yield Finding(Name.CHAIN, name, None, "文件与清单不符")
        elif name.startswith("policies/") and path.stem != said["sha256"]:
            yield Finding(Name.CHAIN, name, None, "规则与它的哈希不符")
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for name in sorted(there - listed.keys() - {MANIFEST}):
        yield Finding(Name.CHAIN, name, None, "清单里没有这个文件")


def _chains(events: Sequence[Recorded], manifest: Mapping[str, Any]) -> Iterable[Finding]:
    heads: dict[str, Any] = dict(manifest.get("heads", {}))
    for name, held in _by_stream(events):
        said, head = heads.pop(name, None), GENESIS
        for seq, recorded in enumerate(held, start=1):
            what = broken_link(recorded, recorded.event.kind, head)
            if recorded.seq != seq:
                what = f"缺第{seq}条"
            if what is not None:
                yield Finding(Name.CHAIN, name, seq, what)
                break
            head = recorded.hash
        else:
            if said != {"seq": held[-1].seq, "head": head}:
                yield Finding(Name.CHAIN, name, held[-1].seq + 1, "末端与清单不符")
    for name in heads:
        yield Finding(Name.CHAIN, name, 1, "清单里有这一流，台账里没有")


def _heads(folder: Path, manifest: Mapping[str, Any]) -> Iterable[Finding]:
    """Of a county: the list of heads is the one whose value the manifest names, and has the county's own in it."""
    if "all" not in manifest:
        return
    try:
        lines = (folder / HEADS).read_text(encoding="utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError):
        yield Finding(Name.CHAIN, HEADS, None, "各流的末端读不出")
        return
    said: Mapping[str, Any] = manifest["all"]
    if (digest(lines), len(lines)) != (said.get("digest"), said.get("streams")):
        yield Finding(Name.CHAIN, HEADS, None, "各流的末端与清单不符")


def _states(folder: Path, events: Sequence[Recorded]) -> Iterable[Finding]:
    said = _read(folder / STATES) or {}
    try:
        folded = _fold(events)
    except (ValueError, AssertionError) as error:
        yield Finding(Name.FOLD, LEDGER, None, f"台账折不成状态：{type(error).__name__}")
        return
    for name in sorted(said.keys() | folded.keys()):
        state = folded.get(name)
        if state is None or name not in said or streams.load(name, json.dumps(said[name])) != state:
            yield Finding(Name.FOLD, name, None, "状态与台账折出的不同")
