"""Looks at what an update claims to be, before anything that was accepted is read (7.1).

Nobody without a key of the ledger may make a server list it: entries on an ancient one, a root
that claims height 0, a rewind. What is refused here is refused for what is new alone; what passes
is judged in full.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gitprov.codec.commit import parse_entry
from gitprov.errors import Code, GitprovError
from gitprov.model.entry import CommitForm, Trailers
from gitprov.model.finding import Finding, error
from gitprov.service.judge.signature import judge_signature
from gitprov.service.judge.stages import finish
from gitprov.service.ledger.tip import read_tip
from gitprov.service.ledger.view import Authority, Certificate, LedgerView
from gitprov.service.ports.signatures import SignatureEngine

MOST_REFUSED = 20
"""So many bad entries are enough to refuse an update (7.1)."""

_NO_KEY = frozenset({Code.UNSIGNED, Code.SIGNATURE_FORM, Code.BAD_SIGNATURE, Code.UNKNOWN_KEY})
NOT_FORWARD = "the old tip is not on the new tip's first-parent chain; entries would be lost"


def screen_update(
    view: LedgerView, engine: SignatureEngine, old: str, new: str
) -> tuple[Finding, ...]:
    """Return why an update cannot be good; nothing if it has to be judged.

    Args:
        view: reads the ledger, new objects included.
        engine: checks signatures.
        old: the accepted tip.
        new: the tip that would follow.

    Raises:
        StorageError: the accepted tip cannot be read.
    """
    if old == new:
        return ()
    tip = read_tip(view, old)
    unsigned: list[Finding] = []
    last = None
    highest = None
    for oid, commit, claims in _chain(view, old, new, tip.claims.height):
        highest = highest or claims
        if commit.signature is None:
            text = "the entry is not signed; only signed entries are accepted"
            unsigned.append(_at(error(Code.UNSIGNED, text), oid, claims))
            if len(unsigned) == MOST_REFUSED:
                return tuple(unsigned)
        last = (oid, commit, claims)
    if last is None:
        return ()  # the new tip is no entry at all: the judge says why
    oid, commit, claims = last
    found = unsigned
    if not found:
        findings = _check_signer(view, engine, commit, view.authority(tip.commit.tree))
        found = [_at(finding, oid, claims) for finding in findings]
    is_next = bool(commit.parents) and commit.parents[0] == old
    # A tip that is not higher than the old one cannot follow it, whoever signed it.
    is_behind = highest is not None and highest.height <= tip.claims.height
    if not is_next and (found or is_behind):
        found.append(error(Code.NON_FF, NOT_FORWARD))
        if not commit.parents:
            found.append(_at(error(Code.REPLAY, "a second genesis; a ledger has one"), oid, claims))
    return tuple(found)


def _chain(
    view: LedgerView, old: str, new: str, floor: int
) -> Iterator[tuple[str, CommitForm, Trailers | None]]:
    """Yield the entries from the new tip down to the one that says it follows the old tip.

    Heights fall from entry to entry, and end above the old tip's, or the chain ends: so its
    length follows from what is new.
    """
    oid, height = new, None
    while oid != old:
        try:
            commit, claims = parse_entry(view.commit(oid))
        except GitprovError:
            return
        yield oid, commit, claims
        is_known = claims is not None and (height is None or claims.height < height)
        if claims is None or not is_known or claims.height <= floor + 1 or not commit.parents:
            return
        oid, height = commit.parents[0], claims.height


def _check_signer(
    view: LedgerView, engine: SignatureEngine, commit: CommitForm, authority: Authority
) -> list[Finding]:
    """Return why no key of the ledger has signed an entry; nothing if one has, or who knows."""
    signed = finish(judge_signature(view, commit, authority, engine, _brought(view, commit)))
    return [finding for finding in signed.findings if finding.code in _NO_KEY]


def _brought(view: LedgerView, commit: CommitForm) -> dict[str, Certificate]:
    """Return the certificates in an entry's own tree: it may renew its signer's."""
    try:
        return dict(view.authority(commit.tree).certificates)
    except GitprovError:
        return {}


def _at(finding: Finding, oid: str, claims: Trailers | None) -> Finding:
    return replace(finding, entry=oid, height=None if claims is None else claims.height)
