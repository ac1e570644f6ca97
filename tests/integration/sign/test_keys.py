"""Keys are made, found and exported with real gpg."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitprov.codec import openpgp
from gitprov.errors import Code, SignatureError, SignatureUnknownError, UsageError
from gitprov.sign.gpg import GpgSigner
from gitprov.sign.keys import (
    SecretKey,
    export_certificate,
    find_secret_keys,
    generate_key,
    resolve_key,
)
from gitprov.sign.program import GpgProgram
from gitprov.sign.sequoia import SequoiaEngine
from tests.support.keys import BORN, KeyRing, new_ring

pytestmark = pytest.mark.gpg


@pytest.fixture(scope="module")
def ring() -> Iterator[KeyRing]:
    with new_ring("alice", "bot") as made:
        yield made


@pytest.fixture(scope="module")
def gpg(ring: KeyRing) -> GpgProgram:
    return GpgProgram(home=ring.home)


@pytest.fixture
def empty() -> Iterator[GpgProgram]:
    with new_ring() as made:
        yield GpgProgram(home=made.home)


class TestGenerate:
    """generate_key makes keys that can sign at once, and for ever."""

    def test_a_key_without_passphrase(self, empty: GpgProgram) -> None:
        made = generate_key(empty, "\u00dcn\u00efcode O'Neil", "u+1@example.org")
        (key,) = find_secret_keys(empty)
        assert key.fingerprint == made
        assert key.user_ids == ("\u00dcn\u00efcode O'Neil <u+1@example.org>",)
        assert (key.can_sign, key.expired, key.revoked) == (True, False, False)
        content = export_certificate(empty, made, openpgp)
        facts = SequoiaEngine(openpgp, lambda: int(time.time())).read_certificate(content)
        assert facts.fingerprint == made
        assert facts.keys[0].expires is None
        assert len(facts.keys) == 1
        assert facts.canonical
        assert GpgSigner(empty, openpgp).sign(b"payload", made)

    def test_a_key_with_a_passphrase(self, tmp_path: Path) -> None:
        with new_ring() as ring:
            secret = "p\u00e4ss \u20ac"
            made = generate_key(GpgProgram(home=ring.home), "A", "a@example.org", secret)
            ring.stop_agent()
            file = tmp_path / "secret"
            file.write_text(secret)
            with pytest.raises(SignatureUnknownError, match="locked"):
                GpgSigner(GpgProgram(home=ring.home), openpgp).sign(b"payload", made)
            unlocked = GpgProgram(home=ring.home, passphrase_file=file)
            assert GpgSigner(unlocked, openpgp).sign(b"payload", made)

    @pytest.mark.parametrize(
        ("name", "email"),
        [
            ("-Name", "a@example.org"),
            ("--expert", "a@example.org"),
            ("Name <x>", "a@example.org"),
            ("Na\nme", "a@example.org"),
            ("Na\0me", "a@example.org"),
            ("", "a@example.org"),
            (" Name", "a@example.org"),
            ("n" * 5_000, "a@example.org"),
            ("Name", ""),
            ("Name", "-a@example.org"),
            ("Name", "a@example.org>"),
            ("Name", "<a@example.org"),
            ("Name", "a b@example.org"),
            ("Name", "a@example.org\n"),
        ],
    )
    def test_x01_x03_odd_names_and_emails_are_refused(self, name: str, email: str) -> None:
        with pytest.raises(UsageError) as caught:
            generate_key(GpgProgram("no-such-gpg"), name, email)
        assert caught.value.code is Code.ARGUMENT

    @pytest.mark.parametrize("passphrase", ["", "a\nb", "a\rb", "a\0b", "a\n"])
    def test_x04_odd_passphrases_are_refused(self, passphrase: str) -> None:
        with pytest.raises(UsageError) as caught:
            generate_key(GpgProgram("no-such-gpg"), "A", "a@example.org", passphrase)
        assert caught.value.code is Code.ARGUMENT

    def test_a_second_key_of_that_name_is_not_made(self, gpg: GpgProgram) -> None:
        before = find_secret_keys(gpg)
        with pytest.raises(SignatureUnknownError, match="for Alice <alice@example") as caught:
            generate_key(gpg, "Alice", "alice@example.org")
        assert caught.value.code is Code.SIGNER
        assert find_secret_keys(gpg) == before


class TestFind:
    """find_secret_keys says what each key can do."""

    def test_a_home_without_keys(self, empty: GpgProgram) -> None:
        assert find_secret_keys(empty) == []

    def test_states(self) -> None:
        with new_ring("good", "revoked") as ring:
            ring.make("expired", expires="20240201T000000")
            ring.make("certifier", usage="cert")
            ring.make("holder", usage="cert")
            subkey = ring.add_subkey("holder", "sign")
            ring.make("stale", usage="cert")
            ring.add_subkey("stale", "sign", expires="20240201T000000")
            ring.revoke("revoked", 2)
            found = {key.user_ids[0].partition(" ")[0]: key for key in _all(ring)}
        states = {name: (k.can_sign, k.expired, k.revoked) for name, k in found.items()}
        assert states == {
            "Good": (True, False, False),
            "Revoked": (False, False, True),
            "Expired": (False, True, False),
            "Certifier": (False, False, False),
            "Holder": (True, False, False),
            "Stale": (False, False, False),
        }
        assert found["Holder"].subkeys == (subkey,)

    def test_a_subkey_whose_secret_is_elsewhere_cannot_sign(self) -> None:
        with new_ring() as ring, new_ring() as other:
            ring.make("holder", usage="cert")
            ring.add_subkey("holder", "sign")
            protection = ("--pinentry-mode", "loopback", "--passphrase", "")
            key = f"{ring['holder'].fingerprint}!"
            other.gpg("--import", stdin=ring.gpg(*protection, "--export-secret-keys", key))
            other.gpg("--import", stdin=ring.certificate("holder"))
            (found,) = _all(other)
        assert not found.can_sign


def _all(ring: KeyRing) -> list[SecretKey]:
    return find_secret_keys(GpgProgram(home=ring.home))


class TestResolve:
    """resolve_key reads git's user.signingKey as gpg does, but never guesses."""

    @pytest.mark.parametrize(
        "form",
        [
            "{f}",
            "{f}!",
            " {f} ",
            "0x{f}",
            "0X{long}",
            "{long}",
            "{short}",
            "{lower}",
            "{spaced}",
            "alice@example.org",
            "<alice@example.org>",
            "ALICE@example.org",
            "Alice <alice@example.org>",
            "alice",
            "Alic",
        ],
    )
    def test_every_way_to_name_a_key(self, ring: KeyRing, gpg: GpgProgram, form: str) -> None:
        f = ring["alice"].fingerprint
        spaced = " ".join(f[at : at + 4] for at in range(0, 40, 4))
        spec = form.format(f=f, long=f[-16:], short=f[-8:], lower=f.lower(), spaced=spaced)
        assert resolve_key(gpg, spec) == f

    def test_a_subkey_stands_for_its_key(self) -> None:
        with new_ring() as ring:
            ring.make("holder", usage="cert")
            subkey = ring.add_subkey("holder", "sign")
            gpg = GpgProgram(home=ring.home)
            assert resolve_key(gpg, subkey) == resolve_key(gpg, subkey[-16:] + "!")
            assert resolve_key(gpg, subkey) == ring["holder"].fingerprint

    def test_an_email_is_no_part_of_another(self) -> None:
        with new_ring("e", "alice") as ring:
            gpg = GpgProgram(home=ring.home)
            assert resolve_key(gpg, "e@example.org") == ring["e"].fingerprint

    def test_several_keys_are_named_and_none_is_chosen(
        self, ring: KeyRing, gpg: GpgProgram
    ) -> None:
        with pytest.raises(UsageError) as caught:
            resolve_key(gpg, "example.org")
        assert caught.value.code is Code.ARGUMENT
        for label in ("alice", "bot"):
            assert ring[label].fingerprint in caught.value.message
            assert ring[label].user_id in caught.value.message

    def test_a_key_that_can_sign_goes_first(self) -> None:
        with new_ring("old") as ring:
            old = ring["old"].fingerprint
            ring.revoke("old", 2)
            gpg = GpgProgram(home=ring.home)
            assert resolve_key(gpg, "old@example.org") == old
            new = ring.make("old").fingerprint
            assert resolve_key(gpg, "old@example.org") == new
            assert resolve_key(gpg, old) == old

    @pytest.mark.parametrize("spec", ["0" * 40, "DEADBEEF", "nobody@example.org", "deaf"])
    def test_no_key_is_an_error(self, gpg: GpgProgram, spec: str) -> None:
        with pytest.raises(SignatureError) as caught:
            resolve_key(gpg, spec)
        assert caught.value.code is Code.UNKNOWN_KEY

    @pytest.mark.parametrize(
        "spec", ["", "  ", "-u", "--version", "a\nb", "a\0b", "a\x1bb", "k" * 501]
    )
    def test_x01_what_names_no_key_is_refused_before_gpg_runs(self, spec: str) -> None:
        with pytest.raises(UsageError) as caught:
            resolve_key(GpgProgram("no-such-gpg"), spec)
        assert caught.value.code is Code.ARGUMENT


