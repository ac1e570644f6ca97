"""Signatures by real gpg: one good block, or a code that says whose fault it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitprov.codec import openpgp
from gitprov.errors import Code, SignatureError, SignatureUnknownError, UsageError
from gitprov.guard.signature_form import check_signature_form
from gitprov.service.ports.signatures import Signer
from gitprov.sign.gpg import GpgSigner
from gitprov.sign.gpg_engine import GpgEngine
from gitprov.sign.program import GpgProgram
from tests.support.keys import KeyRing, new_ring

pytestmark = pytest.mark.gpg

PAYLOAD = b"tree 1\n\nwhat is signed\n"
SECRET = "p\u00e4ss \u20ac word"


def signer(ring: KeyRing, **options: object) -> Signer:
    return GpgSigner(GpgProgram(home=ring.home, **options), openpgp)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def ring() -> Iterator[KeyRing]:
    with new_ring("alice", "mallory") as made:
        made.make("locked", passphrase=SECRET)
        yield made


@pytest.fixture
def cold(ring: KeyRing) -> Iterator[KeyRing]:
    """The ring with an agent that remembers no passphrase."""
    ring.stop_agent()
    yield ring
    ring.stop_agent()


def check(ring: KeyRing, block: bytes, label: str) -> int:
    """Require a good signature; return the number of its hash algorithm."""
    form = openpgp.parse_signature(openpgp.dearmour(block))
    assert check_signature_form(form, int(time.time())) == []
    engine = GpgEngine(openpgp)
    assert engine.is_good(PAYLOAD, block, ring.certificate(label), form.created)
    return form.hash_algorithm


def test_a_signature_is_one_canonical_block(ring: KeyRing) -> None:
    block = signer(ring).sign(PAYLOAD, ring["alice"].fingerprint)
    assert check(ring, block, "alice") == 8
    assert openpgp.armour(openpgp.dearmour(block)) == block
    assert block.startswith(b"-----BEGIN PGP SIGNATURE-----\n\n")
    assert block.endswith(b"\n-----END PGP SIGNATURE-----")


def test_one_signer_signs_again_and_again(ring: KeyRing) -> None:
    made = signer(ring)
    for payload in (b"", b"\n", b"\x00\xff" * 40_000):
        block = made.sign(payload, ring["alice"].fingerprint)
        created = openpgp.parse_signature(openpgp.dearmour(block)).created
        good = GpgEngine(openpgp).is_good(payload, block, ring.certificate("alice"), created)
        assert good, payload[:5]


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [("nistp256", 8), ("nistp384", 9), ("nistp521", 10), ("rsa2048", 8), ("dsa2048", 8)],
)
def test_every_kind_of_key_signs_with_a_digest_it_can(
    ring: KeyRing, algorithm: str, digest: int
) -> None:
    ring.make(algorithm, algorithm)
    block = signer(ring).sign(PAYLOAD, ring[algorithm].fingerprint)
    assert check(ring, block, algorithm) == digest


def test_gpg_picks_the_signing_subkey(ring: KeyRing) -> None:
    ring.make("holder", usage="cert")
    subkey = ring.add_subkey("holder", "sign")
    block = signer(ring).sign(PAYLOAD, ring["holder"].fingerprint)
    assert openpgp.parse_signature(openpgp.dearmour(block)).issuer_fingerprint == subkey
    check(ring, block, "holder")


def test_the_users_settings_change_nothing(cold: KeyRing) -> None:
    """C-51, for the writer: gpg.conf would add a signer, an expiry and a comment."""
    conf = cold.home / "gpg.conf"
    conf.write_text(
        f"local-user {cold['mallory'].fingerprint}\ndefault-sig-expire 1d\ncomment x\n"
        "digest-algo SHA1\ntextmode\narmor\nsig-notation a@example.org=b\nno-such-option\n"
    )
    try:
        check(cold, signer(cold).sign(PAYLOAD, cold["alice"].fingerprint), "alice")
    finally:
        conf.unlink()


class TestUnusableKeys:
    """F-16: the key is at fault, and gitprov says how."""

    def refusal(self, ring: KeyRing, fingerprint: str) -> SignatureError:
        with pytest.raises(SignatureError) as caught:
            signer(ring).sign(PAYLOAD, fingerprint)
        assert not isinstance(caught.value, SignatureUnknownError)
        assert fingerprint in caught.value.message
        return caught.value

    def test_f16_no_secret_key(self, ring: KeyRing) -> None:
        assert self.refusal(ring, "0" * 40).code is Code.UNKNOWN_KEY

    def test_f16_expired(self, ring: KeyRing) -> None:
        key = ring.make("expired", expires="20240201T000000")
        assert self.refusal(ring, key.fingerprint).code is Code.KEY_EXPIRED

    def test_f16_revoked(self, ring: KeyRing) -> None:
        key = ring.make("revoked")
        ring.revoke("revoked", 3)
        assert self.refusal(ring, key.fingerprint).code is Code.KEY_REVOKED

    def test_f16_certify_only(self, ring: KeyRing) -> None:
        key = ring.make("certifier", usage="cert")
        assert self.refusal(ring, key.fingerprint).code is Code.UNKNOWN_KEY

    def test_expired_subkey(self, ring: KeyRing) -> None:
        key = ring.make("shortlived", usage="cert")
        ring.add_subkey("shortlived", "sign", expires="20240201T000000")
        assert self.refusal(ring, key.fingerprint).code is Code.KEY_EXPIRED

    def test_revoked_subkey(self, ring: KeyRing) -> None:
        key = ring.make("withdrawn", usage="cert")
        ring.add_subkey("withdrawn", "sign")
        ring.revoke_subkey("withdrawn", 1, 0)
        assert self.refusal(ring, key.fingerprint).code is Code.KEY_REVOKED

    def test_public_key_only(self, ring: KeyRing) -> None:
        with new_ring("stranger") as other:
            ring.gpg("--import", stdin=other.certificate("stranger"))
            fingerprint = other["stranger"].fingerprint
        assert self.refusal(ring, fingerprint).code is Code.UNKNOWN_KEY


class TestPassphrase:
    """A locked key is unlocked by a file or by the agent, and never by a hanging question."""

    def test_the_first_line_of_a_file_unlocks(self, cold: KeyRing, tmp_path: Path) -> None:
        for number, end in enumerate(("", "\n", "\r\n")):
            cold.stop_agent()
            file = tmp_path / str(number)
            file.write_bytes((SECRET + end).encode())
            made = signer(cold, passphrase_file=file)
            check(cold, made.sign(PAYLOAD, cold["locked"].fingerprint), "locked")

    def test_a_file_for_a_key_without_passphrase_does_no_harm(
        self, cold: KeyRing, tmp_path: Path
    ) -> None:
        file = tmp_path / "secret"
        file.write_text(SECRET)
        made = signer(cold, passphrase_file=file)
        check(cold, made.sign(PAYLOAD, cold["alice"].fingerprint), "alice")

    def test_the_passphrase_never_joins_the_payload(self, cold: KeyRing, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text(SECRET)
        block = signer(cold, passphrase_file=file).sign(b"", cold["locked"].fingerprint)
        created = openpgp.parse_signature(openpgp.dearmour(block)).created
        assert GpgEngine(openpgp).is_good(b"", block, cold.certificate("locked"), created)

    def test_a_wrong_one_is_named(self, cold: KeyRing, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text("wrong\n")
        with pytest.raises(SignatureUnknownError, match="passphrase is wrong") as caught:
            signer(cold, passphrase_file=file).sign(PAYLOAD, cold["locked"].fingerprint)
        assert caught.value.code is Code.SIGNER

    @pytest.mark.parametrize("content", [b"", b"\n", b"a\nb\n", b"a\n\n", b"a\rb", b"a\0b"])
    def test_x04_anything_but_one_line_is_refused(
        self, ring: KeyRing, tmp_path: Path, content: bytes
    ) -> None:
        file = tmp_path / "secret"
        file.write_bytes(content)
        with pytest.raises(UsageError) as caught:
            signer(ring, passphrase_file=file).sign(PAYLOAD, ring["locked"].fingerprint)
        assert caught.value.code is Code.ARGUMENT
        assert str(file) in caught.value.message

    def test_a_file_that_is_gone_is_no_wrong_use(self, ring: KeyRing, tmp_path: Path) -> None:
        with pytest.raises(SignatureUnknownError, match="passphrase file") as caught:
            signer(ring, passphrase_file=tmp_path / "none").sign(PAYLOAD, "0" * 40)
        assert caught.value.code is Code.SIGNER

    def test_what_the_agent_remembers_is_used(self, cold: KeyRing, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text(SECRET)
        signer(cold, passphrase_file=file).sign(PAYLOAD, cold["locked"].fingerprint)
        check(cold, signer(cold).sign(PAYLOAD, cold["locked"].fingerprint), "locked")

    def test_a_pinentry_appears_only_for_a_person(self, cold: KeyRing, tmp_path: Path) -> None:
        asked = tmp_path / "asked"
        pinentry = tmp_path / "pinentry"
        pinentry.write_text(f"#!/bin/sh\ntouch {asked}\nexec sleep 600\n")
        pinentry.chmod(0o755)
        conf = cold.home / "gpg-agent.conf"
        conf.write_text(f"pinentry-program {pinentry}\n")
        try:
            start = time.monotonic()
            with pytest.raises(SignatureUnknownError, match="locked") as caught:
                signer(cold, timeout=20).sign(PAYLOAD, cold["locked"].fingerprint)
            assert caught.value.code is Code.SIGNER
            assert "GITPROV_PASSPHRASE_FILE" in caught.value.message
            assert time.monotonic() - start < 10
            assert not asked.exists()
            with pytest.raises(SignatureUnknownError, match="longer than 1 seconds"):
                signer(cold, timeout=1, interactive=True).sign(PAYLOAD, cold["locked"].fingerprint)
            assert asked.exists()
        finally:
            conf.unlink()


def test_a_signature_made_now_is_not_dated_otherwise(ring: KeyRing) -> None:
    block = signer(ring).sign(PAYLOAD, ring["alice"].fingerprint)
    created = openpgp.parse_signature(openpgp.dearmour(block)).created
    assert abs(created - time.time()) < 120
