# ruff: noqa: N802 - a case's name carries its id
"""Commits and signatures: the cases C-00 to C-52."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from gitprov.codec import openpgp
from gitprov.errors import Code
from gitprov.model.finding import Verdict
from tests.adversarial.pair import test_engines_agree, test_outcome
from tests.support.attacks import Outcome, Surface
from tests.support.forgeries import changed_when_signed
from tests.support.history import HistoryBuilder, gpgsig
from tests.support.people import DAY, EXPIRY

pytestmark = [pytest.mark.git, pytest.mark.gpg]
SURFACE = Surface(__name__)
refused, accepted = SURFACE.refused, SURFACE.accepted
PASS = Outcome(Verdict.PASS)
YEAR_2030 = 1_893_456_000


def with_block(history: HistoryBuilder, change: Callable[[bytes], bytes]) -> None:
    """Sign an honest entry, then change the armoured block."""
    draft = history.draft(history.run())
    history.commit(draft, change(history.sign(draft.payload, "alice")))


def signed_with(history: HistoryBuilder, *options: str, at: int | None = None) -> None:
    """Sign an honest entry with further options of gpg."""
    draft = history.draft(history.run())
    history.commit(draft, history.sign(draft.payload, "alice", *options, at=at))


def enrol(history: HistoryBuilder, label: str, moment: str = "") -> str:
    """Let the owners add a signer; return the entry."""
    policy = history.policy.with_signer(history.signer(label))
    history.policy = policy
    return history.change(policy, history.certificate(label, moment=moment))


@accepted()
def case_C_00_honest_entry(history: HistoryBuilder) -> None:
    """An honest entry."""
    history.append(history.run())


@accepted()
def case_C_00_plain_git_commit(history: HistoryBuilder) -> None:
    """An entry that plain git commit-tree -S has made and signed."""
    history.seconds = history.now = int(time.time())
    draft = history.draft(history.run())
    key = history.people.ring["alice"]
    who = {"NAME": key.name, "EMAIL": key.email, "DATE": f"{history.seconds} +0000"}
    named = {f"GIT_{role}_{k}": v for role in ("AUTHOR", "COMMITTER") for k, v in who.items()}
    argv = ["git", "-C", str(history.path), "commit-tree", f"-S{key.fingerprint}"]
    made = subprocess.run(
        [*argv, "-p", draft.parents[0], draft.tree],
        input=draft.message,
        env={**os.environ, **named, "GNUPGHOME": str(history.people.ring.home)},
        capture_output=True,
        check=True,
    )
    oid = made.stdout.decode().strip()
    raw = subprocess.run(
        ["git", "-C", str(history.path), "cat-file", "commit", oid], capture_output=True, check=True
    )
    assert history.land(raw.stdout, draft) == oid


@refused(Code.UNSIGNED)
def case_C_01_unsigned(history: HistoryBuilder) -> None:
    """An entry without a signature."""
    draft = history.draft(history.run())
    history.land(draft.payload, draft)


@refused(Code.BAD_SIGNATURE)
def case_C_03_message_changed_after_signing(history: HistoryBuilder) -> None:
    """One byte of the message is changed after signing."""
    changed_when_signed(history, lambda raw: raw.replace(b"run SUCCESS", b"run SUCCESs"))


@refused(Code.BAD_SIGNATURE)
def case_C_03_tree_changed_after_signing(history: HistoryBuilder) -> None:
    """The tree is another one after signing."""
    other = history.draft(history.run()).tree.encode()
    changed_when_signed(history, lambda raw: b"tree " + other + raw[45:])


@refused(Code.UNSIGNED)
def case_C_04_signature_in_the_message(history: HistoryBuilder) -> None:
    """The signature is moved from the header to the start of the message."""
    draft = history.draft(history.run())
    signature = gpgsig(history.sign(draft.payload, "alice"))
    history.land(draft.headers + b"\n" + signature + draft.message, draft)


@refused(Code.COMMIT_FORM)
def case_C_06_nul_behind_the_message(history: HistoryBuilder) -> None:
    """A NUL and more text behind a signed entry."""
    changed_when_signed(history, lambda raw: raw + b"\0EVIL")


@refused(Code.COMMIT_FORM)
def case_C_07_second_kind_of_signature(history: HistoryBuilder) -> None:
    """A header gpgsig-sha256 behind the signature."""
    changed_when_signed(history, lambda raw: raw.replace(b"\n\n", b"\ngpgsig-sha256 evil\n\n", 1))


@refused(Code.COMMIT_FORM)
def case_C_09_signature_and_garbage(history: HistoryBuilder) -> None:
    """Two gpgsig headers, a good one and garbage."""
    changed_when_signed(history, lambda raw: raw.replace(b"\n\n", b"\ngpgsig garbage\n\n", 1))


@refused(Code.COMMIT_FORM)
def case_C_10_two_signature_headers(history: HistoryBuilder) -> None:
    """Two gpgsig headers, alice's and mallory's."""
    draft = history.draft(history.run())
    both = [gpgsig(history.sign(draft.payload, label)) for label in ("alice", "mallory")]
    history.land(draft.headers + b"".join(both) + b"\n" + draft.message, draft)


@refused(Code.SIGNATURE_FORM)
def case_C_12_two_signers_in_one_block(history: HistoryBuilder) -> None:
    """One armoured block with alice's and bot's signatures."""
    draft = history.draft(history.run())
    packets = [openpgp.dearmour(history.sign(draft.payload, each)) for each in ("alice", "bot")]
    history.commit(draft, openpgp.armour(b"".join(packets)))


@refused(Code.COMMIT_FORM)
def case_C_13_two_blocks_in_one_header(history: HistoryBuilder) -> None:
    """Alice's and mallory's armoured blocks behind each other in one header."""
    draft = history.draft(history.run())
    blocks = [history.sign(draft.payload, label) for label in ("alice", "mallory")]
    history.commit(draft, b"\n".join(blocks))


@refused(Code.COMMIT_FORM)
def case_C_15_comment_in_the_armour(history: HistoryBuilder) -> None:
    """A Comment header in the armour: the signature stays good, the object id is another."""
    with_block(history, lambda block: block.replace(b"-----\n\n", b"-----\nComment: x\n\n"))


@refused(Code.COMMIT_FORM)
def case_C_16_text_before_the_armour(history: HistoryBuilder) -> None:
    """Text before the armour."""
    with_block(history, lambda block: b"see below\n" + block)


@refused(Code.COMMIT_FORM)
def case_C_16_text_after_the_armour(history: HistoryBuilder) -> None:
    """Text behind the armour."""
    with_block(history, lambda block: block + b"\nsee above")


@refused(Code.COMMIT_FORM)
def case_C_16_blank_continuation_line(history: HistoryBuilder) -> None:
    """A blank continuation line, as libgit2 leaves it if the signature ends in LF."""
    with_block(history, lambda block: block + b"\n")


@refused(Code.SIGNATURE_FORM)
def case_C_18_sha1_digest(history: HistoryBuilder) -> None:
    """A signature whose digest is SHA-1."""
    signed_with(history, "--digest-algo", "SHA1")


@refused(Code.SIGNATURE_FORM)
def case_C_19_signed_message(history: HistoryBuilder) -> None:
    """What gpg --sign makes stands as the signature."""
    draft = history.draft(history.run())
    who = history.people.fingerprint("alice")
    args = ("--armor", "--local-user", who, "--sign")
    made = history.people.ring.gpg(*args, stdin=draft.payload, at=history.seconds)
    history.commit(draft, made.rstrip(b"\n"))


@refused(Code.SIGNATURE_FORM)
def case_C_19_clear_signed_message(history: HistoryBuilder) -> None:
    """What gpg --clearsign makes stands as the signature."""
    draft = history.draft(history.run())
    who = history.people.fingerprint("alice")
    args = ("--local-user", who, "--clearsign")
    made = history.people.ring.gpg(*args, stdin=draft.payload, at=history.seconds)
    history.commit(draft, made.rstrip(b"\n"))


@SURFACE.case(PASS, Outcome(Verdict.FAIL, Code.KEY_EXPIRED))
def case_C_21_expired_key_dates_back(history: HistoryBuilder) -> None:
    """A key that has expired signs with a clock from before, and the entry comes in now."""
    history.append(history.run(), by="passing")
    history.now = EXPIRY + DAY


@refused(Code.KEY_EXPIRED)
def case_C_21_expired_key(history: HistoryBuilder) -> None:
    """A key signs after it expired (its renewal is not on the ledger)."""
    history.seconds = EXPIRY + 60
    history.now = EXPIRY + 120
    history.append(history.run(), by="passing")


@SURFACE.case(PASS, None)
def case_C_22_expired_since(history: HistoryBuilder) -> None:
    """An entry landed while its key was valid; the key has expired since."""
    history.append(history.run(), by="passing")
    history.seconds = EXPIRY + DAY
    history.append(history.run())
    history.now = EXPIRY + 2 * DAY


def revoke_alice(history: HistoryBuilder, from_height: int) -> None:
    """Let the owners revoke alice's key."""
    rule = next(s for s in history.policy.signers if s.name == "Alice")
    history.change(history.policy.with_signer(replace(rule, revoked_from=from_height)))