class TestExport:
    """export_certificate gives what a ledger holds."""

    def test_it_is_the_canonical_file(self, ring: KeyRing, gpg: GpgProgram) -> None:
        content = export_certificate(gpg, ring["alice"].fingerprint, openpgp)
        assert content == ring.certificate("alice")
        assert openpgp.certificate_file(openpgp.certificate_packets(content)) == content
        assert b"PRIVATE" not in content

    def test_signatures_of_others_stay_out(self) -> None:
        with new_ring("alice", "mallory") as ring:
            plain = ring.certificate("alice")
            options = ("--pinentry-mode", "loopback", "--passphrase", "")
            who = ("--local-user", ring["mallory"].fingerprint)
            ring.gpg(*options, *who, "--quick-sign-key", ring["alice"].fingerprint)
            assert len(ring.certificate("alice")) > len(plain)
            exported = export_certificate(
                GpgProgram(home=ring.home), ring["alice"].fingerprint, openpgp
            )
        assert exported == plain

    def test_expired_subkeys_and_revocations_stay(self) -> None:
        with new_ring("alice") as ring:
            ring.add_subkey("alice", "sign", expires="20240201T000000")
            ring.add_subkey("alice", "sign", at=BORN + 1)
            ring.revoke_subkey("alice", 2, 1)
            content = export_certificate(
                GpgProgram(home=ring.home), ring["alice"].fingerprint, openpgp
            )
        facts = SequoiaEngine(openpgp, lambda: int(time.time())).read_certificate(content)
        assert [key.revoked for key in facts.keys] == [False, False, True]
        assert facts.keys[1].expires is not None

    def test_an_unknown_key_is_an_error(self, gpg: GpgProgram) -> None:
        with pytest.raises(SignatureError) as caught:
            export_certificate(gpg, "0" * 40, openpgp)
        assert caught.value.code is Code.UNKNOWN_KEY

    @pytest.mark.parametrize("spec", ["", "alice", "-o", "0" * 39, "a" * 40, "A" * 40 + "\n"])
    def test_only_fingerprints_are_taken(self, spec: str) -> None:
        with pytest.raises(UsageError) as caught:
            export_certificate(GpgProgram("no-such-gpg"), spec, openpgp)
        assert caught.value.code is Code.ARGUMENT


def test_signing_needs_no_sequoia() -> None:
    """The library is missing on some platforms; signing and the gpg engine still work."""
    code = (
        "import sys; sys.modules['pysequoia'] = None\n"
        "import gitprov.sign.gpg, gitprov.sign.gpg_engine, gitprov.sign.keys\n"
        "import gitprov.sign.sequoia\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert done.returncode == 0
