"""A checkpoint: where a ledger was at some time, signed, to be kept elsewhere (V16)."""

from __future__ import annotations

from typing import Literal

from gitprov.model.frozen import Count, Model
from gitprov.model.text import Fingerprint, Line, OidHex, Sha256Hex, Uuid4
from gitprov.model.times import Time


class Checkpoint(Model):
    """The ledger as a signer saw it.

    ``remote`` is there if it was the tip of a remote: it then is on the first-parent chain of
    every later tip. ``audit_head`` is the digest of the last line of the local audit log.
    """

    schema_version: Literal["v1.0"]
    kind: Literal["checkpoint"]
    ledger_id: Uuid4
    genesis: OidHex
    tip: OidHex
    height: Count
    chain: Sha256Hex
    created_at: Time
    signer: Fingerprint
    audit_head: Sha256Hex | None = None
    remote: Line | None = None
