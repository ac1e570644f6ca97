"""Reads the checkpoints that a verification is to be held against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from gitprov.cli.input.named_file import named
from gitprov.codec.checkpoint import MAX_BYTES
from gitprov.guard.pins import Pin
from gitprov.service.ledger.read_entries import EntryReader
from gitprov.service.verify.checkpoint import Checkpoints, as_pin
from gitprov.wiring.workspace import Workspace


def read_pins(workspace: Workspace, files: Sequence[BinaryIO]) -> tuple[Pin, ...]:
    """Read checkpoint files; each is good in itself and belongs to this ledger.

    Without a ledger there is nothing to hold against them, and verification says so.

    Raises:
        RecordError: a file is no checkpoint, or GPV-409-REPLAY, it is another ledger's.
        SignatureError: its signature is not good, or by nobody this ledger knows.
        SignatureUnknownError: nobody could find out.
    """
    tip = workspace.refs.get(workspace.ref) if files else None
    if tip is None:
        return ()
    checkpoints = Checkpoints(EntryReader(workspace.view), workspace.engine, tip)
    pins = []
    for file in files:
        with named(file.name):
            checkpoint, _ = checkpoints.read(file.read(MAX_BYTES + 1))
        pins.append(as_pin(checkpoint, file.name))
    return tuple(pins)
