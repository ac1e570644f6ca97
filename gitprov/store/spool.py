"""Keeps canonical records durably until they are on the ledger.

``<root>/<fingerprint>/<name>.yaml`` holds one record, or several with a line ``---`` between
them (no canonical record has such a line). What lies here will be signed with the user's key,
so folders that others can write to are refused and symbolic links are never followed.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from gitprov.errors import Code, UsageError
from gitprov.store.durable import (
    FOLDER,
    TEMPORARY,
    make_folders,
    mapped,
    read_file,
    replace_file,
    storage_error,
    unreadable,
)
from gitprov.store.posix import sync_file

SET_ASIDE = "set-aside"
_SEPARATOR = b"---\n"
_SUFFIX = ".yaml"
_FOLDER_MODE = 0o700
_OTHERS_MAY_WRITE = 0o022
_LEFT_OVER_SECONDS = 3600
_LIMIT = 128 * 1024 * 1024
_FINGERPRINT = re.compile(r"[0-9A-F]{40}(?:[0-9A-F]{24})?")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")


class FileSpool:
    """Spool in a folder.

    Args:
        root: ``<common git dir>/gitprov/spool``, or where bootstrap falls back to.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, fingerprint: str, name: str, records: Sequence[bytes]) -> None:
        """Store one file of records (a batch is one file), durable when this returns.

        Raises:
            StorageError: GPV-507-STORAGE.
            UsageError: GPV-422-ARGUMENT, no records, or what is no canonical record.
        """
        _check_name(fingerprint, name)
        content = _join(records)
        with self._open(fingerprint) as folder:
            replace_file(name + _SUFFIX, content, dir_fd=folder)

    def names(self, fingerprint: str) -> list[str]:
        """Return the names waiting for that signer, oldest first (UUIDv7 sort by time).

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        _check_name(fingerprint, "x")
        if not (self._root / fingerprint).exists():
            return []
        with self._open(fingerprint) as folder, mapped("list", self._root):
            found = os.listdir(folder)  # noqa: PTH208 - an open folder
            _sweep(folder, found)
            names = [n.removesuffix(_SUFFIX) for n in found if n.endswith(_SUFFIX)]
        return sorted(name for name in names if _NAME.fullmatch(name))

    def get(self, fingerprint: str, name: str) -> list[bytes]:
        """Read the records of one waiting file; none if it is gone or had to be set aside.

        A file that is torn, or that is no regular file, is set aside: it must not block others.

        Raises:
            StorageError: GPV-500-INTERNAL, it cannot be read now.
        """
        _check_name(fingerprint, name)
        with self._open(fingerprint) as folder:
            try:
                content = read_file(name + _SUFFIX, _LIMIT, dir_fd=folder)
            except FileNotFoundError:
                return []
            except OSError as error:
                if _is_file(name + _SUFFIX, folder):
                    raise unreadable(error, self._path(fingerprint, name)) from error
                content = b""
            records = _split(content)
            if not records:
                self._move_aside(folder, fingerprint, name)
        return records

    def adopt(self, root: Path) -> None:
        """Take over everything that waits in another spool.

        Args:
            root: the other spool's folder; records are durable here before they go there.

        Raises:
            StorageError: GPV-507-STORAGE, GPV-500-INTERNAL.
        """
        other = FileSpool(root)
        with mapped("list", root):
            folders = [path.name for path in root.iterdir() if _FINGERPRINT.fullmatch(path.name)]
        for fingerprint in folders:
            for name in other.names(fingerprint):
                records = other.get(fingerprint, name)
                if records:
                    self.put(fingerprint, name, records)
                other.drop(fingerprint, name)

    def waits(self, fingerprint: str, name: str) -> bool:
        """Whether a file is still there; cheap, for asking again and again."""
        _check_name(fingerprint, name)
        return os.path.lexists(self._path(fingerprint, name))

    def drop(self, fingerprint: str, *names: str) -> None:
        """Forget files; it is no error if they are gone.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        for name in names:
            _check_name(fingerprint, name)
        if not names:
            return
        with self._open(fingerprint) as folder, mapped("remove", self._path(fingerprint, names[0])):
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name + _SUFFIX, dir_fd=folder)
            sync_file(folder)

    def holds(self, record_id: str) -> bool:
        """Whether a record of that id waits, for whichever signer.

        Raises:
            StorageError: GPV-507-STORAGE, GPV-500-INTERNAL.
        """
        waiting = self.waiting()
        if any(name == record_id for _, name in waiting):
            return True
        mark = f'_id: "{record_id}"'.encode()
        return any(
            b"".join(record.split(b"\n", 3)[2:3]).endswith(mark)
            for signer, name in waiting
            for record in self.get(signer, name)
        )

    def waiting(self) -> list[tuple[str, str]]:
        """Return (fingerprint, name) of every waiting file, for whichever signer.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        if not self._root.exists():
            return []
        with mapped("list", self._root):
            folders = sorted(path.name for path in self._root.iterdir())
        signers = [name for name in folders if _FINGERPRINT.fullmatch(name)]
        return [(signer, name) for signer in signers for name in self.names(signer)]

    def set_aside(self, fingerprint: str, name: str, records: Sequence[bytes], why: str) -> None:
        """Keep records that can never land where they block nobody, with the reason.

        The waiting file itself stays until it is dropped. What was set aside under that name
        before is kept.

        Raises:
            StorageError: GPV-507-STORAGE.
            UsageError: GPV-422-ARGUMENT.
        """
        _check_name(fingerprint, name)
        content = _join(records)
        with self._open(SET_ASIDE, fingerprint) as folder:
            free = _free_name(folder, name, content)
            if free is not None:
                replace_file(free + _SUFFIX, content, dir_fd=folder)
                replace_file(f"{free}.why", _reason(why), dir_fd=folder)

    def _move_aside(self, folder: int, fingerprint: str, name: str) -> None:
        path = self._path(fingerprint, name)
        with self._open(SET_ASIDE, fingerprint) as aside, mapped("set aside", path):
            free = _free_name(aside, name, None) or name
            with contextlib.suppress(FileNotFoundError):
                os.rename(name + _SUFFIX, free + _SUFFIX, src_dir_fd=folder, dst_dir_fd=aside)
            sync_file(aside)
            sync_file(folder)
            replace_file(f"{free}.why", _reason("torn, empty or no regular file"), dir_fd=aside)

    @contextlib.contextmanager
    def _open(self, *parts: str) -> Iterator[int]:
        """Open a folder below the root, making what is missing, following no link."""
        path = self._root.joinpath(*parts)
        with mapped("open the spool", path):
            make_folders(self._root.parent)
            if not self._root.exists():
                make_folders(self._root, _FOLDER_MODE)
            descriptor = os.open(self._root, FOLDER)
        try:
            _require_private(descriptor, self._root)
            for part in parts:
                with mapped("open the spool", path):
                    below = _open_below(descriptor, part)
                os.close(descriptor)
                descriptor = below
                _require_private(descriptor, path)
            yield descriptor
        finally:
            os.close(descriptor)

    def _path(self, fingerprint: str, name: str) -> Path:
        return self._root / fingerprint / (name + _SUFFIX)


def _open_below(folder: int, name: str) -> int:
    try:
        os.mkdir(name, _FOLDER_MODE, dir_fd=folder)
    except FileExistsError:
        pass
    else:
        sync_file(folder)
    return os.open(name, FOLDER, dir_fd=folder)


def _require_private(descriptor: int, path: Path) -> None:
    status = os.fstat(descriptor)
    if status.st_uid != os.geteuid() or status.st_mode & _OTHERS_MAY_WRITE:
        error = PermissionError(1, "it belongs to another account, or others may write to it")
        raise storage_error(error, "use the spool", path)


def _is_file(name: str, folder: int) -> bool:
    with contextlib.suppress(OSError):
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    return False


def _sweep(folder: int, names: Sequence[str]) -> None:
    """Remove what a killed writer left an hour before the folder last changed, or earlier."""
    for name in names:
        if name.startswith(TEMPORARY):
            with contextlib.suppress(FileNotFoundError):
                age = os.fstat(folder).st_mtime - os.stat(name, dir_fd=folder).st_mtime
                if age > _LEFT_OVER_SECONDS:
                    os.unlink(name, dir_fd=folder)


def _free_name(folder: int, name: str, content: bytes | None) -> str | None:
    """Return a name that is not taken in a folder; None if the same content is there."""
    free, number = name, 1
    while True:
        try:
            if read_file(free + _SUFFIX, _LIMIT, dir_fd=folder) == content:
                return None
        except FileNotFoundError:
            return free
        except OSError:
            pass  # taken by something that is no file
        number += 1
        free = f"{name}-{number}"


def _reason(why: str) -> bytes:
    return why.encode("utf-8", "replace") + b"\n"


def _join(records: Sequence[bytes]) -> bytes:
    if not records or not all(_is_record(record) for record in records):
        raise UsageError(Code.ARGUMENT, "only canonical records can be spooled")
    return _SEPARATOR.join(records)


def _is_record(record: bytes) -> bool:
    is_text = record.endswith(b"\n") and not record.startswith((b"\n", _SEPARATOR))
    return is_text and b"\n" + _SEPARATOR not in record


def _split(content: bytes) -> list[bytes]:
    """Take a file apart; nothing if any record of it is torn."""
    records = (b"\n" + content).split(b"\n" + _SEPARATOR)
    records = [records[0][1:], *records[1:]]
    whole = [record + b"\n" for record in records[:-1]] + records[-1:]
    return whole if all(_is_record(record) for record in whole) else []


def _check_name(fingerprint: str, name: str) -> None:
    if not _FINGERPRINT.fullmatch(fingerprint) or not _NAME.fullmatch(name):
        raise UsageError(
            Code.ARGUMENT,
            f"{fingerprint[:80]!r}, {name[:120]!r} is no place in the spool",
        )
