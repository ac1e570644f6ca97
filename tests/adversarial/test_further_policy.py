# ruff: noqa: N802 - a case's name carries its id
"""Governance again: the genesis, certificates, renewals, revocations, tombstones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gitprov.codec import openpgp
from gitprov.errors import Code
from tests.support import record_texts as texts
from tests.support.attacks import Attack, Surface, check_agreement, check_attack
from tests.support.history import OTHER_ID, OWNERS, HistoryBuilder, usual_rules
from tests.support.people import DAY, EXPIRY, HOUR
from tests.support.record_texts import ALL_KINDS, File, PolicyPlan

pytestmark = [pytest.mark.git, pytest.mark.gpg]
SURFACE = Surface(__name__)
refused, accepted = SURFACE.refused, SURFACE.accepted
DIGEST = "sha256:" + texts.DIGEST


# ---------------------------------------------------------------- the genesis


def genesis(
    history: HistoryBuilder,
    *,
    policy: File | None = None,
    certificates: Sequence[File] | None = None,
    extra: Sequence[File] = (),
    document: File | None = None,
    by: str = "o1",
) -> str:
    """Make a genesis that is the usual one but for what is given."""
    history.forget()
    rules, usual = usual_rules(history)
    first = policy or rules.file(history.ledger_id, 1, None)
    ledger = document or texts.ledger_document(history.ledger_id, history.seconds)
    return history.append(ledger, first, *(certificates or usual), *extra, by=by, on="")


@accepted()
def case_K_60_usual_genesis(history: HistoryBuilder) -> None:
    """The usual genesis."""
    genesis(history)


@refused(Code.QUORUM)
def case_K_61_genesis_by_a_signer(history: HistoryBuilder) -> None:
    """A genesis that a signer has signed who owns nothing."""
    genesis(history, by="alice")


@refused(Code.UNKNOWN_KEY)
def case_K_61_genesis_by_a_stranger(history: HistoryBuilder) -> None:
    """A genesis that a stranger has signed."""
    genesis(history, by="mallory")


@refused(Code.TREE_FORM)
def case_K_62_record_in_the_genesis(history: HistoryBuilder) -> None:
    """A run in the genesis."""
    genesis(history, extra=[history.run()])


@refused(Code.POLICY)
def case_K_62_foreign_certificate_in_the_genesis(history: HistoryBuilder) -> None:
    """A certificate in the genesis whose key the policy does not list."""
    genesis(history, extra=[history.certificate("mallory")])


@refused(Code.POLICY)
def case_K_62_missing_certificate(history: HistoryBuilder) -> None:
    """A genesis without the certificate of one signer."""
    genesis(history, certificates=usual_rules(history)[1][:-1])


@refused(Code.POLICY)
def case_K_62_second_certificate_of_a_key(history: HistoryBuilder) -> None:
    """A genesis with two certificates of one key."""
    genesis(history, extra=[history.certificate("passing", 2, "renewed")])


@refused(Code.POLICY)
def case_K_63_first_policy_is_two(history: HistoryBuilder) -> None:
    """The first policy says that it is version 2."""
    rules, _ = usual_rules(history)
    file = rules.file(history.ledger_id, 2, "sha256:" + "0" * 64)
    genesis(history, policy=replace(file, path="policy/0001.yaml", name="0001"))


@refused(Code.TREE_FORM)
def case_K_63_two_policies(history: HistoryBuilder) -> None:
    """A genesis with policies 1 and 2: the second would govern, approved by nobody."""
    rules, _ = usual_rules(history)
    first = rules.file(history.ledger_id, 1, None)
    genesis(history, extra=[rules.file(history.ledger_id, 2, first.digest)])


@refused(Code.POLICY)
def case_K_63_no_policy(history: HistoryBuilder) -> None:
    """A genesis without a policy."""
    history.forget()
    _, certificates = usual_rules(history)
    document = texts.ledger_document(history.ledger_id, history.seconds)
    history.append(document, *certificates, by="o1", on="")


@refused(Code.TREE_FORM)
def case_K_63_no_ledger_document(history: HistoryBuilder) -> None:
    """A genesis without ledger.yaml."""
    history.forget()
    rules, certificates = usual_rules(history)
    first = rules.file(history.ledger_id, 1, None)
    history.append(first, *certificates, by="o1", on="")


@refused(Code.POLICY)
def case_K_64_two_ledger_ids(history: HistoryBuilder) -> None:
    """ledger.yaml and the first policy name two ledgers."""
    rules, _ = usual_rules(history)
    genesis(history, policy=rules.file(OTHER_ID, 1, None))


@refused(Code.SCHEMA)
def case_K_64_ledger_id_of_version_7(history: HistoryBuilder) -> None:
    """A ledger id that is no UUIDv4."""
    history.ledger_id = history.ledger_id.replace("-4b33-", "-7b33-")
    genesis(history)


@refused(Code.POLICY)
def case_K_65_threshold_above_the_owners(history: HistoryBuilder) -> None:
    """A first policy whose threshold nobody can reach."""
    rules, _ = usual_rules(history)
    genesis(history, policy=replace(rules, threshold=4).file(history.ledger_id, 1, None))


@refused(Code.REPLAY)
def case_K_66_height_of_the_genesis(history: HistoryBuilder) -> None:
    """A genesis that claims height 1."""
    history.forget()
    rules, certificates = usual_rules(history)
    first = rules.file(history.ledger_id, 1, None)
    document = texts.ledger_document(history.ledger_id, history.seconds)
    draft = history.draft(document, first, *certificates, by="o1", on="")
    draft.message = draft.message.replace(b"Gitprov-Height: 0", b"Gitprov-Height: 1")
    history.commit(draft)


# ---------------------------------------------------------------- certificates


@refused(Code.QUORUM)
def case_K_70_certificate_alone(history: HistoryBuilder) -> None:
    """An entry that adds a certificate and nothing else."""
    history.append(history.certificate("passing", 2, "renewed"), by="o1")


@refused(Code.QUORUM)
def case_K_70_policy_alone(history: HistoryBuilder) -> None:
    """An entry that adds a policy and nothing else."""
    policy = history.policy.with_signer(history.signer("mallory"))
    history.append(history.next_policy(policy), history.certificate("mallory"), by="o1")


@refused(Code.QUORUM)
def case_K_70_certificate_by_a_signer(history: HistoryBuilder) -> None:
    """A signer adds the own certificate."""
    history.append(history.certificate("alice", 2), by="alice")


@refused(Code.POLICY)
def case_K_71_number_skipped(history: HistoryBuilder) -> None:
    """Certificate 3 follows certificate 1."""
    history.change(None, history.certificate("passing", 3, "renewed"))


@refused(Code.APPEND_ONLY)
def case_K_71_number_repeated(history: HistoryBuilder) -> None:
    """Certificate 1 again, with other bytes."""
    history.change(None, history.certificate("passing", 1, "renewed"))


@refused(Code.POLICY)
def case_K_71_two_at_once(history: HistoryBuilder) -> None:
    """Certificates 2 and 3 of one key in one entry."""
    history.change(
        None,
        history.certificate("passing", 2, "renewed"),
        history.certificate("passing", 3, "renewed"),
    )


@refused(Code.POLICY)
def case_K_72_key_that_no_policy_lists(history: HistoryBuilder) -> None:
    """A certificate whose key the policy does not list."""
    history.change(None, history.certificate("mallory"))


@refused(Code.POLICY)
def case_K_73_after_a_revocation(history: HistoryBuilder) -> None:
    """A certificate without the revocation follows the one that has it."""
    policy = history.policy.with_signer(history.signer("lost"))
    history.policy = policy
    history.change(policy, history.certificate("lost"))
    history.change(None, history.certificate("lost", 2, "revoked"))
    history.change(None, history.certificate("lost", 3))


@accepted()
def case_K_74_revoked_certificate(history: HistoryBuilder) -> None:
    """Owners add a certificate that carries a revocation; entries before it stay good."""
    policy = history.policy.with_signer(history.signer("lost"))
    history.policy = policy
    history.change(policy, history.certificate("lost"))
    history.append(history.run(), by="lost")
    history.change(None, history.certificate("lost", 2, "revoked"))


def small_ledger(history: HistoryBuilder) -> None:
    """Begin a ledger whose only owner is "passing", whose key expires."""
    history.forget()
    owner = history.signer("passing")
    plan = PolicyPlan(1, {"passing": (owner.key,)}, (owner, history.signer("alice")))
    files = [history.certificate("passing"), history.certificate("alice")]
    history.found(plan, files, by="passing")
    history.old = history.append(history.run())


def renew(history: HistoryBuilder, *certificates: File, by: str = "passing") -> str:
    """Propose, approve and enact new certificates in one entry."""
    keys = {file.path: file.digest for file in certificates}
    proposal = history.propose(texts.policy_change(None, "", keys), by=by)
    approval = history.approve(proposal, by)
    enactment = texts.enactment(history.author(by), proposal)
    return history.append(proposal, approval, enactment, *certificates, by=by)


@accepted()
def case_K_75_expired_sole_owner_renews(history: HistoryBuilder) -> None:
    """The only owner's key has expired; it renews itself, and goes on."""
    small_ledger(history)
    history.seconds = EXPIRY + 2 * DAY
    history.now = history.seconds + HOUR
    renew(history, history.certificate("passing", 2, "renewed"))
    history.append(history.run("passing"), by="passing")


