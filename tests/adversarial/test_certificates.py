# ruff: noqa: N802 - a case's name carries its id
"""Certificates again: numbers, renewals, revocations, keys that adopt keys."""

from __future__ import annotations

import pytest

from gitprov.codec import openpgp
from gitprov.errors import Code
from tests.adversarial.pair import test_engines_agree, test_outcome
from tests.support import record_texts as texts
from tests.support.attacks import Surface
from tests.support.history import HistoryBuilder
from tests.support.people import DAY, EXPIRY, HOUR, START
from tests.support.record_texts import File, PolicyPlan

pytestmark = [pytest.mark.git, pytest.mark.gpg]
SURFACE = Surface(__name__)
refused, accepted = SURFACE.refused, SURFACE.accepted
DIGEST = "sha256:" + texts.DIGEST


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


# ------------------------------------------------- subkeys that are replaced


def owned_by(history: HistoryBuilder, label: str) -> None:
    """Begin a ledger with that only owner, whose first subkey signs; alice records in it."""
    history.forget()
    owner = history.signer(label)
    plan = PolicyPlan(1, {label: (owner.key,)}, (owner, history.signer("alice")))
    document = texts.ledger_document(history.ledger_id, history.seconds)
    history.policy, history.policy_file = plan, plan.file(history.ledger_id, 1, None)
    files = [history.certificate(label), history.certificate("alice")]
    by_subkey(history, document, history.policy_file, *files, on="")
    history.old = history.append(history.run())


def by_subkey(
    history: HistoryBuilder, *files: File, subkey: str = "rotating first", on: str | None = None
) -> str:
    """Append an entry that a subkey of "rotating" signs."""
    draft = history.draft(*files, by="rotating", on=on)
    block = history.sign(draft.payload, "rotating", key=history.people.subkeys[subkey])
    return history.commit(draft, block)


def renew_rotating(history: HistoryBuilder, certificate: File, subkey: str) -> str:
    """Renew that owner's certificate in one entry, signed with one of its subkeys."""
    plan = texts.policy_change(None, "", {certificate.path: certificate.digest})
    proposal = history.propose(plan, by="rotating")
    approval = history.approve(proposal, "rotating")
    enactment = texts.enactment(history.author("rotating"), proposal)
    return by_subkey(history, proposal, approval, enactment, certificate, subkey=subkey)


def after_rotation(history: HistoryBuilder) -> None:
    """Begin such a ledger, and let the clock go on to the third day."""
    owned_by(history, "rotating")
    history.seconds = START + 3 * DAY
    history.now = history.seconds + HOUR


@accepted()
def case_K_110_owner_renews_with_the_new_subkey(history: HistoryBuilder) -> None:
    """The only owner's subkey was replaced; the new one signs its own renewal, then a run."""
    after_rotation(history)
    renew_rotating(history, history.certificate("rotating", 2, "with second"), "rotating")
    by_subkey(history, history.run("rotating"), subkey="rotating")


@accepted()
def case_K_110_owner_renews_with_the_old_subkey(history: HistoryBuilder) -> None:
    """The old subkey is alive on the ledger, and brings the certificate with the new one."""
    after_rotation(history)
    renew_rotating(history, history.certificate("rotating", 2, "with second"), "rotating first")


@refused(Code.UNKNOWN_KEY)
def case_K_111_new_subkey_signs_a_run_first(history: HistoryBuilder) -> None:
    """The new subkey signs a run before the ledger has its certificate."""
    after_rotation(history)
    by_subkey(history, history.run("rotating"), subkey="rotating")


@refused(Code.UNKNOWN_KEY)
def case_K_111_new_subkey_renews_another(history: HistoryBuilder) -> None:
    """The new subkey renews alice, not its own certificate."""
    after_rotation(history)
    renew_rotating(history, history.certificate("alice", 2), "rotating")


@refused(Code.KEY_REVOKED)
def case_K_112_revoked_subkey_signs(history: HistoryBuilder) -> None:
    """A subkey signs that the certificate in force revokes."""
    after_rotation(history)
    renew_rotating(history, history.certificate("rotating", 2, "first revoked"), "rotating")
    by_subkey(history, history.run("rotating"))


@refused(Code.KEY_REVOKED)
def case_K_112_revoked_subkey_dates_back(history: HistoryBuilder) -> None:
    """It signs as of a moment before its revocation was bound."""
    owned_by(history, "rotating")
    history.seconds = START + 2 * DAY
    history.now = history.seconds + HOUR
    renew_rotating(history, history.certificate("rotating", 2, "first revoked"), "rotating")
    draft = history.draft(history.run("rotating"), by="rotating")
    key = history.people.subkeys["rotating first"]
    at = START + 2 * DAY - 60
    history.commit(draft, history.sign(draft.payload, "rotating", key=key, at=at))


