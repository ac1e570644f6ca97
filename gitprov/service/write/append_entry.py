"""Makes one entry: trees, message, signature, judgement, write, swap, read back.

Nothing reaches the ref that the verifier would refuse: the same judge sees the very bytes
first, and sees them again after they were read back from the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gitprov.codec.chain import chain_digest, sha256_hex
from gitprov.codec.commit import signed_commit, unsigned_commit
from gitprov.codec.message import FileFacts, render_message
from gitprov.errors import Code, GitprovError, RefusedError, StorageError
from gitprov.gitraw.item import object_id
from gitprov.guard.clock import SKEW_SECONDS
from gitprov.model.entry import Trailers
from gitprov.model.finding import Finding, failing
from gitprov.model.policy import SignerRule
from gitprov.service.judge.case import EntryPosition
from gitprov.service.judge.entry import EntryJudge
from gitprov.service.judge.files import RecordJudge
from gitprov.service.judge.require_good import require_good
from gitprov.service.ledger.overlay import Overlay
from gitprov.service.ledger.parent_facts import ParentFacts, facts_of
from gitprov.service.ledger.tip import Tip
from gitprov.service.ledger.view import LedgerView
from gitprov.service.ports.clock import Clock
from gitprov.service.ports.objects import ObjectReader, ObjectWriter, TreeBuilder
from gitprov.service.ports.refs import RefStore
from gitprov.service.ports.signatures import SignatureEngine, Signer


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to add: its path in the ledger's tree, its content, what the message says of it."""

    path: str
    content: bytes
    facts: FileFacts


@dataclass(frozen=True, slots=True)
class AppendedEntry:
    """An entry that was appended, and the findings of its read-back."""

    oid: str
    height: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class AppendPorts:
    """The ports of appending, and the judge that remembers records."""

    reader: ObjectReader
    writer: ObjectWriter
    trees: TreeBuilder
    refs: RefStore
    engine: SignatureEngine
    signer: Signer
    clock: Clock
    records: RecordJudge


