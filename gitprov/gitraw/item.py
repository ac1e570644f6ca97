"""The items of raw trees, and the ids of raw objects: what every reader and editor shares."""

from __future__ import annotations

import hashlib
from typing import Final

FOLDER: Final = b"40000"
FILE: Final = b"100644"
TREE_LIMIT: Final = 32 * 1024 * 1024
"""The most bytes of a tree object."""


def object_id(kind: str, content: bytes) -> str:
    """Compute Git's SHA-1 name of an object."""
    head = b"%s %d\0" % (kind.encode(), len(content))
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()


def sort_key(name: bytes, mode: bytes) -> bytes:
    """Return what Git sorts an item by: a folder's name ends in a slash."""
    return name + b"/" if mode == FOLDER else name


def item_line(name: bytes, oid: str, mode: bytes = FILE) -> tuple[bytes, bytes]:
    """Return the sort key and the raw bytes of an item."""
    return sort_key(name, mode), b"%s %s\0%s" % (mode, name, bytes.fromhex(oid))
