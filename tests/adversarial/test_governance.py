# ruff: noqa: N802 - a case's name carries its id
"""Governance again: policies, revocations, approvals, enactments, tombstones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitprov.errors import Code
from gitprov.model.finding import Verdict
from tests.adversarial.pair import test_engines_agree, test_outcome
from tests.support import record_texts as texts
from tests.support.attacks import Outcome, Surface
from tests.support.forgeries import enact_policy
from tests.support.history import OWNERS, HistoryBuilder
from tests.support.people import HOUR
from tests.support.record_texts import ALL_KINDS

pytestmark = [pytest.mark.git, pytest.mark.gpg]
SURFACE = Surface(__name__)
refused, accepted = SURFACE.refused, SURFACE.accepted
DIGEST = "sha256:" + texts.DIGEST


# ---------------------------------------------------------------- policies


@refused(Code.POLICY)
def case_K_80_key_taken_off_the_list(history: HistoryBuilder) -> None:
    """A policy that no longer lists a key."""
    kept = tuple(s for s in history.policy.signers if s.name != "Alice")
    history.change(replace(history.policy, signers=kept))


def revoke(history: HistoryBuilder, name: str, from_height: int | None) -> str:
    """Change the revocation of a signer."""
    rule = next(s for s in history.policy.signers if s.name == name)
    history.policy = history.policy.with_signer(replace(rule, revoked_from=from_height))
    return history.change(history.policy)


@refused(Code.POLICY)
def case_K_81_revocation_lifted(history: HistoryBuilder) -> None:
    """A policy takes a revocation back."""
    revoke(history, "Alice", 2)
    revoke(history, "Alice", None)


@refused(Code.POLICY)
def case_K_81_revocation_raised(history: HistoryBuilder) -> None:
    """A policy raises the height from which a key is disputed."""
    revoke(history, "Alice", 2)
    revoke(history, "Alice", 3)


@accepted()
def case_K_81_revocation_lowered(history: HistoryBuilder) -> None:
    """A policy lowers the height from which a key is disputed."""
    rule = history.signer("mallory")
    history.policy = history.policy.with_signer(replace(rule, revoked_from=5))
    history.change(history.policy, history.certificate("mallory"))
    revoke(history, "Mallory", 4)


@refused(Code.KEY_REVOKED)
def case_K_82_revoked_owner_enacts(history: HistoryBuilder) -> None:
    """An owner whose key is revoked enacts with the approvals of the two others."""
    revoke(history, "O3", 100)
    proposal = history.carry(texts.withdraw_range(1, 2))
    history.enact(proposal, by="o3")


@refused(Code.QUORUM)
def case_K_82_approval_of_a_revoked_owner(history: HistoryBuilder) -> None:
    """One approval is by an owner whom the policy in force has revoked since."""
    revoke(history, "O3", 100)
    proposal = history.carry(texts.withdraw_range(1, 2), ("o1",))
    draft = history.draft(history.approve(proposal, "o3"), by="o3")
    history.commit(draft)
    history.enact(proposal)


@refused(Code.QUORUM)
def case_K_83_one_person_two_keys(history: HistoryBuilder) -> None:
    """One person approves with two keys where two persons must."""
    holder = history.signer("holder")
    policy = history.policy.with_signer(holder)
    persons = {**policy.persons, "o1": (*policy.persons["o1"], holder.key)}
    history.policy = replace(policy, persons=persons)
    history.change(history.policy, history.certificate("holder"))
    proposal = history.carry(texts.withdraw_range(1, 2), ("o1", "holder"))
    history.enact(proposal)


@refused(Code.QUORUM)
def case_K_84_approved_and_rejected(history: HistoryBuilder) -> None:
    """One of two persons approves and then rejects."""
    proposal = history.carry(texts.withdraw_range(1, 2))
    history.append(history.approve(proposal, "o2", "REJECT"), by="o2")
    history.enact(proposal)


@refused(Code.QUORUM)
def case_K_85_approval_in_another_name(history: HistoryBuilder) -> str:
    """One owner approves in the name of another."""
    proposal = history.carry(texts.withdraw_range(1, 2), ("o1",))
    bad = history.append(history.approve(proposal, "o2"), by="o1")
    history.enact(proposal)
    return bad


@refused(Code.LINK)
def case_K_85_approval_of_nothing(history: HistoryBuilder) -> None:
    """An approval of a proposal that is not there."""
    proposal = history.propose(texts.withdraw_range(1, 2))
    history.append(history.approve(proposal, "o1"), by="o1")


@refused(Code.QUORUM)
def case_K_86_enactment_of_nothing(history: HistoryBuilder) -> None:
    """An enactment whose proposal is not there."""
    history.enact(history.propose(texts.withdraw_range(1, 2)))


@refused(Code.IDENTITY)
def case_K_86_enactment_by_a_signer(history: HistoryBuilder) -> None:
    """An enactment by a signer who owns nothing."""
    history.enact(history.carry(texts.withdraw_range(1, 2)), by="alice")


@refused(Code.APPEND_ONLY)
def case_K_87_enacted_twice(history: HistoryBuilder) -> None:
    """The same proposal is enacted a second time."""
    proposal = history.carry(texts.withdraw_range(1, 2))
    history.enact(proposal)
    history.enact(proposal)


@refused(Code.TREE_FORM)
def case_K_88_two_enactments(history: HistoryBuilder) -> None:
    """Two enactments in one entry."""
    one = history.carry(texts.withdraw_range(1, 2))
    two = history.carry(texts.withdraw_range(1, 1))
    history.append(
        texts.enactment(history.author("o1"), one),
        texts.enactment(history.author("o1"), two),
        by="o1",
    )


@refused(Code.TREE_FORM)
def case_K_88_run_beside_an_enactment(history: HistoryBuilder) -> None:
    """A run beside an enactment."""
    proposal = history.carry(texts.withdraw_range(1, 2))
    history.enact(proposal, history.run("o1"))


@refused(Code.QUORUM)
def case_K_89_tombstone_alone(history: HistoryBuilder) -> None:
    """A tombstone without its enactment."""
    proposal = history.carry(texts.expunge(DIGEST))
    history.append(texts.tombstone(history.author("o1"), proposal), by="o1")


@refused(Code.QUORUM)
def case_K_89_expunge_without_tombstone(history: HistoryBuilder) -> None:
    """An enacted expunge that leaves no tombstone."""
    history.enact(history.carry(texts.expunge(DIGEST)))


@accepted()
def case_K_89_expunge(history: HistoryBuilder) -> None:
    """An enacted expunge of an artifact with its tombstone."""
    history.append(texts.artifact(history.author()))
    proposal = history.carry(texts.expunge(DIGEST))
    history.enact(proposal, texts.tombstone(history.author("o1"), proposal))


@refused(Code.QUORUM)
def case_K_90_proposal_for_another_policy(history: HistoryBuilder) -> None:
    """A proposal that rests on policy 2 while policy 1 is in force."""
    plan = texts.withdraw_range(1, 2)
    author = history.author("o1")
    end = history.seconds + HOUR
    history.append(texts.proposal(author, history.ledger_id, 2, plan, end), by="o1")


@refused(Code.QUORUM)
def case_K_90_proposal_by_a_machine(history: HistoryBuilder) -> None:
    """A machine proposes, though the policy lists the kind for it."""
    rule = next(s for s in history.policy.signers if s.name == "Bot")
    history.policy = history.policy.with_signer(replace(rule, kinds=ALL_KINDS))
    history.change(history.policy)
    plan, author = texts.withdraw_range(1, 2), history.author("bot")
    end = history.seconds + HOUR
    history.append(texts.proposal(author, history.ledger_id, 2, plan, end), by="bot")


@accepted()
def case_K_90_proposal_by_a_signer(history: HistoryBuilder) -> None:
    """A person who owns nothing proposes; two owners approve, one enacts."""
    proposal = history.propose(texts.withdraw_range(1, 2), "alice")
    history.append(proposal, by="alice")
    for owner in OWNERS[1:]:
        history.append(history.approve(proposal, owner), by=owner)
    history.enact(proposal, by="o3")


@refused(Code.QUORUM)
def case_K_91_id_of_another_time(history: HistoryBuilder) -> None:
    """An approval whose id has another time than its proposal's."""
    proposal = history.carry(texts.withdraw_range(1, 2), ("o1",))
    approval = history.approve(proposal, "o2")
    other = texts.uuid7(history.seconds, 4_000)
    moved = approval.with_text(approval.text.replace(approval.name.encode(), other.encode()))
    history.append(replace(moved, path=texts.path_of("approval", other), name=other), by="o2")


