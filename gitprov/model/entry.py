"""Entries (one signed commit each) and their parts as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommitForm:
    """A raw commit taken apart by the strict grammar of 2.8.

    Args:
        tree: 40 hex.
        parents: 40 hex each; none in the genesis, two in a merge.
        name: author and committer name.
        email: author and committer email.
        seconds: Unix seconds of author and committer (UTC).
        signature: the armoured block, LF line ends, no final LF; None if unsigned.
        payload: the bytes that are signed: the raw commit less its gpgsig header.
        message: text after the header's blank line.
    """

    tree: str
    parents: tuple[str, ...]
    name: str
    email: str
    seconds: int
    signature: bytes | None
    payload: bytes
    message: str


@dataclass(frozen=True, slots=True)
class Trailers:
    """The claims of an entry's message about its place in the ledger."""

    ledger_id: str
    height: int
    chain: str
    policy: int


@dataclass(frozen=True, slots=True)
class AddedFile:
    """A file that an entry adds: its path in the ledger's tree and its blob."""

    path: str
    oid: str


@dataclass(frozen=True, slots=True)
class SignatureForm:
    """The one OpenPGP signature packet of an entry, decoded but not verified (V4).

    Args:
        version: packet version, 4 here.
        signature_class: 0x00 for a binary document.
        hash_algorithm: OpenPGP number: 8, 9, 10 are SHA-256, 384, 512.
        created: Unix seconds.
        expires_after: seconds after creation, 0 for never; None if nothing is said.
        issuer_fingerprint: upper-case hex of the signing (sub)key, if stated and hashed.
        issuer_key_id: 16 upper-case hex digits, if stated.
        hashed_types: subpacket types in the hashed area.
        unhashed_types: subpacket types in the unhashed area.
    """

    version: int
    signature_class: int
    hash_algorithm: int
    created: int
    expires_after: int | None
    issuer_fingerprint: str | None
    issuer_key_id: str | None
    hashed_types: tuple[int, ...]
    unhashed_types: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """One key (primary or subkey) of a certificate.

    Args:
        fingerprint: 40 upper-case hex digits.
        key_id: the last 16 of them.
        created: Unix seconds.
        expires: Unix seconds, None if it never does; the newest self-signature decides.
        can_sign: its key flags allow signing data.
        revoked: the certificate carries a revocation of it, whatever reason or date.
    """

    fingerprint: str
    key_id: str
    created: int
    expires: int | None
    can_sign: bool
    revoked: bool

    def alive_at(self, seconds: int) -> bool:
        """Whether the key existed and had not expired at that time."""
        return self.created <= seconds and (self.expires is None or seconds < self.expires)


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """The facts of one certificate file; the primary key is first in ``keys``.

    Args:
        keys: the primary key, then its subkeys.
        has_secret: it carries secret key packets.
        certificates: how many certificates the file holds.
        canonical: decoding and armouring again gives the same bytes.
        user_ids: the user ids as text.
        bound: when its newest self-signature was made, Unix seconds.
    """

    keys: tuple[KeyFacts, ...]
    has_secret: bool
    certificates: int
    canonical: bool
    user_ids: tuple[str, ...]
    bound: int = 0

    @property
    def fingerprint(self) -> str:
        """The primary key's fingerprint, 40 upper-case hex digits."""
        return self.keys[0].fingerprint

    def find(self, issuer: str) -> KeyFacts | None:
        """Return the key of a fingerprint or key id, None if there is none."""
        return next((k for k in self.keys if issuer in {k.fingerprint, k.key_id}), None)

    def signing_keys(self, seconds: int) -> tuple[KeyFacts, ...]:
        """Keys that may sign at that time: capable, alive with their primary, unrevoked."""
        primary = self.keys[0]
        if primary.revoked or not primary.alive_at(seconds):
            return ()
        return tuple(k for k in self.keys if k.can_sign and not k.revoked and k.alive_at(seconds))

    def signing_order(self, seconds: int) -> tuple[str, ...]:
        """Fingerprints of the keys that may sign at that time, in the order to try them.

        The newest subkey goes first, as gpg has it; the primary key, which may be kept offline,
        goes last.
        """
        able = self.signing_keys(seconds)
        last = self.fingerprint
        order = sorted(able, key=lambda key: (key.fingerprint == last, -key.created))
        return tuple(key.fingerprint for key in order)
