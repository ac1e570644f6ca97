"""Whatever bytes arrive, the OpenPGP parsers refuse them or give them back unchanged."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from gitprov.codec.armour import PUBLIC_KEY, SIGNATURE, armour, dearmour
from gitprov.codec.openpgp import (
    canonical_certificate,
    certificate_packets,
    matches_digest_prefix,
    parse_signature,
    without_revocations,
)
from gitprov.errors import RecordError
from gitprov.guard.signature_form import check_signature_form

KINDS = st.sampled_from([SIGNATURE, PUBLIC_KEY])
GPG = bytes.fromhex(
    "8875040016080 01d1621044e01d054b387384919aa7eb7c06cd2955b567b1a05026b00c1ef000a0910"
    "c06cd2955b567b1a05a90100e76f6d273970185051b4a63ab8c511bb225b66b74514814556 11fd49f7860f"
    "1500ff4e12a47c1d4cac875e36d6b6a5e346106762fd5a8bf8250a275e9c7b54b7f801".replace(" ", "")
)


@st.composite
def almost_signatures(draw: st.DrawFn) -> bytes:
    """A real signature packet with a few octets changed, cut or added."""
    packets = bytearray(GPG)
    for _ in range(draw(st.integers(0, 4))):
        packets[draw(st.integers(0, len(packets) - 1))] = draw(st.integers(0, 255))
    cut = draw(st.integers(0, len(packets)) | st.just(len(packets)))
    return bytes(packets[:cut]) + draw(st.binary(max_size=8) | st.just(b""))


@st.composite
def framed(draw: st.DrawFn) -> bytes:
    """A few packets with sound headers and arbitrary bodies."""
    packets = b""
    for _ in range(draw(st.integers(1, 5))):
        content = draw(st.binary(max_size=190))
        tag = draw(st.sampled_from([2, 2, 6, 13, 14, 17]) | st.integers(0, 63))
        packets += bytes([0xC0 | tag, len(content)]) + content
    return packets


def test_the_signature_that_is_varied_here_is_sound() -> None:
    assert parse_signature(GPG).issuer_key_id == "C06CD2955B567B1A"


@given(st.binary(min_size=1, max_size=2_000), KINDS)
def test_any_packets_survive_armour(packets: bytes, kind: str) -> None:
    assert dearmour(armour(packets, kind), kind) == packets


@given(st.binary(max_size=500), KINDS)
def test_any_bytes_in_a_frame_are_refused_or_are_the_one_form(text: bytes, kind: str) -> None:
    frame = f"-----BEGIN PGP {kind}-----\n\n%s\n-----END PGP {kind}-----".encode()
    for block in (text, frame % text):
        with suppress(RecordError):
            assert armour(dearmour(block, kind), kind) == block


@given(st.binary(min_size=1, max_size=200), st.data())
def test_no_changed_block_means_the_same(packets: bytes, data: st.DataObject) -> None:
    block = bytearray(armour(packets))
    at = data.draw(st.integers(0, len(block) - 1))
    block[at] = data.draw(st.integers(0, 255).filter(lambda octet: octet != block[at]))
    with suppress(RecordError):
        assert dearmour(bytes(block)) != packets


@given(st.binary(max_size=300) | almost_signatures(), st.integers())
def test_any_packets_are_refused_or_read(packets: bytes, seconds: int) -> None:
    with suppress(RecordError):
        form = parse_signature(packets)
        assert form.version == 4
        assert form.issuer_fingerprint is None or len(form.issuer_fingerprint) == 40
        check_signature_form(form, seconds)
    with suppress(RecordError):
        matches_digest_prefix(packets, b"payload")


@given(st.binary(max_size=300) | framed())
def test_any_certificate_is_refused_or_made_canonical(content: bytes) -> None:
    with suppress(RecordError):
        made = canonical_certificate(content)
        assert canonical_certificate(made) == made
        kept = without_revocations(certificate_packets(made))
        assert without_revocations(kept) == kept


@given(st.text(max_size=300))
def test_any_text_around_armour_is_refused_or_made_canonical(text: str) -> None:
    for content in (text, f"-----BEGIN PGP PUBLIC KEY BLOCK-----\n{text}", f"{text}-----END PGP"):
        with suppress(RecordError):
            made = canonical_certificate(content.encode())
            assert canonical_certificate(made) == made
