"""Reads refs raw and moves them by compare-and-swap under Git's own lock.

libgit2 neither waits for a lock nor tells a lost race from a failure, and creating a ref with
it is not atomic (4.2). So: take the lock (a transaction), read again under it, compare, move;
whatever goes wrong is told apart by reading the ref once more.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pygit2

from gitprov.errors import Code, RefMovedError, RefusedError, StorageError, UsageError
from gitprov.store.durable import make_folders, mapped, read_file, sync_folder

NULL_OID = "0" * 40
_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|\Z)|\.\Z|/\Z")
_REF_LIMIT = 4096
_PACKED_LIMIT = 1024 * 1024 * 1024

LockRecovery = Callable[[str], bool]


class PygitRefs:
    """RefStore on a repository with the files backend.

    Args:
        repository: from open_ledger_repository.
        common_dir: the folder that all worktrees share.
        patience: seconds to wait for a ref's lock that somebody else holds.
        recover: called with a ref whose lock is in the way; true if it removed a dead one.
    """

    def __init__(
        self,
        repository: pygit2.Repository,
        common_dir: Path,
        *,
        patience: float = 10.0,
        recover: LockRecovery | None = None,
    ) -> None:
        self._repository = repository
        self._common = common_dir
        self._patience = patience
        self._recover = recover or (lambda _name: False)

    def get(self, name: str) -> str | None:
        """Return the oid of a direct ref, None if it is absent.

        Raises:
            RefusedError: GPV-403-REF-FORBIDDEN, the ref is symbolic (V-16).
            UsageError: GPV-422-ARGUMENT, no such name can exist.
            StorageError: GPV-500-STORE-CORRUPT (no oid in it), GPV-500-INTERNAL.
        """
        value = read_ref(self._common, check_ref_name(name))
        if value is not None and value.startswith("ref:"):
            raise RefusedError(
                Code.REF_FORBIDDEN,
                f"{name} is a symbolic ref; make it direct: git symbolic-ref --delete {name}",
                ref=name,
            )
        return value

    def names(self, prefix: str) -> list[str]:
        """Return the names of all refs below a prefix such as ``refs/replace/``, sorted."""
        return sorted(set(list_refs(self._common, prefix)))

    def swap(self, name: str, new: str, expected: str | None) -> None:
        """Move a ref from ``expected`` (None: it must not exist) to ``new``, durably.

        Raises:
            RefMovedError: GPV-409-STALE, somebody moved it first.
            StorageError: GPV-503-BUSY (locked by a live process beyond the time limit),
                GPV-507-STORAGE (the disk; ``details["moved"]`` if the ref has the new value
                all the same, though perhaps not durably).
            RefusedError: GPV-403-REF-FORBIDDEN, symbolic, or a name above or below it exists.
        """
        check_ref_name(name)
        path = self._common / name
        with mapped("create the folder of", path):
            make_folders(path.parent)
        end = time.monotonic() + self._patience
        for attempt in range(1_000_000):
            try:
                self._swap_once(name, new, expected)
            except _Locked as error:
                if self._recover(name):
                    continue
                pause = _pause(attempt)
                if time.monotonic() + pause > end:
                    raise self._busy(name) from error
                time.sleep(pause)
            else:
                break
        with mapped("make durable", path):
            sync_folder(path.parent)

    def _swap_once(self, name: str, new: str, expected: str | None) -> None:
        try:
            with self._repository.transaction() as transaction:
                transaction.lock_ref(name)
                found = self.get(name)
                if found != expected:
                    raise _moved(name, expected, found)
                transaction.set_target(name, new, message="gitprov: append")
        except (pygit2.GitError, OSError, ValueError) as error:
            raise self._classify(name, new, expected, error) from error

    def _classify(self, name: str, new: str, expected: str | None, error: Exception) -> Exception:
        found = self.get(name)
        if found not in (expected, new):
            return _moved(name, expected, found)
        if found == expected and (self._common / f"{name}.lock").exists():
            return _Locked(name)
        return StorageError(
            Code.STORAGE,
            f"cannot move {name}: {error}; check the disk and try again",
            ref=name,
            moved=found == new or None,
            remedy="check the disk and try again",
        )

    def _busy(self, name: str) -> StorageError:
        remedy = "try again; gitprov doctor says who holds it"
        return StorageError(
            Code.BUSY,
            f"{name} is locked by another process for more than {self._patience:g} seconds;"
            f" {remedy}",
            ref=name,
            remedy=remedy,
        )


class _Locked(Exception):  # noqa: N818 - a signal between two functions, no error of ours
    """The ref's lock file exists."""


