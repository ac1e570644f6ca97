# ruff: noqa: N802 - a case's name carries its id
"""Commits and signatures again: other spellings of one entry, and other people's names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gitprov.codec import openpgp
from gitprov.errors import Code
from gitprov.model.finding import Verdict
from tests.support.attacks import Attack, Outcome, Surface, check_agreement, check_attack
from tests.support.history import OTHER_ID, HistoryBuilder, gpgsig
from tests.support.people import DAY, EXPIRY

pytestmark = [pytest.mark.git, pytest.mark.gpg]
SURFACE = Surface(__name__)
refused, accepted = SURFACE.refused, SURFACE.accepted
PASS = Outcome(Verdict.PASS)
ISSUER, NOTATION = 16, 20


def signed_header(history: HistoryBuilder, change: Callable[[bytes], bytes]) -> None:
    """Sign an honest entry, then change the bytes of its gpgsig header."""
    draft = history.draft(history.run())
    header = change(gpgsig(history.sign(draft.payload, "alice")))
    history.land(draft.headers + header + b"\n" + draft.message, draft)


def payload_changed(history: HistoryBuilder, old: bytes, new: bytes) -> None:
    """Replace a part of an honest entry wherever it stands, then sign what came out."""
    draft = history.draft(history.run())
    assert old in draft.payload
    payload = draft.payload.replace(old, new)
    header, _, message = payload.partition(b"\n\n")
    signature = gpgsig(history.sign(payload, "alice"))
    history.land(header + b"\n" + signature + b"\n" + message, draft)


def _spelling(number: str, words: str, construct: str, code: Code, *change: bytes) -> None:
    """Take in a case that replaces a part of the signed header by another."""

    def build(history: HistoryBuilder) -> None:
        def replace_part(header: bytes) -> bytes:
            assert change[0] in header
            return header.replace(change[0], change[1], 1)

        signed_header(history, replace_part)

    build.__name__ = f"case_C_{number}_{words}"
    build.__doc__ = construct
    refused(code)(build)


FORM = Code.COMMIT_FORM
_spelling("60", "two_spaces", "A line folded with two spaces.", FORM, b"\n i", b"\n  i")
_spelling("60", "tab", "A line folded with a tab.", FORM, b"\n i", b"\n\ti")
_spelling("60", "no_fold", "A line that is not folded.", FORM, b"\n i", b"\ni")
_spelling("61", "crlf", "An armour with CRLF.", FORM, b"-----\n", b"-----\r\n")
_spelling("61", "trailing_space", "An armour line that ends in a space.", FORM, b"\n =", b" \n =")
_spelling(
    "61", "blank_line_filled", "A space in the armour's blank line.", FORM, b"\n \n", b"\n  \n"
)
_spelling("61", "no_checksum", "An armour without its checksum.", FORM, b"\n =", b"\n -")
_spelling("61", "no_blank_line", "An armour without its blank line.", FORM, b"\n \n", b"\n")
_spelling("61", "lower_case", "An armour in small letters.", FORM, b"BEGIN PGP", b"begin pgp")
_spelling(
    "61", "old_name", "An armour of a MESSAGE.", Code.SIGNATURE_FORM, b"SIGNATURE", b"MESSAGE"
)
_spelling("62", "two_blanks", "Two spaces behind the keyword.", FORM, b"gpgsig ", b"gpgsig  ")
_spelling("62", "upper_case", "A header GPGSIG.", FORM, b"gpgsig ", b"GPGSIG ")


@refused(Code.COMMIT_FORM)
def case_C_63_empty_signature(history: HistoryBuilder) -> None:
    """A gpgsig header without a value."""
    signed_header(history, lambda _: b"gpgsig \n")


@refused(Code.COMMIT_FORM)
def case_C_64_signature_before_the_committer(history: HistoryBuilder) -> None:
    """The gpgsig header stands before the committer."""
    draft = history.draft(history.run())
    signature = gpgsig(history.sign(draft.payload, "alice"))
    committer = b"committer " + draft.committer
    raw = draft.headers.replace(committer, signature + committer) + b"\n" + draft.message
    history.land(raw, draft)


@refused(Code.COMMIT_FORM)
def case_C_65_second_signature_in_the_message(history: HistoryBuilder) -> None:
    """A signed entry whose message ends in another signature."""
    draft = history.draft(history.run())
    draft.message += gpgsig(history.sign(draft.payload, "mallory"))
    history.commit(draft)


def with_packets(history: HistoryBuilder, change: Callable[[bytes], bytes], *options: str) -> None:
    """Sign an honest entry, then change the packets and armour them again."""
    draft = history.draft(history.run())
    packets = openpgp.dearmour(history.sign(draft.payload, "alice", *options))
    history.commit(draft, openpgp.armour(change(packets)))


def areas(packets: bytes) -> tuple[int, int]:
    """Return where the unhashed area's length stands, and where the area ends."""
    start = 2 + 6 + int.from_bytes(packets[6:8], "big")
    return start, start + 2 + int.from_bytes(packets[start : start + 2], "big")


