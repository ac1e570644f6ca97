# ruff: noqa: N802 - a case's name carries its id
"""Commits and signatures: the cases C-00 to C-52."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gitprov.codec import openpgp
from gitprov.errors import Code
from gitprov.model.finding import Verdict
from tests.support.attacks import Attack, Outcome, Surface, check_agreement, check_attack
from tests.support.history import Draft, HistoryBuilder, gpgsig
from tests.support.judgement import accept, put_on_ref, verify
from tests.support.people import DAY, EXPIRY

pytestmark = [pytest.mark.git, pytest.mark.gpg]
SURFACE = Surface(__name__)
refused, accepted = SURFACE.refused, SURFACE.accepted
PASS = Outcome(Verdict.PASS)
YEAR_2030 = 1_893_456_000


def signed_as_changed(history: HistoryBuilder, change: Callable[[bytes], bytes]) -> None:
    """Change the bytes of an honest entry, then sign what came out."""
    draft = history.draft(history.run())
    payload = change(draft.payload)
    header, _, message = payload.partition(b"\n\n")
    signature = gpgsig(history.sign(payload, "alice"))
    history.land(header + b"\n" + signature + b"\n" + message, draft)


def changed_when_signed(history: HistoryBuilder, change: Callable[[bytes], bytes]) -> None:
    """Sign an honest entry, then change its bytes."""
    draft = history.draft(history.run())
    signature = gpgsig(history.sign(draft.payload, "alice"))
    history.land(change(draft.headers + signature + b"\n" + draft.message), draft)


def with_block(history: HistoryBuilder, change: Callable[[bytes], bytes]) -> None:
    """Sign an honest entry, then change the armoured block."""
    draft = history.draft(history.run())
    history.commit(draft, change(history.sign(draft.payload, "alice")))


def with_message(history: HistoryBuilder, old: bytes, new: bytes) -> None:
    """Replace a part of an honest entry's message, then sign it."""
    draft = history.draft(history.run())
    assert old in draft.message
    draft.message = draft.message.replace(old, new, 1)
    history.commit(draft)


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


@refused(Code.COMMIT_FORM)
def case_C_33_two_trees(history: HistoryBuilder) -> None:
    """Two tree lines, signed."""
    signed_as_changed(history, lambda payload: payload[:46] + payload)


@refused(Code.COMMIT_FORM)
def case_C_34_parent_behind_the_committer(history: HistoryBuilder) -> None:
    """A further parent line behind the committer, signed."""
    line = b"\nparent " + history.tip.encode()
    signed_as_changed(history, lambda payload: payload.replace(b"\n\n", line + b"\n\n", 1))


@refused(Code.COMMIT_FORM)
def case_C_36_same_parent_twice(history: HistoryBuilder) -> None:
    """The same parent twice."""
    line = b"parent " + history.tip.encode() + b"\n"
    signed_as_changed(history, lambda payload: payload.replace(line, line + line))


@refused(Code.COMMIT_FORM)
def case_C_36_upper_case_parent(history: HistoryBuilder) -> None:
    """A parent in upper-case hex digits."""
    old = history.tip.encode()
    signed_as_changed(history, lambda payload: payload.replace(old, old.upper()))


def on_parent(history: HistoryBuilder, oid: str) -> Draft:
    """Make an honest entry name another parent."""
    draft = history.draft(history.run())
    draft.parents = (oid,)
    return draft


@refused(Code.COMMIT_FORM)
def case_C_37_parent_is_a_blob(history: HistoryBuilder) -> None:
    """The parent is a blob."""
    history.commit(on_parent(history, history.objects.put("blob", b"x")))


@refused(Code.COMMIT_FORM)
def case_C_37_parent_is_a_tag(history: HistoryBuilder) -> None:
    """The parent is a tag of the last entry."""
    tag = f"object {history.tip}\ntype commit\ntag v1\ntagger A <a@example.org> 1 +0000\n\nx\n"
    history.commit(on_parent(history, history.objects.put("tag", tag.encode())))


@refused(Code.COMMIT_FORM)
def case_C_39_mergetag(history: HistoryBuilder) -> None:
    """A mergetag header, signed."""
    line = b"\nmergetag object " + history.tip.encode()
    signed_as_changed(history, lambda payload: payload.replace(b"\n\n", line + b"\n\n", 1))


@refused(Code.COMMIT_FORM)
def case_C_39_encoding(history: HistoryBuilder) -> None:
    """An encoding header, signed."""
    line = b"\nencoding UTF-16\n\n"
    signed_as_changed(history, lambda payload: payload.replace(b"\n\n", line, 1))


@refused(Code.COMMIT_FORM)
def case_C_39_unknown_header(history: HistoryBuilder) -> None:
    """A header that nobody knows, signed."""
    signed_as_changed(history, lambda payload: payload.replace(b"\n\n", b"\nx-note hi\n\n", 1))


@refused(Code.COMMIT_FORM)
def case_C_40_author_not_utf8(history: HistoryBuilder) -> None:
    """Author and committer hold the bytes FF FE."""
    signed_as_changed(history, lambda payload: payload.replace(b"Alice", b"\xff\xfe"))


@refused(Code.COMMIT_FORM)
def case_C_40_message_not_utf8(history: HistoryBuilder) -> None:
    """The message is not UTF-8."""
    signed_as_changed(history, lambda payload: payload + b"\xff\n")