def read_ref(common_dir: Path, name: str) -> str | None:
    """Return a ref's raw value: an oid, ``ref: <other>``, or None if it is absent.

    Raises:
        StorageError: GPV-500-STORE-CORRUPT, GPV-500-INTERNAL.
    """
    try:
        text = read_file(common_dir / name, _REF_LIMIT).decode("ascii", "replace").rstrip()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return _packed_value(common_dir, name)
    except OSError as error:
        if (common_dir / name).is_dir():
            return _packed_value(common_dir, name)
        if (common_dir / name).is_symlink():
            return f"ref: {(common_dir / name).readlink()}"
        raise _unreadable(name, error) from error
    if text.startswith("ref:") or _OID.match(text):
        return text
    remedy = "restore the ref from another clone or from its reflog"
    raise StorageError(
        Code.STORE_CORRUPT, f"{name} holds no object id; {remedy}", ref=name, remedy=remedy
    )


def list_refs(common_dir: Path, prefix: str) -> Iterator[str]:
    """Yield the names of refs below a prefix, loose and packed, in no order, some twice."""
    top = common_dir / prefix
    if top.is_dir():
        for path in top.rglob("*"):
            if path.is_file() and path.suffix != ".lock":
                yield path.relative_to(common_dir).as_posix()
    wanted = b" " + prefix.encode()
    for line in _packed_refs(common_dir).splitlines():
        if wanted in line and not line.startswith((b"#", b"^")):
            yield line.partition(b" ")[2].decode("utf-8", "surrogateescape")


def check_ref_name(name: str) -> str:
    """Return a full ref name if git would take it (git-check-ref-format).

    Raises:
        UsageError: GPV-422-ARGUMENT.
    """
    if not name.startswith("refs/") or _FORBIDDEN.search(name) or len(name) > _REF_LIMIT // 4:
        raise UsageError(
            Code.ARGUMENT,
            f"{name[:80]!r} is no full ref name; write it like refs/gitprov/ledger",
            ref=name[:200],
        )
    return name


def _packed_refs(common_dir: Path) -> bytes:
    try:
        return read_file(common_dir / "packed-refs", _PACKED_LIMIT)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise _unreadable("packed-refs", error) from error


def _packed_value(common_dir: Path, name: str) -> str | None:
    content = _packed_refs(common_dir)
    found = content.find(b" " + name.encode() + b"\n")
    if found < 0:
        return None
    line = content[content.rfind(b"\n", 0, found) + 1 : found].decode("ascii", "replace")
    if _OID.match(line):
        return line
    raise StorageError(Code.STORE_CORRUPT, f"packed-refs is damaged at {name}", ref=name)


def _pause(attempt: int) -> float:
    """Return seconds to wait: growing, and different for every process and attempt."""
    spread = hash((id(_pause), attempt, time.monotonic_ns())) % 1000 / 1000
    return min(0.001 * 2 ** min(attempt, 6), 0.05) * (0.5 + spread)


def _moved(name: str, expected: str | None, found: str | None) -> RefMovedError:
    return RefMovedError(
        Code.STALE,
        f"{name} was moved by somebody else ({expected or 'absent'} became"
        f" {found or 'absent'}); read it again and retry",
        ref=name,
        expected=expected,
        found=found,
        remedy="read it again and retry",
    )


def _unreadable(name: str, error: OSError) -> StorageError:
    remedy = "check its permissions and the disk"
    return StorageError(
        Code.INTERNAL,
        f"cannot read {name}: {error.strerror or error}; {remedy}",
        ref=name,
        remedy=remedy,
    )
