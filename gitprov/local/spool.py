"""Keeps canonical records durably until they are on the ledger.

``<root>/<fingerprint>/<name>.yaml`` holds one record, or several with a line ``---`` between
them (no canonical record has such a line). No file is ever replaced: what waits was
acknowledged. Whether an id is free is asked, and the answer used, under the lock file
``<root>/lock``, which the kernel frees when its holder dies; so no claim outlives a writer.
Spooled records will be signed with the user's key, so folders that others can write to are
refused and symbolic links are never followed.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from gitprov.disk import posix
from gitprov.disk.durable import mapped, read_file, unreadable
from gitprov.disk.posix import free_flock, sync_file, wait_for_flock
from gitprov.disk.sharing import Sharing
from gitprov.errors import Code, RefusedError, StorageError, UsageError
from gitprov.local.spool_aside import READ_LIMIT, AsideFolder
from gitprov.local.spool_folder import (
    is_file,
    is_own_folder,
    names_in,
    open_folder,
    read_folder,
    sweep,
)
from gitprov.local.spool_text import (
    SUFFIX,
    join_records,
    named_records,
    own_key,
    split_records,
)
from gitprov.model.spooled import DRAFTS, SpooledRecord, SpoolFile

_LOCK = "lock"
PRIVATE = -0o600
"""The sharing of a spool outside the git directory: nobody else's business."""
_LOCK_FLAGS = os.O_RDWR | os.O_CREAT | posix.NOFOLLOW | posix.CLOEXEC
_PATIENCE = 30.0
_SIGNER = re.compile(rf"[0-9A-F]{{40}}(?:[0-9A-F]{{24}})?|{DRAFTS}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")