@refused(Code.KEY_EXPIRED)
def case_K_75_expired_owner_renews_another(history: HistoryBuilder) -> None:
    """The only owner's key has expired; it renews another key, not itself."""
    small_ledger(history)
    history.seconds = EXPIRY + 2 * DAY
    history.now = history.seconds + HOUR
    renew(history, history.certificate("alice", 2))


@refused(Code.KEY_EXPIRED)
def case_K_75_expired_owner_appends_beside_the_renewal(history: HistoryBuilder) -> None:
    """The renewal is in a later entry than the expired key's next run."""
    small_ledger(history)
    history.seconds = EXPIRY + 2 * DAY
    history.now = history.seconds + HOUR
    history.append(history.run("passing"), by="passing")


@refused(Code.KEY_EXPIRED)
def case_K_76_renewal_that_is_none(history: HistoryBuilder) -> None:
    """The expired owner brings the expired certificate again as its renewal."""
    small_ledger(history)
    history.seconds = EXPIRY + 2 * DAY
    history.now = history.seconds + HOUR
    renew(history, history.certificate("passing", 2))


@refused(Code.UNKNOWN_KEY)
def case_K_77_renewal_with_another_key(history: HistoryBuilder) -> None:
    """The renewal in the expired owner's folder is the stranger's who signs the entry."""
    small_ledger(history)
    history.seconds = EXPIRY + 2 * DAY
    history.now = history.seconds + HOUR
    false = history.certificate("passing", 2, "renewed")
    false = false.with_text(history.certificate("mallory").text)
    proposal = history.propose(texts.policy_change(None, "", {false.path: false.digest}))
    approval = history.approve(proposal, "passing")
    enactment = texts.enactment(history.author("passing"), proposal)
    draft = history.draft(proposal, approval, enactment, false, by="passing")
    history.commit(draft, history.sign(draft.payload, "mallory"))


