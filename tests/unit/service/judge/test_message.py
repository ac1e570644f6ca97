"""V13: what an entry's message claims about its place, held against what follows from it."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from gitprov.codec.chain import chain_digest
from gitprov.codec.message import render_message
from gitprov.errors import Code
from gitprov.model.entry import CommitForm, Trailers
from gitprov.model.policy import SignerRule
from gitprov.model.run import RunRecord
from gitprov.service.judge.case import EntryCase, EntryPosition
from gitprov.service.judge.files import JudgedFile, RecordJudge
from gitprov.service.judge.message import judge_message
from gitprov.service.judge.signature import SignedBy
from gitprov.service.ledger.parent_facts import ParentFacts
from gitprov.service.ledger.view import Authority
from tests.support.authorities import ALICE, BOB, LEDGER, policy, rule
from tests.support.record_texts import Author
from tests.support.record_texts import run as run_text

OTHER = "9d0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7bb"
PARENT = Trailers(LEDGER, 6, f"sha256:{'1' * 64}", 1)
CLAIMS = Trailers(LEDGER, 7, f"sha256:{'2' * 64}", 1)


def run_file() -> JudgedFile:
    text = run_text(Author(1_730_000_000, 1, "HUMAN"))
    record = RecordJudge().judge(text.text, "run", text.name, text.path)
    assert isinstance(record, RunRecord)
    digest = hashlib.sha256(text.text).hexdigest()
    return JudgedFile(text.path, "0" * 40, "run", text.name, digest, len(text.text), record)


def case(
    message: str,
    *files: JudgedFile,
    parents: tuple[Trailers | None, ...],
    signer: SignerRule | None = None,
) -> EntryCase:
    """An entry; where no known key signed it, its chain is taken as it is claimed."""
    form = CommitForm("0" * 40, ("a" * 40,), "A", "a@example.org", 0, None, b"", message)
    facts = tuple(ParentFacts("a" * 40, "0" * 40, 0, claims) for claims in parents)
    signed = SignedBy(signer, None, 0, ())
    authority = Authority(policy(), "", {}, {})
    return EntryCase(form, EntryPosition(facts), authority, list(files), signed)


def test_the_rendering_of_the_content_is_good() -> None:
    one = run_file()
    message = render_message([one.facts()], CLAIMS, None)
    assert judge_message(case(message, one, parents=(PARENT,)), CLAIMS, LEDGER) == []


@pytest.mark.parametrize("change", ["\n", " ", "x"])
def test_one_byte_more_is_not(change: str) -> None:
    one = run_file()
    message = render_message([one.facts()], CLAIMS, None) + change
    (finding,) = judge_message(case(message, one, parents=(PARENT,)), CLAIMS, LEDGER)
    assert finding.code is Code.COMMIT_FORM


@pytest.mark.parametrize(
    ("claims", "named"),
    [
        (replace(CLAIMS, ledger_id=OTHER), f"ledger_id {OTHER}, right is {LEDGER}"),
        (replace(CLAIMS, height=8), "height 8, right is 7"),
        (replace(CLAIMS, height=6), "height 6, right is 7"),
        (replace(CLAIMS, policy=2), "policy 2, right is 1"),
    ],
)
def test_a_wrong_claim_is_named_with_the_right_one(claims: Trailers, named: str) -> None:
    (finding,) = judge_message(case("", run_file(), parents=(PARENT,)), claims, LEDGER)
    assert finding.code is Code.REPLAY
    assert named in finding.message


def test_a_message_of_another_shape_claims_nothing() -> None:
    (finding,) = judge_message(case("hello", run_file(), parents=(PARENT,)), None, LEDGER)
    assert finding.code is Code.COMMIT_FORM


def test_height_is_one_more_than_the_higher_parent() -> None:
    high = replace(PARENT, height=41)
    claims = replace(CLAIMS, height=42)
    merged = case("", run_file(), parents=(PARENT, high))
    (finding,) = judge_message(merged, CLAIMS, LEDGER)
    assert "height 7, right is 42" in finding.message
    assert all(f.code is not Code.REPLAY for f in judge_message(merged, claims, LEDGER))


def test_nothing_follows_from_a_parent_that_claims_nothing() -> None:
    assert judge_message(case("", run_file(), parents=(None,)), CLAIMS, LEDGER) == []


def test_without_a_ledger_there_is_nothing_to_compare() -> None:
    assert judge_message(case("", run_file(), parents=()), CLAIMS, None) == []


def test_the_chain_binds_parents_content_and_signer() -> None:
    one = run_file()
    content = [(one.path, one.digest)]
    chain = chain_digest((LEDGER, 7, 0), ALICE, [PARENT.chain], content)
    right = replace(CLAIMS, chain=chain)
    message = render_message([one.facts()], right, None)

    def judged(parent: Trailers, signer: str, *files: JudgedFile) -> list[Code]:
        entry = case(message, *files, parents=(parent,), signer=rule(signer))
        return [finding.code for finding in judge_message(entry, right, LEDGER)]

    assert judged(PARENT, ALICE, one) == []
    assert judged(PARENT, BOB, one) == [Code.REPLAY]
    assert judged(replace(PARENT, chain=CLAIMS.chain), ALICE, one) == [Code.REPLAY]
    assert judged(PARENT, ALICE, replace(one, digest="0" * 64)) == [Code.REPLAY]
    assert judged(PARENT, ALICE) == [Code.REPLAY]
