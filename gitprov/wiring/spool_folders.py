"""Finds the folder where records wait, beside the repository or in the user's state folder."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from gitprov.errors import Code, StorageError
from gitprov.local.spool import PRIVATE, FileSpool
from gitprov.local.spool_fallback import FallbackSpool
from gitprov.wiring.system import variable


@dataclass(frozen=True, slots=True)
class SpoolFolders:
    """The two folders where records of one repository may wait.

    Args:
        common_dir: the git directory that all worktrees share.
        inside: the folder in it.
        sharing: RepositoryLocation.sharing: who else may write in the git directory.
    """

    common_dir: Path
    inside: Path
    sharing: int | None = None

    @property
    def elsewhere(self) -> Path:
        """The folder that serves while the git directory cannot be written."""
        folder = variable("XDG_STATE_HOME")
        base = Path(folder) if folder else Path(variable("HOME") or "/") / ".local" / "state"
        place = hashlib.sha256(os.fsencode(self.common_dir)).hexdigest()[:16]
        return base / "gitprov" / "spool" / place

    def open(self) -> FileSpool:
        """Open the spool that can be written; what waits elsewhere moves to the git directory.

        Raises:
            StorageError: GPV-507-STORAGE, GPV-500-INTERNAL, GPV-503-BUSY.
        """
        nearest = next(p for p in (self.inside.parent, self.common_dir) if p.exists())
        outside = FileSpool(self.elsewhere, self.inside, sharing=PRIVATE)
        if not os.access(nearest, os.W_OK):
            return outside
        if self.elsewhere.is_dir():
            try:
                # Not a spool that would move there itself: what waits would be found, and dropped.
                FileSpool(self.inside, sharing=self.sharing).adopt(self.elsewhere)
            except StorageError as reason:
                if reason.code is not Code.STORAGE:
                    raise
                return outside  # the git directory cannot take them yet
        return FallbackSpool(self.inside, self.elsewhere, self.sharing)
