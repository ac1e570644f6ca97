"""The hash-chained local log of refusals, key use, expunges and recoveries (6.5).

One JSON object a line; ``previous`` is the SHA-256 of the whole line before, its LF included,
also across rotated files. Lines are only ever added: a line torn by a crash is closed and
stays, so that the chain shows it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gitprov.disk.durable import (
    mapped,
    sync_folder,
    unreadable,
    write_all,
)
from gitprov.disk.posix import CLOEXEC, NOFOLLOW, require_locks, sync_file, wait_for_flock
from gitprov.disk.sharing import Sharing
from gitprov.errors import Code, StorageError, UsageError

FIELDS = (
    "time",
    "actor",
    "action",
    "code",
    "ref",
    "old",
    "new",
    "fingerprint",
    "runner",
    "commit",
    "proposal",
)
START = "0" * 64
DEFAULT_MAX_BYTES = 16 * 1024 * 1024
_LONGEST_VALUE = 1000
_LONGEST_LINE = 256 * 1024
_TIMEOUT = 5.0
_ROTATED = re.compile(r"audit\.[0-9]{6,}\.jsonl")
_APPEND = os.O_RDWR | os.O_APPEND | os.O_CREAT | NOFOLLOW | CLOEXEC


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The result of checking the log; ``problems`` is empty if nothing was changed.

    Args:
        lines: how many there are in all files.
        head: SHA-256 of the last line, START if there is none.
        problems: one sentence each, with file and line.
    """

    lines: int
    head: str
    problems: tuple[str, ...]


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
        self._path = folder / "audit.jsonl"
        self._max_bytes = max_bytes

    def append(self, event: Mapping[str, str]) -> None:
        """Add one event, durable when this returns; long values are cut.

        Args:
            event: some of FIELDS; ``previous`` is added here.

        Raises:
            StorageError: GPV-507-STORAGE, GPV-503-BUSY; GPV-501-REPO-UNSUPPORTED, no locks on
                this system.
            UsageError: GPV-422-ARGUMENT, an unknown field.
        """
        unknown = sorted(set(event) - set(FIELDS))
        if unknown:
            raise UsageError(Code.ARGUMENT, f"the audit log has no field {', '.join(unknown)}")
        values = {name: event[name][:_LONGEST_VALUE] for name in FIELDS if name in event}
        require_locks()
        with mapped("write", self._path):
            self._shared.make_folders(self._folder)
            with self._locked():
                last = self._last_line()
                line = _to_line(values, last)
                self._rotate_before(line)
                self._write(line)

    def head(self) -> str:
        """Return the SHA-256 of the last line, START if there is none; checkpoints sign it.

        Raises:
            StorageError: GPV-500-INTERNAL.
        """
        try:
            last = self._last_line()
        except OSError as error:
            raise unreadable(error, self._path) from error
        return _digest(last)

    def check(self, known_head: str = START) -> AuditReport:
        """Go through all files and find edited, removed and torn lines.

        Args:
            known_head: a head that was signed earlier; it must occur in the chain, else the
                log was cut or replaced since.

        Raises:
            StorageError: GPV-500-INTERNAL, a file cannot be read.
        """
        problems: list[str] = []
        lines = 0
        last = b""
        is_known = known_head == START
        for name, number, line in self._lines():
            problem = _problem(line, last)
            if problem is not None:
                problems.append(f"{name} line {number}: {problem}")
            lines += 1
            last = line
            is_known = is_known or _digest(line) == known_head
        if not is_known:
            problems.append(f"{self._path.name}: the earlier head {known_head} is gone")
        return AuditReport(lines, _digest(last), tuple(problems))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = self._shared.open(self._folder / "audit.lock", _APPEND)
        try:
            if not wait_for_flock(descriptor, _TIMEOUT):
                raise StorageError(
                    Code.BUSY,
                    f"the audit log is locked for more than {_TIMEOUT:g} s; try again",
                    remedy="try again",
                )
            yield
        finally:
            os.close(descriptor)

    def _files(self) -> list[Path]:
        """Return the files that exist, oldest first."""
        names = (path.name for path in self._folder.iterdir()) if self._folder.exists() else ()
        rotated = sorted((n for n in names if _ROTATED.fullmatch(n)), key=lambda n: (len(n), n))
        files = [self._folder / name for name in rotated]
        return [*files, self._path] if self._path.exists() else files

    def _last_line(self) -> bytes:
        """Return the last line that was written, closed with an LF if it is torn."""
        for path in reversed(self._files()):
            with path.open("rb") as stream:
                size = stream.seek(0, os.SEEK_END)
                stream.seek(max(0, size - _LONGEST_LINE))
                tail = stream.read().removesuffix(b"\n")
            if tail:
                return tail.rpartition(b"\n")[2] + b"\n"
        return b""

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
        earlier = [path for path in self._files() if path != self._path]
        number = int(earlier[-1].name.split(".")[1]) + 1 if earlier else 1
        self._path.rename(self._folder / f"audit.{number:06}.jsonl")
        sync_folder(self._folder)

    def _lines(self) -> Iterator[tuple[str, int, bytes]]:
        for path in self._files():
            try:
                with path.open("rb") as stream:
                    for number, line in enumerate(stream, 1):
                        yield path.name, number, line
            except OSError as error:
                raise unreadable(error, path) from error


def _to_line(values: Mapping[str, str], last: bytes) -> bytes:
    linked = {**values, "previous": _digest(last)}
    return json.dumps(linked, separators=(",", ":")).encode() + b"\n"


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest() if line else START


def _problem(line: bytes, last: bytes) -> str | None:
    """Return what is wrong with a line that follows ``last``, None if nothing is."""
    try:
        value = json.loads(line)
    except ValueError:
        return "torn or damaged"
    if not line.endswith(b"\n") or not isinstance(value, dict):
        return "torn or damaged"
    if value.get("previous") != _digest(last):
        return "does not follow the line before: something was edited, removed or put in"
    return None
