"""Schema versions: every one that was ever written can be read for ever (2.4).

A version has a model of its own and, unless it is the current one, a function that turns its
mapping into the next version's. Records are judged by the rules of their own version.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gitprov.errors import Code, RecordError
from gitprov.model.frozen import Model
from gitprov.model.kinds import MODELS, find_model

CURRENT: Final = "v1.0"
_VERSION = re.compile(r"v(0|[1-9][0-9]{0,17})\.(0|[1-9][0-9]{0,17})")

Mapper = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """One version of one kind.

    Args:
        model: judges a mapping of this version.
        upgrade: turns a valid mapping into one of the next version; None if this is current.
    """

    model: type[Model]
    upgrade: Mapper | None = None


Versions = Mapping[tuple[str, str], SchemaVersion]


class _KnownVersions(Versions):
    """The current version of every kind; a model is loaded when its version is asked for."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[str, str], SchemaVersion] = {}

    def __getitem__(self, key: tuple[str, str]) -> SchemaVersion:
        found = self._loaded.get(key)
        if found is None:
            kind, version = key
            if version != CURRENT:
                raise KeyError(key)
            found = self._loaded[key] = SchemaVersion(MODELS[kind])
        return found

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((kind, CURRENT) for kind in MODELS)

    def __len__(self) -> int:
        return len(MODELS)


VERSIONS: Final[Versions] = _KnownVersions()
"""All that this program can read."""


def find_version(kind: str, mapping: Mapping[str, Any], versions: Versions) -> SchemaVersion:
    """Look up the version that a mapping claims to have.

    Raises:
        RecordError: GPV-501-NEWER-SCHEMA (this program is too old), GPV-422-SCHEMA
            (GPV-422-POLICY for a policy).
    """
    claimed = mapping.get("schema_version")
    if isinstance(claimed, str):
        found = versions.get((kind, claimed))
        if found is not None:
            return found
    find_model(kind)
    refuse_newer(kind, mapping, versions)
    known = _known(kind, versions)
    problem = "is missing" if claimed is None else f"is {repr(claimed)[:40]}"
    raise RecordError(
        Code.POLICY if kind == "policy" else Code.SCHEMA,
        f"schema_version of the {kind} {problem}; it must be {' or '.join(known)}",
        field="schema_version",
    )


def refuse_newer(kind: str, mapping: Mapping[str, Any], versions: Versions = VERSIONS) -> None:
    """Refuse a mapping or draft of a version that is newer than all that are known.

    Raises:
        RecordError: GPV-501-NEWER-SCHEMA; this program is too old.
    """
    claimed = mapping.get("schema_version", mapping.get("SchemaVersion"))
    known = _known(kind, versions)
    if known and _is_newer(claimed, known[-1]):
        raise RecordError(
            Code.NEWER_SCHEMA,
            f"the {kind} has schema {claimed}, this gitprov knows up to {known[-1]}: upgrade it",
            field="schema_version",
        )


def _known(kind: str, versions: Versions) -> list[str]:
    return sorted((v for k, v in versions if k == kind), key=_number)


def upgrade(kind: str, mapping: dict[str, Any], versions: Versions) -> dict[str, Any]:
    """Bring a valid mapping of an old version to the current one, step by step."""
    while (step := find_version(kind, mapping, versions).upgrade) is not None:
        mapping = step(mapping)
    return mapping


def _is_newer(claimed: object, newest: str) -> bool:
    return (
        isinstance(claimed, str)
        and _VERSION.fullmatch(claimed) is not None
        and _number(claimed) > _number(newest)
    )


def _number(version: str) -> tuple[int, int]:
    major, minor = version.removeprefix("v").split(".")
    return int(major), int(minor)
