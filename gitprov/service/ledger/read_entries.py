"""Lists a ledger's entries lazily, newest or oldest first; nothing is judged here.

Heights and times are what the entries claim. That the claims are true is for ``verify`` to say.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gitprov.codec.commit import parse_commit, read_links
from gitprov.codec.openpgp import dearmour, parse_signature
from gitprov.errors import GitprovError, RecordError, StorageError
from gitprov.model.entry import AddedFile, CommitForm
from gitprov.model.policy import SignerRule
from gitprov.service.ledger.branches import newly_reachable, parents_first
from gitprov.service.ledger.tree_changes import TreeComparison
from gitprov.service.ledger.view import Authority, LedgerView

_RAW_KEPT = 256
_MERGE = 2  # parents that make an entry a merge
_HEIGHT = re.compile(rb"\nGitprov-Height: (0|[1-9][0-9]{0,15})\n")


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The mainline entry by which an entry was accepted.

    Args:
        oid: that entry.
        before: its first parent, whose tree decides what was new; None for the genesis.
    """

    oid: str
    height: int
    before: str | None


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """One entry as it is in the ledger.

    Args:
        parents: as its raw header names them.
        tree: its root tree, None if the header names none.
        height: what it claims, -1 where its message has no readable claim.
        commit: its parts, None where its form is broken.
        accepted: by which mainline entry it came in; itself on the mainline.
        repeated: paths that it adds although they belong to another entry of the same branch.
    """

    oid: str
    parents: tuple[str, ...]
    tree: str | None
    height: int
    commit: CommitForm | None
    accepted: Acceptance
    repeated: frozenset[str] = frozenset()

    @property
    def is_mainline(self) -> bool:
        """Whether it is on the first-parent chain of the tip."""
        return self.oid == self.accepted.oid

    @property
    def seconds(self) -> int:
        """Unix seconds of the entry, 0 where its form is broken."""
        return 0 if self.commit is None else self.commit.seconds


