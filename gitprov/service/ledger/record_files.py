"""Walks the records of one kind in a tree, in the order of their ids, lazily."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gitprov.codec.records import parse_record
from gitprov.errors import Code, RecordError
from gitprov.gitraw.item import FOLDER
from gitprov.model.ids import KIND_FOLDERS, parse_path, record_path
from gitprov.model.run import RunRecord
from gitprov.model.times import MAX_MS
from gitprov.service.ledger.view import LedgerView

_DEPTH = 5  # year, month, day, hour, minute
_ID_DIGITS = 12  # hex digits that hold the time


@dataclass(frozen=True, slots=True)
class RecordFile:
    """One record in a tree: its kind, its id and its blob."""

    kind: str
    record_id: str
    oid: str

    @property
    def path(self) -> str:
        """Its path in the ledger's tree."""
        return record_path(self.kind, self.record_id)


def iter_record_files(
    view: LedgerView, root: str, kind: str, prefix: str = ""
) -> Iterator[RecordFile]:
    """Yield the records of a kind, oldest id first.

    Args:
        root: a root tree.
        kind: run, state, ...
        prefix: how the ids begin; only folders that can hold such an id are read.

    Raises:
        StorageError, RecordError: a folder cannot be read.
    """
    folder = view.find(root, KIND_FOLDERS[kind])
    if folder is not None:
        yield from _Walk(view, kind, prefix).folder(folder, KIND_FOLDERS[kind], 0)


def iter_newest_record_files(
    view: LedgerView, root: str, kind: str, since: int = 0
) -> Iterator[RecordFile]:
    """Yield the records of a kind, newest minute first, down to a time.

    Args:
        root: a root tree.
        kind: run, state, ...
        since: Unix milliseconds; no minute before this one is looked at.

    Raises:
        StorageError, RecordError: a folder cannot be read.
    """
    folder = view.find(root, KIND_FOLDERS[kind])
    if folder is not None:
        walk = _Walk(view, kind, "", since, newest_first=True)
        yield from walk.folder(folder, KIND_FOLDERS[kind], 0)


def find_record_file(view: LedgerView, root: str, kind: str, record_id: str) -> RecordFile | None:
    """Look up a record by its kind and full id; None if it is not there.

    Raises:
        RecordError: GPV-422-SCHEMA, it is not an id.
    """
    oid = view.find(root, record_path(kind, record_id))
    return None if oid is None else RecordFile(kind, record_id, oid)


def read_run(view: LedgerView, root: str, run_id: str) -> RunRecord | None:
    """Read a run by its full id; None if it is not there.

    Raises:
        StorageError: it cannot be read.
        RecordError: it is not a run, or GPV-422-SCHEMA, that is not an id.
    """
    file = find_record_file(view, root, "run", run_id)
    if file is None:
        return None
    run = parse_record(view.blob(file.oid), "run")
    if not isinstance(run, RunRecord):
        raise RecordError(Code.SCHEMA, f"{file.path} does not hold a run", path=file.path)
    return run


class _Walk:
    def __init__(
        self,
        view: LedgerView,
        kind: str,
        prefix: str,
        since: int = 0,
        *,
        newest_first: bool = False,
    ) -> None:
        self._view = view
        self._kind = kind
        self._prefix = prefix
        first, last = _time_range(prefix)
        self._first = _minute_folder(kind, min(max(first, since), MAX_MS))
        self._last = _minute_folder(kind, last)
        self._step = -1 if newest_first else 1

    def folder(self, oid: str, path: str, depth: int) -> Iterator[RecordFile]:
        """Yield the records below a folder, `depth` levels below the kind's own."""
        for raw, (mode, item) in list(self._view.tree(oid).items())[:: self._step]:
            below = f"{path}/{raw.decode('utf-8', 'replace')}"
            if depth == _DEPTH:
                parsed = parse_path(below)
                if parsed is not None and parsed[1].startswith(self._prefix):
                    yield RecordFile(self._kind, parsed[1], item.hex())
            elif mode == FOLDER and self._may_hold(below):
                yield from self.folder(item.hex(), below, depth + 1)

    def _may_hold(self, path: str) -> bool:
        size = len(path)
        return self._first[:size] <= path <= self._last[:size]


def _time_range(prefix: str) -> tuple[int, int]:
    """First and last millisecond of ids that begin like this."""
    digits = prefix.replace("-", "")[:_ID_DIGITS]
    first = int(digits.ljust(_ID_DIGITS, "0"), 16)
    last = int(digits.ljust(_ID_DIGITS, "f"), 16)
    return min(first, MAX_MS), min(last, MAX_MS)


def _minute_folder(kind: str, ms: int) -> str:
    digits = f"{ms:012x}"
    record_id = f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000"
    return record_path(kind, record_id).rpartition("/")[0]
