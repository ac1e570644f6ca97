# ruff: noqa: N802 - a case's name carries its id
"""Commits and signatures again: other spellings of one entry, and other people's names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gitprov.codec import openpgp
from gitprov.errors import Code
from gitprov.model.finding import Verdict
from tests.adversarial.pair import test_engines_agree, test_outcome
from tests.support.attacks import Outcome, Surface
from tests.support.forgeries import signed_with_part
from tests.support.history import HistoryBuilder, gpgsig

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


@refused(Code.SIGNATURE_FORM)
def case_C_67_no_unhashed_issuer(history: HistoryBuilder) -> None:
    """The unhashed issuer is left out: anybody can do that, and has a second valid entry."""
    with_packets(history, lambda packets: with_unhashed(packets, b""))


@refused(Code.SIGNATURE_FORM)
def case_C_67_two_unhashed_issuers(history: HistoryBuilder) -> None:
    """The unhashed issuer stands there twice."""

    def change(packets: bytes) -> bytes:
        middle, end = areas(packets)
        return with_unhashed(packets, packets[middle + 2 : end] * 2)

    with_packets(history, change)


@refused(Code.SIGNATURE_FORM)
def case_C_67_new_packet_format(history: HistoryBuilder) -> None:
    """The same packet with a header in the new format."""

    def change(packets: bytes) -> bytes:
        assert packets[0] == 0x88
        return bytes([0xC2]) + packets[1:]

    with_packets(history, change)


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
    signed_with_part(history, b"alice@example.org", b"alice@example.com")


@refused(Code.COMMIT_FORM)
def case_C_74_space_at_the_name(history: HistoryBuilder) -> None:
    """The right name with a space behind it."""
    signed_with_part(history, b"Alice <", b"Alice  <")


@refused(Code.COMMIT_FORM)
def case_C_74_decomposed_name(history: HistoryBuilder) -> None:
    """A name that is not in Unicode normal form NFC."""
    signed_with_part(history, b"Alice <", "Alice\u0301 <".encode())


@refused(Code.COMMIT_FORM)
def case_C_74_long_name(history: HistoryBuilder) -> None:
    """A name of 201 characters."""
    signed_with_part(history, b"Alice <", b"A" * 201 + b" <")


@refused(Code.COMMIT_FORM)
def case_C_74_long_email(history: HistoryBuilder) -> None:
    """An email of 201 characters."""
    signed_with_part(history, b"alice@example.org", b"a" * 189 + b"@example.org")


@refused(Code.IDENTITY)
def case_C_74_other_case(history: HistoryBuilder) -> None:
    """The right name in capitals."""
    signed_with_part(history, b"Alice <", b"ALICE <")


@refused(Code.COMMIT_FORM)
def case_C_75_invisible_character(history: HistoryBuilder) -> None:
    """A name with a zero-width space."""
    signed_with_part(history, b"Alice", "Al\u200bice".encode())


@refused(Code.COMMIT_FORM)
def case_C_75_right_to_left(history: HistoryBuilder) -> None:
    """A message with a character that turns the text around."""
    signed_with_part(history, b"4_DOCUMENTS", "4_\u202eSTNEMUCOD".encode())


@refused(Code.COMMIT_FORM)
def case_C_75_escape_sequence(history: HistoryBuilder) -> None:
    """A message with a terminal's escape sequence."""
    signed_with_part(history, b"4_DOCUMENTS", b"\x1b[2J")