@refused(Code.COMMIT_FORM)
def case_C_42_crlf_header(history: HistoryBuilder) -> None:
    """Header lines that end in CRLF."""
    draft = history.draft(history.run())
    payload = draft.headers.replace(b"\n", b"\r\n") + b"\r\n" + draft.message
    signature = gpgsig(history.sign(payload, "alice")).replace(b"\n", b"\r\n")
    headers = draft.headers.replace(b"\n", b"\r\n")
    history.land(headers + signature + b"\r\n" + draft.message, draft)


@refused(Code.COMMIT_FORM)
def case_C_42_no_committer(history: HistoryBuilder) -> None:
    """A header without a committer."""
    draft = history.draft(history.run())
    line = b"committer " + draft.committer + b"\n"
    payload = draft.payload.replace(line, b"")
    signature = gpgsig(history.sign(payload, "alice"))
    history.land(draft.headers.replace(line, b"") + signature + b"\n" + draft.message, draft)


@refused(Code.COMMIT_FORM)
def case_C_42_no_blank_line(history: HistoryBuilder) -> None:
    """No blank line between header and message."""
    draft = history.draft(history.run())
    signature = gpgsig(history.sign(draft.headers + draft.message, "alice"))
    history.land(draft.headers + signature + draft.message, draft)


@refused(Code.COMMIT_FORM)
def case_C_42_no_final_line_feed(history: HistoryBuilder) -> None:
    """A message without a final line feed."""
    signed_as_changed(history, lambda payload: payload.removesuffix(b"\n"))


@refused(Code.LIMIT)
def case_C_43_three_mebibytes(history: HistoryBuilder) -> None:
    """A message of 3 MiB."""
    signed_as_changed(history, lambda payload: payload + b"x" * 3 * 1024 * 1024 + b"\n")


@refused(Code.COMMIT_FORM)
def case_C_45_author_is_not_committer(history: HistoryBuilder) -> None:
    """Author alice, committer mallory, signed by alice."""
    draft = history.draft(history.run())
    draft.committer = draft.committer.replace(b"Alice", b"Mallory")
    history.commit(draft)


@refused(Code.APPEND_ONLY)
def case_C_48_same_id_other_bytes(history: HistoryBuilder) -> None:
    """A known record id again, at its path, with other bytes."""
    first = history.run()
    history.append(first)
    history.append(first.edited("IN_PROGRESS", "OPEN"))


@refused(Code.TREE_FORM)
def case_C_48_same_id_other_path(history: HistoryBuilder) -> None:
    """A known record id again, at another path."""
    first = history.run()
    history.append(first)
    history.append(replace(first, path=first.path.replace("/2024/", "/2023/")))


@refused(Code.REPLAY)
def case_C_49_height_skipped(history: HistoryBuilder) -> None:
    """The message claims the height after the next one."""
    with_message(history, b"Gitprov-Height: 3", b"Gitprov-Height: 4")


@refused(Code.REPLAY)
def case_C_49_height_repeated(history: HistoryBuilder) -> None:
    """The message claims its parent's height."""
    with_message(history, b"Gitprov-Height: 3", b"Gitprov-Height: 2")


@refused(Code.REPLAY)
def case_C_49_wrong_chain(history: HistoryBuilder) -> None:
    """The message claims its parent's chain value."""
    right = history.claims[history.tip].chain.encode()
    draft = history.draft(history.run())
    draft.message = draft.message.replace(draft.claims.chain.encode(), right)
    history.commit(draft)


@pytest.mark.parametrize("engine", ["sequoia", "gpg"])
def test_case_C_51_hostile_keyring(
    history: HistoryBuilder, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GNUPGHOME holds mallory's key, trusted, with keys fetched at will: nothing changes."""
    history.append(history.run(), by="mallory")
    put_on_ref(history)
    home = history.people.ring.home
    hostile = tmp_path / "home"
    hostile.mkdir(mode=0o700)
    (hostile / "pubring.kbx").write_bytes((home / "pubring.kbx").read_bytes())
    (hostile / "gpg.conf").write_text(
        "auto-key-retrieve\nkeyserver hkp://127.0.0.1:1\nalways-trust\n", encoding="ascii"
    )
    before = verify(history, engine).findings
    monkeypatch.setenv("GNUPGHOME", str(hostile))
    assert verify(history, engine).findings == before
    assert [finding.code for finding in accept(history, engine)] == [Code.UNKNOWN_KEY]
    assert before[0].code is Code.UNKNOWN_KEY


def two_certificates(history: HistoryBuilder) -> str:
    """Let the owners put alice's and mallory's certificates into alice's file."""
    first = history.certificate("alice", 2)
    packets = openpgp.certificate_packets(first.text)
    more = openpgp.certificate_packets(history.certificate("mallory").text)
    return history.change(None, first.with_text(openpgp.certificate_file(packets + more)))


@refused(Code.POLICY)
def case_C_52_two_certificates(history: HistoryBuilder) -> str:
    """A certificate file holds alice's and mallory's certificates."""
    return two_certificates(history)


@refused(Code.UNKNOWN_KEY)
def case_C_52_second_certificate_signs(history: HistoryBuilder) -> None:
    """Mallory signs, good against the second certificate in alice's file."""
    two_certificates(history)
    history.append(history.run(), by="mallory")


@pytest.mark.parametrize("attack", SURFACE.attacks, ids=str)
def test_outcome(attack: Attack, history: HistoryBuilder) -> None:
    check_attack(attack, history)


@pytest.mark.slow
@pytest.mark.parametrize("attack", SURFACE.attacks, ids=str)
def test_engines_agree(attack: Attack, history: HistoryBuilder) -> None:
    check_agreement(attack, history)
