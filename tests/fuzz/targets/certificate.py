"""Certificates (6.1): one canonical file, taken apart packet by packet."""

from __future__ import annotations

from gitprov.codec.openpgp import (
    canonical_certificate,
    certificate_file,
    certificate_packets,
    has_secret_packets,
    without_revocations,
)
from gitprov.errors import Code, GitprovError
from tests.fuzz.target import ACCEPTED, Target, code_of, require

WORDS = (
    b"\x98", b"\x99", b"\xc6", b"\xce", b"\xb4", b"\xd1", b"\x94", b"\xc5", b"\x88",
    b"\xc2\xff\x00\x00\x00\x10", b"\xe0", b"\x04 ", b"\x04\x13", b"\x04\x20",
    b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n", b"-----END PGP PUBLIC KEY BLOCK-----\n",
    b"\x03\x05", b"\x9b",
)  # fmt: skip


def check(data: bytes) -> str:
    """Read any bytes as a key in any armour or none."""
    try:
        packets = certificate_packets(data)
    except GitprovError as reason:
        require(code_of(reason) == Code.POLICY, "another code for a file")
    else:
        require(certificate_file(packets) == data, "a file that is accepted has two forms")
    try:
        made = canonical_certificate(data)
        packets = certificate_packets(made)
        has_secret_packets(packets)
        kept = without_revocations(packets)
    except GitprovError as reason:
        return code_of(reason)
    require(canonical_certificate(made) == made, "made canonical twice, two files")
    require(len(kept) <= len(packets), "a certificate grows when revocations go")
    require(without_revocations(kept) == kept, "revocations are left")
    return ACCEPTED


def target() -> Target:
    """The reader of certificates."""
    return Target("certificate", check, frozenset({Code.POLICY}), WORDS)
