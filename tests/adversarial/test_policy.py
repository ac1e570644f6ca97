# ruff: noqa: N802 - a case's name carries its id
"""Policy, keys and quorum: the cases K-00 to K-21 that a ledger shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gitprov.errors import Code
from gitprov.model.finding import Verdict
from tests.adversarial.pair import test_engines_agree, test_outcome
from tests.support import record_texts as texts
from tests.support.attacks import Outcome, Surface
from tests.support.forgeries import enact_policy, one_more_signer
from tests.support.history import OTHER_ID, HistoryBuilder
from tests.support.people import HOUR
from tests.support.record_texts import File

pytestmark = [pytest.mark.git, pytest.mark.gpg]
SURFACE = Surface(__name__)
refused, accepted = SURFACE.refused, SURFACE.accepted
PASS = Outcome(Verdict.PASS)


@accepted()
def case_K_00_two_of_three_owners(history: HistoryBuilder) -> None:
    """A policy with the approvals of two of three owners; the new signer then records."""
    history.change(*one_more_signer(history))
    history.append(history.run(), by="mallory")


@accepted()
def case_K_00_all_in_one_entry_but_one(history: HistoryBuilder) -> None:
    """The second owner enacts with the own approval in the same entry."""
    effect, plan = history.planned(*one_more_signer(history))
    proposal = history.propose(plan)
    history.append(proposal, history.approve(proposal, "o1"), by="o1")
    history.enact(proposal, *effect, history.approve(proposal, "o2"), by="o2")


@refused(Code.QUORUM)
def case_K_01_one_of_two_approvals(history: HistoryBuilder) -> None:
    """One approval where two are needed."""
    history.change(*one_more_signer(history), approvers=("o1",))


@refused(Code.QUORUM)
def case_K_01_no_approval(history: HistoryBuilder) -> None:
    """No approval at all."""
    history.change(*one_more_signer(history), approvers=())


def with_second_approval(
    history: HistoryBuilder, second: Callable[[File], File], by: str = "o2"
) -> str:
    """Enact with one good approval and a second one of any kind; return that one's entry."""
    effect, plan = history.planned(*one_more_signer(history))
    proposal = history.carry(plan, ("o1",))
    bad = history.append(second(proposal), by=by)
    history.enact(proposal, *effect)
    return bad


@SURFACE.case(Outcome(Verdict.FAIL, Code.QUORUM), Outcome(Verdict.FAIL, Code.QUORUM))
def case_K_03_bad_approval_is_refused(history: HistoryBuilder) -> str:
    """An approval of another plan, though enough good ones stand beside it."""
    effect, plan = history.planned(*one_more_signer(history))
    proposal = history.carry(plan, ("o1", "o3"))
    other = history.approve(proposal, "o2").edited(texts.stated(proposal, "plan_digest"), _ZERO)
    bad = history.append(other, by="o2")
    history.enact(proposal, *effect)
    return bad


_ZERO = "sha256:" + "0" * 64


@accepted()
def case_K_03_rejected_by_the_third(history: HistoryBuilder) -> None:
    """Two approve, the third rejects."""
    effect, plan = history.planned(*one_more_signer(history))
    proposal = history.carry(plan)
    history.append(history.approve(proposal, "o3", "REJECT"), by="o3")
    history.enact(proposal, *effect)


@refused(Code.QUORUM)
def case_K_04_approval_of_another_digest(history: HistoryBuilder) -> str:
    """An approval whose digest is another plan's."""
    return with_second_approval(
        history,
        lambda proposal: history.approve(proposal, "o2").edited(
            texts.stated(proposal, "plan_digest"), _ZERO
        ),
    )


@refused(Code.QUORUM)
def case_K_04_other_effect(history: HistoryBuilder) -> None:
    """The policy that lands is not the one that was approved."""
    policy, certificate = one_more_signer(history)
    effect, plan = history.planned(policy, certificate)
    proposal = history.carry(plan)
    other = history.next_policy(replace(policy, max_record_bytes=8_192))
    history.enact(proposal, other, effect[1])