def with_unhashed(packets: bytes, area: bytes) -> bytes:
    """Give a signature another unhashed area."""
    start, end = areas(packets)
    body = packets[2:start] + len(area).to_bytes(2, "big") + area + packets[end:]
    return bytes([packets[0], len(body)]) + body


@refused(Code.SIGNATURE_FORM)
def case_C_66_unhashed_notation(history: HistoryBuilder) -> None:
    """A notation in the area that is not signed."""
    note = bytes([4, NOTATION]) + b"abc"

    def change(packets: bytes) -> bytes:
        start, end = areas(packets)
        return with_unhashed(packets, packets[start + 2 : end] + note)

    with_packets(history, change)


@refused(Code.SIGNATURE_FORM)
def case_C_66_issuer_twice(history: HistoryBuilder) -> None:
    """The issuer twice in the area that is not signed."""

    def change(packets: bytes) -> bytes:
        start, end = areas(packets)
        return with_unhashed(packets, packets[start + 2 : end] * 2)

    with_packets(history, change)


@refused(Code.SIGNATURE_FORM)
def case_C_66_other_issuer(history: HistoryBuilder) -> None:
    """The area that is not signed names another issuer."""
    other = bytes.fromhex(history.people.fingerprint("o1")[-16:])
    area = bytes([9, ISSUER]) + other
    with_packets(history, lambda packets: with_unhashed(packets, area))


@accepted()
def case_C_67_no_unhashed_issuer(history: HistoryBuilder) -> None:
    """The unhashed issuer is left out; the hashed one says the same."""
    with_packets(history, lambda packets: with_unhashed(packets, b""))


@accepted()
def case_C_67_signed_notation(history: HistoryBuilder) -> None:
    """A notation in the area that is signed."""
    with_packets(history, lambda packets: packets, "--sig-notation", "a@example.org=x")


@refused(Code.SIGNATURE_FORM)
def case_C_67_critical_notation(history: HistoryBuilder) -> None:
    """A critical notation, which nobody here understands."""
    with_packets(history, lambda packets: packets, "--sig-notation", "!a@example.org=x")


@refused(Code.SIGNATURE_FORM)
def case_C_68_text_mode(history: HistoryBuilder) -> None:
    """A signature of a text document, which would also fit other line ends."""
    with_packets(history, lambda packets: packets, "--textmode")


@refused(Code.BAD_SIGNATURE)
def case_C_69_digest_prefix(history: HistoryBuilder) -> None:
    """The two octets of the digest are others: the signature is as good, the entry another."""

    def change(packets: bytes) -> bytes:
        _, end = areas(packets)
        return packets[:end] + bytes([packets[end] ^ 1]) + packets[end + 1 :]

    with_packets(history, change)


