"""The facts of a parent that the judgement of its child needs."""

from __future__ import annotations

from dataclasses import dataclass

from gitprov.codec.commit import parse_entry, read_links
from gitprov.errors import GitprovError, RecordError
from gitprov.model.entry import CommitForm, Trailers


@dataclass(frozen=True, slots=True)
class ParentFacts:
    """The facts of a parent that judge its child; its claims are judged at the parent.

    Args:
        tree: its root tree; None where that cannot be read.
        seconds: its Unix seconds; None where its form is broken.
        claims: what its message claims; None where that cannot be read.
        unreadable: why there is no commit of that id, None if there is one.
    """

    oid: str
    tree: str | None
    seconds: int | None
    claims: Trailers | None
    unreadable: GitprovError | None = None


def parent_facts(oid: str, raw: bytes) -> ParentFacts:
    """Read a parent's facts from its raw commit, however broken it is."""
    try:
        commit, claims = parse_entry(raw)
    except RecordError:
        return ParentFacts(oid, read_links(raw)[0], None, None)
    return facts_of(oid, commit, claims)


def facts_of(oid: str, commit: CommitForm, claims: Trailers | None) -> ParentFacts:
    """Return a parent's facts from what was parsed of it already."""
    return ParentFacts(oid, commit.tree, commit.seconds, claims)
