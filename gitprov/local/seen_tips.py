"""The last tip seen of each remote, a small file each, beside the tracking refs (2.1).

A ref can be deleted or moved back by any tool; this is the second memory of the same thing.
"""

from __future__ import annotations

import re
from pathlib import Path

from gitprov.disk.durable import mapped, read_file, unreadable
from gitprov.disk.sharing import Sharing
from gitprov.errors import Code, StorageError

_SEEN = re.compile(r"([0-9a-f]{40}) (0|[1-9][0-9]{0,15})\n?")
_LIMIT = 200


class FileSeenTips:
    """The folder ``<common git dir>/gitprov/seen``.

    Args:
        folder: where it is; made when it is first needed.
        sharing: RepositoryLocation.sharing: who else may write here.
    """

    def __init__(self, folder: Path, sharing: int | None = None) -> None:
        self._folder = folder
        self._files = Sharing(sharing)

    def get(self, remote: str) -> tuple[str, int] | None:
        """Return (object id, height) of the last tip seen; None if none is known.

        Raises:
            StorageError: GPV-500-INTERNAL, the file cannot be read; GPV-500-STORE-CORRUPT.
        """
        path = self._path(remote)
        text = self._read(path)
        found = _parse(text)
        if text is not None and found is None:
            remedy = "compare with another clone, then remove that file"
            raise StorageError(
                Code.STORE_CORRUPT, f"{str(path)!r} names no tip; {remedy}", remedy=remedy
            )
        return found

    def put(self, remote: str, tip: str, height: int) -> None:
        """Remember a tip, durable when this returns.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        with mapped("make", self._folder):
            self._files.make_folders(self._folder)
        self._files.replace(self._path(remote), f"{tip} {height}\n".encode())

    def all(self) -> dict[str, tuple[str, int]]:
        """Return every remote's last tip; a file that holds something else says nothing.

        Raises:
            StorageError: GPV-500-INTERNAL.
        """
        try:
            names = sorted(path.name for path in self._folder.iterdir())
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise unreadable(error, self._folder) from error
        found = {_remote(name): _parse(self._read(self._folder / name)) for name in names}
        return {remote: seen for remote, seen in found.items() if seen is not None}

    def _path(self, remote: str) -> Path:
        # A name with a slash is one file as well, so that `a` and `a/b` can both be remotes.
        return self._folder / remote.replace("%", "%25").replace("/", "%2F")

    def _read(self, path: Path) -> str | None:
        try:
            return read_file(path, _LIMIT).decode("ascii", "replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreadable(error, path) from error


def _parse(text: str | None) -> tuple[str, int] | None:
    match = _SEEN.fullmatch(text or "")
    return None if match is None else (match[1], int(match[2]))


def _remote(name: str) -> str:
    return name.replace("%2F", "/").replace("%25", "%")
