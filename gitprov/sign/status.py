"""Reads what gpg says on its status descriptor; pure.

Only status lines count: gpg exits 0 for expired and for revoked keys, and its text for people
can be chosen by whoever wrote a user id. Keywords are those of gpg's doc/DETAILS.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

_PREFIX: Final = "[GNUPG:] "
# Status lines that may accompany NEWSIG, GOODSIG and VALIDSIG of a good signature. Any other
# one, of later versions too, makes it bad.
_HARMLESS: Final = frozenset(
    {
        "KEYEXPIRED",  # also of subkeys that did not sign; EXPKEYSIG is about the one that did
        "KEY_CONSIDERED",
        "NOTATION_DATA",
        "NOTATION_FLAGS",
        "NOTATION_NAME",
        "POLICY_URL",
        "PROGRESS",
        "SIG_ID",
        "TRUST_FULLY",
        "TRUST_MARGINAL",
        "TRUST_NEVER",
        "TRUST_ULTIMATE",
        "TRUST_UNDEFINED",
        "VERIFICATION_COMPLIANCE_MODE",
    }
)
_ONCE: Final = ("NEWSIG", "GOODSIG", "VALIDSIG")
# Keywords that say why a signature is not good, so that silence is not taken for badness.
_BAD: Final = frozenset(
    {"BADSIG", "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "NODATA", "UNEXPECTED", "BADARMOR"}
)
_VALIDSIG_FIELDS: Final = 10
_ERRSIG_REASON: Final = 5
_UNSUPPORTED: Final = 4
_SYSTEM_ERROR: Final = 1 << 15  # libgpg-error: codes from here on are the system's errno
_CODE: Final = 0xFFFF  # the upper half names the part of gpg that failed


class Judgement(Enum):
    """The result of gpg for one signature."""

    GOOD = auto()
    BAD = auto()
    UNKNOWN = auto()


class SigningFailure(Enum):
    """Why gpg made no signature."""

    NO_SECRET_KEY = auto()
    UNUSABLE_KEY = auto()
    LOCKED = auto()
    WRONG_PASSPHRASE = auto()
    CANCELLED = auto()
    NO_AGENT = auto()
    OTHER = auto()


_FAILURES: Final = {
    11: SigningFailure.WRONG_PASSPHRASE,
    17: SigningFailure.NO_SECRET_KEY,
    54: SigningFailure.UNUSABLE_KEY,
    77: SigningFailure.NO_AGENT,
    85: SigningFailure.LOCKED,
    86: SigningFailure.LOCKED,
    99: SigningFailure.CANCELLED,
    177: SigningFailure.LOCKED,
}


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One line: its keyword and its fields."""

    keyword: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of ``gpg --verify`` for a file that should hold one signature.

    Args:
        judgement: what gpg found out.
        signing_key: fingerprint of the key or subkey, upper case; empty unless good.
        primary_key: fingerprint of its primary key; empty unless good.
    """

    judgement: Judgement
    signing_key: str = ""
    primary_key: str = ""


def parse_status(text: str) -> list[StatusLine]:
    """Return the status lines of gpg's output; other lines are for people and skipped."""
    lines = []
    for line in text.split("\n"):
        if line.startswith(_PREFIX):
            keyword, *fields = line[len(_PREFIX) :].split(" ")
            lines.append(StatusLine(keyword, tuple(fields)))
    return lines


def judge_status(lines: Iterable[StatusLine]) -> Checked:
    """Judge the status lines of ``gpg --verify``.

    Good is exactly one NEWSIG, GOODSIG and VALIDSIG with nothing beside them that is not known
    to be harmless. Unknown is what gpg could not find out or did not say.
    """
    lines = list(lines)
    keywords = [line.keyword for line in lines]
    valid = [line.fields for line in lines if line.keyword == "VALIDSIG"]
    if all(keywords.count(name) == 1 for name in _ONCE) and _HARMLESS.issuperset(
        set(keywords).difference(_ONCE)
    ):
        fields = valid[0]
        if len(fields) >= _VALIDSIG_FIELDS:
            return Checked(Judgement.GOOD, fields[0].upper(), fields[9].upper())
    if any(_is_inability(line) for line in lines):
        return Checked(Judgement.UNKNOWN)
    said = _BAD.intersection(keywords) or any(keywords.count(name) > 1 for name in _ONCE)
    return Checked(Judgement.BAD if said or valid else Judgement.UNKNOWN)


def _is_inability(line: StatusLine) -> bool:
    """Whether the line says that gpg could not check, not that the signature is bad."""
    if line.keyword != "ERRSIG" or len(line.fields) <= _ERRSIG_REASON:
        return False
    reason = _number(line.fields[_ERRSIG_REASON])
    return reason == _UNSUPPORTED or reason >= _SYSTEM_ERROR


def signing_failure(lines: Iterable[StatusLine]) -> SigningFailure:
    """Say why ``gpg --detach-sign`` made no signature."""
    code = 0
    for line in lines:
        if line.keyword == "FAILURE" and line.fields:
            code = _number(line.fields[-1]) & _CODE
    return _FAILURES.get(code, SigningFailure.OTHER)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
