"""Pins: a ledger must still contain every entry that a verifier remembers (step V16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gitprov.errors import Code
from gitprov.model.finding import Finding, error


@dataclass(frozen=True, slots=True)
class Pin:
    """A tip that a verifier remembers.

    Args:
        tip: object id.
        mainline: it was a remote's tip, so it must be on the first-parent chain.
        origin: where it is remembered, for the message.
    """

    tip: str
    height: int
    mainline: bool
    origin: str


def check_pins(
    pinned_genesis: str | None,
    genesis: str | None,
    pins: Sequence[Pin],
    places: Mapping[str, bool],
    height: int,
) -> list[Finding]:
    """Compare a ledger with what is remembered of it.

    Args:
        pinned_genesis: the genesis that was pinned, None if none was.
        genesis: the genesis that was found.
        pins: remembered tips.
        places: remembered tip -> whether it is on the mainline; absent if it is not reachable.
        height: the height of the tip that was found.
    """
    findings = []
    if pinned_genesis is not None and pinned_genesis != genesis:
        text = f"the genesis is {genesis}, pinned is {pinned_genesis}"
        findings.append(error(Code.ROLLBACK, text))
    for pin in pins:
        if pin.tip in places:
            if pin.mainline and not places[pin.tip]:
                text = f"{pin.tip[:12]} of {pin.origin} is no longer on the first-parent chain"
                findings.append(error(Code.SPLIT_VIEW, text))
        elif height < pin.height:
            text = f"the ledger ends at height {height}, {pin.origin} saw height {pin.height}"
            findings.append(error(Code.ROLLBACK, text))
        else:
            text = f"{pin.origin} saw {pin.tip[:12]} at height {pin.height}; it is not in here"
            findings.append(error(Code.SPLIT_VIEW, text))
    return findings
