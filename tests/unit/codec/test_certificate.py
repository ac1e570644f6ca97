"""Certificate files have one form; other people's additions stay out."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

import pytest

from gitprov.codec.armour import PUBLIC_KEY, armour
from gitprov.codec.certificate import (
    canonical_certificate,
    certificate_file,
    certificate_packets,
    has_secret_packets,
    newest_binding,
    without_revocations,
)
from gitprov.errors import Code, RecordError

KEY_BODY = b"\x04\x6b\x00\xbc\x64\x16" + b"k" * 40
HASHED = b"\x99" + len(KEY_BODY).to_bytes(2, "big") + KEY_BODY
OWNER = hashlib.sha1(HASHED, usedforsecurity=False).digest()
STRANGER = b"\x11" * 20


def packet(tag: int, content: bytes) -> bytes:
    """Frame a body in the new format."""
    if len(content) < 192:
        size = bytes([len(content)])
    elif len(content) < 8384:
        size = bytes([192 + (len(content) - 192 >> 8), (len(content) - 192) & 255])
    else:
        size = b"\xff" + len(content).to_bytes(4, "big")
    return bytes([0xC0 | tag]) + size + content


def old_packet(tag: int, content: bytes, octets: int) -> bytes:
    """Frame a body in the old format."""
    head = 0x80 | tag << 2 | octets.bit_length() - 1
    return bytes([head]) + len(content).to_bytes(octets, "big") + content


def signature(kind: int, issuer: bytes = OWNER, *, hashed: bool = True, rest: bytes = b"") -> bytes:
    """Make a version 4 signature by a key; its id stands hashed in full, or unhashed."""
    full, short = b"\x16\xa1\x04" + issuer, b"\x09\x10" + issuer[-8:]
    areas = (rest + full, b"") if hashed else (rest, short)
    octets = b"".join(len(area).to_bytes(2, "big") + area for area in areas)
    return packet(2, bytes([4, kind, 22, 8]) + octets + b"\x00\x00")


def old_signature(kind: int, issuer: bytes) -> bytes:
    """Make a version 3 signature."""
    return packet(2, bytes([3, 5, kind]) + b"time" + issuer[-8:] + b"\x01\x08\x00\x00")


KEY = packet(6, KEY_BODY)
NAME = packet(13, b"Alice <alice@example.org>")
PICTURE = packet(17, b"\xff" * 300)
SUBKEY = packet(14, b"s" * 9000)
OWN = KEY + NAME + signature(0x13) + SUBKEY + signature(0x18)


def test_a_file_is_canonical_armour_and_a_final_line_end() -> None:
    content = certificate_file(OWN)
    assert content == armour(OWN, PUBLIC_KEY) + b"\n"
    assert certificate_packets(content) == OWN


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c[:-1],
        lambda c: c + b"\n",
        lambda c: c.replace(b"\n", b"\r\n"),
        lambda c: c.replace(b"-\n\n", b"-\nComment: x\n\n"),
        lambda c: c + c,
        lambda _: b"",
        lambda _: OWN,
    ],
)
def test_any_other_file_is_refused(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(RecordError) as caught:
        certificate_packets(change(certificate_file(OWN)))
    assert caught.value.code is Code.POLICY


@pytest.mark.parametrize("kind", [0x20, 0x28, 0x30])
def test_revocations_are_left_out_wherever_they_stand(kind: int) -> None:
    for revocation in (signature(kind), signature(kind, STRANGER), old_signature(kind, OWNER)):
        assert without_revocations(KEY + revocation + OWN[len(KEY) :] + revocation) == OWN


def test_everything_else_is_kept_in_its_own_bytes() -> None:
    odd = old_packet(6, KEY_BODY, 2) + packet(13, b"") + packet(2, b"") + old_packet(2, b"\x04", 4)
    assert without_revocations(OWN + odd) == OWN + odd


@pytest.mark.parametrize(
    "packets",
    [
        b"\x00",
        b"\x7f" + OWN,
        OWN[:-1],
        OWN + b"\xc6",
        OWN + b"\xc6\xff\x00\x00",
        OWN + b"\xc6\xe1xx",  # partial length
        OWN + b"\x9b" + KEY_BODY,  # indefinite length
        OWN + b"\x99\x01",
    ],
)
def test_broken_packets_are_refused(packets: bytes) -> None:
    for function in (without_revocations, lambda p: canonical_certificate(armour(p, PUBLIC_KEY))):
        with pytest.raises(RecordError) as caught:
            function(packets)
        assert caught.value.code is Code.POLICY


def test_signatures_of_others_and_pictures_are_left_out() -> None:
    crowded = (
        KEY
        + signature(0x20)
        + signature(0x1F)
        + NAME
        + signature(0x10, STRANGER)
        + signature(0x13)
        + signature(0x30, STRANGER, hashed=False)
        + old_signature(0x11, STRANGER)
        + PICTURE
        + signature(0x13)
        + SUBKEY
        + signature(0x18)
    )
    kept = KEY + signature(0x20) + signature(0x1F) + OWN[len(KEY) :]
    assert canonical_certificate(crowded) == certificate_file(kept)


@pytest.mark.parametrize(
    "own",
    [
        signature(0x13, hashed=False),
        signature(0x10, rest=b"\x02\x14n\x00"),
        signature(0x13, rest=b"\xc0\x08\x14" + b"n" * 199),
        signature(0x13, rest=b"\xff\x00\x00\x00\x02\x14n"),
        old_signature(0x10, OWNER),
        signature(0x30),
        signature(0x20, STRANGER),  # a revoker that the owner named
    ],
)
def test_the_owners_signatures_stay(own: bytes) -> None:
    assert canonical_certificate(KEY + NAME + own) == certificate_file(KEY + NAME + own)


def test_the_newest_binding_is_the_owners_newest_self_signature() -> None:
    made = b"\x05\x02\x00\x00\x00\x09"
    later = b"\x05\x02\x00\x00\x00\x0a"
    assert newest_binding(KEY + NAME) == 0
    assert newest_binding(KEY + NAME + signature(0x13)) == 0  # it states no time
    assert newest_binding(KEY + NAME + signature(0x13, rest=made)) == 9
    assert newest_binding(KEY + NAME + signature(0x13, STRANGER, rest=made)) == 0
    assert newest_binding(KEY + NAME + signature(0x30, rest=made)) == 0  # a revocation
    subkey = SUBKEY + signature(0x18, rest=later)
    assert newest_binding(KEY + NAME + signature(0x13, rest=made) + subkey) == 10
    assert newest_binding(KEY + NAME + old_signature(0x10, OWNER)) == int.from_bytes(b"time", "big")


@pytest.mark.parametrize(
    "content",
    [
        b"\x04\x13\x16\x08\x00\x05",
        b"\x04\x13\x16\x08\x00\x01\xff",
        b"\x04\x13\x16",
        b"\x04\x13",
        b"\x03\x05\x10",
    ],
)
def test_a_certification_that_is_cut_short_is_nobodys(content: bytes) -> None:
    assert canonical_certificate(KEY + packet(2, content)) == certificate_file(KEY)


@pytest.mark.parametrize(
    "content",
    [
        OWN,
        certificate_file(OWN),
        certificate_file(OWN).replace(b"\n", b"\r\n"),
        certificate_file(OWN).replace(b"-\n\n", b"-\nVersion: 2\nComment: a: b\n\n"),
        b"Here is my key:\n" + certificate_file(OWN) + b"Regards\n",
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n"
        + base64.b64encode(OWN)
        + b"\n-----END PGP PUBLIC KEY BLOCK-----",
        b"-----BEGIN PGP PUBLIC KEY BLOCK----- \n \n"
        + base64.encodebytes(OWN)
        + b"=AAAA\n-----END PGP PUBLIC KEY BLOCK-----",
    ],
    ids=["binary", "canonical", "CRLF", "headers", "letter", "no checksum", "wide"],
)
def test_any_armour_or_none_becomes_the_one_file(content: bytes) -> None:
    assert canonical_certificate(content) == certificate_file(OWN)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        certificate_file(OWN) * 2,
        certificate_file(OWN).replace(b"PUBLIC", b"PRIVATE"),
        certificate_file(b""),
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nA\n-----END PGP PUBLIC KEY BLOCK-----",
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n",
    ],
)
def test_what_is_no_key_is_refused(content: bytes) -> None:
    with pytest.raises(RecordError) as caught:
        canonical_certificate(content)
    assert caught.value.code is Code.POLICY


@pytest.mark.parametrize("first", [PICTURE, NAME, signature(0x13), SUBKEY])
def test_a_file_that_does_not_begin_with_a_key_is_refused(first: bytes) -> None:
    """It has no owner, so nobody can say what is the owner's own."""
    with pytest.raises(RecordError) as refused:
        canonical_certificate(first + OWN)
    assert refused.value.code is Code.POLICY