@refused(Code.KEY_REVOKED)
def case_K_113_revoked_subkey_renews_itself(history: HistoryBuilder) -> None:
    """The revoked subkey brings the certificate from before its revocation."""
    after_rotation(history)
    renew_rotating(history, history.certificate("rotating", 2, "first revoked"), "rotating")
    old = history.certificate("rotating", 3, "bound again")
    renew_rotating(history, old, "rotating first")


@accepted()
def case_K_114_a_revoked_subkey_does_not_end_renewal(history: HistoryBuilder) -> None:
    """A certificate follows the one that revokes a subkey."""
    after_rotation(history)
    renew_rotating(history, history.certificate("rotating", 2, "first revoked"), "rotating")
    renew_rotating(history, history.certificate("rotating", 3, "after that"), "rotating")


@accepted()
def case_K_115_signature_older_than_the_binding(history: HistoryBuilder) -> None:
    """A signature from before the renewal was made: the earlier certificate judges it."""
    owned_by(history, "rotating")
    history.seconds = START + DAY
    history.now = history.seconds + HOUR
    renew_rotating(history, history.certificate("rotating", 2, "with second"), "rotating first")
    draft = history.draft(history.run("rotating"), by="rotating")
    key = history.people.subkeys["rotating first"]
    history.commit(draft, history.sign(draft.payload, "rotating", key=key, at=START + DAY - 60))


@refused(Code.KEY_EXPIRED)
def case_K_115_expired_when_it_signed(history: HistoryBuilder) -> None:
    """A signature from when the key had expired, in an entry after its renewal."""
    small_ledger(history)
    history.seconds = EXPIRY + DAY
    history.now = history.seconds + HOUR
    renew(history, history.certificate("passing", 2, "renewed"))
    draft = history.draft(history.run("passing"), by="passing")
    history.commit(draft, history.sign(draft.payload, "passing", at=EXPIRY + DAY - 60))


def two_must_agree(history: HistoryBuilder) -> File:
    """Begin a ledger where "passing" and o1 must agree; passing approves while it is alive.

    Returns:
        The proposal to renew passing's own certificate.
    """
    history.forget()
    owners = [history.signer(label) for label in ("o1", "passing")]
    persons = {"o1": (owners[0].key,), "passing": (owners[1].key,)}
    certificates = [history.certificate(label) for label in ("o1", "passing")]
    history.found(PolicyPlan(2, persons, tuple(owners)), certificates)
    history.seconds = EXPIRY - DAY
    renewed = history.certificate("passing", 2, "renewed")
    plan = texts.policy_change(None, "", {renewed.path: renewed.digest})
    proposal = history.propose(plan, expires=EXPIRY + 9 * DAY)
    history.append(proposal, by="o1")
    history.append(history.approve(proposal, "passing"), by="passing")
    history.old = history.append(history.approve(proposal, "o1"), by="o1")
    return proposal


@refused(Code.QUORUM)
def case_K_116_anothers_enactment_revives_an_approval(history: HistoryBuilder) -> None:
    """The approver's key has expired; another owner's enactment brings its renewal."""
    proposal = two_must_agree(history)
    history.seconds = EXPIRY + 2 * DAY
    history.now = history.seconds + HOUR
    history.enact(proposal, history.certificate("passing", 2, "renewed"), by="o1")


@accepted()
def case_K_116_the_own_enactment_does(history: HistoryBuilder) -> None:
    """The approver enacts its own renewal."""
    proposal = two_must_agree(history)
    history.seconds = EXPIRY + 2 * DAY
    history.now = history.seconds + HOUR
    history.enact(proposal, history.certificate("passing", 2, "renewed"), by="passing")


def adopted(history: HistoryBuilder, child: str, parent: str) -> bytes:
    """Return the parent's certificate with the child's primary key bound as a subkey.

    The binding is a copy of the parent's own for another key: whether it verifies is not asked
    where issuers are looked up.
    """
    packets = openpgp.certificate_packets(history.certificate(child).text)
    primary = packets[: 2 + packets[1]]
    subkey = bytes([0xB8, *primary[1:]])
    whole = openpgp.certificate_packets(history.certificate(parent, 1, "with subkey").text)
    start = 0
    while whole[start] != 0xB8:
        # Packets in the old format, with a length of one or of two octets (RFC 4880, 4.2.1).
        octets = 1 << (whole[start] & 3)
        start += 1 + octets + int.from_bytes(whole[start + 1 : start + 1 + octets], "big")
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
