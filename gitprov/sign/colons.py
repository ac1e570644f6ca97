"""Reads gpg's listing of keys (``--with-colons``, described in its doc/DETAILS); pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_PRIMARY: Final = frozenset({"pub", "sec"})
_SUBKEY: Final = frozenset({"sub", "ssb"})
_SECRET: Final = frozenset({"sec", "ssb"})
_FIELDS: Final = 20
_ESCAPE: Final = re.compile(rb"\\x([0-9a-fA-F]{2})")


@dataclass(slots=True)
class ListedKey:
    """One key or subkey.

    Args:
        secret: it was listed as a secret key.
        validity: gpg's letter; "r" revoked, "e" expired.
        bits: its size.
        algorithm: OpenPGP number.
        created: Unix seconds.
        expires: Unix seconds, None if never.
        usage: letters; lower case for this key, upper case for the whole certificate now.
        absent: only a stub stands for the secret key.
        curve: gpg's name of it, empty for RSA and DSA.
        fingerprint: upper-case hex; empty until its line was read.
    """

    secret: bool
    validity: str
    bits: int
    algorithm: int
    created: int
    expires: int | None
    usage: str
    absent: bool
    curve: str
    fingerprint: str = ""


@dataclass(slots=True)
class ListedCertificate:
    """A primary key, its subkeys and its user ids."""

    keys: list[ListedKey] = field(default_factory=list)
    user_ids: list[str] = field(default_factory=list)


def parse_colons(octets: bytes) -> list[ListedCertificate]:
    """Return the certificates of a listing; lines of other types are skipped."""
    found: list[ListedCertificate] = []
    for line in octets.split(b"\n"):
        fields = line.split(b":")
        kind = fields[0].decode("ascii", "replace")
        fields += [b""] * (_FIELDS - len(fields))
        if kind in _PRIMARY:
            found.append(ListedCertificate())
        if not found:
            continue
        last = found[-1]
        if kind in _PRIMARY or kind in _SUBKEY:
            last.keys.append(_key(kind, [part.decode("ascii", "replace") for part in fields]))
        elif kind == "fpr" and not last.keys[-1].fingerprint:
            last.keys[-1].fingerprint = fields[9].decode("ascii", "replace").upper()
        elif kind == "uid":
            last.user_ids.append(_unescape(fields[9]))
    return found


def _key(kind: str, fields: list[str]) -> ListedKey:
    return ListedKey(
        secret=kind in _SECRET,
        validity=fields[1],
        bits=_number(fields[2]) or 0,
        algorithm=_number(fields[3]) or 0,
        created=_number(fields[5]) or 0,
        expires=_number(fields[6]),
        usage=fields[11],
        absent=fields[14] == "#",
        curve=fields[16],
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _unescape(octets: bytes) -> str:
    plain = _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), octets)
    return plain.decode("utf-8", "replace")
