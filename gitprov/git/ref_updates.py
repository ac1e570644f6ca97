"""Moves refs by compare-and-swap under Git's own lock.

libgit2 neither waits for a lock nor tells a lost race from a failure, and its way of creating
a ref is not atomic (4.2). So: lock (a transaction), read again under the lock, compare, move;
whatever goes wrong is told apart by reading the ref once more.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pygit2

from gitprov.disk.durable import mapped
from gitprov.disk.sharing import Sharing
from gitprov.errors import Code, RefMovedError, RefusedError, StorageError
from gitprov.git.ref_files import check_ref_name, list_refs, read_ref

_REFLOG_MESSAGE = "gitprov: append"
_FIRST_PAUSE = 0.001
_LONGEST_PAUSE = 0.05
_DOUBLINGS = 6


class PygitRefs:
    """RefStore on a repository with the files backend.

    Args:
        repository: from open_ledger_repository.
        common_dir: the directory that all worktrees share.
        patience: seconds to wait for a ref's lock that another process holds.
        clear_dead: called with a ref whose lock is in the way; true if it removed a dead
            one's (FileLock.clear_dead).
        sharing: RepositoryLocation.sharing: who else may move the refs.
    """

    def __init__(
        self,
        repository: pygit2.Repository,
        common_dir: Path,
        *,
        patience: float = 10.0,
        clear_dead: Callable[[str], bool] = lambda _name: False,
        sharing: int | None = None,
    ) -> None:
        self._repository = repository
        self._common = common_dir
        self._patience = patience
        self._clear_dead = clear_dead
        self._files = Sharing(sharing)

    def get(self, name: str) -> str | None:
        """Return the oid of a direct ref, None if it is absent.

        Raises:
            RefusedError: GPV-403-REF-FORBIDDEN, the ref is symbolic (V-16).
            UsageError: GPV-422-ARGUMENT, no such name can exist.
            StorageError: GPV-500-STORE-CORRUPT (it holds no oid), GPV-500-INTERNAL.
        """
        value = read_ref(self._common, check_ref_name(name))
        if value is not None and value.startswith("ref:"):
            raise RefusedError(
                Code.REF_FORBIDDEN,
                f"{name} is a symbolic ref; remove it: git symbolic-ref --delete {name}",
                ref=name,
                target=value.removeprefix("ref:").strip(),
            )
        return value

    def names(self, prefix: str) -> list[str]:
        """Return the names of all refs below a prefix such as ``refs/replace/``, sorted.

        Raises:
            StorageError: GPV-500-INTERNAL.
        """
        return list_refs(self._common, prefix)

    def swap(self, name: str, new: str, expected: str | None) -> None:
        """Move a ref from ``expected`` (None: it must not exist) to ``new``, durably.

        Raises:
            RefMovedError: GPV-409-STALE, another process moved it first.
            StorageError: GPV-503-BUSY (locked by another process beyond the time limit);
                GPV-507-STORAGE (the disk; ``details["moved"]`` is true if the ref has the
                new value anyway, though perhaps not durably: read again).
            RefusedError: GPV-403-REF-FORBIDDEN, symbolic, or a name above or below exists.
        """
        check_ref_name(name)
        self._require_object(new)
        if expected is None:
            self._require_free(name)
        end = time.monotonic() + self._patience
        attempt = 0
        while not self._try_swap(name, new, expected):
            pause = _pause(attempt)
            if time.monotonic() + pause > end:
                raise self._busy(name)
            if not self._clear_dead(name):
                time.sleep(pause)
            attempt += 1

    def _try_swap(self, name: str, new: str, expected: str | None) -> bool:
        """Swap once; false if the ref's lock is held by another process."""
        with mapped("create the folder of", name):
            self._files.make_folders((self._common / name).parent)
        try:
            with self._repository.transaction() as transaction:
                transaction.lock_ref(name)
                self._files.share_path(self._common / f"{name}.lock")
                found = self.get(name)
                if found != expected:
                    raise _moved(name, expected, found)
                transaction.set_target(name, new, message=_REFLOG_MESSAGE)
        except (pygit2.GitError, OSError, ValueError) as error:
            return self._explain(name, new, expected, error)
        self._share_log(name)
        return True

    def _share_log(self, name: str) -> None:
        """libgit2 makes the log of a ref as the umask says."""
        log = self._common / "logs" / name
        for path in (log, *log.parents):
            if path == self._common:
                return
            self._files.share_path(path)

    def _explain(self, name: str, new: str, expected: str | None, error: Exception) -> bool:
        """Raise what the failure means; return false if it only means "locked, wait"."""
        is_locked = os.path.lexists(self._common / f"{name}.lock")
        found = self.get(name)
        if found not in (expected, new):
            raise _moved(name, expected, found) from error
        if found == expected and (is_locked or _says_wait(error)):
            return False
        remedy = "check the disk and try again"
        raise StorageError(
            Code.STORAGE,
            f"cannot move {name}: {error}; {remedy}",
            ref=name,
            moved=found == new,
            remedy=remedy,
        ) from error

    def _require_object(self, oid: str) -> None:
        """Refuse to name what is not there; libgit2 itself would not look."""
        try:
            is_there = oid in self._repository.odb
        except (pygit2.GitError, TypeError, ValueError):
            is_there = False
        if not is_there:
            raise StorageError(
                Code.STORAGE, f"{oid!r} is not in the store, so no ref may name it", oid=oid
            )

    def _require_free(self, name: str) -> None:
        """Refuse a name that is below an existing ref, or above one."""
        parts = name.split("/")
        above = ("/".join(parts[:n]) for n in range(2, len(parts)))
        other = next((ref for ref in above if read_ref(self._common, ref) is not None), None)
        if other is None:
            other = next(iter(self.names(f"{name}/")), None)
        if other is not None:
            raise RefusedError(
                Code.REF_FORBIDDEN,
                f"{name} cannot exist beside {other}; delete that ref: git update-ref -d {other}",
                ref=name,
                other=other,
            )

    def _busy(self, name: str) -> StorageError:
        lock = self._common / f"{name}.lock"
        remedy = "try again; if no git process is at work, remove that file"
        return StorageError(
            Code.BUSY,
            f"{name} is locked by {str(lock)!r} for more than {self._patience:g} s; {remedy}",
            ref=name,
            path=str(lock),
            remedy=remedy,
        )


def _says_wait(error: Exception) -> bool:
    """Whether libgit2 met a lock that is gone by now, or a folder that git has just removed.

    Only the wait depends on its message, never the decision about the ref.
    """
    words = str(error)
    is_passing = "File exists" in words or "No such file" in words
    return "failed to lock file" in words or ("locked file" in words and is_passing)


def _pause(attempt: int) -> float:
    """Return seconds to wait: growing, and spread differently for every attempt and process."""
    spread = time.monotonic_ns() // 1000 % 1000 / 1000
    longest: float = _FIRST_PAUSE * 2 ** min(attempt, _DOUBLINGS)
    return min(longest, _LONGEST_PAUSE) * (0.5 + spread)


def _moved(name: str, expected: str | None, found: str | None) -> RefMovedError:
    remedy = "read it again and retry"
    return RefMovedError(
        Code.STALE,
        f"{name} was moved by another process, from {expected or 'absent'} to"
        f" {found or 'absent'}; {remedy}",
        ref=name,
        expected=expected,
        found=found,
        remedy=remedy,
    )