@refused(Code.SIGNATURE_FORM)
def case_C_70_long_packet_header(history: HistoryBuilder) -> None:
    """A packet header that takes two octets for a short length."""
    with_packets(
        history,
        lambda packets: bytes([packets[0] | 1]) + len(packets[2:]).to_bytes(2, "big") + packets[2:],
    )


@refused(Code.SIGNATURE_FORM)
def case_C_70_rest_behind_the_packet(history: HistoryBuilder) -> None:
    """One octet behind the packet."""
    with_packets(history, lambda packets: packets + b"\0")


@refused(Code.BAD_SIGNATURE)
def case_C_71_signature_of_another_entry(history: HistoryBuilder) -> None:
    """The signature of an entry of the same signer and time."""
    other = history.draft(history.run())
    draft = history.draft(history.run())
    history.commit(draft, history.sign(other.payload, "alice"))


@refused(Code.UNKNOWN_KEY)
def case_C_72_stranger(history: HistoryBuilder) -> None:
    """A stranger signs in alice's name."""
    draft = history.draft(history.run())
    draft.by = "mallory"
    history.commit(draft)


@refused(Code.BAD_SIGNATURE)
def case_C_73_issuer_claimed(history: HistoryBuilder) -> None:
    """A stranger's signature that states alice's key as its issuer."""
    draft = history.draft(history.run())
    mallory, alice = (history.people.fingerprint(label) for label in ("mallory", "alice"))
    packets = openpgp.dearmour(history.sign(draft.payload, "mallory"))
    packets = packets.replace(bytes.fromhex(mallory), bytes.fromhex(alice))
    packets = packets.replace(bytes.fromhex(mallory[-16:]), bytes.fromhex(alice[-16:]))
    history.commit(draft, openpgp.armour(packets))


@refused(Code.IDENTITY)
def case_C_74_other_name(history: HistoryBuilder) -> None:
    """A machine signs in alice's name."""
    draft = history.draft(history.run("bot"))
    draft.by = "bot"
    history.commit(draft)


@refused(Code.IDENTITY)
def case_C_74_other_email(history: HistoryBuilder) -> None:
    """The right name with another address."""
    payload_changed(history, b"alice@example.org", b"alice@example.com")


@refused(Code.IDENTITY)
def case_C_74_space_at_the_name(history: HistoryBuilder) -> None:
    """The right name with a space behind it."""
    payload_changed(history, b"Alice <", b"Alice  <")


@refused(Code.IDENTITY)
def case_C_74_other_case(history: HistoryBuilder) -> None:
    """The right name in capitals."""
    payload_changed(history, b"Alice <", b"ALICE <")


@refused(Code.COMMIT_FORM)
def case_C_75_invisible_character(history: HistoryBuilder) -> None:
    """A name with a zero-width space."""
    payload_changed(history, b"Alice", "Al\u200bice".encode())


@refused(Code.COMMIT_FORM)
def case_C_75_right_to_left(history: HistoryBuilder) -> None:
    """A message with a character that turns the text around."""
    payload_changed(history, b"4_DOCUMENTS", "4_\u202eSTNEMUCOD".encode())


@refused(Code.COMMIT_FORM)
def case_C_75_escape_sequence(history: HistoryBuilder) -> None:
    """A message with a terminal's escape sequence."""
    payload_changed(history, b"4_DOCUMENTS", b"\x1b[2J")


def _time(number: str, words: str, construct: str, seconds: bytes) -> None:
    """Take in a case that writes the time in another way."""

    def build(history: HistoryBuilder) -> None:
        payload_changed(history, b"> %d +0000" % history.seconds, b"> " + seconds)

    build.__name__ = f"case_C_{number}_{words}"
    build.__doc__ = construct
    refused(Code.COMMIT_FORM)(build)


