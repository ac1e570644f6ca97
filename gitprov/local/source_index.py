"""Remembers which run a source triple was recorded as, one small file each (2.4)."""

from __future__ import annotations

import hashlib
from pathlib import Path

from gitprov.disk.durable import mapped
from gitprov.disk.sharing import Sharing

_ID_LENGTH = 36


class FileSourceIndex:
    """SourceIndex in a folder; losing it costs a warning of verify, never a record.

    Args:
        folder: ``<common git dir>/gitprov/sources``.
        sharing: RepositoryLocation.sharing: who else may write here.
    """

    def __init__(self, folder: Path, sharing: int | None = None) -> None:
        self._folder = folder
        self._files = Sharing(sharing)

    def find(self, system: str, session_id: str, turn_id: str | None) -> str | None:
        """Return the run id, None if the triple is not known."""
        try:
            text = self._path(system, session_id, turn_id).read_text("ascii").strip()
        except (OSError, ValueError):
            return None
        return text if len(text) == _ID_LENGTH else None

    def add(self, system: str, session_id: str, turn_id: str | None, run_id: str) -> None:
        """Remember a triple, durably.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        path = self._path(system, session_id, turn_id)
        with mapped("remember a source in", path):
            self._files.make_folders(path.parent)
        self._files.replace(path, f"{run_id}\n".encode("ascii"))

    def _path(self, system: str, session_id: str, turn_id: str | None) -> Path:
        triple = "\n".join((system, session_id, turn_id or ""))
        name = hashlib.sha256(triple.encode("utf-8")).hexdigest()
        return self._folder / name[:2] / name[2:]
