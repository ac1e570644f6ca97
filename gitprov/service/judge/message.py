"""Step V13 for one entry: the message is the rendering of the content, its claims are right."""

from __future__ import annotations

from collections.abc import Sequence

from gitprov.codec.chain import chain_digest
from gitprov.codec.message import render_message
from gitprov.errors import Code
from gitprov.model.entry import Trailers
from gitprov.model.finding import Finding, error
from gitprov.service.judge.case import EntryCase
from gitprov.service.judge.files import JudgedFile


def judge_message(case: EntryCase, claims: Trailers | None, ledger_id: str | None) -> list[Finding]:
    """Judge an entry's message; only its claims where a record's schema is newer than ours.

    Args:
        claims: what the message claims; None if it is not of the rendered shape.
        ledger_id: the ledger's id; None for a genesis, which states its own.
    """
    ledger_id = ledger_id or _own_ledger_id(case.files)
    height = case.place.height
    if height is None or ledger_id is None:
        return []
    if claims is None:
        return [error(Code.COMMIT_FORM, "the message is not of the rendered shape")]
    right = Trailers(
        ledger_id, height, _chain(case, claims, ledger_id, height), case.before.policy.version
    )
    if claims != right:
        return [error(Code.REPLAY, _wrong_claim(claims, right))]
    if any(file.record is None and file.kind != "key" for file in case.files):
        return []
    merged = case.commit.parents[1] if len(case.commit.parents) > 1 else None
    rendered = render_message([file.facts() for file in case.files], right, merged)
    if rendered != case.commit.message:
        text = "the message is not the rendering of the entry's content"
        return [error(Code.COMMIT_FORM, text)]
    return []


def _chain(case: EntryCase, claims: Trailers, ledger_id: str, height: int) -> str:
    if case.signed.signer is None:
        # The signer's fingerprint is part of the chain; without one there is nothing to compare.
        return claims.chain
    return chain_digest(
        (ledger_id, height, case.commit.seconds),
        case.signed.signer.key,
        [p.claims.chain for p in case.place.parents if p.claims is not None],
        [(file.path, file.digest) for file in case.files],
    )


def _own_ledger_id(files: Sequence[JudgedFile]) -> str | None:
    for file in files:
        if file.record is not None and file.record.kind == "ledger":
            return file.record.ledger_id
    return None


def _wrong_claim(claims: Trailers, right: Trailers) -> str:
    wrong = next(
        name
        for name in ("ledger_id", "height", "chain", "policy")
        if getattr(claims, name) != getattr(right, name)
    )
    return f"the message claims {wrong} {getattr(claims, wrong)}, right is {getattr(right, wrong)}"