_time("76", "negative", "A time before 1970.", b"-1 +0000")
_time("76", "beyond_9999", "A time after the year 9999.", b"253402300800 +0000")
_time("76", "huge", "A time of 40 digits.", b"1" * 40 + b" +0000")
_time("76", "leading_zero", "A time with a leading zero.", b"01730000180 +0000")
_time("76", "other_zone", "Another time zone.", b"1730000180 +0100")
_time("76", "minus_zero", "The time zone -0000.", b"1730000180 -0000")
_time("76", "fraction", "A time with a fraction.", b"1730000180.0 +0000")


@refused(Code.CLOCK)
def case_C_77_earlier_than_its_parent(history: HistoryBuilder) -> None:
    """An entry dated one second before its parent."""
    seconds = history.claims[history.tip].seconds - 1
    history.commit(history.draft(history.run(), seconds=seconds))


@SURFACE.case(Outcome(Verdict.UNKNOWN, Code.CLOCK), Outcome(Verdict.FAIL, Code.CLOCK))
def case_C_77_eleven_minutes_ahead(history: HistoryBuilder) -> None:
    """An entry dated eleven minutes after the judge's clock."""
    history.now = history.seconds - 660
    history.append(history.run())


@accepted()
def case_C_77_ten_minutes_ahead(history: HistoryBuilder) -> None:
    """An entry dated ten minutes after the judge's clock."""
    history.now = history.seconds - 600
    history.append(history.run())


@refused(Code.COMMIT_FORM)
def case_C_78_upper_case_tree(history: HistoryBuilder) -> None:
    """A tree in upper-case hex digits."""
    draft = history.draft(history.run())
    draft.tree = draft.tree.upper()
    history.commit(draft)


@refused(Code.COMMIT_FORM)
def case_C_78_short_tree(history: HistoryBuilder) -> None:
    """A tree of 39 digits."""
    payload_changed(history, b"tree ", b"tree")


@refused(Code.COMMIT_FORM)
def case_C_78_sha256_parent(history: HistoryBuilder) -> None:
    """A parent of 64 digits."""
    payload_changed(history, history.tip.encode(), b"ab" * 32)


def _message(number: str, words: str, construct: str, code: Code, old: str, new: str) -> None:
    """Take in a case that changes the message, signed as it then stands."""

    def build(history: HistoryBuilder) -> None:
        draft = history.draft(history.run())
        assert old.encode() in draft.message
        draft.message = draft.message.replace(old.encode(), new.encode(), 1)
        history.commit(draft)

    build.__name__ = f"case_C_{number}_{words}"
    build.__doc__ = construct
    refused(code)(build)


_message("79", "status", "The subject says FAILED.", FORM, "SUCCESS", "FAILED")
_message("79", "agent", "The subject names another agent.", FORM, "4_DOCU", "5_DOCU")
_message("79", "text", "A line of text before the trailers.", FORM, "\n\n", "\n\nhello\n\n")
_message("79", "blank_line", "A second blank line.", FORM, "\n\n", "\n\n\n")
_message("79", "trailing_space", "A space behind a trailer.", FORM, "Policy: 1", "Policy: 1 ")
_message("79", "order", "Trailers in lower case.", FORM, "Gitprov-Policy", "gitprov-policy")
_message("79", "zero", "A height with a leading zero.", FORM, "Height: 3", "Height: 03")
_message("79", "trailer", "A trailer of its own.", FORM, "\nRun-Id", "\nSigned-off-by: x\nRun-Id")
_message("79", "no_run", "The Run-Id is left out.", FORM, "\nRun-Id: 0", "\nRan-Id: 0")
_message("80", "policy", "Another policy's number.", Code.REPLAY, "Policy: 1", "Policy: 2")
_message("80", "ledger", "Another ledger's id.", Code.REPLAY, "4d0a5cf6", "5d0a5cf6")
_message("80", "huge", "A height of 16 digits.", Code.REPLAY, "Height: 3", f"Height: {10**15}")