class FileSpool:
    """Spool in a folder.

    Args:
        root: ``<common git dir>/gitprov/spool``, or where wiring falls back to.
        beside: the other of these two places, whose ids are taken here too.
        sharing: RepositoryLocation.sharing: which accounts may read here, and have a folder of
            their own beside this one's.
    """

    def __init__(self, root: Path, beside: Path | None = None, sharing: int | None = None) -> None:
        self._root = root
        self._beside = beside
        self._sharing = Sharing(sharing)
        self._aside = AsideFolder(root, self._sharing)

    def put(self, fingerprint: str, name: str, records: Sequence[bytes]) -> None:
        """Store one file of records (a batch is one file), durable when this returns.

        Raises:
            RefusedError: GPV-409-DUPLICATE, the name is taken by other content.
            StorageError, UsageError: as claim.
        """
        if self.claim([SpoolFile(fingerprint, name, tuple(records))], lambda: True):
            return
        if self.get(fingerprint, name) != list(records):
            text = f"{name} waits in the spool with other content; what waits is never replaced"
            raise RefusedError(Code.DUPLICATE, text)
        with (
            self._open(fingerprint) as folder,
            mapped("write", self._path(fingerprint, name)),
        ):
            sync_file(folder)

    def claim(self, files: Sequence[SpoolFile], is_free: Callable[[], bool]) -> bool:
        """Store files whose ids are free, all or none, durable when this returns.

        Args:
            files: what to store.
            is_free: asked when no other claim can come between; it may call `find`.

        Returns:
            Whether they were stored; False if it said no, or if a name is taken.

        Raises:
            StorageError: GPV-507-STORAGE; GPV-503-BUSY, another process does not let go.
            UsageError: GPV-422-ARGUMENT, no records, or what is not a canonical record.
        """
        for file in files:
            _check_name(file.fingerprint, file.name)
        staged: dict[str, tuple[int, str]] = {}  # temporary name -> folder, real name
        with contextlib.ExitStack() as stack:
            folders = {
                key: stack.enter_context(self._open(key))
                for key in dict.fromkeys(file.fingerprint for file in files)
            }
            # Before the folders are closed.
            stack.callback(lambda: _unlink_all((folder, t) for t, (folder, _) in staged.items()))
            for file in files:
                folder = folders[file.fingerprint]
                content = join_records(file.records)
                with mapped("write", self._path(file.fingerprint, file.name)):
                    temporary = self._sharing.write_temporary(
                        "", content, dir_fd=folder, private=True
                    )
                staged[temporary] = (folder, file.name + SUFFIX)
            with self._locked():
                if not is_free() or not all(self._is_vacant(file) for file in files):
                    return False
                with mapped("write", self._root):
                    _rename_all(staged)
            with mapped("write", self._root):
                for folder in folders.values():
                    sync_file(folder)
        return True

    def find(self, keys: Collection[tuple[str, str]]) -> list[SpooledRecord]:
        """Return what waits under one of these (kind, id), durable when this returns.

        Raises:
            StorageError: GPV-507-STORAGE; GPV-500-INTERNAL, the file of such an id cannot be read.
        """
        found = self._find(keys)
        if self._beside is not None:
            with contextlib.suppress(StorageError):  # this user may not read that place
                found += FileSpool(self._beside).find(keys)
        return found

    def names(self, fingerprint: str) -> list[str]:
        """Return the names waiting for that signer, oldest first (UUIDv7 sort by time).

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        _check_name(fingerprint, "x")
        if not is_own_folder(self._root / fingerprint):
            return []
        with self._open(fingerprint) as folder, mapped("list", self._root):
            found = os.listdir(folder)  # noqa: PTH208 - an open folder
            sweep(folder, found)
            names = [n.removesuffix(SUFFIX) for n in found if n.endswith(SUFFIX)]
        return sorted(name for name in names if _NAME.fullmatch(name))

    def get(self, fingerprint: str, name: str) -> list[bytes]:
        """Read the records of one waiting file; none if it is gone or had to be set aside.

        A file that is torn, or that is not a regular file, is set aside: it must not block others.

        Raises:
            StorageError: GPV-500-INTERNAL, it cannot be read now.
        """
        _check_name(fingerprint, name)
        with self._open(fingerprint) as folder:
            try:
                content = read_file(name + SUFFIX, READ_LIMIT, dir_fd=folder)
            except FileNotFoundError:
                return []
            except OSError as error:
                if is_file(name + SUFFIX, folder):
                    raise unreadable(error, self._path(fingerprint, name)) from error
                content = b""
            records = split_records(content)
            if not records:
                self._aside.take(folder, fingerprint, name, "torn, empty or no regular file")
        return records

    def adopt(self, root: Path) -> None:
        """Take over everything that waits in another spool.

        A record whose id waits here with other content is set aside.

        Args:
            root: the other spool's folder; records are durable here before they go there.

        Raises:
            StorageError: GPV-507-STORAGE, GPV-500-INTERNAL, GPV-503-BUSY.
        """
        if root == self._root:
            return
        other = FileSpool(root)
        for fingerprint, name in other.waiting():
            records = other.get(fingerprint, name)
            while records and not self._take_over(fingerprint, name, records):
                pass
            other.drop(fingerprint, name)

    def _take_over(self, fingerprint: str, name: str, records: Sequence[bytes]) -> bool:
        """Store what does not wait here yet; False if that changed in the meantime."""
        keys = {key for key in map(own_key, records) if key is not None}
        found = self._find(keys)
        here = {
            record: [r for r in found if (r.kind, r.record_id) == own_key(record)]
            for record in records
        }
        clash = [
            record for record, twins in here.items() if any(r.content != record for r in twins)
        ]
        if clash:
            text = f"{Code.DUPLICATE}: its id waits with other content as well"
            self.set_aside(fingerprint, name, clash, text)
        kept = {r.content for r in found if r.fingerprint == fingerprint}
        fresh = tuple(record for record in here if record not in kept and record not in clash)
        if not fresh:
            return True
        number, free = 1, name
        while self.waits(fingerprint, free):
            number += 1
            free = f"{name}-{number}"
        file = SpoolFile(fingerprint, free, fresh)
        return self.claim([file], lambda: self._find(keys) == found)

    def waits(self, fingerprint: str, name: str) -> bool:
        """Whether a file is still there; cheap, for asking again and again."""
        _check_name(fingerprint, name)
        return os.path.lexists(self._path(fingerprint, name))

    def drop(self, fingerprint: str, *names: str) -> None:
        """Forget files; it is not an error if they are gone.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        for name in names:
            _check_name(fingerprint, name)
        if not names:
            return
        with (
            self._open(fingerprint) as folder,
            mapped("remove", self._path(fingerprint, names[0])),
        ):
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name + SUFFIX, dir_fd=folder)
            sync_file(folder)

    def record_ids(self) -> frozenset[str]:
        """Return the ids of all records that wait, for any signer; reads every file.

        Raises:
            StorageError: GPV-507-STORAGE, GPV-500-INTERNAL.
        """
        contents = (self.get(signer, name) for signer, name in self.waiting())
        keys = (own_key(record) for records in contents for record in records)
        return frozenset(key[1] for key in keys if key is not None)

    def waiting(self) -> list[tuple[str, str]]:
        """Return (fingerprint, name) of every waiting file of this account, for any signer.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        if not self._root.exists():
            return []
        with mapped("list", self._root):
            folders = sorted(path.name for path in self._root.iterdir())
        signers = [
            name for name in folders if _SIGNER.fullmatch(name) and is_own_folder(self._root / name)
        ]
        return [(signer, name) for signer in signers for name in self.names(signer)]

    def set_aside(self, fingerprint: str, name: str, records: Sequence[bytes], why: str) -> bool:
        """Keep records that can never land apart from the others, with the reason.

        The waiting file itself stays until it is dropped. An older file that was set aside
        under that name is kept.

        Returns:
            Whether this call did it; False if they were set aside before.

        Raises:
            StorageError: GPV-507-STORAGE.
            UsageError: GPV-422-ARGUMENT.
        """
        _check_name(fingerprint, name)
        return self._aside.keep(fingerprint, name, records, why)

    def refusal(self, fingerprint: str, record: bytes) -> str | None:
        """Return why a record was set aside, None if it was not.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        return self._aside.reason(fingerprint, record)

    def _open(self, *parts: str) -> AbstractContextManager[int]:
        return open_folder(self._root, *parts, sharing=self._sharing)

    def _find(self, keys: Collection[tuple[str, str]]) -> list[SpooledRecord]:
        found: list[SpooledRecord] = []
        with mapped("list", self._root), read_folder(self._root) as root:
            signers = [] if root is None else filter(_SIGNER.fullmatch, names_in(self._root))
            for signer in sorted(signers):
                names = [n for n in names_in(self._root / signer) if n.endswith(SUFFIX)]
                if names:
                    with read_folder(self._root / signer) as folder:
                        if folder is not None:
                            found += self._find_in(folder, signer, sorted(names), keys)
        return found

    def _find_in(
        self, folder: int, signer: str, names: Sequence[str], keys: Collection[tuple[str, str]]
    ) -> list[SpooledRecord]:
        ids = {record_id for _, record_id in keys}
        found: list[SpooledRecord] = []
        for name in names:
            stem = name.removesuffix(SUFFIX)
            try:
                content = read_file(name, READ_LIMIT, dir_fd=folder)
            except FileNotFoundError:
                continue
            except OSError as error:
                # An unreadable file of another record must not block every record.
                if stem in ids and is_file(name, folder):
                    raise unreadable(error, self._path(signer, stem)) from error
                continue
            there = named_records(signer, stem, content) if _NAME.fullmatch(stem) else ()
            found += [one for one in there if (one.kind, one.record_id) in keys]
        if found:
            sync_file(folder)
        return found

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Let no other claim come between; never held while a program or a person is asked."""
        with self._open() as root:
            with mapped("open the lock", self._root / _LOCK):
                descriptor = self._sharing.open(_LOCK, _LOCK_FLAGS, dir_fd=root)
            try:
                with mapped("lock", self._root / _LOCK):
                    is_ours = wait_for_flock(descriptor, _PATIENCE)
                if not is_ours:
                    remedy = "try again; if it persists, see which process holds the file"
                    text = f"{str(self._root / _LOCK)!r} is locked for more than {_PATIENCE:g} s"
                    raise StorageError(Code.BUSY, f"{text}; {remedy}", remedy=remedy)
                yield
                free_flock(descriptor)
            finally:
                os.close(descriptor)

    def _is_vacant(self, file: SpoolFile) -> bool:
        """Whether nothing has that name; what is not a whole file makes way."""
        if self.waits(file.fingerprint, file.name):
            self.get(file.fingerprint, file.name)
        return not self.waits(file.fingerprint, file.name)

    def _path(self, fingerprint: str, name: str) -> Path:
        return self._root / fingerprint / (name + SUFFIX)


def _unlink_all(places: Iterable[tuple[int, str]]) -> None:
    for folder, name in places:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=folder)


def _rename_all(staged: dict[str, tuple[int, str]]) -> None:
    """Give all files their names, or none."""
    done: list[tuple[int, str]] = []  # two folders may hold the same name
    try:
        for temporary, (folder, name) in list(staged.items()):
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            done.append((folder, name))
            del staged[temporary]
    except BaseException:
        _unlink_all(done)
        raise


def _check_name(fingerprint: str, name: str) -> None:
    if not _SIGNER.fullmatch(fingerprint) or not _NAME.fullmatch(name):
        raise UsageError(
            Code.ARGUMENT,
            f"{fingerprint[:80]!r}, {name[:120]!r} is not a place in the spool",
        )
