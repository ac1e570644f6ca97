"""A checkpoint file has one form; anything else is refused before a signature is looked at."""

from __future__ import annotations

from typing import Any

import pytest

from gitprov.codec.checkpoint import (
    MAX_BYTES,
    checkpoint_file,
    parse_checkpoint,
    signed_payload,
)
from gitprov.errors import Code, RecordError
from gitprov.model.checkpoint import Checkpoint

BLOCK = b"-----BEGIN PGP SIGNATURE-----\n\nAAAA\n=BBBB\n-----END PGP SIGNATURE-----"
FIELDS: dict[str, Any] = {
    "schema_version": "v1.0",
    "kind": "checkpoint",
    "ledger_id": "4d0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7bb",
    "genesis": "1a" * 20,
    "tip": "2b" * 20,
    "height": 12,
    "chain": "3c" * 32,
    "created_at": "2026-11-20T10:34:56.123Z",
    "signer": "A1" * 20,
}


def checkpoint(**more: Any) -> Checkpoint:
    return Checkpoint.model_validate({**FIELDS, **more})


def file(**more: Any) -> bytes:
    return checkpoint_file(checkpoint(**more), BLOCK)


def refusal(content: bytes) -> RecordError:
    with pytest.raises(RecordError) as caught:
        parse_checkpoint(content)
    return caught.value


@pytest.mark.parametrize(
    "more",
    [{}, {"audit_head": "4d" * 32}, {"remote": "origin"}, {"height": 0}, {"remote": 'é "x"'}],
)
def test_a_file_is_read_back_as_it_was_written(more: dict[str, Any]) -> None:
    read = parse_checkpoint(file(**more))
    assert read.checkpoint == checkpoint(**more)
    assert read.payload == signed_payload(read.checkpoint)
    assert read.signature == BLOCK


def test_the_signed_bytes_begin_with_a_domain_of_their_own() -> None:
    payload = signed_payload(checkpoint())
    assert payload.startswith(
        b'gitprov-checkpoint-v1\nschema_version: "v1.0"\nkind: "checkpoint"\n'
    )
    assert file().startswith(payload.partition(b"\n")[2])


def test_the_fields_stand_in_this_order() -> None:
    lines = file(audit_head="4d" * 32, remote="origin").split(b"\n-----")[0].decode().splitlines()
    assert [line.partition(":")[0] for line in lines] == [*FIELDS, "audit_head", "remote"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"height: 12", b"height: 012", Code.RECORD_FORM),
        (b"height: 12", b"height: -1", Code.SCHEMA),
        (b"height: 12", b'height: "12"', Code.SCHEMA),
        (b"ledger_id", b"ledger_is", Code.SCHEMA),
        (b"v1.0", b"v1.1", Code.NEWER_SCHEMA),
        (b"v1.0", b"v0.9", Code.SCHEMA),
        (b'"checkpoint"', b'"run"', Code.SCHEMA),
        (b"2b2b", b"2B2B", Code.SCHEMA),
        (b"A1A1", b"a1a1", Code.SCHEMA),
        (b"T10:34:56.123Z", b"T10:34:56Z", Code.SCHEMA),
        (b"\nkind", b"\n\nkind", Code.RECORD_FORM),
        (b"\nkind", b"\r\nkind", Code.RECORD_FORM),
        (b"\n-----BEGIN", b"\n# x\n-----BEGIN", Code.RECORD_FORM),
        (b"signer:", b'remote: "x"\nsigner:', Code.RECORD_FORM),
    ],
)
def test_an_altered_file_is_refused_with_its_code(old: bytes, new: bytes, code: Code) -> None:
    content = file()
    assert old in content
    assert refusal(content.replace(old, new, 1)).code is code


def test_a_missing_field_is_named() -> None:
    content = b"".join(ln for ln in file().splitlines(True) if not ln.startswith(b"genesis"))
    error = refusal(content)
    assert (error.code, error.details["field"]) == (Code.SCHEMA, "genesis")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", Code.RECORD_FORM),
        (b"\n", Code.RECORD_FORM),
        (b"hello\n", Code.RECORD_FORM),
        (b"\x00\xff" * 99, Code.RECORD_FORM),
        (BLOCK + b"\n", Code.RECORD_FORM),
        (b"\n" + BLOCK + b"\n", Code.RECORD_FORM),
        (b'schema_version: "v1.0"\nkind: "checkpoint"\n', Code.UNSIGNED),
        (b"x" * (MAX_BYTES + 1), Code.LIMIT),
    ],
)
def test_what_is_no_checkpoint_is_refused(content: bytes, code: Code) -> None:
    assert refusal(content).code is code


def test_a_file_without_its_final_line_feed_is_refused() -> None:
    assert refusal(file()[:-1]).code is Code.RECORD_FORM


def test_whatever_follows_the_document_is_left_to_the_judge_of_signatures() -> None:
    assert parse_checkpoint(file() + BLOCK + b"\n").signature == BLOCK + b"\n" + BLOCK
