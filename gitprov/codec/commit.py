"""The strict grammar of an entry on raw bytes (2.8, step V3)."""

from __future__ import annotations

import re
from functools import lru_cache

from gitprov.codec.armour import dearmour
from gitprov.codec.message import read_trailers
from gitprov.errors import Code, RecordError
from gitprov.model.entry import CommitForm, Trailers
from gitprov.model.text import email_problem, name_problem

COMMIT_LIMIT = 64 * 1024
_IDENTITIES = 1024
_LAST_SECOND = 253402300799  # 9999-12-31T23:59:59Z

_IDENTITY = rb"([^<>\n]+) <([^<> \n]+)> (0|[1-9][0-9]{0,11}) \+0000\n"
_GRAMMAR = re.compile(
    rb"tree ([0-9a-f]{40})\n"
    rb"((?:parent [0-9a-f]{40}\n){0,2})"
    rb"author " + _IDENTITY + rb"committer " + _IDENTITY + rb"(gpgsig ([^\n]*\n(?: [^\n]*\n)*))?"
    rb"\n"
)
# Controls (LF apart), and the characters that show one text to a reader and another to a tool.
_FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
_PARENT = re.compile(rb"^parent ([0-9a-f]{40})$", re.MULTILINE)
_TREE = re.compile(rb"tree ([0-9a-f]{40})")
_OTHER_BLOCK = re.compile(rb"-----BEGIN PGP (?!SIGNATURE)")


def _refuse(reason: str) -> RecordError:
    return RecordError(Code.COMMIT_FORM, f"the entry is not in the one form: {reason}")


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _refuse("it is not UTF-8") from None
    bad = _FORBIDDEN.search(text)
    if bad:
        raise _refuse(f"it holds the character U+{ord(bad[0]):04X}")
    return text


@lru_cache(_IDENTITIES)
def _require_identity(name: str, email: str) -> None:
    for what, problem in (("name", name_problem(name)), ("email", email_problem(email))):
        if problem is not None:
            raise _refuse(f"its author's {what} {problem}")


def _signature(header: bytes) -> bytes:
    block = header.replace(b"\n ", b"\n").removesuffix(b"\n")
    # C-13, C-15, C-16: anything but the one canonical armour is another commit id for the same
    # signature, so it is a matter of the commit's form. C-19: a signed message is not one.
    code = Code.SIGNATURE_FORM if _OTHER_BLOCK.match(block) else Code.COMMIT_FORM
    dearmour(block, "SIGNATURE", code=code)
    return block


def parse_commit(raw: bytes) -> CommitForm:
    """Take a raw commit apart, or refuse it (V3).

    An unsigned commit is of good form here; its ``signature`` is None and the judge says
    GPV-401-UNSIGNED.

    Raises:
        RecordError: GPV-400-COMMIT-FORM, GPV-401-SIGNATURE-FORM for an OpenPGP block of another
            kind in the place of the signature, GPV-413-LIMIT above 64 KiB.
    """
    if len(raw) > COMMIT_LIMIT:
        raise RecordError(Code.LIMIT, f"a commit of {len(raw)} bytes; at most {COMMIT_LIMIT}")
    match = _GRAMMAR.match(raw)
    if match is None:
        raise _refuse("its header is not tree, parents, author, committer, gpgsig")
    tree, parent_lines, *author, signed, armour = match.groups()
    _text(raw[: match.start(9)] if signed else raw[: match.end()])
    if author[:3] != author[3:]:
        raise _refuse("author and committer differ")
    _require_identity(author[0].decode("utf-8"), author[1].decode("utf-8"))
    parents = tuple(p.decode() for p in _PARENT.findall(parent_lines))
    if len(set(parents)) != len(parents):
        raise _refuse("the same parent twice")
    seconds = int(author[2])
    if seconds > _LAST_SECOND:
        raise _refuse("its time is beyond the year 9999")
    message = _text(raw[match.end() :])
    if not message.endswith("\n"):
        raise _refuse("its message has no final line feed")
    if signed and (message.startswith("gpgsig") or "\ngpgsig" in message):
        # libgit2 reads such a line as the signature (C-04).
        raise _refuse("a line of its message begins with gpgsig")
    return CommitForm(
        tree=tree.decode(),
        parents=parents,
        name=author[0].decode("utf-8"),
        email=author[1].decode("utf-8"),
        seconds=seconds,
        signature=_signature(armour) if signed else None,
        payload=raw[: match.start(9)] + raw[match.end(9) :] if signed else raw,
        message=message,
    )


def parse_entry(raw: bytes) -> tuple[CommitForm, Trailers | None]:
    """Take a raw commit apart, and read what its message claims; None if it claims nothing.

    Raises:
        RecordError: as parse_commit.
    """
    commit = parse_commit(raw)
    return commit, read_trailers(commit.message)


def read_links(raw: bytes) -> tuple[str | None, tuple[str, ...]]:
    """Read tree and parents from a commit of any form, so that the walk goes on (V1).

    Returns:
        The tree (None if there is no readable one) and every parent its header names.
    """
    header = raw.split(b"\n\n", 1)[0]
    tree = _TREE.fullmatch(header.split(b"\n", 1)[0])
    parents = _PARENT.findall(header)
    return (tree[1].decode() if tree else None), tuple(parent.decode() for parent in parents)


def unsigned_commit(
    tree: str, parents: tuple[str, ...], identity: tuple[str, str], seconds: int, message: str
) -> bytes:
    """Render the payload of an entry: the commit without its gpgsig header.

    Args:
        tree: 40 hex.
        parents: 40 hex each, first parent first.
        identity: the signer's name and email in the policy.
        seconds: Unix seconds.
        message: the rendered message.
    """
    who = f"{identity[0]} <{identity[1]}> {seconds} +0000"
    lines = [f"tree {tree}", *(f"parent {p}" for p in parents), f"author {who}", f"committer {who}"]
    return ("\n".join(lines) + "\n\n" + message).encode("utf-8")


def signed_commit(payload: bytes, signature: bytes) -> bytes:
    """Put an armoured signature (no final LF) into a payload, as its last header."""
    header, message = payload.split(b"\n\n", 1)
    folded = signature.replace(b"\n", b"\n ")
    return header + b"\ngpgsig " + folded + b"\n\n" + message
