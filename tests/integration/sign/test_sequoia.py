"""Sequoia alone: what it judges, and where it says that it cannot."""

from __future__ import annotations

import sys
import time

import pysequoia
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pysequoia import Cert, Profile, Tsk
from pysequoia.packet import PacketPile, SignatureType

from gitprov.codec import openpgp
from gitprov.errors import Code, SignatureError, SignatureUnknownError
from gitprov.model.entry import CertificateFacts
from gitprov.sign.gpg_engine import GpgEngine
from gitprov.sign.sequoia import SequoiaEngine
from tests.support.keys import BORN, KeyRing, new_ring

pytestmark = pytest.mark.gpg

PAYLOAD = b"payload"
AT = BORN + 1_000_000


def now() -> int:
    return int(time.time())


def test_the_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pysequoia", None)
    with pytest.raises(SignatureUnknownError, match="--engine gpg") as caught:
        SequoiaEngine(openpgp, now)
    assert caught.value.code is Code.SIGNER


def test_a_signature_from_the_future(keys: KeyRing) -> None:
    ahead = now() + 86_400
    block, certificate = keys.sign(PAYLOAD, "alice", at=ahead), keys.certificate("alice")
    with pytest.raises(SignatureUnknownError, match="future"):
        SequoiaEngine(openpgp, now).is_good(PAYLOAD, block, certificate, ahead)


def test_a_signature_from_a_clock_that_is_a_little_ahead(keys: KeyRing) -> None:
    ahead = now() + 9 * 60
    block, certificate = keys.sign(PAYLOAD, "alice", at=ahead), keys.certificate("alice")
    assert SequoiaEngine(openpgp, now).is_good(PAYLOAD, block, certificate, ahead)


def test_a_signature_older_than_the_renewal_of_its_key() -> None:
    with new_ring("alice") as ring:
        block = ring.sign(PAYLOAD, "alice", at=AT)
        ring.expire("alice", "never", at=AT + 100)
        certificate = ring.certificate("alice")
    with pytest.raises(SignatureUnknownError, match="renewed"):
        SequoiaEngine(openpgp, now).is_good(PAYLOAD, block, certificate, AT)
    second = SequoiaEngine(openpgp, now, GpgEngine(openpgp))
    assert second.is_good(PAYLOAD, block, certificate, AT)
    assert not second.is_good(PAYLOAD + b"x", block, certificate, AT)


def test_a_certificate_from_the_future() -> None:
    with new_ring() as ring:
        born = now() + 86_400
        ring.make("unborn", at=born)
        facts = SequoiaEngine(openpgp, now).read_certificate(ring.certificate("unborn"))
    assert facts.keys[0].created == born
    assert facts.signing_keys(now()) == ()


class Asked:
    """A second engine that remembers what it was asked and says yes."""

    def __init__(self) -> None:
        self.times: list[int] = []

    def is_good(self, payload: bytes, signature: bytes, certificate: bytes, seconds: int) -> bool:
        assert (payload, signature[:1], certificate[:5]) == (PAYLOAD, b"\x89", b"-----")
        self.times.append(seconds)
        return True


class PanicException(BaseException):
    """What a Rust panic looks like in Python."""


