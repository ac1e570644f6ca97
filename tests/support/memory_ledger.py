"""Ledgers that live in memory and carry no signatures: for what reads without judging."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from gitprov.errors import Code, StorageError
from gitprov.model.entry import CertificateFacts
from gitprov.service.ledger.read_entries import EntryReader
from gitprov.service.ledger.view import LedgerView
from tests.support import record_texts as texts
from tests.support.raw_objects import RawObjects
from tests.support.record_texts import Author, File

LEDGER_ID = "4d0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7bb"
START = 1_730_000_000


class MemoryObjects(RawObjects):
    """Objects that never reach a disk; how often each was read is counted."""

    def __init__(self, known: Mapping[str, tuple[str, bytes]] | None = None) -> None:
        super().__init__(Path("/nowhere"), known)
        self.reads: dict[str, int] = {}

    def plant(self, oid: str, kind: str, content: bytes) -> None:
        self.known[oid] = (kind, content)

    def read(self, oid: str, limit: int) -> tuple[str, bytes]:
        self.reads[oid] = self.reads.get(oid, 0) + 1
        if oid not in self.known:
            raise StorageError(Code.STORE_CORRUPT, f"object {oid} is missing")
        kind, content = self.known[oid]
        if len(content) > limit:
            raise StorageError(Code.LIMIT, f"object {oid} is too large")
        return kind, content


class NoEngine:
    """An engine for ledgers without keys."""

    name = "none"

    def read_certificate(self, armoured: bytes) -> CertificateFacts:
        raise AssertionError(armoured)

    def is_good(
        self, payload: bytes, signature: bytes, certificate: bytes, seconds: int
    ) -> NoReturn:
        raise AssertionError(payload, signature, certificate, seconds)


class MemoryLedger:
    """Appends unsigned entries of otherwise good form."""

    def __init__(self) -> None:
        self.objects = MemoryObjects()
        self.tip = ""
        self.heights: dict[str, int] = {}
        self.trees: dict[str, str] = {}
        self.seconds = START
        self.count = 0

    @property
    def reader(self) -> EntryReader:
        """A fresh reader of these objects."""
        return EntryReader(LedgerView(self.objects, NoEngine()))

    @property
    def view(self) -> LedgerView:
        """A fresh view of these objects."""
        return LedgerView(self.objects, NoEngine())

    @property
    def root(self) -> str:
        """The root tree of the tip."""
        return self.trees[self.tip]

    def author(self, actor_kind: str = "HUMAN") -> Author:
        """Say who records, and count on, so that every id is new."""
        self.count += 1
        return Author(self.seconds, self.count, actor_kind)

    def run(self, **fields: object) -> File:
        """Write a new run."""
        return texts.run(self.author(), **fields)  # type: ignore[arg-type]  # passed on

    def append(
        self,
        *files: File,
        on: str | None = None,
        merge: str | None = None,
        height: int | None = None,
    ) -> str:
        """Append an entry and make it the tip.

        Args:
            files: what it adds.
            on: its first parent instead of the tip; empty for none.
            merge: its second parent, whose files it takes over.
            height: what it claims instead of the truth.
        """
        first = self.tip if on is None else on
        parents = [oid for oid in (first, merge) if oid]
        root = self.trees.get(first)
        added = [(file.path, self.objects.put("blob", file.text)) for file in files]
        if merge is not None:
            added += self.objects.files(self.trees[merge]).items()
        for path, oid in added:
            root = self.objects.add(root, path, oid)
        truth = 1 + max((self.heights[oid] for oid in parents), default=-1)
        claimed = truth if height is None else height
        oid = self.objects.put("commit", self._commit(root or "", parents, claimed))
        self.heights[oid] = claimed
        self.trees[oid] = root or ""
        self.tip = oid
        self.seconds += 60
        return oid

    def found(self) -> str:
        """Append a genesis of one run."""
        return self.append(self.run(), on="")

    def branch(self, *files: File, on: str, merge: str | None = None) -> str:
        """Append an entry beside the tip, which stays."""
        tip = self.tip
        made = self.append(*files, on=on, merge=merge)
        self.tip = tip
        return made

    def _commit(self, root: str, parents: list[str], height: int) -> bytes:
        who = f"Nobody <nobody@example.org> {self.seconds} +0000"
        lines = [f"tree {root}", *(f"parent {oid}" for oid in parents)]
        lines += [f"author {who}", f"committer {who}", "", "an entry", ""]
        lines += [f"Gitprov-Ledger: {LEDGER_ID}", f"Gitprov-Height: {height}"]
        lines += [f"Gitprov-Chain: sha256:{'0' * 64}", "Gitprov-Policy: 1", ""]
        return "\n".join(lines).encode()
