"""Checkpoints."""

from __future__ import annotations

from collections.abc import Iterator

from gitprov.present.text import short_oid
from gitprov.service.verify.checkpoint import CheckedCheckpoint


def checkpoint_mapping(checked: CheckedCheckpoint) -> dict[str, object]:
    """Render a checkpoint that was checked for JSON."""
    return {
        "checkpoint": checked.checkpoint.to_mapping(),
        "signer": checked.signer.name,
        "height": checked.height,
        "verdict": checked.verdict,
        "findings": [
            {"code": f.code, "severity": f.severity, "message": f.message} for f in checked.findings
        ],
    }


def checkpoint_lines(checked: CheckedCheckpoint) -> Iterator[str]:
    """Render a checkpoint that was checked in lines for people."""
    stated = checked.checkpoint
    yield f"checkpoint {short_oid(stated.tip)} at height {stated.height}, {stated.created_at}"
    yield f"signer     {checked.signer.name} {stated.signer}"
    yield f"ledger     {stated.ledger_id}, now at height {checked.height}"
    yield f"verdict    {checked.verdict}"
    yield from (finding.line() for finding in checked.findings)
