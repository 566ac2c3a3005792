"""Every payload that reaches the engine is sealed with the county's key: input, result, memo, failure, summary."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)

from adapters.sealing import Sealer

ENCODING = b"binary/tanfang-aes256gcm-v1"
FIRST = b"k1"  # payloads from before versions were named
NONCE = 12


class SealingCodec(PayloadCodec):
    """AES-256-GCM over the serialised payload, under the current key; each payload names its key's version.

    The encoding name is authenticated with it. A version that is not in the ring is `TanfangFault(KEY_UNKNOWN)`.
    """

    def __init__(self, current: str, key_of: Callable[[str], bytes]) -> None:
        self._current = current
        self._key_of = key_of
        self._ciphers: dict[str, AESGCM] = {}

    def _cipher(self, version: str) -> AESGCM:
        if version not in self._ciphers:
            self._ciphers[version] = AESGCM(self._key_of(version))
        return self._ciphers[version]

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._seal(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._open(payload) for payload in payloads]

    def _seal(self, payload: Payload) -> Payload:
        nonce = os.urandom(NONCE)
        sealed = nonce + self._cipher(self._current).encrypt(nonce, payload.SerializeToString(), ENCODING)
        return Payload(metadata={"encoding": ENCODING, "key": self._current.encode()}, data=sealed)

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        version = payload.metadata.get("key", FIRST).decode()
        plain = self._cipher(version).decrypt(payload.data[:NONCE], payload.data[NONCE:], ENCODING)
        return Payload.FromString(plain)


def data_converter(sealer: Sealer) -> DataConverter:
    """Pydantic values, sealed; failure messages and stack traces are sealed too."""
    return replace(
        pydantic_data_converter,
        payload_codec=SealingCodec(sealer.current_version, sealer.payload_key),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