@refused(Code.COMMIT_FORM)
def case_C_81_other_run(history: HistoryBuilder) -> None:
    """The trailer Run-Id names another run."""
    run = history.run()
    draft = history.draft(run)
    other = history.run().name.encode()
    draft.message = draft.message.replace(b"Run-Id: " + run.name.encode(), b"Run-Id: " + other)
    history.commit(draft)


@refused(Code.COMMIT_FORM)
def case_C_81_further_run(history: HistoryBuilder) -> None:
    """A second Run-Id, of a run that is not in the entry."""
    draft = history.draft(history.run())
    draft.message += b"Run-Id: " + history.run().name.encode() + b"\n"
    history.commit(draft)


@refused(Code.COMMIT_FORM)
def case_C_81_code_commit_that_no_run_names(history: HistoryBuilder) -> None:
    """A Code-Commit that no run of the entry names."""
    draft = history.draft(history.run())
    draft.message += b"Code-Commit: " + b"ab" * 20 + b"\n"
    history.commit(draft)


@refused(Code.REPLAY)
def case_C_82_entry_of_another_ledger(history: HistoryBuilder) -> None:
    """The same owners' entry of another ledger, put on top of this one."""
    mine, history.ledger_id = history.ledger_id, OTHER_ID
    draft = history.draft(history.run())
    history.ledger_id = mine
    history.commit(draft)


@refused(Code.KEY_REVOKED)
def case_C_83_revoked_by_its_certificate(history: HistoryBuilder) -> None:
    """A key signs whose certificate on the ledger carries a revocation, dated later."""
    policy = history.policy.with_signer(history.signer("lost"))
    history.change(policy, history.certificate("lost", moment="revoked"))
    history.append(history.run(), by="lost")


@accepted()
def case_C_84_replaced_certificate(history: HistoryBuilder) -> None:
    """A key that was renewed in time signs after its first certificate has expired."""
    history.old = history.change(None, history.certificate("passing", 2, "renewed"))
    history.seconds = EXPIRY + 2 * DAY
    history.now = EXPIRY + 3 * DAY
    history.append(history.run(), by="passing")


@refused(Code.COMMIT_FORM)
def case_C_85_tip_is_a_tag(history: HistoryBuilder) -> str:
    """The ref names a tag."""
    text = f"object {history.tip}\ntype commit\ntag v1\ntagger A <a@example.org> 1 +0000\n\nx\n"
    history.tip = history.objects.put("tag", text.encode())
    return history.tip


@refused(Code.COMMIT_FORM)
def case_C_85_tip_is_a_blob(history: HistoryBuilder) -> str:
    """The ref names a blob."""
    history.tip = history.objects.put("blob", b"x")
    return history.tip


@refused(Code.COMMIT_FORM)
def case_C_86_no_header_at_all(history: HistoryBuilder) -> str:
    """A commit of three letters."""
    history.tip = history.objects.put("commit", b"abc")
    return history.tip


@refused(Code.COMMIT_FORM)
def case_C_87_empty_commit(history: HistoryBuilder) -> str:
    """A commit of no bytes."""
    history.tip = history.objects.put("commit", b"")
    return history.tip


@refused(Code.STORE_CORRUPT)
def case_C_88_parent_is_missing(history: HistoryBuilder) -> None:
    """The parent is not there."""
    draft = replace(history.draft(history.run()), parents=("12" * 20,))
    history.commit(draft)


@pytest.mark.parametrize("attack", SURFACE.attacks, ids=str)
def test_outcome(attack: Attack, history: HistoryBuilder) -> None:
    check_attack(attack, history)


@pytest.mark.slow
@pytest.mark.parametrize("attack", SURFACE.attacks, ids=str)
def test_engines_agree(attack: Attack, history: HistoryBuilder) -> None:
    check_agreement(attack, history)