@refused(Code.QUORUM)
def case_K_04_effect_left_out(history: HistoryBuilder) -> None:
    """The certificate of the plan is left out."""
    effect, plan = history.planned(*one_more_signer(history))
    history.enact(history.carry(plan), effect[0])


@refused(Code.QUORUM)
def case_K_04_other_action(history: HistoryBuilder) -> None:
    """An approved withdrawal is enacted as a policy change."""
    effect, _ = history.planned(*one_more_signer(history))
    history.enact(history.carry(texts.withdraw_range(1, 2)), *effect)


@refused(Code.QUORUM)
def case_K_04_proposal_of_another_ledger(history: HistoryBuilder) -> None:
    """A proposal whose plan digest names another ledger."""
    _, plan = history.planned(*one_more_signer(history))
    proposal = history.propose(plan)
    digest = texts.plan_digest(OTHER_ID, 1, plan)
    history.append(proposal.edited(texts.stated(proposal, "plan_digest"), digest), by="o1")


@refused(Code.QUORUM)
def case_K_04_old_policy(history: HistoryBuilder) -> None:
    """A plan that was approved under the policy before the one in force."""
    plan = texts.withdraw_range(1, 2)
    proposal = history.carry(plan)
    history.change(*one_more_signer(history))
    history.enact(proposal)


@refused(Code.POLICY_ROLLBACK)
def case_K_06_version_skipped(history: HistoryBuilder) -> None:
    """Policy 3 follows policy 1."""
    policy, _ = one_more_signer(history)
    file = policy.file(history.ledger_id, 3, history.policy_file.digest)
    enact_policy(history, file, history.certificate("mallory"))


@refused(Code.POLICY_ROLLBACK)
def case_K_06_other_predecessor(history: HistoryBuilder) -> None:
    """Policy 2 names another predecessor."""
    policy, _ = one_more_signer(history)
    file = policy.file(history.ledger_id, 2, _ZERO)
    enact_policy(history, file, history.certificate("mallory"))


@refused(Code.POLICY_ROLLBACK)
def case_K_06_version_is_not_the_file(history: HistoryBuilder) -> None:
    """The file of policy 2 says that it is version 3."""
    policy, _ = one_more_signer(history)
    file = policy.file(history.ledger_id, 3, history.policy_file.digest)
    moved = replace(file, path="policy/0002.yaml", name="0002")
    enact_policy(history, moved, history.certificate("mallory"))


@refused(Code.REPLAY)
def case_K_06_policy_of_another_ledger(history: HistoryBuilder) -> None:
    """The next policy states another ledger's id."""
    policy, _ = one_more_signer(history)
    file = policy.file(OTHER_ID, 2, history.policy_file.digest)
    enact_policy(history, file, history.certificate("mallory"))


@refused(Code.APPEND_ONLY)
def case_K_06_fork(history: HistoryBuilder) -> None:
    """Policy 2 is replaced by another policy 2."""
    history.change(*one_more_signer(history))
    first = history.policy.file(history.ledger_id, 1, None)
    history.policy_file = first
    policy = replace(history.policy, max_record_bytes=8_192)
    file = history.next_policy(policy)
    history.policy_file = file
    enact_policy(history, file)


def _threshold(words: str, value: str) -> None:
    def build(history: HistoryBuilder) -> str:
        file = history.next_policy(history.policy)
        return enact_policy(history, file.edited("threshold: 2", f"threshold: {value}"))

    build.__name__ = f"case_K_07_threshold_{words}"
    build.__doc__ = f"A policy whose threshold is {value}."
    refused(Code.RECORD_FORM if words == "text_in_plain" else Code.POLICY)(build)


