"""The keys of the ledgers that tests build: good ones, and every odd kind an attack needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.support.keys import PEOPLE, KeyRing, new_ring
from tests.support.record_texts import time_text

START = 1_730_000_000
"""Unix seconds at which built ledgers begin: 27 October 2024."""
HOUR = 3_600
DAY = 24 * HOUR
EXPIRY = START + 5 * DAY
"""When the key of the label "passing" expires, until it is renewed."""


@dataclass(frozen=True)
class People:
    """A ring of keys, and certificates as they were at some moment.

    Args:
        ring: the secret keys.
        certificates: label, or "label moment", -> certificate file.
        subkeys: label -> fingerprint of the signing subkey that was added later.
    """

    ring: KeyRing
    certificates: dict[str, bytes]
    subkeys: dict[str, str]

    def fingerprint(self, label: str) -> str:
        """Return the fingerprint of a primary key."""
        return self.ring[label].fingerprint


def _gpg_time(seconds: int) -> str:
    return time_text(seconds)[:19].replace("-", "").replace(":", "")


def _revoked(ring: KeyRing, label: str, certificate: bytes) -> bytes:
    """Return a certificate with a revocation that the ring itself does not know of."""
    fingerprint = ring[label].fingerprint
    answers = b"y\n0\nlost\n\ny\n"
    options = ("--no-batch", "--command-fd", "0", "--pinentry-mode", "loopback")
    revocation = ring.gpg(*options, "--gen-revoke", fingerprint, stdin=answers, at=START + DAY)
    with new_ring() as other:
        other.gpg("--import", stdin=certificate)
        other.gpg("--import", stdin=revocation)
        return other.gpg("--armor", "--export", fingerprint)


def _rotate(ring: KeyRing, certificates: dict[str, bytes]) -> dict[str, str]:
    """Make a key whose signing subkey is replaced a day after START, and then revoked."""
    ring.make("rotating", usage="cert")
    first = ring.add_subkey("rotating", "sign")
    certificates["rotating"] = ring.certificate("rotating")
    second = ring.add_subkey("rotating", "sign", at=START + DAY)
    certificates["rotating with second"] = ring.certificate("rotating")
    ring.expire("rotating", "never", at=START + 2 * DAY)
    certificates["rotating bound again"] = ring.certificate("rotating")
    with new_ring() as other:
        other.gpg("--import", stdin=ring.gpg("--export-secret-keys", ring["rotating"].fingerprint))
        other.keys["rotating"] = ring["rotating"]
        other.revoke_subkey("rotating", 1, 1, at=START + 2 * DAY)
        certificates["rotating first revoked"] = other.certificate("rotating")
        other.expire("rotating", "never", at=START + 3 * DAY)
        certificates["rotating after that"] = other.certificate("rotating")
    return {"rotating": second, "rotating first": first}


@contextmanager
def new_people() -> Iterator[People]:
    """Make all keys; they are gone afterwards.

    alice and bot, the owners o1 to o3, and mallory, whom no policy names; besides: passing
    expires and is renewed, certifier and encrypter cannot sign, holder gets a second signing
    key, lost still signs though a certificate with its revocation exists, rotating replaces its
    signing subkey.
    """
    with new_ring(*PEOPLE) as ring:
        ring.make("passing", expires=_gpg_time(EXPIRY))
        ring.make("certifier", usage="cert")
        ring.make("encrypter", usage="cert")
        ring.add_subkey("encrypter", "encr")
        ring.make("holder")
        ring.make("lost")
        certificates = {label: ring.certificate(label) for label in ring.keys}
        ring.expire("passing", "never", at=EXPIRY + DAY)
        certificates["passing renewed"] = ring.certificate("passing")
        subkeys = {"holder": ring.add_subkey("holder", "sign", at=START)}
        subkeys |= _rotate(ring, certificates)
        certificates["holder with subkey"] = ring.certificate("holder")
        certificates["lost revoked"] = _revoked(ring, "lost", certificates["lost"])
        yield People(ring, certificates, subkeys)