class EntryReader:
    """Reads entries of one ledger.

    Args:
        view: reads its objects.
    """

    def __init__(self, view: LedgerView) -> None:
        self.view = view
        self._raw: OrderedDict[str, bytes] = OrderedDict()

    def newest_first(self, tip: str) -> Iterator[ListedEntry]:
        """Yield every entry, each before its parents, in the reverse order of acceptance.

        A linear ledger is read one commit at a time; at a merge, as far down as the two sides
        differ.

        Raises:
            StorageError: a commit cannot be read.
            RecordError: GPV-400-COMMIT-FORM, a parent is not a commit.
        """
        return (self.entry(*place) for place in self.places(tip))

    def places(self, tip: str) -> Iterator[tuple[str, Acceptance, frozenset[str]]]:
        """Yield object id, acceptance and repeated paths of each entry, as newest_first does."""
        oid: str | None = tip
        while oid is not None:
            raw = self.raw(oid)
            parents = read_links(raw)[1]
            before = parents[0] if parents else None
            accepted = Acceptance(oid, _claimed_height(raw), before)
            yield oid, accepted, frozenset()
            yield from self._side(parents, accepted, newest_first=True)
            oid = before

    def entry(
        self,
        oid: str,
        accepted: Acceptance | None = None,
        repeated: frozenset[str] = frozenset(),
    ) -> ListedEntry:
        """Read one entry; without an acceptance it counts as one of the mainline.

        Raises:
            StorageError, RecordError: as newest_first.
        """
        raw = self.raw(oid)
        tree, parents = read_links(raw)
        height = _claimed_height(raw)
        if accepted is None:
            accepted = Acceptance(oid, height, parents[0] if parents else None)
        try:
            commit = parse_commit(raw)
        except RecordError:
            commit = None
        return ListedEntry(oid, parents, tree, height, commit, accepted, repeated)

    def added(self, entry: ListedEntry) -> list[AddedFile]:
        """Return the files that belong to an entry, sorted by path.

        A file that reaches a merge by both sides belongs to the side of the first parent.

        Raises:
            StorageError: an object cannot be read.
            RecordError: GPV-400-TREE-FORM, GPV-413-LIMIT.
        """
        files = self._added_to_parents(entry)
        if entry.is_mainline or entry.accepted.before is None:
            return files
        known = self.tree(entry.accepted.before)
        return [
            file
            for file in files
            if file.path not in entry.repeated
            and (known is None or self.view.find(known, file.path) is None)
        ]

    def signer(self, entry: ListedEntry) -> SignerRule | None:
        """Look up whose key made an entry's signature, by the policy in force for it.

        The signature itself is not checked. None where it has none, or of an unknown key.
        """
        issuer = None if entry.commit is None else _issuer(entry.commit)
        if issuer is None:
            return None
        before = self.tree(entry.parents[0]) if entry.parents else entry.tree
        # A renewed certificate may hold the very subkey that signs its entry.
        for tree in dict.fromkeys((before, entry.tree)):
            authority = self._authority(tree)
            primary = None if authority is None else authority.issuers.get(issuer)
            if authority is not None and primary is not None:
                return authority.policy.signer(primary)
        return None

    def tree(self, oid: str) -> str | None:
        """Return an entry's root tree, None if its header names none."""
        return read_links(self.raw(oid))[0]

    def parents(self, oid: str) -> tuple[str, ...]:
        """Return the parents that an entry's raw header names."""
        return read_links(self.raw(oid))[1]

    def height(self, oid: str) -> int:
        """Return the height that an entry claims, -1 if it claims none."""
        return _claimed_height(self.raw(oid))

    def raw(self, oid: str) -> bytes:
        """Return a raw commit; the ones read last are remembered."""
        known = self._raw.get(oid)
        if known is None:
            known = self._raw[oid] = self.view.commit(oid)
            while len(self._raw) > _RAW_KEPT:
                self._raw.popitem(last=False)
        return known

    def newly_reachable(self, parents: Sequence[str]) -> tuple[set[str], bool]:
        """Tell what a merge's further parents reach and its first parent does not.

        Returns:
            Those entries, and whether the first parent is an ancestor of one of them.
        """
        return newly_reachable(parents, self.parents, self.height)

    def _side(
        self, parents: Sequence[str], accepted: Acceptance, *, newest_first: bool
    ) -> Iterator[tuple[str, Acceptance, frozenset[str]]]:
        """Yield the places that a mainline merge accepted; none if it is not a merge."""
        if len(parents) < _MERGE:
            return
        oids = parents_first(parents[1:], self.newly_reachable(parents)[0], self.parents)
        repeated = self._repeats(oids)
        for oid in reversed(oids) if newest_first else oids:
            yield oid, accepted, repeated.get(oid, frozenset())

    def _repeats(self, oids: Sequence[str]) -> dict[str, frozenset[str]]:
        """Give each path to the first of a branch's entries; only merges inside repeat any."""
        if all(len(self.parents(oid)) < _MERGE for oid in oids):
            return {}
        seen: set[str] = set()
        repeated = {}
        for oid in oids:
            paths = {file.path for file in self._added_to_parents(self.entry(oid))}
            if paths & seen:
                repeated[oid] = frozenset(paths & seen)
            seen |= paths
        return repeated

    def _added_to_parents(self, entry: ListedEntry) -> list[AddedFile]:
        trees = [self.tree(parent) for parent in entry.parents]
        known = [tree for tree in trees if tree is not None]
        if entry.tree is None or len(known) < len(trees):
            return []
        change = TreeComparison(self.view).compare(entry.tree, known)
        return sorted(change.added, key=lambda file: file.path)

    def _authority(self, tree: str | None) -> Authority | None:
        try:
            return None if tree is None else self.view.authority(tree)
        except StorageError:
            raise
        except GitprovError:
            return None


def _claimed_height(raw: bytes) -> int:
    message = raw.partition(b"\n\n")[2]
    claim = _HEIGHT.search(message)
    return -1 if claim is None else int(claim[1])


def _issuer(commit: CommitForm) -> str | None:
    if commit.signature is None:
        return None
    try:
        form = parse_signature(dearmour(commit.signature))
    except RecordError:
        return None
    return form.issuer_fingerprint or form.issuer_key_id
