"""Where the spool keeps what can never land: a file of records, and beside it the reason."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from gitprov.disk.durable import mapped, read_file
from gitprov.disk.posix import sync_file
from gitprov.disk.sharing import Sharing
from gitprov.local.spool_folder import open_folder
from gitprov.local.spool_text import SUFFIX, join_records, split_records

SET_ASIDE = "set-aside"
READ_LIMIT = 128 * 1024 * 1024
_WHY = ".why"


class AsideFolder:
    """``<root>/set-aside``; nothing in it is replaced or removed by gitprov.

    Args:
        root: the spool's folder.
        sharing: who else may use it.
    """

    def __init__(self, root: Path, sharing: Sharing | None = None) -> None:
        self._root = root
        self._sharing = sharing or Sharing()

    def keep(self, fingerprint: str, name: str, records: Sequence[bytes], why: str) -> bool:
        """Keep a copy of records with the reason, once.

        The reason is written first: after a crash in between the records still wait, and the
        next call completes the pair.

        Returns:
            Whether this call kept them; False if they were here already.

        Raises:
            StorageError: GPV-507-STORAGE.
            UsageError: GPV-422-ARGUMENT.
        """
        content = join_records(records)
        with open_folder(self._root, SET_ASIDE, fingerprint, sharing=self._sharing) as folder:
            free = _free_name(folder, name, content)
            if free is None:
                return False
            self._put(folder, free + _WHY, _reason(why))
            self._put(folder, free + SUFFIX, content)
            return True

    def take(self, folder: int, fingerprint: str, name: str, why: str) -> None:
        """Move a file here as it is.

        Args:
            folder: the open folder that it is in.
            fingerprint: the key that it waits for.
            name: its name without the suffix.
            why: the reason.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        path = self._root / fingerprint / (name + SUFFIX)
        with (
            open_folder(self._root, SET_ASIDE, fingerprint, sharing=self._sharing) as aside,
            mapped("set aside", path),
        ):
            free = _free_name(aside, name, None) or name
            self._put(aside, free + _WHY, _reason(why))
            with contextlib.suppress(FileNotFoundError):
                os.rename(name + SUFFIX, free + SUFFIX, src_dir_fd=folder, dst_dir_fd=aside)
            sync_file(aside)
            sync_file(folder)

    def _put(self, folder: int, name: str, content: bytes) -> None:
        self._sharing.replace(name, content, dir_fd=folder, private=True)

    def reason(self, fingerprint: str, record: bytes) -> str | None:
        """Return why a record is here, None if it is not.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        folder = self._root / SET_ASIDE / fingerprint
        with mapped("read", folder):
            for path in sorted(folder.glob("*" + SUFFIX)):
                if path.is_file() and record in split_records(read_file(path, READ_LIMIT)):
                    return path.with_suffix(_WHY).read_text("utf-8", "replace").strip()
        return None


def _free_name(folder: int, name: str, content: bytes | None) -> str | None:
    """Return a name that is not taken in a folder; None if the same content is there."""
    free, number = name, 1
    while True:
        try:
            if read_file(free + SUFFIX, READ_LIMIT, dir_fd=folder) == content:
                return None
        except FileNotFoundError:
            return free
        except OSError:
            pass  # taken by something that is not a file
        number += 1
        free = f"{name}-{number}"


def _reason(why: str) -> bytes:
    return why.encode("utf-8", "replace") + b"\n"
