"""Writes checkpoints, and compares a ledger with them (V16)."""

from __future__ import annotations

from dataclasses import dataclass

from gitprov.codec.checkpoint import checkpoint_file, parse_checkpoint, signed_payload
from gitprov.codec.commit import parse_entry
from gitprov.errors import (
    Code,
    RecordError,
    RefusedError,
    SignatureError,
    StorageError,
)
from gitprov.guard.pins import Pin, check_pins
from gitprov.model.checkpoint import Checkpoint
from gitprov.model.entry import Trailers
from gitprov.model.finding import Finding, Verdict, error, verdict_of
from gitprov.model.policy import SignerRule
from gitprov.model.times import format_time, time_ms
from gitprov.service.ledger.read_entries import EntryReader
from gitprov.service.ledger.view import Authority
from gitprov.service.ports.signatures import SignatureEngine, Signer
from gitprov.service.verify.one import judge_one
from gitprov.service.verify.signed_document import require_signed

NO_AUDIT_LOG = "0" * 64
"""The head of an audit log without a line."""


@dataclass(frozen=True, slots=True)
class WrittenCheckpoint:
    """A checkpoint and the content of its file."""

    checkpoint: Checkpoint
    content: bytes


@dataclass(frozen=True, slots=True)
class CheckedCheckpoint:
    """How a ledger compares with a checkpoint that is good in itself.

    Args:
        checkpoint: what it says.
        signer: who signed it, by the policy at the ledger's tip.
        height: the height of the ledger's tip.
        findings: proofs that the ledger was cut off or rewritten since; empty if it was not.
    """

    checkpoint: Checkpoint
    signer: SignerRule
    height: int
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """Whether the ledger still contains what the checkpoint saw."""
        return verdict_of(list(self.findings))