class TestPanic:
    """A bug inside the library is neither a yes nor a no."""

    def test_while_reading(self, keys: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
        engine = SequoiaEngine(openpgp, now)
        monkeypatch.setattr(engine, "_split", self.panic)
        block, certificate = keys.sign(PAYLOAD, "alice", at=AT), keys.certificate("alice")
        with pytest.raises(SignatureUnknownError, match="index out of bounds") as caught:
            engine.read_certificate(certificate)
        assert caught.value.code is Code.SIGNER
        with pytest.raises(SignatureUnknownError):
            engine.is_good(PAYLOAD, block, certificate, AT)

    def test_while_verifying(self, keys: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pysequoia, "verify", self.panic)
        block, certificate = keys.sign(PAYLOAD, "alice", at=AT), keys.certificate("alice")
        with pytest.raises(SignatureUnknownError, match="--engine gpg"):
            SequoiaEngine(openpgp, now).is_good(PAYLOAD, block, certificate, AT)

    def test_other_exceptions_pass(self, keys: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pysequoia, "verify", self.interrupt)
        block, certificate = keys.sign(PAYLOAD, "alice", at=AT), keys.certificate("alice")
        with pytest.raises(KeyboardInterrupt):
            SequoiaEngine(openpgp, now).is_good(PAYLOAD, block, certificate, AT)

    @staticmethod
    def panic(*_: object, **__: object) -> None:
        message = "index out of bounds"
        raise PanicException(message)

    @staticmethod
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt


@given(st.data())
def test_any_bytes_are_refused_or_read(keys: KeyRing, data: st.DataObject) -> None:
    engine = SequoiaEngine(openpgp, now, Asked())
    packets = bytearray(openpgp.certificate_packets(keys.certificate("alice")))
    for _ in range(data.draw(st.integers(1, 3))):
        packets[data.draw(st.integers(0, len(packets) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(packets)) | st.just(len(packets)))
    content = openpgp.certificate_file(bytes(packets[:cut]))
    try:
        facts = engine.read_certificate(content)
    except SignatureError as reason:
        assert reason.code is Code.POLICY  # noqa: PT017 - refused or read, both are fine
    else:
        assert facts.keys
        assert facts.canonical


class TestShortKeys:
    """Sequoia will refuse them one day; their old entries must not turn bad then."""

    def test_a_yes_counts(self) -> None:
        with new_ring() as ring:
            ring.make("short", "rsa2048")
            block, certificate = ring.sign(PAYLOAD, "short", at=AT), ring.certificate("short")
        second = Asked()
        assert SequoiaEngine(openpgp, now, second).is_good(PAYLOAD, block, certificate, AT)
        assert second.times == []

    def test_a_no_goes_to_the_second_engine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Refused:
            @staticmethod
            def from_bytes(_: bytes) -> Cert:
                message = "Policy rejected asymmetric algorithm\n\nStack backtrace:\n"
                raise RuntimeError(message)

        with new_ring("alice") as ring:
            ring.make("short", "rsa2048")
            block, certificate = ring.sign(PAYLOAD, "short", at=AT), ring.certificate("short")
            alice = ring.certificate("alice")
        second = Asked()
        engine = SequoiaEngine(openpgp, now, second)
        monkeypatch.setattr(pysequoia, "Cert", Refused)
        assert engine.is_good(PAYLOAD, block, certificate, AT)
        assert second.times == [AT]
        assert engine.read_certificate(certificate).signing_keys(AT)
        with pytest.raises(SignatureError):
            engine.read_certificate(alice)


def packet(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag, len(body)]) + body


class TestOddCertificates:
    """Facts are read off packets that gpg would never put together."""

    def packets(self, keys: KeyRing, label: str = "alice") -> bytes:
        return openpgp.certificate_packets(keys.certificate(label))

    def facts(self, packets: bytes) -> CertificateFacts:
        content = openpgp.certificate_file(packets)
        return SequoiaEngine(openpgp, now).read_certificate(content)

    def refusal(self, packets: bytes) -> str:
        with pytest.raises(SignatureError) as caught:
            self.facts(packets)
        assert caught.value.code is Code.POLICY
        return caught.value.message

    def test_another_version(self) -> None:
        key = Tsk.generate("Six <six@example.org>", profile=Profile.RFC9580)
        assert "version" in self.refusal(bytes(key.extract_certificate()))

    def test_packets_that_do_not_belong_there(self, keys: KeyRing) -> None:
        whole = self.packets(keys)
        assert "type 11" in self.refusal(whole + packet(11, b"b\x00\x00\x00\x00\x00text"))
        assert "type 13" in self.refusal(packet(13, b"Alice") + whole)

    def test_a_misplaced_subkey_revocation(self, keys: KeyRing) -> None:
        with new_ring("alice") as ring:
            ring.add_subkey("alice", "sign")
            ring.revoke_subkey("alice", 1, 1)
            pile = list(PacketPile.from_bytes(ring.certificate("alice")))
        revocation = next(
            bytes(p) for p in pile if p.signature_type == SignatureType.SubkeyRevocation
        )
        first = bytes(pile[0])
        assert "follows no subkey" in self.refusal(first + revocation + self.packets(keys)[53:])

    def test_certifications_by_others_do_not_count(self) -> None:
        with new_ring("alice", "mallory") as ring:
            before = self.facts(self.packets(ring))
            protection = ("--pinentry-mode", "loopback", "--passphrase", "")
            who = ("--local-user", ring["mallory"].fingerprint)
            ring.gpg(*protection, *who, "--quick-sign-key", ring["alice"].fingerprint)
            assert self.facts(self.packets(ring)) == before

    def test_signatures_of_an_unknown_kind_do_not_count(self, keys: KeyRing) -> None:
        whole = self.packets(keys)
        odd = packet(2, b"\x09\x20" + b"?" * 40)
        key_id = bytes.fromhex(keys["alice"].fingerprint)[-8:]
        old = packet(2, b"\x03\x05\x10\x00\x00\x00\x00" + key_id + b"\x01\x08??\x00\x08\xff")
        attribute = packet(17, b"\x02\x01x")
        assert self.facts(whole + odd + old + attribute + odd) == self.facts(whole)

    def test_a_key_revocation_counts_wherever_it_stands(self, keys: KeyRing) -> None:
        with new_ring("alice") as ring:
            ring.revoke("alice", 0)
            pile = [bytes(p) for p in PacketPile.from_bytes(ring.certificate("alice"))]
        moved = self.facts(pile[0] + b"".join(pile[2:]) + pile[1])
        assert moved.keys[0].revoked
        assert not self.facts(self.packets(keys)).keys[0].revoked


def test_an_issuer_of_an_unknown_kind_is_refused_by_both_engines(keys: KeyRing) -> None:
    """Sequoia reads such a fingerprint and fails when it is to write the packet again."""
    packets = openpgp.certificate_packets(openpgp.canonical_certificate(keys.certificate("alice")))
    assert b"\x16\x21\x04" in packets
    odd = openpgp.certificate_file(packets.replace(b"\x16\x21\x04", b"\x16\x21\xc8"))
    gpg = GpgEngine(openpgp)
    for engine in (gpg, SequoiaEngine(openpgp, now, gpg)):
        with pytest.raises(SignatureError) as refused:
            engine.read_certificate(odd)
        assert refused.value.code is Code.POLICY
