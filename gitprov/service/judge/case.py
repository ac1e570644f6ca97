"""One entry under judgement: where it is and what is known of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gitprov.codec.commit import parse_entry
from gitprov.errors import RecordError
from gitprov.model.entry import CommitForm, Trailers
from gitprov.model.finding import Finding, error
from gitprov.model.policy import SignerRule
from gitprov.service.judge.files import JudgedFile
from gitprov.service.judge.signature import SignedBy
from gitprov.service.ledger.parent_facts import ParentFacts
from gitprov.service.ledger.view import Authority


@dataclass(frozen=True, slots=True)
class AcceptedBy:
    """The mainline merge that accepted an entry.

    Args:
        tree: the root tree of the merge's first parent: it yields the authority in force.
        seconds: the merge's Unix seconds.
    """

    tree: str
    seconds: int


@dataclass(frozen=True, slots=True)
class EntryPosition:
    """Where an entry is in the ledger.

    Args:
        parents: its parents' facts, first parent first.
        mainline: it is on the first-parent chain of the tip.
        accepted_by: the mainline merge that accepted it; None on the mainline.
        related: it is a merge one of whose parents is an ancestor of the other.
    """

    parents: tuple[ParentFacts, ...]
    mainline: bool = True
    accepted_by: AcceptedBy | None = None
    related: bool = False

    @property
    def height(self) -> int | None:
        """The height that follows from the parents' claims; None where a parent has none."""
        if any(parent.claims is None for parent in self.parents):
            return None
        heights = (p.claims.height for p in self.parents if p.claims is not None)
        return 1 + max(heights, default=-1)


@dataclass(frozen=True, slots=True)
class EntryCase:
    """An entry of good commit form with everything its judges need.

    Args:
        commit: its parts.
        before: the authority in force for it.
    """

    commit: CommitForm
    place: EntryPosition
    before: Authority
    files: list[JudgedFile]
    signed: SignedBy


@dataclass(slots=True)
class JudgedEntry:
    """The answer about one entry; an entry without findings is good.

    Args:
        commit: its parts, None where its form is broken.
        claims: what its message claims.
        signer: who signed it.
        added: how many files it adds, once its tree was compared.
        findings: in the order of precedence.
    """

    oid: str
    commit: CommitForm | None = None
    claims: Trailers | None = None
    signer: SignerRule | None = None
    added: int = 0
    files: list[JudgedFile] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_entry(oid: str, raw: bytes) -> JudgedEntry:
    """Read an entry's commit and what it claims; without a good form there is no more to judge."""
    entry = JudgedEntry(oid)
    try:
        entry.commit, entry.claims = parse_entry(raw)
    except RecordError as reason:
        entry.findings = [replace(error(reason.code, reason.message), entry=oid)]
    return entry
