"""The signature packet of an entry is taken apart strictly (V4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from gitprov.codec.openpgp import (
    armour,
    dearmour,
    matches_digest_prefix,
    parse_signature,
    signature_block,
    signature_packets,
)
from gitprov.errors import Code, RecordError
from gitprov.model.entry import SignatureForm

FINGERPRINT = bytes.fromhex("4E01D054B387384919AA7EB7C06CD2955B567B1A")
CREATED = b"\x05\x02\x6b\x00\xbc\x64"
ISSUER_FINGERPRINT = b"\x16\x21\x04" + FINGERPRINT
ISSUER = b"\x09\x10" + FINGERPRINT[-8:]
NUMBER = b"\x01\x00" + b"\x80" + b"r" * 31
SMALL = b"\x00\x01\x01"


def body(
    hashed: bytes = ISSUER_FINGERPRINT + CREATED,
    unhashed: bytes = ISSUER,
    *,
    head: bytes = b"\x04\x00\x16\x08",
    prefix: bytes = b"\xab\xcd",
    numbers: bytes = NUMBER + NUMBER,
) -> bytes:
    """Build the body of a signature packet; the defaults are what gpg writes."""
    areas = b"".join(len(area).to_bytes(2, "big") + area for area in (hashed, unhashed))
    return head + areas + prefix + numbers


def old(content: bytes, octets: int = 1) -> bytes:
    """Frame a body in the old format with a length of 1, 2 or 4 octets."""
    return bytes([0x88 | octets.bit_length() - 1]) + len(content).to_bytes(octets, "big") + content


LONG = body(numbers=b"\x08\x00" + b"\xff" * 256, head=b"\x04\x00\x01\x08")


def refusal(packets: bytes) -> str:
    with pytest.raises(RecordError) as caught:
        parse_signature(packets)
    assert caught.value.code is Code.SIGNATURE_FORM
    return caught.value.message


def test_what_gpg_writes_is_read_in_full() -> None:
    assert parse_signature(old(body())) == SignatureForm(
        version=4,
        signature_class=0,
        hash_algorithm=8,
        created=0x6B00BC64,
        expires_after=None,
        issuer_fingerprint=FINGERPRINT.hex().upper(),
        issuer_key_id=FINGERPRINT[-8:].hex().upper(),
        hashed_types=(33, 2),
        unhashed_types=(16,),
    )


@pytest.mark.parametrize(
    ("head", "numbers"),
    [
        (b"\x04\x00\x01\x08", b"\x08\x00" + b"\xff" * 256),
        (b"\x04\x00\x11\x08", SMALL + SMALL),
        (b"\x04\x00\x13\x09", b"\x00\x09\x01\x00" + SMALL),
        (b"\x04\x01\x16\x0a", NUMBER + b"\x00\xff\x7f" + b"s" * 31),
    ],
    ids=["RSA", "DSA", "ECDSA", "EdDSA"],
)
def test_every_known_algorithm_is_read(head: bytes, numbers: bytes) -> None:
    form = parse_signature(old(body(head=head, numbers=numbers), 2 if len(numbers) > 99 else 1))
    assert (form.signature_class, form.hash_algorithm) == (head[1], head[3])


def new(content: bytes) -> bytes:
    """Frame a body in the new format."""
    return b"\xc2\xff" + len(content).to_bytes(4, "big") + content


def test_no_entry_has_the_new_packet_format() -> None:
    short = body()
    assert "new format" in refusal(b"\xc2" + bytes([len(short)]) + short)
    assert "new format" in refusal(new(short))


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        (old(body()), old(body())),
        (b"\xc2" + bytes([len(body())]) + body(), old(body())),
        (new(body()), old(body())),
        (old(body(unhashed=b"")), old(body())),
        (old(body(unhashed=ISSUER + b"\x03\x14ab")), old(body())),
        (old(body(ISSUER + CREATED, b"")), old(body(ISSUER + CREATED, b""))),
        (old(body(ISSUER + CREATED, ISSUER)), old(body(ISSUER + CREATED, b""))),
        (old(body(numbers=b"\x00\x09\x00\x01" + NUMBER)), old(body(numbers=SMALL + NUMBER))),
        (old(body(numbers=b"\x00\x10\x00\x01" + NUMBER)), old(body(numbers=SMALL + NUMBER))),
        (new(LONG), old(LONG, 2)),
    ],
    ids=[
        "gpg's own",
        "new format",
        "new format, long",
        "no issuer",
        "more than an issuer",
        "a hashed issuer",
        "two issuers",
        "a leading zero",
        "a leading zero and its bits",
        "two octets of length",
    ],
)
def test_a_signers_output_is_brought_into_the_one_form(written: bytes, stored: bytes) -> None:
    assert dearmour(signature_block(written)) == stored
    assert dearmour(signature_block(stored)) == stored


def test_long_lengths_are_read_where_they_are_needed() -> None:
    huge = body(b"\xff" + (16_384).to_bytes(4, "big") + b"\x14" + b"n" * 16_383 + CREATED)
    assert parse_signature(old(huge, 2)).created
    medium = body(b"\xc0\x08\x14" + b"n" * 199 + CREATED)
    assert parse_signature(old(medium, 2)).created
    enormous = body(numbers=b"\xff\xff" + b"\x7f" + b"n" * 8191, head=b"\x04\x00\x01\x08")
    padded = enormous[:-1]  # 65,535 bits need 8,192 octets
    assert len(padded) > 8191
    assert refusal(old(padded, 2))


@pytest.mark.parametrize(
    "packets",
    [
        b"",
        b"\x88",
        b"\x00" * 60,
        b"\x8b" + body(),  # indefinite length
        b"\xc2\xe6" + body()[:64],  # partial length
        b"\xc2",
        b"\xc2\xff\x00",
        b"\x90\x01\x00",  # a one-pass signature
        b"\xc6" + bytes([len(body())]) + body(),  # a public key
        old(body()) + b"\x00",
        old(body())[:-1],
        old(body(), 2),  # two octets where one is enough
        old(body(), 4),
        b"\xc2\xff" + len(body()).to_bytes(4, "big") + body(),
        old(body()) + old(body()),  # C-12: two signatures in one block
        b"\xa3\x01" + body(),  # C-19: compressed data, as gpg --sign writes it
    ],
)
def test_anything_but_exactly_one_packet_is_refused(packets: bytes) -> None:
    assert "the signature packet" in refusal(packets)


@pytest.mark.parametrize("version", [0, 2, 3, 5, 6])
def test_other_versions_are_refused(version: int) -> None:
    assert "version 4" in refusal(old(bytes([version]) + body()[1:]))


def test_an_empty_packet_is_refused() -> None:
    assert "version 4" in refusal(b"\x88\x00")


@pytest.mark.parametrize("size", range(1, len(body())))
def test_a_signature_cut_anywhere_is_refused(size: int) -> None:
    assert refusal(old(body()[:size]))


@pytest.mark.parametrize(
    ("hashed", "why"),
    [
        (ISSUER_FINGERPRINT, "creation time"),
        (CREATED + CREATED, "repeated"),
        (b"\x04\x02\x00\x00\x00", "malformed"),
        (CREATED + b"\x06\x02\x00\x00\x00\x00\x00", "malformed"),
        (CREATED + b"\x00", "length"),
        (CREATED + b"\x09\x10\x01", "length"),
        (CREATED + b"\xc0\x02\x14n", "length"),
        (b"\xff\x00\x00\x00\x05" + CREATED[1:], "length"),
        (b"\xff\x00\x00", "length"),
        (CREATED + b"\x02\x94n", "critical"),  # a notation that claims to be critical
        (CREATED + b"\x02\xffn", "critical"),
        (CREATED + b"\x16\x21\x05" + FINGERPRINT, "version 4"),
        (CREATED + ISSUER_FINGERPRINT + b"\x09\x10" + b"\x00" * 8, "different issuers"),
        (CREATED + ISSUER_FINGERPRINT + ISSUER_FINGERPRINT, "repeated"),
    ],
)
def test_a_doubtful_hashed_area_is_refused(hashed: bytes, why: str) -> None:
    assert why in refusal(old(body(hashed)))


@pytest.mark.parametrize(
    ("unhashed", "why"),
    [
        (ISSUER + ISSUER, "repeated"),
        (b"\x09\x90" + FINGERPRINT[-8:], "critical"),
        (b"\x09\x10" + b"\x00" * 8, "different issuers"),
        (b"\x08\x10" + FINGERPRINT[-7:], "malformed"),
        (b"\x01", "length"),
    ],
)
def test_a_doubtful_unhashed_area_is_refused(unhashed: bytes, why: str) -> None:
    assert why in refusal(old(body(unhashed=unhashed)))


def test_a_critical_subpacket_that_is_understood_is_read() -> None:
    form = parse_signature(old(body(b"\x05\x82" + CREATED[2:] + b"\x05\x83\x00\x01\x51\x80")))
    assert form.expires_after == 86_400


def test_an_expiry_of_zero_is_told_from_none() -> None:
    assert parse_signature(old(body(CREATED + b"\x05\x03\x00\x00\x00\x00"))).expires_after == 0
    assert parse_signature(old(body(CREATED))).expires_after is None


def test_harmless_subpackets_are_named_only_in_the_unhashed_area() -> None:
    notation = b"\x02\x14n"
    form = parse_signature(old(body(CREATED + notation, notation + ISSUER + b"\x01\x7e")))
    assert form.unhashed_types == (20, 16, 126)
    assert form.issuer_fingerprint is None
    assert form.issuer_key_id == FINGERPRINT[-8:].hex().upper()


def test_an_issuer_may_be_missing_or_hashed() -> None:
    missing = parse_signature(old(body(CREATED, b"")))
    assert (missing.issuer_fingerprint, missing.issuer_key_id) == (None, None)
    hashed = parse_signature(old(body(CREATED + ISSUER, b"")))
    assert hashed.issuer_key_id == FINGERPRINT[-8:].hex().upper()
    assert hashed.unhashed_types == ()


def test_an_unhashed_fingerprint_proves_nothing() -> None:
    form = parse_signature(old(body(CREATED, ISSUER_FINGERPRINT)))
    assert (form.issuer_fingerprint, form.unhashed_types) == (None, (33,))


@pytest.mark.parametrize(
    "numbers",
    [
        b"",
        NUMBER,
        NUMBER + NUMBER + b"\x00",
        NUMBER + b"\x00\x00",
        NUMBER + b"\x01\x00\x00" + b"s" * 31,  # a leading zero
        NUMBER + b"\x00\xff\x80" + b"s" * 31,  # one bit more than it says
        NUMBER + b"\x00\xfe\x7f" + b"s" * 31,
        NUMBER + b"\x01\x08\x80" + b"s" * 31,
        NUMBER + b"\x01\x00",
    ],
)
def test_numbers_have_one_form(numbers: bytes) -> None:
    assert "number" in refusal(old(body(numbers=numbers)))


@pytest.mark.parametrize("algorithm", [0, 2, 3, 16, 18, 20, 21, 23, 27, 28, 99, 255])
def test_other_key_algorithms_are_refused(algorithm: int) -> None:
    for numbers in (b"", NUMBER, NUMBER + NUMBER, b"s" * 64):
        head = bytes([4, 0, algorithm, 8])
        assert "number" in refusal(old(body(head=head, numbers=numbers)))


@pytest.mark.parametrize(("number", "name"), [(8, "sha256"), (9, "sha384"), (10, "sha512")])
def test_the_two_digest_octets_must_be_those_of_the_payload(number: int, name: str) -> None:
    head = bytes([4, 0, 22, number])
    signed = head + b"\x00\x1d" + ISSUER_FINGERPRINT + CREATED
    assert len(signed) == 4 + 2 + 29
    trailer = b"\x04\xff" + len(signed).to_bytes(4, "big")
    prefix = hashlib.new(name, b"payload" + signed + trailer).digest()[:2]
    packets = old(body(head=head, prefix=prefix))
    assert matches_digest_prefix(packets, b"payload")
    assert not matches_digest_prefix(packets, b"payloae")
    other = bytes([prefix[0], prefix[1] ^ 1])
    assert not matches_digest_prefix(old(body(head=head, prefix=other)), b"payload")


def test_digest_octets_of_an_unknown_hash_never_match() -> None:
    assert not matches_digest_prefix(old(body(head=b"\x04\x00\x16\x02")), b"payload")


def test_digest_octets_of_no_signature_are_refused() -> None:
    with pytest.raises(RecordError):
        matches_digest_prefix(b"nonsense", b"payload")


def test_a_block_is_made_of_a_good_signature_only() -> None:
    packets = old(body())
    assert dearmour(signature_block(packets)) == packets
    with pytest.raises(RecordError):
        signature_block(packets + packets)


@pytest.mark.parametrize("change", [lambda p: p + b"\0", lambda p: p[:-1], lambda p: p[:1]])
def test_a_signer_writes_one_whole_packet_and_nothing_else(
    change: Callable[[bytes], bytes],
) -> None:
    with pytest.raises(RecordError, match="wrong length, or is not alone"):
        signature_block(change(new(body())))


def test_packets_are_taken_as_they_are_and_blocks_decoded() -> None:
    packets = old(body())
    assert signature_packets(packets) is packets
    assert signature_packets(armour(packets)) == packets
    with pytest.raises(RecordError) as caught:
        signature_packets(armour(packets) + b"\n")
    assert caught.value.code is Code.SIGNATURE_FORM
