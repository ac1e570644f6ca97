# ruff: noqa: N802 - a case's name carries its id
"""The first policy, certificates, owners and machines: the cases K-13 to K-21."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitprov.codec import openpgp
from gitprov.errors import Code
from gitprov.model.finding import Verdict
from tests.adversarial.pair import test_engines_agree, test_outcome
from tests.support import record_texts as texts
from tests.support.attacks import Outcome, Surface
from tests.support.forgeries import enact_policy, one_more_signer
from tests.support.history import HistoryBuilder
from tests.support.judgement import verify
from tests.support.record_texts import Signer

pytestmark = [pytest.mark.git, pytest.mark.gpg]
SURFACE = Surface(__name__)
refused, accepted = SURFACE.refused, SURFACE.accepted
PASS = Outcome(Verdict.PASS)


def test_case_K_13_other_first_policy(history: HistoryBuilder) -> None:
    """The genesis, and with it the first policy, is not the pinned one."""
    report = verify(history, genesis="12" * 20)
    assert [finding.code for finding in report.findings] == [Code.ROLLBACK]
    assert report.verdict is Verdict.FAIL


@refused(Code.POLICY)
def case_K_15_secret_key_in_the_file(history: HistoryBuilder) -> str:
    """A certificate file holds the secret key."""
    ring = history.people.ring
    fingerprint = ring["mallory"].fingerprint
    protection = ("--pinentry-mode", "loopback", "--passphrase", "")
    exported = ring.gpg(*protection, "--export-secret-keys", fingerprint)
    policy, certificate = one_more_signer(history)
    secret = certificate.with_text(openpgp.certificate_file(exported))
    return history.change(policy, secret)


@refused(Code.POLICY)
def case_K_15_certificate_of_another_key(history: HistoryBuilder) -> str:
    """The file of mallory's key holds another certificate."""
    policy, certificate = one_more_signer(history)
    return history.change(policy, certificate.with_text(history.certificate("holder").text))


@refused(Code.POLICY)
def case_K_15_no_certificate(history: HistoryBuilder) -> str:
    """A certificate file that holds text."""
    policy, certificate = one_more_signer(history)
    return history.change(policy, certificate.with_text(b"hello\n"))


@refused(Code.POLICY)
def case_K_15_other_armour(history: HistoryBuilder) -> str:
    """A certificate file whose armour has a comment."""
    policy, certificate = one_more_signer(history)
    return history.change(policy, certificate.edited(b"-----\n\n", b"-----\nComment: x\n\n"))


@refused(Code.POLICY)
def case_K_16_machine_as_owner(history: HistoryBuilder) -> None:
    """A machine's key in the list of owners."""
    bot = history.people.fingerprint("bot")
    persons = {**history.policy.persons, "bot": (bot,)}
    enact_policy(history, history.next_policy(replace(history.policy, persons=persons)))


@refused(Code.IDENTITY)
def case_K_16_machine_approves(history: HistoryBuilder) -> None:
    """A machine approves: the policy lets it do no such thing."""
    proposal = history.carry(texts.withdraw_range(1, 2), ("o1",))
    history.append(history.approve(proposal, "bot"), by="bot")


@refused(Code.QUORUM)
def case_K_16_person_who_is_no_owner_approves(history: HistoryBuilder) -> None:
    """A signer who may approve by kind, but owns nothing, approves."""
    alice = next(s for s in history.policy.signers if s.name == "Alice")
    history.change(history.policy.with_signer(replace(alice, kinds=texts.ALL_KINDS)))
    proposal = history.carry(texts.withdraw_range(1, 2), ("o1",))
    history.append(history.approve(proposal, "alice"), by="alice")


@refused(Code.QUORUM)
def case_K_16_owner_approves_as_a_machine(history: HistoryBuilder) -> None:
    """An owner who may also record for machines approves as one."""
    o2 = next(s for s in history.policy.signers if s.name == "O2")
    history.change(history.policy.with_signer(replace(o2, actor_kinds=("HUMAN", "AI"))))
    proposal = history.carry(texts.withdraw_range(1, 2), ("o1",))
    author = history.author("o2", actor_kind="AI")
    approval = texts.approval(author, proposal, history.people.fingerprint("o2"))
    history.append(approval, by="o2")


@refused(Code.QUORUM)
def case_K_18_withdrawal_without_quorum(history: HistoryBuilder) -> None:
    """An emergency withdrawal with one approval of two."""
    history.enact(history.carry(texts.withdraw_range(1, 2), ("o1",)))


@accepted()
def case_K_18_withdrawal_with_quorum(history: HistoryBuilder) -> None:
    """An emergency withdrawal with two approvals."""
    history.enact(history.carry(texts.withdraw_range(1, 2)))


@refused(Code.QUORUM)
def case_K_18_withdrawal_beyond_itself(history: HistoryBuilder) -> None:
    """A withdrawal of heights above its own."""
    history.enact(history.carry(texts.withdraw_range(1, 200)))


@refused(Code.QUORUM)
def case_K_19_run_as_approval(history: HistoryBuilder) -> None:
    """Owners' signatures under runs count as no approval."""
    proposal = history.propose(texts.withdraw_range(1, 2))
    history.append(proposal, by="o1")
    history.append(history.run("o1"), by="o1")
    history.append(history.run("o2"), by="o2")
    history.enact(proposal)


@refused(Code.LIMIT)
def case_K_21_too_many_signers(history: HistoryBuilder) -> None:
    """A policy that lists 1,001 signers."""
    kinds = {"agents": (), "kinds": (), "actor_kinds": ()}
    signers = [Signer("x", "x@x", f"{number:040X}") for number in range(1_001 - 6)]
    bare = tuple(replace(signer, **kinds) for signer in signers)  # type: ignore[arg-type]
    policy = replace(history.policy, signers=(*history.policy.signers, *bare))
    file = history.next_policy(policy)
    text = file.text.replace(b"  actor_kinds:\n  agents:\n  kinds:\n", _NOTHING)
    enact_policy(history, file.with_text(text))


_NOTHING = b"  actor_kinds: []\n  agents: []\n  kinds: []\n"
