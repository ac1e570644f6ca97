"""The signatures of the attack corpus, made with real gpg.

Here stands what the OpenPGP parts decide alone; tests/adversarial has whole entries.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitprov.codec import openpgp
from gitprov.errors import Code, RecordError
from gitprov.guard.signature_form import check_signature_form
from gitprov.sign.gpg_engine import GpgEngine
from gitprov.sign.sequoia import SequoiaEngine
from tests.support.keys import BORN, KeyRing, new_ring

pytestmark = pytest.mark.gpg

PAYLOAD = b"tree 1\n\nwhat was signed\n"
AT = BORN + 1_000_000


def now() -> int:
    return int(time.time())


def findings(block: bytes, seconds: int = AT) -> list[Code]:
    form = openpgp.parse_signature(openpgp.dearmour(block, code=Code.COMMIT_FORM))
    return [finding.code for finding in check_signature_form(form, seconds)]


def refusal(block: bytes) -> Code:
    with pytest.raises(RecordError) as caught:
        openpgp.parse_signature(openpgp.dearmour(block, code=Code.COMMIT_FORM))
    return caught.value.code


def test_c00_an_honest_signature(keys: KeyRing) -> None:
    assert findings(keys.sign(PAYLOAD, "alice", at=AT)) == []


def test_c12_two_signers_in_one_block(keys: KeyRing) -> None:
    second = ("--local-user", keys["bot"].fingerprint)
    assert refusal(keys.sign(PAYLOAD, "alice", *second, at=AT)) is Code.SIGNATURE_FORM


def test_c13_two_blocks(keys: KeyRing) -> None:
    blocks = [keys.sign(PAYLOAD, label, at=AT) for label in ("alice", "mallory")]
    assert refusal(b"\n".join(blocks)) is Code.COMMIT_FORM


def test_c15_a_comment_in_the_armour(keys: KeyRing) -> None:
    assert refusal(keys.sign(PAYLOAD, "alice", "--comment", "x", at=AT)) is Code.COMMIT_FORM
    assert refusal(keys.sign(PAYLOAD, "alice", "--emit-version", at=AT)) is Code.COMMIT_FORM


@pytest.mark.parametrize("form", [b"text\n%s", b"%s\ntext", b"%s\n \n", b"%s\n", b"\n%s"])
def test_c16_text_around_the_armour(keys: KeyRing, form: bytes) -> None:
    assert refusal(form % keys.sign(PAYLOAD, "alice", at=AT)) is Code.COMMIT_FORM


@pytest.mark.parametrize("digest", ["SHA1", "MD5", "RIPEMD160", "SHA224"])
def test_c18_weak_digests(keys: KeyRing, digest: str) -> None:
    block = keys.sign(PAYLOAD, "alice", "--digest-algo", digest, at=AT)
    assert findings(block) == [Code.SIGNATURE_FORM]


def test_c19_signed_messages(keys: KeyRing) -> None:
    who = ("--local-user", keys["alice"].fingerprint)
    message = keys.gpg(*who, "--armor", "--sign", stdin=PAYLOAD, at=AT).rstrip()
    clear = keys.gpg(*who, "--clearsign", stdin=PAYLOAD, at=AT).rstrip()
    assert refusal(message) is Code.COMMIT_FORM
    assert refusal(clear) is Code.COMMIT_FORM
    inner = keys.gpg(*who, "--sign", "--compress-algo", "none", stdin=PAYLOAD, at=AT)
    assert refusal(openpgp.armour(inner)) is Code.SIGNATURE_FORM
    text = clear[clear.index(b"-----BEGIN PGP SIGNATURE") :]
    assert findings(text) == [Code.SIGNATURE_FORM]  # class 0x01, text


def test_c25_c27_times_apart(keys: KeyRing) -> None:
    block = keys.sign(PAYLOAD, "alice", at=AT)
    for apart in (86_400, -86_400, 1_201, -601):
        assert findings(block, AT + apart) == [Code.SIGNATURE_FORM]
    for apart in (1_200, -600, 0):
        assert findings(block, AT + apart) == []


def test_c28_a_signature_that_expires(keys: KeyRing) -> None:
    block = keys.sign(PAYLOAD, "alice", "--default-sig-expire", "1d", at=AT)
    assert findings(block) == [Code.SIGNATURE_FORM]


def test_notations_are_harmless_where_they_are_signed(keys: KeyRing) -> None:
    block = keys.sign(PAYLOAD, "alice", "--sig-notation", "a@example.org=b", at=AT)
    assert findings(block) == []
    critical = keys.sign(PAYLOAD, "alice", "--sig-notation", "!a@example.org=b", at=AT)
    assert refusal(critical) is Code.SIGNATURE_FORM


@pytest.fixture
def hostile(keys: KeyRing) -> Iterator[Path]:
    """C-51: a home with mallory's key, full trust in it, and a wish to fetch more."""
    with new_ring() as ring:
        ring.gpg("--import", stdin=keys.certificate("mallory"))
        owner = f"{keys['mallory'].fingerprint}:6:\n".encode()
        ring.gpg("--import-ownertrust", stdin=owner)
        (ring.home / "gpg.conf").write_text(
            f"keyring {ring.home}/pubring.kbx\nauto-key-retrieve\ntrust-model always\n"
            "keyserver hkp://127.0.0.1:9\nno-such-option\n"
        )
        yield ring.home


def test_c51_the_users_home_changes_no_verdict(keys: KeyRing, hostile: Path) -> None:
    env = {**os.environ, "GNUPGHOME": str(hostile)}
    certificate = keys.certificate("alice")
    good, bad = keys.sign(PAYLOAD, "alice", at=AT), keys.sign(PAYLOAD, "mallory", at=AT)
    before = {path: path.stat().st_mtime_ns for path in hostile.iterdir()}
    for engine in (GpgEngine(openpgp, env=env), SequoiaEngine(openpgp, now)):
        assert engine.read_certificate(certificate).fingerprint == keys["alice"].fingerprint
        assert engine.is_good(PAYLOAD, good, certificate, AT)
        assert not engine.is_good(PAYLOAD, bad, certificate, AT)
    assert {path: path.stat().st_mtime_ns for path in hostile.iterdir()} == before
