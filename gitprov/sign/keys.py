"""Makes, finds and exports the user's own keys through gpg."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gitprov.errors import Code, SignatureError, UsageError
from gitprov.model.text import email_problem, name_problem
from gitprov.sign.armour import Armour
from gitprov.sign.colons import ListedCertificate, parse_colons
from gitprov.sign.program import GpgProgram, checked_passphrase

_HEX_SPEC: Final = re.compile(r"(?:0[xX])?([0-9A-Fa-f]{8}|[0-9A-Fa-f]{16}|[0-9A-Fa-f]{40})!?")
_FINGERPRINT: Final = re.compile(r"[0-9A-F]{40}")
_LONGEST_SPEC: Final = 500


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A certificate whose secret key gpg has.

    Args:
        fingerprint: of the primary key, 40 upper-case hex digits.
        user_ids: as text, the primary one first.
        can_sign: some key of it can sign now.
        expired: the primary key has expired.
        revoked: the primary key is revoked.
        subkeys: fingerprints of the subkeys.
        signing: fingerprints of the keys and subkeys that are here and can sign now.
    """

    fingerprint: str
    user_ids: tuple[str, ...]
    can_sign: bool
    expired: bool
    revoked: bool
    subkeys: tuple[str, ...] = ()
    signing: tuple[str, ...] = ()


def find_secret_keys(gpg: GpgProgram) -> list[SecretKey]:
    """Return the certificates whose secret keys gpg has, in its order.

    Raises:
        SignatureUnknownError: GPV-503-SIGNER.
    """
    listed = parse_colons(gpg.run(["--list-secret-keys"]).octets)
    return [_secret_key(certificate) for certificate in listed]


def _secret_key(certificate: ListedCertificate) -> SecretKey:
    primary, *subkeys = certificate.keys
    able = [k for k in certificate.keys if "s" in k.usage and not k.absent]
    alive = [k for k in able if k.validity not in {"e", "r"}]
    return SecretKey(
        fingerprint=primary.fingerprint,
        user_ids=tuple(certificate.user_ids),
        can_sign="S" in primary.usage and bool(alive),
        expired=primary.validity == "e",
        revoked=primary.validity == "r",
        subkeys=tuple(key.fingerprint for key in subkeys),
        signing=tuple(key.fingerprint for key in alive),
    )


def resolve_key(gpg: GpgProgram, spec: str) -> str:
    """Return the fingerprint that a value of git's ``user.signingKey`` means.

    A fingerprint or key id (of a primary key or subkey), a whole user id, an email or, as gpg
    has it, part of a user id. Where several keys fit, keys that can sign go first.

    Raises:
        UsageError: GPV-422-ARGUMENT; no such form, or several keys fit.
        SignatureError: GPV-403-UNKNOWN-KEY; no secret key fits.
        SignatureUnknownError: GPV-503-SIGNER.
    """
    text = spec.strip()
    if not text or len(text) > _LONGEST_SPEC or text.startswith("-") or not text.isprintable():
        raise UsageError(Code.ARGUMENT, f"{spec[:80]!r} names no key; give a fingerprint or email")
    fitting = _fitting(find_secret_keys(gpg), text)
    usable = [key for key in fitting if key.can_sign]
    candidates = usable or fitting
    if not candidates:
        raise SignatureError(
            Code.UNKNOWN_KEY,
            f"gpg has no secret key for {text!r}; see gpg --list-secret-keys",
        )
    if len(candidates) > 1:
        listed = ", ".join(f"{k.fingerprint} ({', '.join(k.user_ids)})" for k in candidates)
        raise UsageError(
            Code.ARGUMENT, f"{text!r} may mean several keys; name one by its fingerprint: {listed}"
        )
    return candidates[0].fingerprint


def _fitting(keys: Sequence[SecretKey], text: str) -> list[SecretKey]:
    """Return the keys of the strictest reading of ``text`` that fits any."""
    digits = _HEX_SPEC.fullmatch(text.replace(" ", ""))
    if digits:
        end = digits[1].upper()
        found = [k for k in keys if any(f.endswith(end) for f in (k.fingerprint, *k.subkeys))]
        if found:
            return found
    wanted = text.casefold()
    email = f"<{wanted.strip('<>')}>"
    for fits in (
        lambda user_id: user_id == wanted,
        lambda user_id: user_id.endswith(email),
        lambda user_id: wanted in user_id,
    ):
        found = [k for k in keys if any(fits(user_id.casefold()) for user_id in k.user_ids)]
        if found:
            return found
    return []


def generate_key(gpg: GpgProgram, name: str, email: str, passphrase: str | None = None) -> str:
    """Make an Ed25519 key that signs and certifies and never expires; return its fingerprint.

    Args:
        gpg: the program and its home.
        name: of the person or machine; no angle brackets.
        email: its address.
        passphrase: None leaves the key unprotected, as a machine's key must be.

    Raises:
        UsageError: GPV-422-ARGUMENT; the name, email or passphrase is no use.
        SignatureUnknownError: GPV-503-SIGNER; gpg could not make it.
    """
    for label, value, problem in (
        ("name", name, name_problem(name)),
        ("email", email, email_problem(email)),
    ):
        if problem or value.startswith("-"):
            reason = problem or "it begins with '-'"
            raise UsageError(Code.ARGUMENT, f"the {label} cannot be in a key: {reason}")
    if passphrase is None:
        protection = ["--pinentry-mode", "loopback", "--passphrase", ""]
    else:
        passphrase = checked_passphrase(passphrase).encode().decode("latin-1")
        protection = []
    user_id = f"{name} <{email}>"
    command = ["--quick-generate-key", "--", user_id, "ed25519", "sign,cert", "never"]
    answer = gpg.run([*protection, *command], passphrase)
    created = answer.fields("KEY_CREATED")
    if not created:
        raise gpg.unknown(f"gpg could not make a key for {user_id}: {answer.text}")
    return created[1]


def export_certificate(gpg: GpgProgram, fingerprint: str, armour: Armour) -> bytes:
    """Return the public certificate of one key as a ledger's certificate file.

    It holds no secret packet, no signature of others and no picture.

    Raises:
        UsageError: GPV-422-ARGUMENT; ``fingerprint`` is none.
        SignatureError: GPV-403-UNKNOWN-KEY; gpg does not know it.
        SignatureUnknownError: GPV-503-SIGNER.
    """
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise UsageError(
            Code.ARGUMENT, f"{fingerprint[:80]!r} is not a fingerprint of 40 hex digits"
        )
    # Not export-minimal: it leaves out expired subkeys, which made older entries.
    packets = gpg.run(["--export", "--", fingerprint]).octets
    if not packets:
        raise SignatureError(Code.UNKNOWN_KEY, f"gpg has no key {fingerprint}; import it first")
    return armour.canonical_certificate(packets)
