"""The tree and the commits of the notes ref (2.9): bytes in, bytes out.

Written is one shape only, folders of two hex digits; read is whatever shape git or somebody
else has left. The notes are derived from the ledger and never evidence, so their commits are
unsigned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gitprov.git.tree_editor import TreeEditor
from gitprov.gitraw.folder import NO_FILES, Folder
from gitprov.gitraw.item import FOLDER, item_line

IDENTITY = "gitprov <gitprov@localhost>"
_HEX = re.compile(rb"[0-9a-f]+")
_OID_LENGTH = 40
_PREFIX = 2


def find_note(trees: TreeEditor, root: str | None, commit: str) -> str | None:
    """Return the blob oid of a commit's note in a tree of any fan-out, None if it has none."""
    return _find(trees, root, commit.encode()) if root is not None else None


def list_notes(trees: TreeEditor, root: str | None) -> dict[str, str]:
    """Return every note (commit -> blob oid) of a tree of any fan-out."""
    if root is None:
        return {}
    return {commit.decode(): oid for commit, oid in _walk(trees, root, b"")}


def has_strangers(trees: TreeEditor, root: str, length: int = _OID_LENGTH) -> bool:
    """Whether a tree holds anything that is not a note, in any of its folders."""
    for mode, name, oid in trees.folder(root):
        left = length - len(name)
        is_way = mode == FOLDER and left > 0
        if not _HEX.fullmatch(name) or not (is_way or (mode != FOLDER and left == 0)):
            return True
        if is_way and has_strangers(trees, oid, left):
            return True
    return False


def put_notes(
    trees: TreeEditor, root: str | None, notes: Mapping[str, str | None]
) -> tuple[str, list[bytes]]:
    """Set notes (commit -> blob oid, None removes); return the new root and every new tree.

    Only the folders of the named commits are read and written; there, whatever other shape a
    note had is replaced by ours. Everything else stays.
    """
    made: list[bytes] = []
    top = NO_FILES if root is None else trees.folder(root)
    changes: dict[bytes, bytes | None] = {}
    for prefix, wanted in _by_prefix(notes).items():
        old = dict(_flat_notes(top, prefix))
        for commit in old:
            changes[commit] = None
        found = top.find(prefix)
        is_folder = found is not None and found[0] == FOLDER
        if not is_folder:
            changes[prefix] = None  # a file where the folder belongs, if there is one
        folder = trees.folder(found[1]) if found is not None and is_folder else NO_FILES
        below = _folder_changes(trees, folder, {**old, **wanted})
        changed = folder.replace(below)
        key = prefix + b"/"
        changes[key] = None
        if changed.lines:
            changes[key] = item_line(prefix, trees.keep(changed, made), FOLDER)[1]
    return trees.keep(top.replace(changes), made), made


def notes_commit(tree: str, parent: str | None, seconds: int, commits: int) -> bytes:
    """Return the raw commit that sets the notes of a number of code commits."""
    parents = f"parent {parent}\n" if parent is not None else ""
    person = f"{IDENTITY} {seconds} +0000"
    return (
        f"tree {tree}\n{parents}author {person}\ncommitter {person}\n\nnotes: {commits} commits\n"
    ).encode()


def _by_prefix(notes: Mapping[str, str | None]) -> dict[bytes, dict[bytes, str | None]]:
    grouped: dict[bytes, dict[bytes, str | None]] = {}
    for commit, oid in sorted(notes.items()):
        name = commit.encode()
        grouped.setdefault(name[:_PREFIX], {})[name] = oid
    return grouped


def _folder_changes(
    trees: TreeEditor, folder: Folder, wanted: Mapping[bytes, str | None]
) -> dict[bytes, bytes | None]:
    """Return the lines to change in a two-digit folder, deeper fan-outs taken out."""
    changes: dict[bytes, bytes | None] = {}
    for mode, name, oid in folder:
        if mode == FOLDER and _HEX.fullmatch(name):
            changes[name + b"/"] = None
            for rest, note in _walk(trees, oid, name, _OID_LENGTH - _PREFIX):
                key, line = item_line(rest, note)
                changes[key] = line
    for commit, note_oid in wanted.items():
        rest = commit[_PREFIX:]
        changes[rest] = item_line(rest, note_oid)[1] if note_oid is not None else None
    return changes


def _flat_notes(top: Folder, prefix: bytes) -> Iterator[tuple[bytes, str]]:
    for mode, name, oid in top:
        if name.startswith(prefix) and mode != FOLDER and len(name) == _OID_LENGTH:
            yield name, oid


def _find(trees: TreeEditor, root: str, rest: bytes) -> str | None:
    folder = trees.folder(root)
    found = folder.find(rest)
    if found is not None and found[0] != FOLDER:
        return found[1]
    for length in range(_PREFIX, len(rest), _PREFIX):
        found = folder.find(rest[:length])
        if found is not None and found[0] == FOLDER:
            deeper = _find(trees, found[1], rest[length:])
            if deeper is not None:
                return deeper
    return None


def _walk(
    trees: TreeEditor, root: str, before: bytes, length: int = _OID_LENGTH
) -> Iterator[tuple[bytes, str]]:
    for mode, name, oid in trees.folder(root):
        whole = before + name
        if not _HEX.fullmatch(name) or len(whole) > length:
            continue
        if mode == FOLDER and len(whole) < length:
            yield from _walk(trees, oid, whole, length)
        elif mode != FOLDER and len(whole) == length:
            yield whole, oid
