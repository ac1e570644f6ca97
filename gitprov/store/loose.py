"""Writes single objects durably, healing damaged ones.

libgit2 and git keep a file of the right name, even when a crash left it empty (F-10), and do
not sync the parent of a new folder. Here the file is always written anew and renamed over
whatever is there, unless this very writer has already made it durable.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import zlib
from collections.abc import Sequence
from pathlib import Path

from gitprov.store.durable import create_temporary, mapped, sync_file, sync_folder, write_all

_REMEMBERED = 65_536


class LooseWriter:
    """Writes loose objects into one object folder.

    Args:
        objects: the repository's ``objects`` folder.
        sharing: permission bits that core.sharedRepository adds; None leaves it to the umask.
    """

    def __init__(self, objects: Path, sharing: int | None = None) -> None:
        self._objects = str(objects)
        self._sharing = sharing
        self._durable: set[str] = set()

    def write(self, objects: Sequence[tuple[str, bytes]]) -> list[str]:
        """Store (type, bytes) pairs, durable when this returns; return their oids in order.

        Raises:
            StorageError: GPV-507-STORAGE; what was already written is harmless.
        """
        oids: list[str] = []
        folders: dict[str, bool] = {}
        with mapped("write objects below", self._objects):
            for kind, content in objects:
                whole = b"%s %d\0%s" % (kind.encode(), len(content), content)
                oid = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
                oids.append(oid)
                if not self._is_durable(oid):
                    folder = f"{self._objects}/{oid[:2]}"
                    is_new = self._place(folder, oid, zlib.compress(whole, 1))
                    folders[folder] = folders.get(folder, False) or is_new
            for folder in folders:
                sync_folder(folder)
            if any(folders.values()):
                sync_folder(self._objects)
        if len(self._durable) > _REMEMBERED:
            self._durable.clear()
        self._durable.update(oids)
        return oids

    def _is_durable(self, oid: str) -> bool:
        return oid in self._durable and os.path.exists(f"{self._objects}/{oid[:2]}/{oid[2:]}")

    def _place(self, folder: str, oid: str, packed: bytes) -> bool:
        """Write one object file; return whether its folder had to be made."""
        is_new = False
        while True:
            try:
                descriptor, temporary = create_temporary(folder, "tmp_obj_", 0o444)
                break
            except FileNotFoundError:  # new, or git gc has just removed the empty folder
                with contextlib.suppress(FileExistsError):
                    os.mkdir(folder)
                    self._share(folder, is_folder=True)
                    is_new = True
        try:
            try:
                write_all(descriptor, packed)
                self._share(temporary, is_folder=False)
                sync_file(descriptor)
            finally:
                os.close(descriptor)
            os.replace(temporary, f"{folder}/{oid[2:]}")
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        return is_new

    def _share(self, path: str, *, is_folder: bool) -> None:
        if self._sharing is not None:
            os.chmod(path, shared_mode(os.stat(path).st_mode, self._sharing, is_folder=is_folder))


def shared_mode(mode: int, sharing: int, *, is_folder: bool) -> int:
    """Return the permission bits that core.sharedRepository asks for.

    ``sharing`` is added to the mode if positive; if negative, its absolute value replaces it.
    """
    tweak = abs(sharing)
    if not mode & 0o200:
        tweak &= ~0o222
    if mode & 0o100:
        tweak |= (tweak & 0o444) >> 2
    result = (mode & ~0o777 | tweak) if sharing < 0 else mode | tweak
    if is_folder:
        result |= (result & 0o444) >> 2 | 0o2000
    return result & 0o7777


def sharing_bits(value: str | None) -> int | None:
    """Read core.sharedRepository; None where the umask decides."""
    if value is None:
        return None
    word = value.lower()
    if word in {"group", "true", "yes", "on", "1"}:
        return 0o660
    if word in {"all", "world", "everybody", "2"}:
        return 0o664
    if len(word) >= 3 and set(word) <= set("01234567"):  # noqa: PLR2004 - an octal mode
        return -(int(word, 8) & 0o666) or None
    return None
