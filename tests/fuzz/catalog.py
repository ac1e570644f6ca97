"""Every target by its name; each is made when it runs, since some load a ledger first."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.target import Target
from tests.fuzz.targets import (
    agreement,
    canonical,
    certificate,
    commit,
    policy,
    push_lines,
    signature,
    tree,
)

TARGETS: dict[str, Callable[[], Target]] = {
    "canonical": canonical.target,
    "commit": commit.target,
    "tree": tree.target,
    "policy": policy.target,
    "signature": signature.target,
    "certificate": certificate.target,
    "push-lines": push_lines.target,
    "agreement": agreement.target,
}