@SURFACE.case(PASS, None)
def case_C_24_below_the_revocation(history: HistoryBuilder) -> str:
    """An entry before the policy that revokes its key, below from_height."""
    mine = history.append(history.run())
    revoke_alice(history, history.claims[mine].height + 1)
    return mine


@SURFACE.case(Outcome(Verdict.PASS, Code.KEY_REVOKED), None)
def case_C_24_disputed(history: HistoryBuilder) -> str:
    """An entry before the policy that revokes its key, at from_height."""
    mine = history.append(history.run())
    revoke_alice(history, history.claims[mine].height)
    return mine


@refused(Code.KEY_REVOKED)
def case_C_24_revoked_key(history: HistoryBuilder) -> None:
    """An entry after the policy that revokes its key."""
    revoke_alice(history, 100)
    history.append(history.run())


@SURFACE.case(Outcome(Verdict.UNKNOWN, Code.CLOCK), Outcome(Verdict.FAIL, Code.CLOCK))
def case_C_25_from_2030(history: HistoryBuilder) -> None:
    """Entry and signature are dated 2030."""
    history.seconds = YEAR_2030
    history.append(history.run())


@refused(Code.SIGNATURE_FORM)
def case_C_27_signed_a_day_later(history: HistoryBuilder) -> None:
    """Committer time and signature time differ by a day."""
    signed_with(history, at=history.seconds + DAY)


@refused(Code.SIGNATURE_FORM)
def case_C_28_signature_that_expires(history: HistoryBuilder) -> None:
    """A signature with an expiration of its own."""
    signed_with(history, "--default-sig-expire", "1d")


@refused(Code.UNKNOWN_KEY)
def case_C_30_subkey_added_later(history: HistoryBuilder) -> None:
    """A signing subkey that the ledger's certificate does not hold."""
    enrol(history, "holder")
    draft = history.draft(history.run(), by="holder")
    subkey = history.people.subkeys["holder"]
    history.commit(draft, history.sign(draft.payload, "holder", key=subkey))


@refused(Code.POLICY)
def case_C_31_certify_only_key(history: HistoryBuilder) -> str:
    """A policy lists a key that only certifies."""
    return enrol(history, "certifier")


@refused(Code.POLICY)
def case_C_31_encrypt_only_key(history: HistoryBuilder) -> str:
    """A policy lists a key that certifies and encrypts."""
    return enrol(history, "encrypter")
