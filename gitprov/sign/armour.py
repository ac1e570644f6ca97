"""The part of the OpenPGP codec that adapters use; they must not import it.

``gitprov.codec.openpgp`` satisfies it as a module; wiring hands it in.
"""

from __future__ import annotations

from typing import Protocol


class Armour(Protocol):
    """Turns OpenPGP packets into their one canonical text and back."""

    def signature_block(self, packets: bytes) -> bytes:
        """Return the armoured block; RecordError if it is not one well-formed signature."""
        ...

    def signature_packets(self, block: bytes) -> bytes:
        """Return the packets of a canonical block (or of packets); RecordError if it is none."""
        ...

    def matches_digest_prefix(self, packets: bytes, payload: bytes) -> bool:
        """Whether the two plain digest octets in a signature packet are those of the payload."""
        ...

    def canonical_certificate(self, content: bytes) -> bytes:
        """Return the ledger's certificate file for a key; RecordError if it is none."""
        ...

    def certificate_packets(self, content: bytes) -> bytes:
        """Return the packets of a certificate file; RecordError if it is not canonical."""
        ...

    def without_revocations(self, packets: bytes) -> bytes:
        """Return a certificate's packets less its revocations; RecordError if they are none."""
        ...

    def newest_binding(self, packets: bytes) -> int:
        """Return when a certificate's newest self-signature was made, Unix seconds; 0 for none."""
        ...