def adopted(history: HistoryBuilder, child: str, parent: str) -> bytes:
    """Return the parent's certificate with the child's primary key bound as a subkey.

    The binding is a copy of the parent's own for another key: whether it verifies is not asked
    where issuers are looked up.
    """
    packets = openpgp.certificate_packets(history.certificate(child).text)
    primary = packets[: 2 + packets[1]]
    subkey = bytes([0xB8, *primary[1:]])
    whole = openpgp.certificate_packets(history.certificate(parent, 1, "with subkey").text)
    start = whole.index(bytes([0xB8]), 2 + whole[1])
    size = 2 + whole[start + 1]
    return openpgp.certificate_file(whole[:start] + subkey + whole[start + size :])


@accepted()
def case_K_78_key_adopted_by_a_signer(history: HistoryBuilder) -> None:
    """A signer's certificate claims an owner's primary key as its subkey: the owner still signs."""
    policy = history.policy.with_signer(history.signer("holder"))
    text = adopted(history, "o1", "holder")
    history.change(policy, history.certificate("holder").with_text(text))
    history.append(history.run("o1"), by="o1")


@accepted()
def case_K_78_key_adopted_by_an_owner(history: HistoryBuilder) -> None:
    """A certificate claims the primary key of a later signer: that one still signs."""
    policy = history.policy.with_signer(history.signer("holder"))
    history.policy = policy.with_signer(history.signer("mallory"))
    text = adopted(history, "mallory", "holder")
    holder = history.certificate("holder").with_text(text)
    history.change(history.policy, holder, history.certificate("mallory"))
    history.append(history.run("mallory"), by="mallory")


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


@pytest.mark.parametrize("attack", SURFACE.attacks, ids=str)
def test_outcome(attack: Attack, history: HistoryBuilder) -> None:
    check_attack(attack, history)


@pytest.mark.slow
@pytest.mark.parametrize("attack", SURFACE.attacks, ids=str)
def test_engines_agree(attack: Attack, history: HistoryBuilder) -> None:
    check_agreement(attack, history)
