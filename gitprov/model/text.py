"""Text classes of 2.4: each as a function that names the problem, and as a pydantic type.

A ``*_problem`` function returns None for good text, else what is wrong with it, in words that
follow the name of the field.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import copysign, isfinite
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from gitprov.model.ids import RECORD_KINDS, UUID4_PATTERN, UUID7_PATTERN, UUID_PATTERN
from gitprov.model.times import MAX_MS, TIME_PATTERN
from gitprov.model.unicode import (
    CONTROLS,
    DEFAULT_IGNORABLE,
    ESCAPED,
    SURROGATES,
    WHITE_SPACE,
    has_visible,
    is_nfc,
)

MAX_LINE: Final = 200
MAX_KEY: Final = 128
MAX_TEXT: Final = 1_000
MAX_NOTES: Final = 10_000
MAX_PATH_BYTES: Final = 4_096
MAX_SAFE: Final = 2**53 - 1
NULL_OID: Final = "0" * 40

_PLAIN_LINE = re.compile(r"[!-~](?:[ -~]{0,198}[!-~])?")
_PLAIN_PATH = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)*", re.ASCII)
_NOT_IN_TEXT = re.compile(rf"[\x00{SURROGATES}]")
# Patterns that plain ASCII does not need are compiled at first use: that takes milliseconds.
_NOT_IN_LINE = f"[{ESCAPED}{SURROGATES}{DEFAULT_IGNORABLE}]"
_NOT_IN_PATH = rf"[{CONTROLS}{SURROGATES}\\]"
_NOT_IN_NAME = r"[<>]"
_NOT_IN_EMAIL = f"[<>{WHITE_SPACE}]"
_EDGE_SPACE = rf"\A[{WHITE_SPACE}]|[{WHITE_SPACE}]\Z"
_DRIVE = r"[A-Za-z]:"


def line_problem(value: str, limit: int = MAX_LINE) -> str | None:
    """Return why a text is not a line of at most ``limit`` code points, None if it is."""
    if len(value) > limit:
        return f"has {len(value)} characters, at most {limit} are allowed"
    if _PLAIN_LINE.fullmatch(value):
        return None
    bad = re.search(_NOT_IN_LINE, value)
    if bad:
        return f"contains U+{ord(bad[0]):04X}, which cannot be in a line"
    if re.search(_EDGE_SPACE, value):
        return "begins or ends with white space"
    if not has_visible(value):
        return "is empty or shows nothing"
    return None if is_nfc(value) else "is not in Unicode normal form NFC"


def key_problem(value: str) -> str | None:
    """Return why a text cannot be the key of a free map, None if it can."""
    return line_problem(value, MAX_KEY)


def text_problem(value: str, limit: int = MAX_TEXT) -> str | None:
    """Return why a text is not a Text of at most ``limit`` code points; it may be empty."""
    if len(value) > limit:
        return f"has {len(value)} characters, at most {limit} are allowed"
    bad = _NOT_IN_TEXT.search(value)
    return f"contains U+{ord(bad[0]):04X}, which no record can hold" if bad else None


def notes_problem(value: str) -> str | None:
    """Return why a text cannot be notes: up to 10,000 code points and not blank."""
    return text_problem(value, MAX_NOTES) or (None if has_visible(value) else "is blank")


def path_problem(value: str) -> str | None:
    """Return why a text is not a relative, normalised POSIX path."""
    if _PLAIN_PATH.fullmatch(value) and len(value) <= MAX_PATH_BYTES:
        return None
    bad = re.search(_NOT_IN_PATH, value)
    if bad:
        return f"contains U+{ord(bad[0]):04X}, which cannot be in a path"
    if len(value.encode()) > MAX_PATH_BYTES:
        return f"is longer than {MAX_PATH_BYTES} bytes"
    if re.match(_DRIVE, value):
        return "begins with a drive letter"
    for part in value.split("/"):
        if part in {"", ".", ".."}:
            return f"is not relative and normalised: it has the part {part!r}"
    return None if is_nfc(value) else "is not in Unicode normal form NFC"


def cwd_problem(value: str) -> str | None:
    """Return why a text is neither a path nor ``.``."""
    return None if value == "." else path_problem(value)


def name_problem(value: str) -> str | None:
    """Return why a text cannot be a signer's name: a line without ``<`` and ``>``."""
    return line_problem(value) or ("contains < or >" if re.search(_NOT_IN_NAME, value) else None)


def email_problem(value: str) -> str | None:
    """Return why a text cannot be an email: a line without ``<``, ``>`` and spaces."""
    return line_problem(value) or (
        "contains <, > or a space" if re.search(_NOT_IN_EMAIL, value) else None
    )


def number_problem(value: object) -> str | None:
    """Return why a value is not a number: its type, its range, a zero with a sign."""
    if type(value) is int:
        return None if -MAX_SAFE <= value <= MAX_SAFE else "is beyond 2^53-1"
    if type(value) is not float or not isfinite(value):
        return f"is {value!r}; it must be a finite number"[:MAX_LINE]
    return "is -0.0; use 0.0" if value == 0 and copysign(1, value) < 0 else None


