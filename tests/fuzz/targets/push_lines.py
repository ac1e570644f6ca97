"""What a hook reads on standard input (P-21), and what the names in it mean (7.1)."""

from __future__ import annotations

from gitprov.codec.push_lines import parse_updates
from gitprov.errors import Code, GitprovError
from gitprov.guard.push_names import RefRole, role_of
from gitprov.model.refs import LEDGER_REF as LEDGER
from gitprov.model.refs import NOTES_REF as NOTES
from tests.fuzz.target import ACCEPTED, Target, code_of, require

WORDS = (
    b"0" * 40, b"1" * 40, b"0" * 64, b" refs/gitprov/ledger\n", b" refs/notes/gitprov\n",
    b"refs/heads/main", b"refs/gitprov/ledgers/team", b"refs/replace/", b"REFS/GITPROV/ledger",
    b"refs/gitprov/ledger/x", "refs/gitpro\u1d5b/ledger".encode(), "refs/g\u0131tprov".encode(),
    b"\xff", b"//", b"/./", b" ",
)  # fmt: skip
ZEROS = {40: "0" * 40, 64: "0" * 64}
BRANCH = "refs/heads/gitprov-ledger"


def check(data: bytes) -> str:
    """Read any bytes as the list of updates; name the role of every ref in it."""
    try:
        updates = parse_updates(data)
    except GitprovError as reason:
        return code_of(reason)
    require(updates, "an empty list was accepted")
    lines = data.split(b"\n")
    require(len(lines) == len(updates) + 1, "updates and lines differ in number")
    for line, update in zip(lines, updates, strict=False):
        zero = ZEROS[line.index(b" ")]
        name = update.name.encode("utf-8", "surrogateescape")
        told = f"{update.old or zero} {update.new or zero} ".encode() + name
        require(told == line, "an update says something else than its line")
        _name(update.name)
    return ACCEPTED


def _name(name: str) -> None:
    for ledger in (LEDGER, BRANCH):
        role = role_of(name, ledger)
        if name == NOTES:
            require(role is RefRole.NOTES, "the notes go by another name")
        elif name in {LEDGER, ledger}:
            require(role is RefRole.LEDGER, "the ledger goes by another name")
        else:
            guarded = name.casefold() in {LEDGER, NOTES, ledger}
            require(role is not RefRole.FREE or not guarded, "another spelling is free")
            below = name.startswith((f"{ledger}/", f"{NOTES}/", "refs/replace/"))
            require(role is RefRole.FORBIDDEN or not below, "a name below a guarded one is free")


def target() -> Target:
    """The list of updates of a push."""
    return Target("push-lines", check, frozenset({Code.INTERNAL}), WORDS, longest=8_192)