def test_areas_that_claim_more_than_is_there_cost_nothing() -> None:
    """Each of these would be walked 131,070 steps far, which together takes many minutes."""
    hollow = packet(2, b"\x04\x10\x16\x08\xff\xff")
    made = canonical_certificate(KEY + NAME + hollow * 20_000)
    assert certificate_packets(made) == KEY + NAME


def test_a_key_of_any_size_is_read() -> None:
    assert canonical_certificate(packet(6, b"k" * 70_000)) == certificate_file(
        packet(6, b"k" * 70_000)
    )


@pytest.mark.parametrize("tag", [5, 7])
def test_a_secret_packet_is_seen_wherever_it_stands(tag: int) -> None:
    public = packet(6, KEY_BODY) + packet(13, b"x")
    assert not has_secret_packets(public)
    assert has_secret_packets(public + packet(tag, KEY_BODY))


BEGIN = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n"


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(BEGIN + b"\nA" + b" " * 1_000_000, id="spaces"),
        pytest.param(BEGIN + (b"a:" + BEGIN) * 20_000, id="blocks in headers"),
        pytest.param(BEGIN * 25_000, id="blocks"),
        pytest.param(BEGIN + b"\n" + b"A" * 1_000_000 + b"=\n=", id="no end"),
    ],
)
def test_a_file_made_to_be_slow_is_refused_without_going_back(bomb: bytes) -> None:
    """Each of these took minutes with an expression that may read the same text twice."""
    with pytest.raises(RecordError) as refused:
        canonical_certificate(bomb)
    assert refused.value.code is Code.POLICY
