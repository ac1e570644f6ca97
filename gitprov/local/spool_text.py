"""The text of a spool file: canonical records with a line ``---`` between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gitprov.errors import Code, UsageError
from gitprov.model.spooled import SpooledRecord

SUFFIX = ".yaml"
_SEPARATOR = b"---\n"
_HEAD = re.compile(rb'schema_version: "[^"\n]*"\nkind: "([a-z]+)"\n\1_id: "([ -~]*)"\n')


def join_records(records: Sequence[bytes]) -> bytes:
    """Make a file of records.

    Raises:
        UsageError: GPV-422-ARGUMENT, no records, or what is not a canonical record.
    """
    if not records or not all(_is_record(record) for record in records):
        raise UsageError(Code.ARGUMENT, "only canonical records can be spooled")
    return _SEPARATOR.join(records)


def split_records(content: bytes) -> list[bytes]:
    """Take a file apart; nothing if any record of it is torn."""
    records = (b"\n" + content).split(b"\n" + _SEPARATOR)
    records = [records[0][1:], *records[1:]]
    whole = [record + b"\n" for record in records[:-1]] + records[-1:]
    return whole if all(_is_record(record) for record in whole) else []


def own_key(record: bytes) -> tuple[str, str] | None:
    """Return kind and id as a record's first lines state them, None where they state none."""
    head = _HEAD.match(record)
    return None if head is None else (head[1].decode("ascii"), head[2].decode("ascii"))


def named_records(fingerprint: str, name: str, content: bytes) -> Iterator[SpooledRecord]:
    """Yield the records of a file that state what they are."""
    for record in split_records(content):
        key = own_key(record)
        if key is not None:
            yield SpooledRecord(fingerprint, name, *key, record)


def _is_record(record: bytes) -> bool:
    is_text = record.endswith(b"\n") and not record.startswith((b"\n", _SEPARATOR))
    return is_text and b"\n" + _SEPARATOR not in record
