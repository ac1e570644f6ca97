"""Serialises the writers of one repository, and clears away what dead ones left behind.

The kernel frees a dead owner's flock by itself. But the lock file of the ref that it was about
to move stays, and would block every later append for ever (F-02). So a holder
writes down who it is and which refs it may move, and the next holder, who by the flock alone
knows that the former one is done, removes that file once the former one is proven dead.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gitprov.disk.durable import mapped, sync_folder, write_all
from gitprov.disk.posix import (
    CLOEXEC,
    NOFOLLOW,
    free_flock,
    require_locks,
    sync_file,
    wait_for_flock,
)
from gitprov.disk.sharing import Sharing
from gitprov.errors import Code, StorageError, UsageError
from gitprov.local.lock_owner import Owner, current_owner, is_proven_dead, parse_owner

STALE_AFTER = 5.0
CONFIG = "config"
_FILE_LIMIT = 65_536
_MOST_SUSPECTS = 32
_OPEN = os.O_RDWR | os.O_CREAT | NOFOLLOW | CLOEXEC

OnRecovery = Callable[[str, Owner], None]
"""Told what was recovered (``lock`` or a ref's name) and from whom, for the audit log."""


@dataclass(slots=True)
class _Hold:
    """The lock while it is held."""

    descriptor: int
    since: float  # the file system's time of the acquisition
    started: float  # the same moment, monotonic
    suspects: list[Owner] = field(default_factory=list)


class FileLock:
    """WriterLock by flock on ``<folder>/lock``.

    Args:
        folder: ``<common git dir>/gitprov``; made if it is missing.
        refs: the refs that a holder may move; CONFIG among them stands for git's
            configuration file beside the folder.
        common: the git directory of these refs; None is the one that ``folder`` is in.
        on_recovery: told about every dead owner.
        sharing: RepositoryLocation.sharing: who else may write here.
    """

    def __init__(
        self,
        folder: Path,
        refs: Sequence[str] = (),
        *,
        common: Path | None = None,
        on_recovery: OnRecovery = lambda _what, _owner: None,
        sharing: int | None = None,
    ) -> None:
        self._path = folder / "lock"
        self._beside = folder.parent
        self._common = folder.parent if common is None else common
        self._refs = tuple(refs)
        self._on_recovery = on_recovery
        self._files = Sharing(sharing)
        self._holds: dict[int, _Hold] = {}

    @contextlib.contextmanager
    def hold(
        self, timeout: float, is_needless: Callable[[], bool] = lambda: False
    ) -> Iterator[bool]:
        """Hold the lock for the block.

        Args:
            timeout: seconds to wait.
            is_needless: asked before each try; when it says yes, the block runs at once and
                without the lock: whoever held it in the meantime has done the work.

        Returns:
            Whether the lock is held.

        Raises:
            StorageError: GPV-503-BUSY after ``timeout`` seconds, with the owner's name;
                GPV-507-STORAGE, the lock file cannot be made or written.
            UsageError: GPV-422-ARGUMENT, this thread holds it already.
            UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, no locks on this system.
        """
        thread = threading.get_ident()
        if thread in self._holds:
            raise UsageError(Code.ARGUMENT, "the writer lock is already held by this thread")
        require_locks()
        with mapped("open the lock", self._path):
            self._files.make_folders(self._path.parent)
            descriptor = self._files.open(self._path, _OPEN)
        try:
            got = wait_for_flock(descriptor, timeout, is_needless)
            if got is None:
                yield False
                return
            if not got:
                raise self._busy(timeout)
            try:
                self._holds[thread] = self._sign_in(descriptor)
                yield True
            finally:
                self._sign_out(self._holds.pop(thread, None))
                free_flock(descriptor)
        finally:
            os.close(descriptor)

    def clear_dead(self, ref: str) -> bool:
        """Remove a ref's lock file if a dead former holder of this lock left it.

        Only the holder may do so, and only if the file is older than STALE_AFTER seconds and
        was made before this hold began. To be given to PygitRefs.

        Returns:
            Whether the file is gone.
        """
        hold = self._holds.get(threading.get_ident())
        path = self._blocking(ref)
        if hold is None:
            return False
        try:
            made = path.lstat().st_mtime
        except FileNotFoundError:
            return True
        age = hold.since - made + time.monotonic() - hold.started
        here = current_owner()
        former = next((o for o in hold.suspects if ref in o.refs and is_proven_dead(o, here)), None)
        if former is None or made > hold.since or age < STALE_AFTER:
            return False
        with mapped("remove the stale lock", path):
            path.unlink(missing_ok=True)
            sync_folder(path.parent)
        self._on_recovery(ref, former)
        return True

    def _blocking(self, ref: str) -> Path:
        return (self._beside if ref == CONFIG else self._common) / f"{ref}.lock"

    def owner(self) -> Owner | None:
        """Return who holds the lock or died while holding it, None if it is free."""
        try:
            line = self._path.read_bytes()[:_FILE_LIMIT].partition(b"\n")[0]
        except OSError:
            return None
        return parse_owner(line)

    def _sign_in(self, descriptor: int) -> _Hold:
        """Write down who holds the lock now, and keep the names of the suspects."""
        with mapped("write the lock", self._path):
            first, *others = os.pread(descriptor, _FILE_LIMIT, 0).split(b"\n")
            former = parse_owner(first)
            suspects = [o for line in others if (o := parse_owner(line)) is not None]
            if former is not None:
                self._on_recovery("lock", former)
                suspects.insert(0, former)
            suspects = self._relevant(suspects)
            me = current_owner(self._refs)
            self._rewrite(descriptor, me.to_line(), suspects)
            sync_file(descriptor)
            made = os.fstat(descriptor).st_mtime
        return _Hold(descriptor, made, time.monotonic(), suspects)

    def _sign_out(self, hold: _Hold | None) -> None:
        """Take the name back; if that fails, the next holder finds a dead or idle owner."""
        if hold is not None:
            with contextlib.suppress(OSError):
                suspects = self._relevant(hold.suspects)
                self._rewrite(hold.descriptor, b"\n" if suspects else b"", suspects)

    def _rewrite(self, descriptor: int, first: bytes, suspects: list[Owner]) -> None:
        content = first + b"".join(owner.to_line() for owner in suspects)
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        write_all(descriptor, content)

    def _relevant(self, suspects: list[Owner]) -> list[Owner]:
        """Keep those whose refs are still locked."""
        locked = [
            owner
            for owner in suspects
            if any(os.path.lexists(self._blocking(ref)) for ref in owner.refs)
        ]
        return locked[:_MOST_SUSPECTS]

    def _busy(self, timeout: float) -> StorageError:
        owner = self.owner()
        remedy = "try again; what is recorded in the meantime waits in the spool"
        return StorageError(
            Code.BUSY,
            f"the ledger is being written by {owner or 'another process'} for more than"
            f" {timeout:g} s; {remedy}",
            path=str(self._path),
            owner=str(owner) if owner else None,
            remedy=remedy,
        )
