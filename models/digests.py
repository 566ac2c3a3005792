"""Short fingerprints of values, for comparing without carrying."""

from __future__ import annotations

import hashlib

from models.policy import PolicySlice


def policy_digest(policy: PolicySlice | None) -> str | None:
    """Hash of a slice as a case holds it (pack, tier, calendar window); None for none."""
    return None if policy is None else hashlib.sha256(policy.model_dump_json().encode()).hexdigest()
