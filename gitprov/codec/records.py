"""Bytes to records and back: canonical form, schema of the record's own version (V9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import to_json

from gitprov.codec import canonical
from gitprov.codec.versions import VERSIONS, Versions, find_version, upgrade
from gitprov.errors import Code, RecordError
from gitprov.model.frozen import Model
from gitprov.model.kinds import MODELS, Document
from gitprov.model.schema_errors import schema_error


def parse_mapping(data: bytes, *, max_bytes: int = canonical.MAX_BYTES) -> dict[str, Any]:
    """Read canonical bytes as plain values, before any schema judges them.

    Raises:
        RecordError: GPV-400-RECORD-FORM, GPV-413-LIMIT.
    """
    return canonical.parse(data, max_bytes=max_bytes)


def build(mapping: Mapping[str, Any], kind: str, *, versions: Versions = VERSIONS) -> Document:
    """Judge plain values by the schema of their own version; returns the current model.

    Raises:
        RecordError: GPV-422-SCHEMA (GPV-422-POLICY for a policy) with ``field``,
            GPV-501-NEWER-SCHEMA.
    """
    return _upgraded(_validate(mapping, kind, versions), kind, versions)


def build_canonical(
    mapping: Mapping[str, Any], data: bytes, kind: str, *, versions: Versions = VERSIONS
) -> Document:
    """Judge plain values that were read from ``data``: schema, then the order of their keys.

    For a caller that looks at the values in between, as the guard does (V10).

    Args:
        mapping: exactly what `parse_mapping` made of ``data``.
        versions: what can be read.

    Raises:
        RecordError: as parse_record.
    """
    own = _validate(mapping, kind, versions)
    # Parsed values have one form but for the order of their keys. Where the schema leaves values
    # and order as they were read, emitting them yields ``data`` again; comparing is cheaper.
    if own.model_dump_json(exclude_none=True).encode() != to_json(mapping):
        require_canonical(own, data)
    return _upgraded(own, kind, versions)


def to_bytes(document: Model) -> bytes:
    """Render the canonical bytes of a record, policy or ledger document.

    Raises:
        RecordError: GPV-413-LIMIT.
    """
    return canonical.emit(document.to_mapping())


def parse_record(
    data: bytes,
    kind: str,
    *,
    max_bytes: int = canonical.MAX_BYTES,
    versions: Versions = VERSIONS,
) -> Document:
    """Read a record that is valid in form and schema.

    The parsed value is emitted again and compared: the order of keys is the schema's.

    Raises:
        RecordError: GPV-400-RECORD-FORM, GPV-413-LIMIT, GPV-422-SCHEMA, GPV-422-POLICY,
            GPV-501-NEWER-SCHEMA.
    """
    mapping = parse_mapping(data, max_bytes=max_bytes)
    return build_canonical(mapping, data, kind, versions=versions)


def amended(run: Model, changes: Model) -> Document:
    """Return a run with some of its fields changed.

    Raises:
        RecordError: GPV-422-SCHEMA, it would not be a valid run.
    """
    return build({**run.to_mapping(), **changes.to_mapping()}, "run")


def require_canonical(document: Model, data: bytes) -> None:
    """Refuse bytes that are not the one form of the value that was read from them.

    Raises:
        RecordError: GPV-400-RECORD-FORM, the keys are not in the order of the schema.
    """
    emitted = canonical.emit(document.to_mapping())
    if emitted != data:
        pairs = zip(emitted.split(b"\n"), data.split(b"\n"), strict=False)
        line = next(number for number, (a, b) in enumerate(pairs, 1) if a != b)
        raise RecordError(
            Code.RECORD_FORM,
            f"line {line} is not canonical YAML: keys are in the order of the schema, "
            "those of free maps sorted",
            line=line,
        )


def _validate(mapping: Mapping[str, Any], kind: str, versions: Versions) -> Model:
    model = find_version(kind, mapping, versions).model
    try:
        return model.model_validate(mapping)
    except ValidationError as error:
        raise schema_error(error, kind) from None


def _upgraded(document: Model, kind: str, versions: Versions) -> Document:
    current = MODELS[kind]
    if isinstance(document, current):
        return document
    mapping = upgrade(kind, document.to_mapping(), versions)
    return cast("Document", _validate(mapping, kind, versions))
