"""Editable raw trees of any modes, as code and notes have; `tree` reads a ledger strictly."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitprov.errors import Code, StorageError
from gitprov.gitraw.item import FOLDER

_LINE = re.compile(rb"[0-7]{5,6} [^\0/]+\0.{20}", re.DOTALL)
_FOLDER_START = FOLDER + b" "
_FEW = 8


@dataclass(frozen=True, slots=True)
class Folder:
    """A parsed tree: sort keys (a folder's name ends in ``/``) and raw lines, both in order."""

    keys: Sequence[bytes]
    lines: Sequence[bytes]

    def find(self, name: bytes) -> tuple[bytes, str] | None:
        """Return (mode, oid) of a name, None if it is not there."""
        for key in (name, name + b"/"):
            at = bisect_left(self.keys, key)
            if at < len(self.keys) and self.keys[at] == key:
                line = self.lines[at]
                return line[: line.index(b" ")], line[-20:].hex()
        return None

    def __iter__(self) -> Iterator[tuple[bytes, bytes, str]]:
        for line in self.lines:
            mode, _, rest = line.partition(b" ")
            yield mode, rest[:-21], rest[-20:].hex()

    def replace(self, changes: Mapping[bytes, bytes | None]) -> Folder:
        """Return the folder with lines put in, changed or (None) taken out, by sort key."""
        if len(changes) > _FEW:
            merged = dict(zip(self.keys, self.lines, strict=True)) | dict(changes)
            keys = sorted(key for key, line in merged.items() if line is not None)
            return Folder(keys, [merged[key] or b"" for key in keys])
        keys, lines = list(self.keys), list(self.lines)
        for key, line in changes.items():
            at = bisect_left(keys, key)
            is_there = at < len(keys) and keys[at] == key
            if line is None:
                del keys[at : at + is_there], lines[at : at + is_there]
            else:
                keys[at : at + is_there] = [key]
                lines[at : at + is_there] = [line]
        return Folder(keys, lines)

    def to_bytes(self) -> bytes:
        """Return the raw tree."""
        return b"".join(self.lines)


NO_FILES = Folder((), ())


def parse_tree(content: bytes) -> Folder:
    """Parse a raw tree.

    Raises:
        StorageError: GPV-400-TREE-FORM, malformed, unsorted or with a name twice.
    """
    lines = _LINE.findall(content)
    keys = [
        line[6:-21] + b"/" if line.startswith(_FOLDER_START) else line[line.index(b" ") + 1 : -21]
        for line in lines
    ]
    is_ordered = sorted(keys) == keys and len(set(keys)) == len(keys)
    if sum(map(len, lines)) != len(content) or not is_ordered:
        raise StorageError(Code.TREE_FORM, "a tree object is malformed; run git fsck")
    return Folder(keys, lines)
