"""V4: what the signature of an entry must look like, whoever made it; pure."""

from __future__ import annotations

from typing import Final

from gitprov.errors import Code
from gitprov.model.entry import SignatureForm
from gitprov.model.finding import Finding, error

BINARY_DOCUMENT: Final = 0x00
HASHES: Final = {8: "SHA-256", 9: "SHA-384", 10: "SHA-512"}
EARLY: Final = 20 * 60
"""Seconds that a signature may be older than its entry's committer time."""
LATE: Final = 10 * 60
"""Seconds that a signature may be younger than its entry's committer time."""

_ISSUER: Final = 16


def check_signature_form(form: SignatureForm, committer_seconds: int) -> list[Finding]:
    """Judge a decoded signature (V4); every finding is GPV-401-SIGNATURE-FORM.

    Args:
        form: the one signature packet.
        committer_seconds: Unix seconds of the entry's committer line.
    """
    reasons = []
    if form.version != 4:  # noqa: PLR2004  the packet version that gpg writes
        reasons.append(f"has version {form.version}, not 4")
    if form.signature_class != BINARY_DOCUMENT:
        reasons.append(f"has class 0x{form.signature_class:02X}, not that of a binary document")
    if form.hash_algorithm not in HASHES:
        known = ", ".join(HASHES.values())
        reasons.append(f"uses hash algorithm {form.hash_algorithm}; allowed are {known}")
    if form.expires_after is not None:
        reasons.append("expires; an entry's signature must not")
    if not committer_seconds - EARLY <= form.created <= committer_seconds + LATE:
        reasons.append(
            f"was made at {form.created}, the entry at {committer_seconds}: at most 20 minutes"
            " earlier or 10 minutes later is allowed"
        )
    # Anybody can change what is not hashed, so there is just one form of it.
    if form.unhashed_types != (() if _ISSUER in form.hashed_types else (_ISSUER,)):
        carried = ", ".join(map(str, form.unhashed_types)) or "none"
        reasons.append(
            f"carries unprotected subpackets of type {carried}; an Issuer (16) belongs there, and"
            " only if none is protected"
        )
    if form.issuer_fingerprint is None and form.issuer_key_id is None:
        reasons.append("does not say which key made it")
    return [error(Code.SIGNATURE_FORM, f"the signature {reason}") for reason in reasons]
