"""Which keys may sign a ledger: those that both engines can judge; pure.

Sequoia refuses short RSA and DSA keys and has no Brainpool curves nor secp256k1; gpg 2.2 has no
Ed448. A key outside this table cannot sign, so both engines give the same answer.
"""

from __future__ import annotations

from typing import Final

RSA, DSA, ECDSA, EDDSA = 1, 17, 19, 22
MINIMUM_BITS: Final = 2048
SHORT_BITS: Final = 3072
CURVES: Final = frozenset({"ed25519", "nistp256", "nistp384", "nistp521"})

ACCEPTED_KEYS: Final = (
    "its algorithm must be Ed25519, NIST P-256, P-384 or P-521, or RSA or DSA of at least 2048"
    " bits; make one: gpg --quick-generate-key 'NAME <EMAIL>' ed25519"
)

_OIDS: Final = {
    bytes.fromhex("2b06010401da470f01"): "ed25519",
    bytes.fromhex("2a8648ce3d030107"): "nistp256",
    bytes.fromhex("2b81040022"): "nistp384",
    bytes.fromhex("2b81040023"): "nistp521",
}
_ALGORITHM: Final = 5  # behind the version and the four octets of the creation time


def is_accepted(algorithm: int, bits: int, curve: str) -> bool:
    """Whether a key of that OpenPGP algorithm, size and curve (as gpg names it) may sign."""
    if algorithm in (RSA, DSA):
        return bits >= MINIMUM_BITS
    return algorithm in (ECDSA, EDDSA) and curve in CURVES


def is_short_packet(body: bytes) -> bool:
    """Whether the version 4 key of that packet body will be too weak for Sequoia one day.

    Sequoia compares with the day of the check, not of the signature, so that good old entries
    would turn bad. gpg draws no such line.
    """
    algorithm, bits = body[_ALGORITHM], int.from_bytes(body[_ALGORITHM + 1 :][:2], "big")
    return algorithm == DSA or (algorithm == RSA and bits < SHORT_BITS)


def is_accepted_packet(body: bytes) -> bool:
    """Whether the version 4 key of that packet body may sign."""
    if len(body) <= _ALGORITHM:
        return False
    algorithm, material = body[_ALGORITHM], body[_ALGORITHM + 1 :]
    if algorithm in (RSA, DSA):  # the first number is the modulus, led by its size in bits
        return is_accepted(algorithm, int.from_bytes(material[:2], "big"), "")
    oid = material[1 : 1 + material[0]] if material else b""
    return is_accepted(algorithm, 0, _OIDS.get(oid, ""))
