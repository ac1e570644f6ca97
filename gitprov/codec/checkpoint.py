"""A checkpoint file: canonical YAML, then one armoured signature over exactly those bytes.

The signature covers a domain line as well, so that no other text a key signs can pass for a
checkpoint, and no checkpoint for an entry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from gitprov.codec import canonical
from gitprov.codec.records import require_canonical, to_bytes
from gitprov.codec.versions import CURRENT
from gitprov.errors import Code, RecordError
from gitprov.model.checkpoint import Checkpoint
from gitprov.model.schema_errors import schema_error

KIND: Final = "checkpoint"
MAX_BYTES: Final = 64 * 1024
_DOMAIN: Final = b"gitprov-checkpoint-v1\n"
_SIGNATURE: Final = b"-----BEGIN PGP SIGNATURE-----\n"
_REMEDY: Final = "write one with: gitprov checkpoint write FILE"
_VERSION: Final = re.compile(r"v[1-9][0-9]{0,8}\.(?:0|[1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint of good form, its signature not checked.

    Args:
        payload: the bytes that are signed.
        signature: the armoured block, without the final LF.
    """

    checkpoint: Checkpoint
    payload: bytes
    signature: bytes


def signed_payload(checkpoint: Checkpoint) -> bytes:
    """Return the bytes that a checkpoint's signature covers."""
    return _DOMAIN + to_bytes(checkpoint)


def checkpoint_file(checkpoint: Checkpoint, signature: bytes) -> bytes:
    """Return the content of a checkpoint file."""
    return to_bytes(checkpoint) + signature + b"\n"


def parse_checkpoint(content: bytes) -> SignedCheckpoint:
    """Read a checkpoint file; the form of its signature is for others to judge.

    Raises:
        RecordError: GPV-413-LIMIT, GPV-400-RECORD-FORM (no checkpoint, or not canonical),
            GPV-401-UNSIGNED, GPV-422-SCHEMA, GPV-501-NEWER-SCHEMA.
    """
    if len(content) > MAX_BYTES:
        text = f"it has {len(content)} bytes, a checkpoint at most {MAX_BYTES}"
        raise RecordError(Code.LIMIT, text)
    start = content.find(b"\n" + _SIGNATURE) + 1
    if not start:
        if content.startswith(b'schema_version: "'):
            raise RecordError(Code.UNSIGNED, "the checkpoint carries no signature")
        raise RecordError(
            Code.RECORD_FORM, f"this is not a checkpoint: no YAML with a signature; {_REMEDY}"
        )
    if not content.endswith(b"\n"):
        raise RecordError(Code.RECORD_FORM, "the checkpoint has no final line feed")
    document, signature = content[:start], content[start:-1]
    mapping = canonical.parse(document)
    _require_known_version(mapping.get("schema_version"))
    try:
        checkpoint = Checkpoint.model_validate(mapping)
    except ValidationError as reason:
        raise schema_error(reason, KIND) from None
    require_canonical(checkpoint, document)
    return SignedCheckpoint(checkpoint, _DOMAIN + document, signature)


def _require_known_version(claimed: object) -> None:
    """Refuse what a newer gitprov has written; v1.0 is the first version there was."""
    if isinstance(claimed, str) and claimed != CURRENT and _VERSION.fullmatch(claimed):
        text = f"the checkpoint has schema {claimed}, this gitprov knows {CURRENT}: upgrade it"
        raise RecordError(Code.NEWER_SCHEMA, text, field="schema_version")
