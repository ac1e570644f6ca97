"""Armour has one form, and only that form is read."""

from __future__ import annotations

import base64

import pytest

from gitprov.codec.armour import PUBLIC_KEY, armour, crc24, dearmour
from gitprov.errors import Code, RecordError

PACKETS = bytes(range(119))
BLOCK = armour(PACKETS)


def slow_crc24(octets: bytes) -> int:
    """Compute the checksum bit by bit, as RFC 4880 describes it in 6.1."""
    crc = 0xB704CE
    for octet in octets:
        crc ^= octet << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 7, 8, 119, 1024, 4099])
def test_the_checksum_is_that_of_the_standard(size: int) -> None:
    octets = bytes(7 * at % 256 for at in range(size))
    assert crc24(octets) == slow_crc24(octets)


def test_the_form_of_a_block() -> None:
    lines = BLOCK.decode().split("\n")
    assert lines[:2] == ["-----BEGIN PGP SIGNATURE-----", ""]
    assert [len(line) for line in lines[2:-2]] == [64, 64, 32]
    assert lines[-2] == "=" + base64.b64encode(slow_crc24(PACKETS).to_bytes(3, "big")).decode()
    assert lines[-1] == "-----END PGP SIGNATURE-----"


@pytest.mark.parametrize("size", [1, 2, 3, 47, 48, 49, 96, 10_000])
@pytest.mark.parametrize("kind", ["SIGNATURE", PUBLIC_KEY])
def test_what_was_armoured_is_read_again(size: int, kind: str) -> None:
    packets = bytes(at % 251 for at in range(size))
    assert dearmour(armour(packets, kind), kind) == packets


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"-----BEGIN PGP SIGNATURE-----",
        b"-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----",
        armour(b""),
        BLOCK + b"\n",
        b"\n" + BLOCK,
        b"text\n" + BLOCK,  # C-16
        BLOCK + b"\n \n",  # C-16
        BLOCK + b"\ntext",
        BLOCK + b"\n" + BLOCK,  # C-13
        BLOCK.replace(b"\n", b"\r\n"),
        BLOCK.replace(b"-\n\n", b"-\nComment: x\n\n"),  # C-15
        BLOCK.replace(b"-\n\n", b"-\nVersion: 1\n\n"),
        BLOCK.replace(b"-\n\n", b"-\n"),
        BLOCK.replace(b"-\n\n", b"-\n\n\n"),
        BLOCK.replace(b"-\n\n", b"-\n \n"),
        BLOCK.replace(b"SIGNATURE", b"MESSAGE"),  # C-19
        BLOCK.replace(b"SIGNATURE", b"signature"),
        BLOCK.replace(b"\n=", b"\n"),
        BLOCK[:-32] + b"AAAA" + BLOCK[-28:],  # another checksum
        BLOCK[: BLOCK.rindex(b"\n=")] + b"\n-----END PGP SIGNATURE-----",  # no checksum
        BLOCK.replace(b"A", b"!", 1),
        BLOCK.replace(b"AAEC", b"AA EC"),
        BLOCK.replace(b"AAEC", b"AAE"),
        armour(b"x").replace(b"eA==", b"eB=="),  # spare bits
        b"-----BEGIN PGP SIGNATURE-----\n\n=====\n=AAAA\n-----END PGP SIGNATURE-----",
        b"-----BEGIN PGP SIGNATURE-----\n\nA\n=AAAA\n-----END PGP SIGNATURE-----",
    ],
)
def test_any_other_form_is_refused_with_the_callers_code(block: bytes) -> None:
    for code in (Code.SIGNATURE_FORM, Code.COMMIT_FORM):
        with pytest.raises(RecordError) as caught:
            dearmour(block, code=code)
        assert caught.value.code is code


def test_lines_of_other_lengths_are_refused() -> None:
    head, text, tail = BLOCK.partition(BLOCK.split(b"\n")[2])
    rewrapped = head + text[:60] + b"\n" + text[60:] + tail
    with pytest.raises(RecordError):
        dearmour(rewrapped)


def test_one_kind_is_not_taken_for_the_other() -> None:
    with pytest.raises(RecordError):
        dearmour(BLOCK, PUBLIC_KEY)
    with pytest.raises(RecordError):
        dearmour(armour(PACKETS, PUBLIC_KEY))
