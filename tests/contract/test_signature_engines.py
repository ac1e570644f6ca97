"""Both engines give the same verdict on every kind of signature and certificate."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from gitprov.codec import openpgp
from gitprov.errors import Code, SignatureError
from gitprov.model.entry import CertificateFacts
from gitprov.service.ports.signatures import SignatureEngine
from gitprov.sign.gpg_engine import GpgEngine
from gitprov.sign.sequoia import SequoiaEngine
from tests.support.keys import BORN, KeyRing, new_ring

pytestmark = pytest.mark.gpg

DAY = 86_400
LATER = BORN + 100 * DAY
PAYLOAD = b"tree 1\n\nwhat was signed\n"
START = BORN + DAY
NOW = int(time.time())


@dataclass(frozen=True)
class Case:
    """A signature, a certificate, and whether the one is good by the other."""

    good: bool
    signature: bytes
    certificate: bytes
    payload: bytes = PAYLOAD
    seconds: int = LATER


def altered(block: bytes, at: int) -> bytes:
    """Change one octet, counted from the end, and armour again."""
    packets = bytearray(openpgp.dearmour(block))
    packets[at] ^= 1
    return openpgp.armour(bytes(packets))


def prefix_at(block: bytes) -> int:
    """Where the two octets of the digest are: behind both areas of subpackets (RFC 4880)."""
    packet = openpgp.dearmour(block)
    at = 2 + 4  # a header of two octets; version, type, algorithms
    for _ in ("hashed", "unhashed"):
        at += 2 + int.from_bytes(packet[at : at + 2], "big")
    return at


def bare_cases(ring: KeyRing) -> Iterator[tuple[str, Case]]:
    """Yield what needs nothing but a plain key."""
    alice, mallory = ring.certificate("alice"), ring.certificate("mallory")
    block = ring.sign(PAYLOAD, "alice", at=LATER)
    yield "good", Case(True, block, alice)
    yield "good packets", Case(True, openpgp.dearmour(block), alice)
    yield "empty payload", Case(True, ring.sign(b"", "alice", at=LATER), alice, payload=b"")
    for name in ("SHA384", "SHA512"):
        signed = ring.sign(PAYLOAD, "alice", "--digest-algo", name, at=LATER)
        yield name, Case(True, signed, alice)
    for name in ("SHA1", "SHA224", "RIPEMD160", "MD5"):
        signed = ring.sign(PAYLOAD, "alice", "--digest-algo", name, at=LATER)
        yield f"C-18 {name}", Case(False, signed, alice)
    yield "C-03 tampered payload", Case(False, block, alice, payload=PAYLOAD + b"x")
    yield "tampered number", Case(False, altered(block, -1), alice)
    yield "tampered digest octets", Case(False, altered(block, prefix_at(block)), alice)
    yield "wrong certificate", Case(False, block, mallory)
    yield "wrong key", Case(False, ring.sign(PAYLOAD, "mallory", at=LATER), alice)
    both = openpgp.dearmour(block) * 2
    yield "C-12 two packets", Case(False, openpgp.armour(both), alice)
    yield "no signature", Case(False, b"nonsense", alice)
    yield "armour with a comment", Case(False, block.replace(b"-\n\n", b"-\nComment: x\n\n"), alice)
    two = openpgp.certificate_file(
        openpgp.certificate_packets(alice) + openpgp.certificate_packets(mallory)
    )
    yield "C-52 two certificates", Case(False, ring.sign(PAYLOAD, "mallory", at=LATER), two)
    yield "certificate is none", Case(False, block, openpgp.certificate_file(b"nonsense"))
    packets = openpgp.certificate_packets(alice)
    tampered = openpgp.certificate_file(packets[:-1] + bytes([packets[-1] ^ 1]))
    yield "certificate tampered with", Case(False, block, tampered)
    yield "certificate not canonical", Case(False, block, alice.rstrip())
    ahead = NOW + 100 * DAY
    signed = ring.sign(PAYLOAD, "alice", at=ahead)
    yield "C-25 from the future", Case(True, signed, alice, seconds=ahead)
    yield "tampered, from the future", Case(False, altered(signed, -1), alice, seconds=ahead)


def ageing_cases(ring: KeyRing) -> Iterator[tuple[str, Case]]:
    """Yield keys that expire and are renewed."""
    ring.make("passing", expires="20240201T000000")
    early = BORN + 10 * DAY
    signed_early = ring.sign(PAYLOAD, "passing", at=early)
    yield "C-22 expired since", Case(True, signed_early, ring.certificate("passing"), seconds=early)
    ring.make("shortened")
    signed = ring.sign(PAYLOAD, "shortened", at=LATER)
    ring.expire("shortened", "20240301T000000", at=BORN + DAY)
    yield "C-21 expired at signing", Case(False, signed, ring.certificate("shortened"))
    ring.expire("passing", "never", at=LATER + DAY)
    renewed = ring.certificate("passing")
    yield "renewed since", Case(True, signed_early, renewed, seconds=early)
    yield "renewed since, tampered", Case(False, altered(signed_early, -1), renewed, seconds=early)
    later = LATER + 2 * DAY
    signed = ring.sign(PAYLOAD, "passing", at=later)
    yield "after the renewal", Case(True, signed, renewed, seconds=later)


def revoked_cases(ring: KeyRing) -> Iterator[tuple[str, Case]]:
    """Yield keys whose revocation the caller judges by the facts."""
    for reason in (0, 1, 2, 3):
        label = f"revoked{reason}"
        ring.make(label)
        signed = ring.sign(PAYLOAD, label, at=LATER)
        ring.revoke(label, reason, at=LATER + DAY)
        yield f"revoked for reason {reason}", Case(True, signed, ring.certificate(label))
        yield (
            f"revoked for reason {reason}, tampered",
            Case(False, altered(signed, -1), ring.certificate(label)),
        )


def subkey_cases(ring: KeyRing) -> Iterator[tuple[str, Case]]:
    """Yield certificates with subkeys."""
    ring.make("holder", usage="cert")
    signing = ring.add_subkey("holder", "sign")
    before = ring.certificate("holder")
    yield "signing subkey", Case(True, ring.sign(PAYLOAD, "holder", at=LATER), before)
    ring.add_subkey("holder", "encr")
    yield (
        "encryption subkey beside it",
        Case(True, ring.sign(PAYLOAD, "holder", at=LATER), ring.certificate("holder")),
    )
    added = ring.add_subkey("holder", "sign", at=BORN + 2 * DAY)
    signed = ring.sign(PAYLOAD, "holder", at=LATER, by=added)
    yield "C-30 subkey added later, old certificate", Case(False, signed, before)
    yield "subkey added later, new certificate", Case(True, signed, ring.certificate("holder"))
    signed = ring.sign(PAYLOAD, "holder", at=LATER, by=signing)
    ring.revoke_subkey("holder", 1, 1, at=LATER + DAY)
    yield "revoked subkey", Case(True, signed, ring.certificate("holder"))
    signed = ring.sign(PAYLOAD, "holder", at=LATER, by=added)
    yield "subkey beside a revoked one", Case(True, signed, ring.certificate("holder"))
    ring.make("both")
    short = ring.add_subkey("both", "sign", expires="20240201T000000")
    signed = ring.sign(PAYLOAD, "both", at=BORN + DAY, by=short)
    yield "subkey expired since", Case(True, signed, ring.certificate("both"), seconds=BORN + DAY)


def capability_cases(ring: KeyRing) -> Iterator[tuple[str, Case]]:
    """Yield keys that were able to sign once and, by their certificate, are not any more."""
    ring.make("certifier")
    signed = ring.sign(PAYLOAD, "certifier", at=LATER)
    ring.forbid_signing("certifier", at=BORN + DAY)
    yield "C-31 certify only", Case(False, signed, ring.certificate("certifier"))


def algorithm_cases(ring: KeyRing) -> Iterator[tuple[str, Case]]:
    """Yield every kind of key that gpg makes."""
    for algorithm, good in (
        ("nistp256", True),
        ("nistp384", True),
        ("nistp521", True),
        ("rsa2048", True),
        ("rsa3072", True),
        ("dsa2048", True),
        ("rsa1024", False),
        ("brainpoolP256r1", False),
        ("secp256k1", False),
    ):
        ring.make(algorithm, algorithm)
        signed = ring.sign(PAYLOAD, algorithm, at=LATER)
        yield algorithm, Case(good, signed, ring.certificate(algorithm))
    for number, algorithm in enumerate(("rsa1024", "rsa2048")):
        label = f"subkey{number}"
        ring.make(label, usage="cert")
        ring.add_subkey(label, "sign", algorithm=algorithm)
        signed = ring.sign(PAYLOAD, label, at=LATER)
        yield f"subkey {algorithm}", Case(algorithm == "rsa2048", signed, ring.certificate(label))
    ring.make("weak", "ed25519", "sign,cert", "never", "", "--cert-digest-algo", "SHA1")
    signed = ring.sign(PAYLOAD, "weak", at=LATER)
    yield "SHA-1 self-signature", Case(False, signed, ring.certificate("weak"))


@pytest.fixture(scope="module")
def corpus() -> Iterator[dict[str, Case]]:
    with new_ring("alice", "mallory") as ring:
        cases: dict[str, Case] = {}
        for source in (
            bare_cases,
            ageing_cases,
            revoked_cases,
            subkey_cases,
            capability_cases,
            algorithm_cases,
        ):
            cases |= dict(source(ring))
        yield cases


@pytest.fixture(params=["sequoia", "gpg"])
def engine(request: pytest.FixtureRequest) -> SignatureEngine:
    second = GpgEngine(openpgp)
    if request.param == "gpg":
        return second
    return SequoiaEngine(openpgp, lambda: int(time.time()), second)


def test_every_verdict_is_the_expected_one(
    corpus: dict[str, Case], engine: SignatureEngine
) -> None:
    wrong = [
        f"{name}: expected {case.good}"
        for name, case in corpus.items()
        if engine.is_good(case.payload, case.signature, case.certificate, case.seconds)
        is not case.good
    ]
    assert wrong == []


def test_every_certificate_is_read_alike(corpus: dict[str, Case]) -> None:
    gpg = GpgEngine(openpgp)
    sequoia = SequoiaEngine(openpgp, lambda: int(time.time()), gpg)
    both = {name: (read(sequoia, case), read(gpg, case)) for name, case in corpus.items()}
    assert {name: pair for name, pair in both.items() if pair[0] != pair[1]} == {}


def read(engine: SignatureEngine, case: Case) -> CertificateFacts | tuple[type, Code]:
    try:
        return engine.read_certificate(case.certificate)
    except SignatureError as reason:
        return type(reason), reason.code


def test_the_facts_are_right(engine: SignatureEngine) -> None:
    with new_ring() as ring:
        key = ring.make("holder", usage="cert", expires="20300101T000000")
        ring.add_subkey("holder", "sign", expires="20240301T000000")
        ring.add_subkey("holder", "encr", at=BORN + 5)
        ring.add_subkey("holder", "sign", at=BORN + 6)
        ring.revoke_subkey("holder", 3, 3, at=BORN + 7)
        facts = engine.read_certificate(ring.certificate("holder"))
        fingerprints = ring.fingerprints("holder")
    assert facts.fingerprint == key.fingerprint
    assert [k.fingerprint for k in facts.keys] == fingerprints
    assert [k.key_id for k in facts.keys] == [f[-16:] for f in fingerprints]
    assert [k.created - BORN for k in facts.keys] == [0, 0, 5, 6]
    assert [k.expires for k in facts.keys] == [1_893_456_000, 1_709_251_200, None, None]
    assert [k.can_sign for k in facts.keys] == [False, True, False, True]
    assert [k.revoked for k in facts.keys] == [False, False, False, True]
    assert (facts.certificates, facts.has_secret, facts.canonical) == (1, False, True)
    assert facts.user_ids == ("Holder <holder@example.org>",)
    assert [k.fingerprint for k in facts.signing_keys(BORN + DAY)] == [fingerprints[1]]


@pytest.mark.parametrize("reason", [0, 1, 2, 3])
def test_a_revoked_primary_key_revokes_all(engine: SignatureEngine, reason: int) -> None:
    with new_ring("alice") as ring:
        ring.add_subkey("alice", "sign")
        ring.revoke("alice", reason)
        facts = engine.read_certificate(ring.certificate("alice"))
    assert [key.revoked for key in facts.keys] == [True, True]
    assert facts.signing_keys(LATER) == ()


def test_k15_odd_files_are_flagged(engine: SignatureEngine) -> None:
    with new_ring("alice", "mallory") as ring:
        alice, mallory = ring.certificate("alice"), ring.certificate("mallory")
        protection = ("--pinentry-mode", "loopback", "--passphrase", "")
        secret = ring.gpg(*protection, "--export-secret-keys", ring["alice"].fingerprint)
    both = openpgp.certificate_packets(alice) + openpgp.certificate_packets(mallory)
    two = engine.read_certificate(openpgp.certificate_file(both))
    assert (two.certificates, two.canonical) == (2, True)
    assert len(two.keys) == 1
    hidden = engine.read_certificate(openpgp.certificate_file(secret))
    assert hidden.has_secret
    assert hidden.fingerprint == two.fingerprint
    for change in (
        alice.replace(b"-\n\n", b"-\nComment: x\n\n"),
        alice.replace(b"\n", b"\r\n"),
        alice.rstrip(),
        openpgp.certificate_packets(alice),
    ):
        assert not engine.read_certificate(change).canonical
    assert engine.read_certificate(alice).canonical


def test_what_is_no_certificate_is_refused(engine: SignatureEngine) -> None:
    with new_ring("alice") as ring:
        packets = openpgp.certificate_packets(ring.certificate("alice"))
        signature = ring.sign(PAYLOAD, "alice")
    tampered = bytes([*packets[:-1], packets[-1] ^ 1])
    key_only = packets[: 2 + packets[1]]
    for content in (
        b"",
        b"nonsense",
        b"\x00" * 40,
        signature,
        openpgp.certificate_file(b"nonsense"),
        openpgp.certificate_file(tampered),
        openpgp.certificate_file(packets[:-1]),
        openpgp.certificate_file(packets[:30]),
        openpgp.certificate_file(packets[len(key_only) :]),
        openpgp.certificate_file(key_only),
    ):
        with pytest.raises(SignatureError) as caught:
            engine.read_certificate(content)
        assert caught.value.code is Code.POLICY, content[:60]
