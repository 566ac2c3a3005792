"""What is sealed opens again, tells nothing, and refuses to be changed."""

from __future__ import annotations

import base64
import json
import re
import stat
from pathlib import Path

import pytest

from adapters.sealing import Keyring, SealBroken, Sealer
from models.errors import Fault, TanfangFault


def sealer(path: Path) -> Sealer:
    return Sealer(Keyring.load_or_create(path / "keys.json"))


def with_keys(path: Path, current: str, *versions: str) -> Sealer:
    keys = {version: base64.b64encode(version.encode().ljust(32, b"-")).decode() for version in versions}
    path.write_text(json.dumps({"current": current, "keys": keys}))
    return Sealer(Keyring.load(path))


def test_the_keyring_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "below" / "keys.json"
    first = Keyring.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Keyring.load_or_create(path) == first == Keyring.load(path)
    assert list(path.parent.iterdir()) == [path]
    assert first.keys["k1"].get_secret_value() not in repr(first)


def test_text_comes_back_and_the_same_text_is_never_sealed_alike(tmp_path: Path) -> None:
    one = sealer(tmp_path)
    for text in ("", "王示例", "示" * 5000):
        assert one.open(one.seal(text)) == text
    assert one.seal("王示例") != one.seal("王示例")
    assert one.open_bytes(one.seal(b"\x00\xff")) == b"\x00\xff"
    assert "王示例".encode() not in one.seal("王示例")


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    one = sealer(tmp_path)
    sealed = one.seal("王示例")
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises((SealBroken, TanfangFault)):
            one.open(changed)
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            one.open(sealed[:length])


def test_old_text_opens_after_rotation_and_indexes_stay(tmp_path: Path) -> None:
    before = with_keys(tmp_path / "a", "k1", "k1")
    after = with_keys(tmp_path / "b", "k2", "k1", "k2")
    assert after.open(before.seal("王示例")) == "王示例"
    assert after.seal("王示例")[1:3] == b"k2"
    assert after.index("phone", "+8613800000000") == before.index("phone", "+8613800000000")
    assert after.derive_id("E", "x") == before.derive_id("E", "x")
    assert after.payload_key() != before.payload_key() == after.payload_key("k1")


def test_a_key_version_nobody_has_is_a_fault(tmp_path: Path) -> None:
    old = with_keys(tmp_path / "a", "k1", "k1")
    new = with_keys(tmp_path / "b", "k2", "k2")
    for attempt in (lambda: new.open(old.seal("王示例")), lambda: new.payload_key("k1")):
        with pytest.raises(TanfangFault) as fault:
            attempt()
        assert fault.value.fault is Fault.KEY_UNKNOWN and fault.value.what == "k1"
    with pytest.raises(TanfangFault):
        with_keys(tmp_path / "c", "k9", "k1")


def test_indexes_are_keyed_by_ring_and_kind(tmp_path: Path) -> None:
    one, other = sealer(tmp_path / "one"), sealer(tmp_path / "other")
    assert one.index("phone", "1") == one.index("phone", "1")
    assert len({one.index("phone", "1"), one.index("id_number", "1"), other.index("phone", "1")}) == 3
    assert re.fullmatch(r"[0-9a-f]{64}", one.index("phone", "1"))
    assert re.fullmatch(r"E[a-z2-7]{16}", one.derive_id("E", "1"))
    assert one.derive_id("E", "1")[1:] != one.derive_id("V", "1")[1:]
