"""The hooks of a server."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from gitprov.model.server_hook import HookFile


class HookFiles(Protocol):
    """Looks at the hooks of a server's repository, never through a symbolic link."""

    def read(self, path: Path) -> HookFile | None:
        """Return a hook, None if there is none.

        Raises:
            UsageError: GPV-422-ARGUMENT, it is not a regular file.
            StorageError: GPV-500-INTERNAL, it cannot be read.
        """
        ...

    def names(self, folder: Path) -> list[str] | None:
        """Return the names in a folder, None if there is no such folder.

        Raises:
            UsageError: GPV-422-ARGUMENT, it is a symbolic link or no folder.
        """
        ...
