"""Reads refs of the files backend raw: a symbolic ref is seen as such, never followed."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

from gitprov.disk.durable import read_file, unreadable
from gitprov.errors import Code, StorageError, UsageError
from gitprov.model.refs import LEDGER_REF

_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|\Z)|\.\Z|/\Z")
_NAME_LIMIT = 1000
_LOOSE_LIMIT = 4096
_PACKED_LIMIT = 1024 * 1024 * 1024
_ABSENT = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


def read_ref(common_dir: Path, name: str) -> str | None:
    """Return a ref's raw value: an oid, ``ref: <other>``, or None if it is absent.

    Raises:
        StorageError: GPV-500-STORE-CORRUPT (it holds something else), GPV-500-INTERNAL.
    """
    path = common_dir / name
    try:
        value = read_file(path, _LOOSE_LIMIT).decode("ascii", "replace").rstrip()
    except _ABSENT:
        return _packed_value(common_dir, name)
    except OSError as error:
        if path.is_symlink():
            return f"ref: {path.readlink()}"
        if error.errno == errno.EFBIG:
            raise _damaged(name) from error
        raise unreadable(error, path) from error
    if value.startswith("ref:") or _OID.fullmatch(value):
        return value
    raise _damaged(name)


class RawRefs:
    """Reads one repository's refs, for the server's hook.

    Args:
        common_dir: the directory that all worktrees share.
    """

    def __init__(self, common_dir: Path) -> None:
        self._common = common_dir

    def value(self, name: str) -> str | None:
        """Return a ref's raw value as read_ref does.

        Raises:
            StorageError: GPV-500-STORE-CORRUPT, GPV-500-INTERNAL.
            UsageError: GPV-422-ARGUMENT, git would not take that name.
        """
        return read_ref(self._common, check_ref_name(name))

    def target(self, name: str) -> str | None:
        """Return the name that a symbolic ref holds, None if it is direct, absent or no name.

        Symbolic refs are never packed, so one small file is looked at.

        Raises:
            StorageError: GPV-500-INTERNAL, the file cannot be read.
        """
        path = self._common / name
        if name != "HEAD" and (not name.startswith("refs/") or _FORBIDDEN.search(name)):
            return None
        try:
            value = read_file(path, _LOOSE_LIMIT).decode("utf-8", "surrogateescape")
        except _ABSENT:
            return None
        except OSError as error:
            if path.is_symlink():
                return str(path.readlink())
            if error.errno == errno.ENAMETOOLONG:
                return None
            raise unreadable(error, path) from error
        return value.removeprefix("ref:").strip() if value.startswith("ref:") else None


def list_refs(common_dir: Path, prefix: str) -> list[str]:
    """Return the names of all refs below a prefix such as ``refs/replace/``, sorted.

    Raises:
        StorageError: GPV-500-INTERNAL.
    """
    return sorted({*_loose_names(common_dir, prefix), *_packed_names(common_dir, prefix)})


def check_ref_name(name: str) -> str:
    """Return a full ref name if git would take it (git-check-ref-format).

    Raises:
        UsageError: GPV-422-ARGUMENT.
    """
    if not name.startswith("refs/") or _FORBIDDEN.search(name) or len(name) > _NAME_LIMIT:
        raise UsageError(
            Code.ARGUMENT,
            f"{name[:80]!r} is not a full ref name; write it like {LEDGER_REF}",
            ref=name[:80],
        )
    return name


def _loose_names(common_dir: Path, prefix: str) -> Iterator[str]:
    def fail(error: OSError) -> None:
        if not isinstance(error, _ABSENT):
            raise unreadable(error, common_dir / prefix) from error

    for folder, _, names in os.walk(common_dir / prefix, onerror=fail):
        where = Path(folder).relative_to(common_dir).as_posix()
        yield from (f"{where}/{name}" for name in names if not name.endswith(".lock"))


def _packed_names(common_dir: Path, prefix: str) -> Iterator[str]:
    wanted = b" " + prefix.encode()
    for line in _packed_refs(common_dir).splitlines():
        if wanted in line and not line.startswith(b"#"):
            yield line.partition(b" ")[2].decode("utf-8", "surrogateescape")


def _packed_value(common_dir: Path, name: str) -> str | None:
    content = _packed_refs(common_dir)
    found = content.find(b" " + name.encode() + b"\n")
    if found < 0:
        return None
    value = content[content.rfind(b"\n", 0, found) + 1 : found].decode("ascii", "replace")
    if _OID.fullmatch(value):
        return value
    raise _damaged(f"packed-refs at {name}")


def _packed_refs(common_dir: Path) -> bytes:
    path = common_dir / "packed-refs"
    try:
        return read_file(path, _PACKED_LIMIT)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise unreadable(error, path) from error


def _damaged(name: str) -> StorageError:
    remedy = "restore it from another clone"
    return StorageError(
        Code.STORE_CORRUPT, f"{name} holds no object id; {remedy}", ref=name, remedy=remedy
    )
