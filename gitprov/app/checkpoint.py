"""Checkpoints: written, checked, and read as pins for a verification."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO

from gitprov.app.open_ledger import OpenedLedger
from gitprov.codec.checkpoint import MAX_BYTES, parse_checkpoint
from gitprov.errors import Code, RecordError, RefusedError, SignatureError, UsageError
from gitprov.guard.authority import find_signer
from gitprov.guard.pins import Pin
from gitprov.local.audit_chain import START
from gitprov.model.time_text import parse_time_text
from gitprov.service.ledger.read_entries import EntryReader
from gitprov.service.ledger.view import Authority
from gitprov.service.verify.checkpoint import (
    CheckedCheckpoint,
    Checkpoints,
    WrittenCheckpoint,
    as_pin,
)
from gitprov.service.write.signing_key import choose_signer
from gitprov.wiring.workspace import Workspace


def write(opened: OpenedLedger, key: str | None) -> WrittenCheckpoint:
    """Sign a statement of the ledger's tip.

    Args:
        opened: the ledger.
        key: fingerprint of the key to sign with; None takes the user's, else the agents'.

    Raises:
        RefusedError: GPV-403-UNKNOWN-KEY, the policy lists no such key.
        SignatureUnknownError: GPV-503-SIGNER.
    """
    workspace = opened.workspace
    checkpoints = Checkpoints(opened.reader, workspace.engine, opened.tip)
    fingerprint = _signing_key(workspace, checkpoints.authority(), key)
    head = workspace.audit.head()
    written = checkpoints.write(workspace.signer, fingerprint, workspace.clock.now_ms(), head)
    if head != START:
        workspace.audit.remember_signed(head)
    return written


def audit_head_of(file: BinaryIO) -> str | None:
    """Return the head of an audit log that a checkpoint states; its signature is not looked at.

    Raises:
        RecordError: it is not a checkpoint.
    """
    with _naming(file.name):
        return parse_checkpoint(file.read(MAX_BYTES + 1)).checkpoint.audit_head


def check(opened: OpenedLedger, file: BinaryIO, not_before: str | None) -> CheckedCheckpoint:
    """Compare the ledger with a checkpoint.

    Args:
        opened: the ledger.
        file: the checkpoint.
        not_before: a time as people write it; an older checkpoint is refused.

    Raises:
        RecordError, SignatureError: it is not a good checkpoint of this ledger.
    """
    checkpoints = Checkpoints(opened.reader, opened.workspace.engine, opened.tip)
    now_ms = opened.workspace.clock.now_ms()
    oldest = None if not_before is None else parse_time_text(not_before, now_ms)
    with _naming(file.name):
        return checkpoints.check(file.read(MAX_BYTES + 1), file.name, oldest)


@dataclass(frozen=True, slots=True)
class ReadCheckpoints:
    """Checkpoints that are good in themselves.

    Args:
        pins: what the ledger must still contain.
        audit_heads: (audit_head, signer) of those that state one.
    """

    pins: tuple[Pin, ...] = ()
    audit_heads: tuple[tuple[str, str], ...] = ()


def read_pins(workspace: Workspace, files: Sequence[BinaryIO]) -> ReadCheckpoints:
    """Read checkpoint files; each is good in itself and belongs to this ledger.

    Without a ledger there is nothing to hold against them, and verification says so.

    Raises:
        RecordError: a file is not a checkpoint, or GPV-409-REPLAY, it is another ledger's.
        SignatureError: its signature is bad, or by a key that this ledger does not know.
        SignatureUnknownError: its signature could not be checked.
    """
    tip = workspace.refs.get(workspace.ref) if files else None
    if tip is None:
        return ReadCheckpoints()
    checkpoints = Checkpoints(EntryReader(workspace.view), workspace.engine, tip)
    pins = []
    heads = []
    for file in files:
        with _naming(file.name):
            checkpoint, _ = checkpoints.read(file.read(MAX_BYTES + 1))
        pins.append(as_pin(checkpoint, file.name))
        if checkpoint.audit_head is not None:
            heads.append((checkpoint.audit_head, checkpoint.signer))
    return ReadCheckpoints(tuple(pins), tuple(heads))


@contextmanager
def _naming(path: str) -> Iterator[None]:
    """Add the file's name to errors about its content."""
    try:
        yield
    except (RecordError, SignatureError) as reason:
        details = {**reason.details, "path": path}
        raise type(reason)(reason.code, f"{path}: {reason.message}", **details) from reason


def _signing_key(workspace: Workspace, authority: Authority, key: str | None) -> str:
    """Choose a key that the policy lists, whatever it may record: a checkpoint is not a record."""
    if key is not None:
        digits = key.replace(" ", "").removeprefix("0x").upper()
        if find_signer(authority.policy, digits) is None:
            text = f"the policy lists no key {key[:60]!r}; give all 40 digits of one that it lists"
            raise RefusedError(Code.UNKNOWN_KEY, text)
        return digits
    keys, now = workspace.signing_keys(), workspace.clock.now()
    for actor_kind in ("HUMAN", "SYSTEM", "AI"):
        with suppress(RefusedError, UsageError):
            return choose_signer(keys, authority, actor_kind, now).key
    return choose_signer(keys, authority, "HUMAN", now).key  # says what is missing
