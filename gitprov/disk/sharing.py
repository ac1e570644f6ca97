"""Permission bits of what is made below a git directory: as git's own files have them.

That is what the umask leaves, or what core.sharedRepository asks for. A file that is replaced
keeps its mode and, where this account may say so, its owner.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from gitprov.disk.durable import make_folders, mapped, shared_mode, sync_folder, write_temporary
from gitprov.disk.posix import sync_file

_NOT_OTHERS = ~0o022
_NOT_ALL = ~0o002  # an open umask is an oversight; core.sharedRepository says it if it is meant
_PLAIN = 0o666


class Sharing:
    """Makes files and folders that the right accounts can use.

    Args:
        bits: RepositoryLocation.sharing; None leaves it to the umask.
    """

    def __init__(self, bits: int | None = None) -> None:
        self._bits = bits

    def make_folders(self, path: Path) -> None:
        """Create a folder and its missing parents, durably.

        Raises:
            OSError: as the operating system says.
        """
        make_folders(path, made=self._share_folder)

    def open(
        self, path: Path | str, flags: int, *, dir_fd: int | None = None, private: bool = False
    ) -> int:
        """Open a file, made if it is missing and the flags say so; return its descriptor.

        Args:
            flags: of os.open.
            dir_fd: an open folder that the path starts from.
            private: nobody else may write to it.

        Raises:
            OSError: as the operating system says.
        """
        if flags & os.O_CREAT:
            with contextlib.suppress(FileExistsError):
                descriptor = os.open(path, flags | os.O_EXCL, _PLAIN, dir_fd=dir_fd)
                self._share_file(descriptor, private=private)
                return descriptor
        return os.open(path, flags & ~os.O_CREAT, dir_fd=dir_fd)

    def replace(
        self,
        path: Path | str,
        content: bytes,
        *,
        dir_fd: int | None = None,
        private: bool = False,
    ) -> None:
        """Put a file in place atomically: temporary file, fsync, rename, fsync of its folder.

        Args:
            path: where; a plain name with ``dir_fd``.
            dir_fd: an open folder.
            private: nobody else may write to it.

        Raises:
            StorageError: GPV-507-STORAGE; the old file, if any, is then untouched.
        """
        folder = "" if dir_fd is not None else f"{Path(path).parent}/"
        with mapped("write", path):
            temporary = self.write_temporary(folder, content, dir_fd=dir_fd, private=private)
            try:
                if dir_fd is None:
                    _keep_owner(Path(path), Path(temporary))
                os.replace(temporary, path, src_dir_fd=dir_fd, dst_dir_fd=dir_fd)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(temporary, dir_fd=dir_fd)
                raise
            if dir_fd is not None:
                sync_file(dir_fd)
            else:
                sync_folder(folder)

    def write_temporary(
        self, folder: str, content: bytes, *, dir_fd: int | None = None, private: bool = False
    ) -> str:
        """Write a durable file under a name of its own, as durable.write_temporary does.

        Raises:
            OSError: as the operating system says.
        """
        share = self._private if private else self._public
        return write_temporary(folder, content, _PLAIN, dir_fd=dir_fd, made=share)

    def folder_mode(self, mode: int, *, private: bool = False) -> int:
        """Return the mode of a folder that the umask gave ``mode``."""
        if self._bits is None:
            mode &= _NOT_ALL
        else:
            mode = shared_mode(mode, self._bits, is_folder=True)
        return mode & _NOT_OTHERS if private else mode

    def _private(self, descriptor: int) -> None:
        self._share_file(descriptor, private=True)

    def _public(self, descriptor: int) -> None:
        self._share_file(descriptor, private=False)

    def _share_file(self, descriptor: int, *, private: bool) -> None:
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        wanted = mode & _NOT_ALL if self._bits is None else shared_mode(mode, self._bits)
        if private:
            wanted &= _NOT_OTHERS
        if wanted != mode:
            os.fchmod(descriptor, wanted)

    def _share_folder(self, path: Path) -> None:
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = self.folder_mode(mode)
        if wanted != mode:
            path.chmod(wanted)

    def share_path(self, path: Path) -> None:
        """Give a file or folder that another library made the bits that it should have."""
        if self._bits is None:
            return
        with contextlib.suppress(FileNotFoundError, PermissionError):
            status = path.lstat()
            mode = stat.S_IMODE(status.st_mode)
            wanted = shared_mode(mode, self._bits, is_folder=stat.S_ISDIR(status.st_mode))
            if wanted != mode and not stat.S_ISLNK(status.st_mode):
                path.chmod(wanted)


def _keep_owner(path: Path, successor: Path) -> None:
    try:
        old = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(old.st_mode):
        return
    new = successor.stat()
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        # Only the administrator can give files away.
        with contextlib.suppress(PermissionError):
            os.chown(successor, old.st_uid, old.st_gid)
    successor.chmod(stat.S_IMODE(old.st_mode))