_threshold("zero", "0")
_threshold("negative", "-1")
_threshold("fraction", "1.5")
_threshold("true", "true")
_threshold("text", '"2"')
_threshold("four", "4")
_threshold("text_in_plain", "two")


@refused(Code.POLICY)
def case_K_09_too_few_owners_left(history: HistoryBuilder) -> None:
    """Two of three owners' keys are revoked where two must decide."""
    policy = history.policy
    for owner in ("O1", "O2"):
        rule = next(s for s in policy.signers if s.name == owner)
        policy = policy.with_signer(replace(rule, revoked_from=1))
    enact_policy(history, history.next_policy(policy))


@refused(Code.POLICY)
def case_K_09_owner_with_a_dead_key(history: HistoryBuilder) -> None:
    """An owner whose only key has expired counts for nothing."""
    fingerprint = history.people.fingerprint("passing")
    rule = next(s for s in history.policy.signers if s.key == fingerprint)
    policy = history.policy.with_signer(replace(rule, kinds=texts.ALL_KINDS))
    persons = {"o1": policy.persons["o1"], "passing": (fingerprint,)}
    history.seconds += 6 * 24 * HOUR
    history.now = history.seconds + HOUR
    enact_policy(history, history.next_policy(replace(policy, persons=persons)))


@refused(Code.QUORUM)
def case_K_10_approved_by_the_new_owners(history: HistoryBuilder) -> str:
    """Alice approves a policy that makes her an owner."""
    rule = next(s for s in history.policy.signers if s.name == "Alice")
    policy = history.policy.with_signer(replace(rule, kinds=texts.ALL_KINDS))
    persons = {**policy.persons, "alice": (rule.key,)}
    effect, plan = history.planned(replace(policy, persons=persons))
    proposal = history.carry(plan, ("o1",))
    history.append(history.approve(proposal, "alice"), by="alice")
    return history.enact(proposal, *effect)


@refused(Code.QUORUM)
def case_K_12_approval_after_the_expiry(history: HistoryBuilder) -> None:
    """An approval of a proposal that has expired."""
    plan = texts.withdraw_range(1, 2)
    proposal = history.propose(plan, expires=history.seconds + HOUR)
    history.append(proposal, by="o1")
    history.seconds += 2 * HOUR
    history.append(history.approve(proposal, "o1"), by="o1")


@refused(Code.QUORUM)
def case_K_12_enactment_after_the_expiry(history: HistoryBuilder) -> None:
    """An enactment of a proposal that has expired."""
    plan = texts.withdraw_range(1, 2)
    proposal = history.propose(plan, expires=history.seconds + HOUR)
    history.append(proposal, history.approve(proposal, "o1"), by="o1")
    history.append(history.approve(proposal, "o2"), by="o2")
    history.seconds += 2 * HOUR
    history.enact(proposal)


@SURFACE.case(PASS, Outcome(Verdict.FAIL, Code.QUORUM))
def case_K_12_enactment_dated_back(history: HistoryBuilder) -> None:
    """An enactment dated before the expiry comes in after it."""
    plan = texts.withdraw_range(1, 2)
    proposal = history.propose(plan, expires=history.seconds + HOUR)
    history.append(proposal, history.approve(proposal, "o1"), by="o1")
    history.append(history.approve(proposal, "o2"), by="o2")
    history.old = history.tip
    history.now = history.seconds + 2 * HOUR
    history.enact(proposal)


@refused(Code.SCHEMA)
def case_K_12_approval_from_the_future(history: HistoryBuilder) -> str:
    """An approval that says it was recorded eleven minutes after its entry."""
    proposal = history.propose(texts.withdraw_range(1, 2))
    history.append(proposal, by="o1")
    approval = history.approve(proposal, "o2")
    later = texts.time_text(history.seconds + 661)
    now = texts.stated(approval, "recorded_at")
    return history.append(
        approval.edited(f'recorded_at: "{now}', f'recorded_at: "{later}'), by="o2"
    )
