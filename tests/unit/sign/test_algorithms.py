"""Only keys that both engines can judge may sign."""

from __future__ import annotations

import pytest

from gitprov.sign.algorithms import is_accepted, is_accepted_packet, is_short_packet

TIME = b"\x04\x6b\x00\xbc\x64"
ED25519 = bytes.fromhex("092b06010401da470f01")


@pytest.mark.parametrize(
    ("algorithm", "bits", "curve", "accepted"),
    [
        (1, 2048, "", True),
        (1, 2047, "", False),
        (17, 3072, "", True),
        (17, 1024, "", False),
        (19, 256, "nistp256", True),
        (19, 384, "nistp384", True),
        (19, 521, "nistp521", True),
        (19, 256, "secp256k1", False),
        (19, 256, "brainpoolP256r1", False),
        (19, 256, "", False),
        (22, 255, "ed25519", True),
        (22, 441, "ed448", False),
        (18, 255, "cv25519", False),
        (16, 4096, "", False),
    ],
)
def test_by_gpgs_names(algorithm: int, bits: int, curve: str, *, accepted: bool) -> None:
    assert is_accepted(algorithm, bits, curve) is accepted


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        (TIME + b"\x16" + ED25519, True),
        (TIME + b"\x13" + bytes.fromhex("082a8648ce3d030107"), True),
        (TIME + b"\x13" + bytes.fromhex("052b81040022"), True),
        (TIME + b"\x13" + bytes.fromhex("052b81040023"), True),
        (TIME + b"\x13" + bytes.fromhex("052b8104000a"), False),
        (TIME + b"\x16" + ED25519[:-1], False),
        (TIME + b"\x16", False),
        (TIME + b"\x01\x08\x00" + b"n" * 256, True),
        (TIME + b"\x01\x07\xff" + b"n" * 256, False),
        (TIME + b"\x11\x08\x00", True),
        (TIME + b"\x01", False),
        (TIME, False),
        (b"", False),
    ],
)
def test_by_packet(body: bytes, *, accepted: bool) -> None:
    assert is_accepted_packet(body) is accepted


@pytest.mark.parametrize(
    ("body", "short"),
    [
        (TIME + b"\x16" + ED25519, False),
        (TIME + b"\x13" + bytes.fromhex("052b81040022"), False),
        (TIME + b"\x01\x08\x00", True),
        (TIME + b"\x01\x0b\xff", True),
        (TIME + b"\x01\x0c\x00", False),
        (TIME + b"\x11\x08\x00", True),
        (TIME + b"\x11\x10\x00", True),
    ],
)
def test_which_keys_are_short(body: bytes, *, short: bool) -> None:
    assert is_short_packet(body) is short