NEWER = Outcome(Verdict.UNKNOWN, Code.NEWER_SCHEMA)


@SURFACE.case(NEWER, None)
def case_K_92_policy_of_a_newer_schema(history: HistoryBuilder) -> str:
    """A policy whose schema is newer than this reader: it cannot be found out."""
    return newer_policy(history)


@SURFACE.case(NEWER, None)
def case_K_92_entry_under_a_newer_policy(history: HistoryBuilder) -> None:
    """An entry under a policy whose schema is newer than this reader."""
    newer_policy(history)
    history.append(history.run())


def newer_policy(history: HistoryBuilder) -> str:
    """Enact a policy of schema v1.7."""
    policy = history.next_policy(history.policy.with_signer(history.signer("alice")))
    return enact_policy(history, policy.edited('"v1.0"', '"v1.7"'))


@refused(Code.NEWER_SCHEMA)
def case_K_92_change_behind_a_newer_schema(history: HistoryBuilder) -> None:
    """A record that claims a newer schema is not the one whose digest was signed."""
    run = history.run()
    draft = history.draft(run)
    other = history.objects.put("blob", run.edited('"v1.0"', '"v1.7"').text)
    draft.tree = history.objects.add(draft.tree, run.path, other)
    history.commit(draft)


@SURFACE.case(Outcome(Verdict.FAIL, Code.LINK), Outcome(Verdict.PASS))
def case_K_93_expunge_of_nothing(history: HistoryBuilder) -> None:
    """A tombstone for a payload that no record of the ledger has: seen offline."""
    history.append(texts.artifact(history.author(), "7a" * 32))
    proposal = history.carry(texts.expunge(DIGEST))
    history.enact(proposal, texts.tombstone(history.author("o1"), proposal))