class EntryAppender:
    """Appends entries to one ref.

    Args:
        view: the ledger as it is; its memory of trees and certificates is shared.
    """

    def __init__(self, ports: AppendPorts, view: LedgerView, ref: str) -> None:
        self._ports = ports
        self._view = view
        self._ref = ref
        self.records = ports.records

    def append(
        self, tip: Tip | None, policy: int, signer: SignerRule, files: Sequence[NewFile]
    ) -> AppendedEntry:
        """Append one entry with these files; the caller holds the writer lock.

        Args:
            tip: the ref's entry; None makes the genesis.
            policy: number of the policy in force.
            signer: who signs.
            files: what it adds.

        Raises:
            RefusedError: the judge refuses the entry; GPV-422-CLOCK, it would, because this
                machine's clock is behind the tip; nothing was written.
            SignatureError, SignatureUnknownError: no signature could be made.
            RefMovedError: GPV-409-STALE, another process appended first.
            StorageError: GPV-507-STORAGE, GPV-503-BUSY.
        """
        self.require_clock(tip)
        overlay = Overlay(self._ports.reader)
        root = self._build(overlay, tip, files)
        payload, height = self._render(tip, policy, signer, files, root)
        keys = self._signing_keys(tip, signer.key, files)
        signature = self._ports.signer.sign(payload, signer.key, keys)
        raw = signed_commit(payload, signature)
        oid = overlay.add("commit", raw)
        require_good(self._judge(overlay, oid, raw, tip))
        self._ports.writer.write(overlay.objects())
        self._ports.refs.swap(self._ref, oid, None if tip is None else tip.oid)
        return AppendedEntry(oid, height, self._read_back(overlay, oid, raw, tip))

    def entry_seconds(self, tip: Tip | None) -> int:
        """Return the Unix seconds of an entry that would be appended now."""
        now = self._ports.clock.now_ms() // 1000
        return now if tip is None else max(now, tip.commit.seconds)

    def require_clock(self, tip: Tip | None) -> None:
        """Say what is wrong before a signature of a wrong time says it in other words (F-29).

        Raises:
            RefusedError: GPV-422-CLOCK, this machine's clock is behind the tip.
        """
        now = self._ports.clock.now_ms() // 1000
        behind = 0 if tip is None else tip.commit.seconds - now
        if behind > SKEW_SECONDS:
            remedy = "set the clock, then: gitprov flush"
            text = f"this machine's clock is {behind} s behind the newest entry; {remedy}"
            raise RefusedError(Code.CLOCK, text, remedy=remedy)

    def restore(self, oid: str, content: bytes) -> None:
        """Write a file of the ledger again if the store cannot give it back as it was.

        For what an entry names already, but a bad disk lost (see the read-back of an append).

        Raises:
            StorageError: GPV-507-STORAGE; GPV-500-INTERNAL, the store does not say.
        """
        try:
            self._ports.reader.read(oid, len(content))
        except StorageError as reason:
            if reason.code not in {Code.STORE_CORRUPT, Code.LIMIT}:
                raise
            self._ports.writer.write([("blob", content)])

    def _signing_keys(self, tip: Tip | None, key: str, files: Sequence[NewFile]) -> list[str]:
        """Return the keys that may sign: by the certificate in force, else by one brought (V5)."""
        seconds = self.entry_seconds(tip)
        found: dict[str, None] = {}
        if tip is not None:
            authority = self._view.authority(tip.commit.tree)
            found.update(dict.fromkeys(authority.signing_keys(key, seconds)))
        for file in files:
            if file.facts.kind == "key" and file.facts.name.startswith(f"{key}/"):
                brought = self._ports.engine.read_certificate(file.content)
                found.update(dict.fromkeys(brought.signing_order(seconds)))
        return list(found)

    def _build(self, overlay: Overlay, tip: Tip | None, files: Sequence[NewFile]) -> str:
        blobs = {file.path: overlay.add("blob", file.content) for file in files}
        before = None if tip is None else tip.commit.tree
        root, trees = self._ports.trees.insert_files(before, blobs)
        for tree in trees:
            overlay.add("tree", tree)
        return root

    def _render(
        self,
        tip: Tip | None,
        policy: int,
        signer: SignerRule,
        files: Sequence[NewFile],
        root: str,
    ) -> tuple[bytes, int]:
        seconds = self.entry_seconds(tip)
        height = 0 if tip is None else tip.claims.height + 1
        genesis_id = next((f.facts.name for f in files if f.facts.kind == "ledger"), "")
        ledger_id = genesis_id if tip is None else tip.claims.ledger_id
        chain = chain_digest(
            (ledger_id, height, seconds),
            signer.key,
            [] if tip is None else [tip.claims.chain],
            [(file.path, sha256_hex(file.content)) for file in files],
        )
        claims = Trailers(ledger_id, height, chain, policy)
        message = render_message([file.facts for file in files], claims)
        parents = () if tip is None else (tip.oid,)
        identity = (signer.name, signer.email)
        return unsigned_commit(root, parents, identity, seconds, message), height

    def _judge(self, reader: ObjectReader, oid: str, raw: bytes, tip: Tip | None) -> list[Finding]:
        view = self._view.over(reader)
        parents: tuple[ParentFacts, ...] = ()
        if tip is not None:
            parents = (facts_of(tip.oid, tip.commit, tip.claims),)
        judge = EntryJudge(
            view,
            self._ports.engine,
            None if tip is None else tip.claims.ledger_id,
            self._ports.clock.now_ms() // 1000,
            accepting=True,
            records=self.records,
        )
        return judge.judge(oid, raw, EntryPosition(parents)).findings

    def _read_back(
        self, written: Overlay, oid: str, raw: bytes, tip: Tip | None
    ) -> tuple[Finding, ...]:
        """Step 5: read everything back, compare the bytes, judge again."""
        reader = self._ports.reader
        found = Overlay(reader)
        try:
            for kind, content in written.objects():
                stored = reader.read(object_id(kind, content), len(content))
                if stored != (kind, content):
                    text = "an object read back differs from what was written"
                    return (Finding(Code.STORE_CORRUPT, text, oid),)
                found.add(*stored)
            # The objects that were read back are judged, without reading them again.
            findings = self._judge(found, oid, raw, tip)
            return tuple(failing(findings))
        except GitprovError as reason:
            return (Finding(reason.code, reason.message, oid),)
