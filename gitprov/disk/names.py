"""File names in Unicode: records hold NFC, disks and trees hold what somebody once typed."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path


def spellings(root: Path | None, path: str) -> tuple[str, ...]:
    """Return the forms in which a tree may hold a path, the likeliest first; mostly just one.

    Args:
        root: the work tree, whose spelling goes first; None if there is none.
        path: in NFC, as records have it.
    """
    if path.isascii():
        return (path,)
    found = [] if root is None else [path_on_disk(root, path)]
    found += [unicodedata.normalize("NFC", path), unicodedata.normalize("NFD", path)]
    return tuple(dict.fromkeys(found))


def path_on_disk(root: Path, path: str) -> str:
    """Return a relative path as the disk spells it; the path itself if nothing is there."""
    if path.isascii() or os.path.lexists(root / path):
        return path
    actual = ""
    for part in path.split("/"):
        name = _name_on_disk(root / actual, part)
        if name is None:
            return path
        actual = f"{actual}/{name}" if actual else name
    return actual


def _name_on_disk(folder: Path, name: str) -> str | None:
    if os.path.lexists(folder / name):
        return name
    wanted = unicodedata.normalize("NFC", name)
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names, not paths
    except OSError:
        return None
    same = (each for each in sorted(names) if unicodedata.normalize("NFC", each) == wanted)
    return next(same, None)
