"""What a new key should be allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """What a new key should be allowed.

    Args:
        name: the signer's name; None takes it from the certificate.
        email: the signer's email; likewise.
        actor_kinds: for whom it may record.
        agents: globs on agent names.
        kinds: the kinds it may add; None: what a writer needs, for an owner all.
        is_owner: the key of an owner.
        reason: for the proposal; None states the plain fact.
    """

    name: str | None
    email: str | None
    actor_kinds: Sequence[str]
    agents: Sequence[str]
    kinds: Sequence[str] | None = None
    is_owner: bool = False
    reason: str | None = None
