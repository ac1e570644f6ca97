"""The hash-chained local log of refusals, key use, expunges and recoveries (6.5).

One JSON object a line; ``previous`` is the SHA-256 of the whole line before, its LF included,
also across rotated files. Lines are only ever added: a line torn by a crash is closed and
stays, so that the chain shows it.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from gitprov.disk.durable import (
    mapped,
    sync_folder,
    unreadable,
    write_all,
)
from gitprov.disk.posix import CLOEXEC, NOFOLLOW, require_locks, sync_file
from gitprov.disk.sharing import Sharing
from gitprov.errors import Code, UsageError
from gitprov.local.audit_chain import (
    CURRENT,
    HEADS,
    PRUNE,
    AuditLine,
    audit_files,
    check_chain,
    iter_lines,
    line_digest,
    signed_heads,
)
from gitprov.local.short_lock import short_lock
from gitprov.model.audit_report import AuditReport

FIELDS = (
    "version",
    "time",
    "actor",
    "action",
    "code",
    "resource",
    "job",
    "workflow",
    "reason",
    "ref",
    "old",
    "new",
    "fingerprint",
    "runner",
    "commit",
    "proposal",
)
"""The fields of a line in their order; ``previous`` comes last."""
VERSION = "v1"
DEFAULT_MAX_BYTES = 16 * 1024 * 1024
_LONGEST_VALUE = 1000
_LONGEST_LINE = 256 * 1024
_APPEND = os.O_RDWR | os.O_APPEND | os.O_CREAT | NOFOLLOW | CLOEXEC

Value = str | Mapping[str, str]


class FileAuditLog:
    """AuditLog in ``<folder>/audit.jsonl``; full files become ``audit.<number>.jsonl``.

    Args:
        folder: ``<git dir>/gitprov``.
        max_bytes: a file that would grow beyond it is rotated (git config
            gitprov.auditMaxBytes).
        sharing: RepositoryLocation.sharing: who else may write here.
    """

    def __init__(
        self, folder: Path, max_bytes: int = DEFAULT_MAX_BYTES, sharing: int | None = None
    ) -> None:
        self._folder = folder
        self._shared = Sharing(sharing)
        self._path = folder / CURRENT
        self._max_bytes = max_bytes

    def append(self, event: Mapping[str, Value]) -> None:
        """Add one event, durable when this returns; long values are cut.

        Args:
            event: some of FIELDS; ``version`` and ``previous`` are added here. ``actor`` is a
                mapping of kind and id.

        Raises:
            StorageError: GPV-507-STORAGE, GPV-503-BUSY; GPV-501-REPO-UNSUPPORTED, no locks on
                this system.
            UsageError: GPV-422-ARGUMENT, an unknown field.
        """
        unknown = sorted(set(event) - set(FIELDS))
        if unknown:
            raise UsageError(Code.ARGUMENT, f"the audit log has no field {', '.join(unknown)}")
        event = {"version": VERSION, **event}
        values = {name: _cut(event[name]) for name in FIELDS if name in event}
        with self._writing():
            self._add(values)

    def head(self) -> str:
        """Return the SHA-256 of the last line, START if there is none; checkpoints sign it.

        Raises:
            StorageError: GPV-500-INTERNAL.
        """
        try:
            last = self._last_line()
        except OSError as error:
            raise unreadable(error, self._path) from error
        return line_digest(last)

    def last(self, actions: Collection[str], ref: str) -> dict[str, Any] | None:
        """Return the newest line of one of these actions on a ref; only the log's end is read.

        Raises:
            StorageError: GPV-500-INTERNAL.
        """
        try:
            for path in reversed(audit_files(self._folder)[-2:]):
                for line in reversed(self._end(path).split(b"\n")):
                    fields = _fields(line)
                    if fields.get("action") in actions and fields.get("ref") == ref:
                        return fields
        except OSError as error:
            raise unreadable(error, self._path) from error
        return None

    def remember_signed(self, head: str) -> None:
        """Remember a head that a checkpoint has signed, so that `check` misses it.

        Raises:
            StorageError: as append.
        """
        if head in signed_heads(self._folder):
            return
        path = self._folder / HEADS
        with self._writing():
            descriptor = self._shared.open(path, _APPEND)
            try:
                write_all(descriptor, f"{head}\n".encode())
                sync_file(descriptor)
            finally:
                os.close(descriptor)
            sync_folder(self._folder)

    def check(self, *known: str) -> AuditReport:
        """Find edited, removed and torn lines, and signed heads that are gone.

        Args:
            known: further heads that must occur.

        Raises:
            StorageError: GPV-500-INTERNAL, a file cannot be read.
        """
        return check_chain(self._folder, [*signed_heads(self._folder), *known])

    def lines(self) -> Iterator[AuditLine]:
        """Yield every line, oldest first.

        Raises:
            StorageError: GPV-500-INTERNAL, a file cannot be read.
        """
        return iter_lines(audit_files(self._folder))

    def prune(self, before: str, event: Mapping[str, Value]) -> list[str]:
        """Remove rotated files whose last line is older; a line says which heads they held.

        Args:
            before: a time, in the form of the lines.
            event: the fields of that line, except ``old`` and ``reason``.

        Returns:
            The names of the removed files.

        Raises:
            StorageError: as append.
        """
        with self._writing():
            old = []
            for path in audit_files(self._folder)[:-1]:
                if self._newest_time(path) >= before:
                    break
                old.append(path)
            if not old:
                return []
            heads = [line_digest(self._tail(path)) for path in old]
            signed = set(signed_heads(self._folder))
            held = {line_digest(line.content) for line in iter_lines(old)} & signed
            reason = " ".join([*(h for h in held if h not in heads), *heads])
            told = {"version": VERSION, **event, "action": PRUNE, "old": heads[-1]}
            values = {name: told[name] for name in FIELDS if name in told}
            # The line first: a crash in between leaves files that are named as removed.
            self._add({**values, "reason": reason})
            for path in old:
                path.unlink()
            sync_folder(self._folder)
            return [path.name for path in old]

    def _add(self, values: Mapping[str, Value]) -> None:
        last = self._last_line()
        ordered = {name: values[name] for name in FIELDS if name in values}
        line = _to_line(ordered, last)
        self._rotate_before(line)
        self._write(line)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        require_locks()
        with mapped("write", self._path):
            self._shared.make_folders(self._folder)
            with short_lock(self._shared, self._folder / "audit.lock", "the audit log"):
                yield

    def _last_line(self) -> bytes:
        """Return the last line that was written, closed with an LF if it is torn."""
        for path in reversed(audit_files(self._folder)):
            last = self._tail(path)
            if last:
                return last
        return b""

    def _tail(self, path: Path) -> bytes:
        tail = self._end(path)
        return tail.rpartition(b"\n")[2] + b"\n" if tail else b""

    def _end(self, path: Path) -> bytes:
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - _LONGEST_LINE))
            return stream.read().removesuffix(b"\n")

    def _newest_time(self, path: Path) -> str:
        """The time of a file's last line; one that does not say it counts as new."""
        return str(_fields(self._tail(path)).get("time") or "9999")

    def _write(self, line: bytes) -> None:
        is_new = not self._path.exists()
        descriptor = self._shared.open(self._path, _APPEND)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                line = b"\n" + line
            write_all(descriptor, line)
            sync_file(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            sync_folder(self._folder)

    def _rotate_before(self, line: bytes) -> None:
        """Set the file aside under the next number if the line would make it too large."""
        size = self._path.stat().st_size if self._path.exists() else 0
        if not size or size + len(line) <= self._max_bytes:
            return
        if not self._path.read_bytes().endswith(b"\n"):
            self._write(b"")  # closes a torn line; it must not be joined to another file
        earlier = [path for path in audit_files(self._folder) if path != self._path]
        number = int(earlier[-1].name.split(".")[1]) + 1 if earlier else 1
        self._path.rename(self._folder / f"audit.{number:06}.jsonl")
        sync_folder(self._folder)


def _to_line(values: Mapping[str, Value], last: bytes) -> bytes:
    linked = {**values, "previous": line_digest(last)}
    return json.dumps(linked, separators=(",", ":")).encode() + b"\n"


def _fields(line: bytes) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        value = json.loads(line)
        if isinstance(value, dict):
            return value
    return {}


def _cut(value: Value) -> Value:
    if isinstance(value, str):
        return value[:_LONGEST_VALUE]
    return {name: part[:_LONGEST_VALUE] for name, part in value.items()}
