"""Record ids (UUIDv7) and the one path in the ledger's tree that each of them yields (2.2)."""

from __future__ import annotations

import re
from typing import Final

from gitprov.errors import Code, RecordError
from gitprov.model.times import MAX_MS, moment

KIND_FOLDERS: Final = {
    "run": "runs",
    "state": "states",
    "artifact": "artifacts",
    "log": "logs",
    "amendment": "amendments",
    "proposal": "proposals",
    "approval": "approvals",
    "enactment": "enactments",
    "tombstone": "tombstones",
}
"""The folder of each record kind."""

RECORD_KINDS: Final = tuple(KIND_FOLDERS)
KIND_ORDER: Final = ("ledger", "policy", "key", *RECORD_KINDS)
"""The order of 2.8, in which a message counts what an entry adds."""

GENESIS_KINDS: Final = ("ledger", "policy", "key")
LEDGER_PATH: Final = "ledger.yaml"
MAX_NUMBER: Final = 9999
"""The greatest number of a policy or certificate file: four digits."""

UUID_PATTERN: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
UUID7_PATTERN: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
UUID4_PATTERN: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"

_UUID7 = re.compile(UUID7_PATTERN)
_FOLDER_KINDS = {folder: kind for kind, folder in KIND_FOLDERS.items()}
_NUMBER = r"(?!0000)[0-9]{4}"
_KEY_ID = re.compile(rf"([0-9A-F]{{40}})/({_NUMBER})")
_POLICY_ID = re.compile(_NUMBER)
_POLICY_PATH = re.compile(rf"policy/({_NUMBER})\.yaml")
_KEY_PATH = re.compile(rf"keys/([0-9A-F]{{40}}/{_NUMBER})\.asc")
_RECORD_PATH = re.compile(
    rf"([a-z]+)/([0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}}/[0-9]{{2}}/[0-9]{{2}})/({UUID7_PATTERN})\.yaml"
)


def uuid7_ms(record_id: str) -> int:
    """Milliseconds since 1970 in the first 48 bits of a UUIDv7.

    Raises:
        RecordError: GPV-422-SCHEMA, it is not a lower-case UUIDv7 of the years 1970 to 9999.
    """
    if _UUID7.fullmatch(record_id):
        ms = int(record_id[:8] + record_id[9:13], 16)
        if ms <= MAX_MS:
            return ms
    raise RecordError(
        Code.SCHEMA,
        f"{record_id[:60]!r} is not a record id: use a lower-case UUIDv7 of the years 1970 to 9999",
    )


def record_path(kind: str, record_id: str) -> str:
    """The path of a file in the ledger's tree; the inverse of `parse_path`.

    Raises:
        RecordError: GPV-422-SCHEMA, no such kind, or no id of that kind.
    """
    folder = KIND_FOLDERS.get(kind)
    if folder is not None:
        return f"{folder}/{_minute(uuid7_ms(record_id))}/{record_id}.yaml"
    if kind == "ledger" and not record_id:
        return LEDGER_PATH
    if kind == "policy" and _POLICY_ID.fullmatch(record_id):
        return f"policy/{record_id}.yaml"
    if kind == "key" and _KEY_ID.fullmatch(record_id):
        return f"keys/{record_id}.asc"
    raise RecordError(Code.SCHEMA, f"no path follows from kind {kind!r} and id {record_id[:60]!r}")


def parse_path(path: str) -> tuple[str, str] | None:
    """The (kind, id) whose path this is, None if no kind and id yield exactly this path.

    The id of the ledger is empty, of a policy ``NNNN``, of a certificate ``<FPR>/NNNN``.
    """
    match = _RECORD_PATH.fullmatch(path)
    if match is not None:
        return _parse_record_path(*match.groups())
    if path == LEDGER_PATH:
        return "ledger", ""
    match = _POLICY_PATH.fullmatch(path)
    if match is not None:
        return "policy", match[1]
    match = _KEY_PATH.fullmatch(path)
    return ("key", match[1]) if match is not None else None


def policy_path(number: int) -> str:
    """The path of a policy version, 1 to 9999."""
    return f"policy/{_four_digits(number)}.yaml"


def key_path(fingerprint: str, number: int) -> str:
    """The path of a key's certificate file; numbers run from 1 to 9999."""
    return record_path("key", f"{fingerprint}/{_four_digits(number)}")


def _parse_record_path(folder: str, minute: str, record_id: str) -> tuple[str, str] | None:
    kind = _FOLDER_KINDS.get(folder)
    ms = int(record_id[:8] + record_id[9:13], 16)
    if kind is None or ms > MAX_MS or minute != _minute(ms):
        return None
    return kind, record_id


def _minute(ms: int) -> str:
    time = moment(ms)
    return f"{time.year:04d}/{time.month:02d}/{time.day:02d}/{time.hour:02d}/{time.minute:02d}"


def _four_digits(number: int) -> str:
    if not 1 <= number <= MAX_NUMBER:
        raise RecordError(Code.SCHEMA, f"number {number} is not in the range 1 to {MAX_NUMBER}")
    return f"{number:04d}"
