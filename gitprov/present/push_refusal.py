"""A refused push: one line for each reason, and the remedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitprov.errors import Code
from gitprov.model.finding import Finding
from gitprov.service.server.judge_push import JudgedRef

_MOST_LINES = 20
_LONGEST_LINE = 600
# GitLab shows its users only the lines that begin so.
_GITLAB = "GL-HOOK-ERR: "
_REMEDIES = {
    Code.NON_FF: "run gitprov pull, then gitprov push; a ledger never moves backwards",
    Code.STALE: "run gitprov pull, then gitprov push",
    Code.NOTE_REWRITE: "run gitprov notes rebuild, then push the notes again",
    Code.UNKNOWN_KEY: "send the key's certificate to an owner, who runs gitprov key add",
    Code.REF_DELETE: "a ledger stays; to begin another one, use another repository",
    Code.REF_FORBIDDEN: "docs/server-hook.md lists the names that are never taken",
    Code.ROLLBACK: "compare genesis and tip with the owners and another clone",
}
_FALLBACK = "run gitprov verify where this was pushed from; docs/errors.md explains each code"


def refusal_lines(refs: Sequence[JudgedRef]) -> Iterator[str]:
    """Yield the lines that say why a push is refused."""
    reasons = [(each.update.name, reason) for each in refs for reason in each.reasons]
    for name, reason in reasons[:_MOST_LINES]:
        yield _line(name, reason)
    if len(reasons) > _MOST_LINES:
        yield f"and {len(reasons) - _MOST_LINES} more"
    if reasons:
        yield f"refused, nothing has changed; {_REMEDIES.get(reasons[0][1].code, _FALLBACK)}"


def printed(line: str, *, for_gitlab: bool) -> str:
    """Render a line for the pusher's terminal: no control character, not too long."""
    plain = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in line)
    cut = plain if len(plain) <= _LONGEST_LINE else f"{plain[:_LONGEST_LINE]}..."
    prefix = _GITLAB if for_gitlab else ""
    return f"{prefix}gitprov: {cut}".encode("utf-8", "backslashreplace").decode()


def _line(name: str, reason: Finding) -> str:
    place = "" if reason.path or reason.entry else f" {name}"
    line = reason.line()
    return line.replace(f"{reason.code}", f"{reason.code}{place}", 1) if place else line