class Checkpoints:
    """Writes and checks the checkpoints of one ledger.

    Args:
        tip: the ledger's last entry.
    """

    def __init__(self, reader: EntryReader, engine: SignatureEngine, tip: str) -> None:
        self._reader = reader
        self._engine = engine
        self._tip = tip

    def authority(self) -> Authority:
        """Return policy and certificates at the tip.

        Raises:
            RecordError, StorageError: they cannot be read.
        """
        root = self._reader.tree(self._tip)
        if root is None:
            raise RecordError(Code.COMMIT_FORM, f"the tip {self._tip[:12]} names no tree")
        return self._reader.view.authority(root)

    def write(
        self, signer: Signer, fingerprint: str, now_ms: int, audit_head: str | None
    ) -> WrittenCheckpoint:
        """Make and sign a checkpoint of the tip, which is judged first, and read it back.

        Args:
            signer: makes the signature.
            fingerprint: the primary key to sign with.
            now_ms: the clock, milliseconds since 1970.
            audit_head: digest of the audit log's last line; NO_AUDIT_LOG or None: no log.

        Raises:
            RefusedError: the tip is not a good entry; a checkpoint would give it credit.
            SignatureError, SignatureUnknownError: no signature could be made, or none that a
                reader of the ledger would accept.
        """
        self._require_good_tip(now_ms // 1000)
        claims = self._require_claims(self._tip)
        checkpoint = Checkpoint(
            schema_version="v1.0",
            kind="checkpoint",
            ledger_id=claims.ledger_id,
            genesis=self._down_to(None)[0],
            tip=self._tip,
            height=claims.height,
            chain=claims.chain,
            created_at=format_time(now_ms),
            signer=fingerprint,
            audit_head=None if audit_head == NO_AUDIT_LOG else audit_head,
        )
        keys = self.authority().signing_keys(fingerprint, now_ms // 1000)
        signature = signer.sign(signed_payload(checkpoint), fingerprint, keys)
        content = checkpoint_file(checkpoint, signature)
        self.read(content)
        return WrittenCheckpoint(checkpoint, content)

    def read(self, content: bytes, not_before: str | None = None) -> tuple[Checkpoint, SignerRule]:
        """Read a checkpoint that is good in itself and belongs to this ledger (V-15).

        Args:
            content: the checkpoint file.
            not_before: the time (in the one form) before which it counts as too old.

        Raises:
            RecordError: GPV-400-*, GPV-413-LIMIT, GPV-422-SCHEMA, GPV-501-NEWER-SCHEMA;
                GPV-409-REPLAY, it is another ledger's; GPV-422-CLOCK, it is too old.
            SignatureError: as require_signed, or its signer is not the one it names.
            SignatureUnknownError: the engine could not find out.
        """
        signed = parse_checkpoint(content)
        checkpoint = signed.checkpoint
        authority = self.authority()
        if checkpoint.ledger_id != authority.policy.ledger_id:
            text = f"the checkpoint is one of the ledger {checkpoint.ledger_id}"
            raise RecordError(Code.REPLAY, f"{text}; this is {authority.policy.ledger_id}")
        seconds = time_ms(checkpoint.created_at) // 1000
        signer = require_signed(signed.payload, signed.signature, seconds, authority, self._engine)
        if signer.key != checkpoint.signer:
            text = f"the checkpoint names the key {checkpoint.signer}, signed has {signer.key}"
            raise SignatureError(Code.BAD_SIGNATURE, text)
        if not_before is not None and checkpoint.created_at < not_before:
            text = f"the checkpoint is of {checkpoint.created_at}, before {not_before}"
            raise RecordError(Code.CLOCK, f"{text}: too old to rely on")
        return checkpoint, signer

    def pin(self, content: bytes, origin: str) -> Pin:
        """Return the pin of a checkpoint, for a verification.

        Raises:
            RecordError, SignatureError, SignatureUnknownError: as read.
        """
        return as_pin(self.read(content)[0], origin)

    def check(
        self, content: bytes, origin: str, not_before: str | None = None
    ) -> CheckedCheckpoint:
        """Compare the ledger with a checkpoint (V16).

        Args:
            content: the checkpoint file.
            origin: what to call it in findings.
            not_before: as read.

        Raises:
            RecordError, SignatureError, SignatureUnknownError: as read; it is not a finding
                about the ledger.
        """
        checkpoint, signer = self.read(content, not_before)
        genesis, is_mainline = self._down_to(checkpoint.tip)
        places = {}
        if is_mainline or self._is_ancestor(checkpoint.tip):
            places[checkpoint.tip] = is_mainline
        height = self._reader.height(self._tip)
        pins = (as_pin(checkpoint, origin),)
        findings = check_pins(checkpoint.genesis, genesis, pins, places, height)
        if checkpoint.tip in places:
            findings += self._check_claims(checkpoint, origin)
        return CheckedCheckpoint(checkpoint, signer, height, tuple(findings))

    def _check_claims(self, checkpoint: Checkpoint, origin: str) -> list[Finding]:
        """The same object id must still stand for the same chain of content."""
        claims = self._claims(checkpoint.tip)
        seen = (checkpoint.ledger_id, checkpoint.height, checkpoint.chain)
        if claims is not None and (claims.ledger_id, claims.height, claims.chain) == seen:
            return []
        text = f"{origin} saw {checkpoint.tip[:12]} with height {seen[1]} and chain {seen[2][:12]}"
        return [error(Code.SPLIT_VIEW, f"{text}; here it claims something else")]

    def _down_to(self, wanted: str | None) -> tuple[str, bool]:
        """Walk the mainline; return the genesis, and whether the wanted entry was met."""
        oid, is_met = self._tip, self._tip == wanted
        while parents := self._reader.parents(oid):
            oid = parents[0]
            is_met = is_met or oid == wanted
        return oid, is_met

    def _is_ancestor(self, wanted: str) -> bool:
        """Whether any line of parents leads to an entry; every claim is left aside."""
        stack, seen = [self._tip], {self._tip}
        while stack:
            for parent in self._reader.parents(stack.pop()):
                if parent == wanted:
                    return True
                if parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
        return False

    def _require_good_tip(self, now: int) -> None:
        entry = self._reader.entry(self._tip)
        findings = judge_one(self._reader, self._engine, self._tip, entry, now)
        if verdict_of(list(findings)) is not Verdict.PASS:
            text = f"the tip {self._tip[:12]} is not a good entry; see gitprov verify"
            raise RefusedError(findings[0].code, text, findings=list(findings))

    def _require_claims(self, oid: str) -> Trailers:
        claims = self._claims(oid)
        if claims is None:
            raise StorageError(Code.STORE_CORRUPT, f"{oid[:12]} has no readable message")
        return claims

    def _claims(self, oid: str) -> Trailers | None:
        try:
            return parse_entry(self._reader.raw(oid))[1]
        except RecordError:
            return None


def as_pin(checkpoint: Checkpoint, origin: str) -> Pin:
    """Return what a verifier remembers by a checkpoint."""
    is_remote = checkpoint.remote is not None
    return Pin(checkpoint.tip, checkpoint.height, is_remote, origin)
