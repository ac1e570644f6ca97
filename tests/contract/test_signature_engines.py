"""Both engines give the same verdict on every kind of signature and certificate."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest

from gitprov.codec import openpgp
from gitprov.errors import Code, RecordError, SignatureError
from gitprov.service.ports import SignatureEngine
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
    """Where the two octets of the digest stand in an Ed25519 signature."""
    return len(openpgp.dearmour(block)) - 2 * (2 + 32) - 2


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