def printable(text: str, limit: int = MAX_KEY) -> str:
    """Cut a text of others, and escape it if it could steer a terminal."""
    text = text[:limit]
    return text if text.isprintable() else ascii(text)[1:-1]


def refuse(reason: str, field: str | None = None) -> PydanticCustomError:
    """Make the error that a validator raises: ``reason`` follows the name of the field."""
    context = {"reason": reason} if field is None else {"reason": reason, "field": field}
    return PydanticCustomError("rule", "{reason}", context)


def _checked(problem: Callable[[str], str | None]) -> AfterValidator:
    def check(value: str) -> str:
        reason = problem(value)
        if reason is not None:
            raise refuse(reason)
        return value

    return AfterValidator(check)


def _string(minimum: int, maximum: int, **more: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": minimum, "maxLength": maximum, **more})


Line = Annotated[str, _checked(line_problem), _string(1, MAX_LINE)]
Text = Annotated[str, _checked(text_problem), _string(0, MAX_TEXT)]
Notes = Annotated[str, _checked(notes_problem), _string(1, MAX_NOTES)]
RelPath = Annotated[str, _checked(path_problem), _string(1, MAX_PATH_BYTES)]
Cwd = Annotated[str, _checked(cwd_problem), _string(1, MAX_PATH_BYTES)]
Name = Annotated[str, _checked(name_problem), _string(1, MAX_LINE, pattern="^[^<>]*$")]
Email = Annotated[str, _checked(email_problem), _string(1, MAX_LINE, pattern="^[^<> ]*$")]
LabelKey = Annotated[str, _checked(key_problem), _string(1, MAX_KEY)]

_NIL = "00000000-0000-0000-0000-000000000000"
_MAX = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_LAST_UUID7 = f"{MAX_MS:012x}"[:8] + "-" + f"{MAX_MS:012x}"[8:]


def uuid_problem(value: str) -> str | None:
    """Return why a text of the shape of a UUID is not one: nil and max."""
    return "is the nil or max UUID, which names nothing" if value in {_NIL, _MAX} else None


def uuid7_problem(value: str) -> str | None:
    """Return why a text of the shape of a UUIDv7 is not a record id: its year."""
    return None if value[:13] <= _LAST_UUID7 else "names a time after the year 9999"


def _pattern(pattern: str) -> StringConstraints:
    return StringConstraints(pattern=pattern)


_UUID = f"^{UUID_PATTERN}$"
_UUID4 = f"^{UUID4_PATTERN}$"
_UUID7 = f"^{UUID7_PATTERN}$"
_SHA256 = "^[0-9a-f]{64}$"
_OID = "^[0-9a-f]{40}$"
_DIGEST = "^sha256:[0-9a-f]{64}$"
_FINGERPRINT = "^[0-9A-F]{40}$"
UNBORN = "unborn"
"""Stands for HEAD where no commit exists yet."""
_HEAD = "^(?:[0-9a-f]{40}|unborn)$"
_RESOURCE = rf"^(?:{'|'.join(RECORD_KINDS)}):{UUID7_PATTERN}$"
_CURRENCY = "^[A-Z]{3}$"
_AMOUNT = r"^(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$"

Uuid = Annotated[str, _pattern(_UUID), _checked(uuid_problem)]
Uuid4 = Annotated[str, _pattern(_UUID4)]
Uuid7 = Annotated[str, _pattern(_UUID7), _checked(uuid7_problem)]
Sha256Hex = Annotated[str, _pattern(_SHA256)]
OidHex = Annotated[str, _pattern(_OID)]
Digest = Annotated[str, _pattern(_DIGEST)]
Fingerprint = Annotated[str, _pattern(_FINGERPRINT)]
Head = Annotated[str, _pattern(_HEAD)]
ResourceId = Annotated[str, _pattern(_RESOURCE)]
Currency = Annotated[str, _pattern(_CURRENCY)]
Amount = Annotated[str, StringConstraints(pattern=_AMOUNT, max_length=MAX_LINE)]

ACCEPTED: Final = {
    _UUID: "a lower-case UUID with hyphens",
    _UUID4: "a lower-case UUIDv4",
    _UUID7: "a lower-case UUIDv7",
    _SHA256: "a SHA-256 of 64 lower-case hex digits",
    _OID: "a Git object id of 40 lower-case hex digits",
    _DIGEST: "sha256: followed by 64 lower-case hex digits",
    _FINGERPRINT: "a full OpenPGP fingerprint of 40 upper-case hex digits",
    _HEAD: "40 lower-case hex digits or unborn",
    _RESOURCE: "<kind>:<id> of the record",
    _CURRENCY: "three letters A to Z, such as EUR",
    _AMOUNT: "a decimal amount such as 0.0123",
    TIME_PATTERN: "a real time in UTC with milliseconds, such as 2026-11-20T10:34:56.123Z",
}
"""Pattern -> the texts that it accepts, in words for an error message."""
