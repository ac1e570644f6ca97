"""The Python API: a ledger as an object.

    with gitprov.open_ledger(path=".") as ledger:
        receipt = ledger.append({"agent_name": "demo", ...})

It does what the commands do, with the same rules and the same errors. One ledger object belongs
to one thread; any number of processes may append to one ledger.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from os import PathLike
from pathlib import Path
from typing import Any, TypedDict, Unpack

from gitprov.app.verify import VerifyOptions, verify
from gitprov.codec.drafts import from_mapping
from gitprov.codec.time_text import parse_time_text
from gitprov.errors import Code, GitprovError, UsageError
from gitprov.model.mutation import ActorKind
from gitprov.model.receipt import Receipt
from gitprov.model.report import Report
from gitprov.model.run import RunRecord
from gitprov.model.run_parts import RunStatus
from gitprov.service.ledger.read_entries import EntryReader
from gitprov.service.ledger.tip import require_tip
from gitprov.service.read.log_filters import CommitFilter, LogQuery
from gitprov.service.read.query_log import LogSearch
from gitprov.service.read.show_record import RecordViewer
from gitprov.wiring.settings import Overrides
from gitprov.wiring.system import collector_paused
from gitprov.wiring.workspace import Workspace, open_workspace

_OBJECT_ID = re.compile(r"[0-9a-f]{4,40}")
RunDraft = Mapping[str, Any] | RunRecord


class RunFilters(TypedDict, total=False):
    """What `Ledger.iter` may be asked for; everything given must hold."""

    agent: str
    status: str | Sequence[str]
    actor: str | Sequence[str]
    since: str
    until: str
    input: str | Sequence[str]
    output: str | Sequence[str]
    commit: str
    job: str
    signer: str
    labels: Mapping[str, str | None]
    grep: str
    limit: int
    with_hidden: bool


class Ledger:
    """One repository's ledger; made by `open_ledger`."""

    def __init__(self, workspace: Workspace, overrides: Overrides) -> None:
        self._workspace = workspace
        self._overrides = overrides

    @property
    def tip(self) -> str | None:
        """Object id of the last entry; None if there is no ledger yet."""
        return self._workspace.refs.get(self._workspace.ref)

    @property
    def height(self) -> int:
        """Height of the last entry; the genesis has 0; -1 if there is no ledger yet."""
        tip = self.tip
        return -1 if tip is None else self._reader().height(tip)

    def append(self, draft: RunDraft) -> Receipt:
        """Record one run.

        Args:
            draft: the fields of a run, perhaps partial, or a whole record.

        Returns:
            The receipt. A record that cannot be appended now has the state ``spooled``: it is
            durable, and goes with the next call or `flush`.

        Raises:
            RecordError: a field is not acceptable; nothing is written.
            RefusedError: the guard or the policy said no; nothing is written.
            UsageError: GPV-404-NO-LEDGER, or a file or commit that cannot be found.
            StorageError: GPV-507-STORAGE, not even the spool can be written.
        """
        return self.append_many([draft])[0]

    def append_many(self, drafts: Iterable[RunDraft]) -> list[Receipt]:
        """Record many runs in few entries; either all are accepted, or none is written.

        Raises:
            GitprovError: as append; ``details["document"]`` counts the drafts from 1.
        """
        with collector_paused():
            records = self._complete(drafts)
            return self._workspace.recorder().submit(records)

    def _complete(self, drafts: Iterable[RunDraft]) -> list[RunRecord]:
        drafting = self._workspace.drafting()
        records = []
        for number, draft in enumerate(drafts, 1):
            if isinstance(draft, RunRecord):
                records.append(draft)
                continue
            try:
                records.append(drafting.complete(from_mapping(draft).mapping))
            except GitprovError as reason:
                details = {**reason.details, "document": number}
                raise type(reason)(reason.code, reason.message, **details) from reason
        return records

    def flush(self) -> list[Receipt]:
        """Append what waits in the spool; a receipt for each record that was touched.

        Raises:
            GitprovError: why something still waits.
        """
        return self._workspace.recorder().flush()

    def get(self, run_id: str) -> RunRecord:
        """Return a run as it stands now, with its amendments applied.

        Args:
            run_id: its id, or a beginning of it that no other run shares.

        Raises:
            UsageError: GPV-404-LINK, there is no such run.
        """
        workspace = self._workspace
        now = workspace.clock.now()
        viewer = RecordViewer(self._reader(), workspace.engine, self._require_tip(), now)
        record = viewer.show(f"run:{run_id}").record
        if record is None or record.run is None:
            text = f"the run {run_id!r} cannot be read; run gitprov verify"
            raise UsageError(Code.LINK, text)
        return record.run.current

    def iter(self, **filters: Unpack[RunFilters]) -> Iterator[RunRecord]:
        """Yield runs, newest first, with their amendments applied.

        Signatures are not checked here; that is what `verify` does.

        Args:
            filters: those of ``gitprov log``: globs for agent and signer, times as ``2h ago``,
                one or several paths (as recorded), statuses and actor kinds. Disputed and
                withdrawn runs are left out unless ``with_hidden``.

        Raises:
            UsageError: GPV-422-ARGUMENT, a filter that can never hold.
        """
        unknown = filters.keys() - RunFilters.__annotations__.keys()
        if unknown:
            raise TypeError(f"iter() got an unexpected filter {min(unknown)!r}")
        query, tip = self._query(filters), self.tip
        found = () if tip is None else LogSearch(self._reader(), tip, query)
        return (item.record for item in found if isinstance(item.record, RunRecord))

    def verify(
        self,
        *,
        genesis: str | None = None,
        since: int | None = None,
        engine: str | None = None,
        jobs: int = 1,
    ) -> Report:
        """Verify the whole ledger offline.

        Args:
            genesis: the object id that its first entry must have, instead of the setting.
            since: judge only entries accepted above this height.
            engine: ``sequoia`` or ``gpg``.
            jobs: how many processes.

        Returns:
            The report; its verdict is ``pass``, ``fail`` or ``unknown``.
        """
        workspace = self._workspace
        if engine is not None:
            workspace = open_workspace(replace(self._overrides, engine=engine))
        return verify(workspace, VerifyOptions(genesis=genesis, since=since, jobs=jobs))

    def _reader(self) -> EntryReader:
        return EntryReader(self._workspace.view)

    def _require_tip(self) -> str:
        return require_tip(self._workspace.refs, self._workspace.ref)

    def _query(self, filters: RunFilters) -> LogQuery:
        now_ms = self._workspace.clock.now_ms()
        since, until = filters.get("since"), filters.get("until")
        return LogQuery(
            agent=filters.get("agent"),
            statuses=_members(RunStatus, filters.get("status")),
            actors=_members(ActorKind, filters.get("actor")),
            since=None if since is None else parse_time_text(since, now_ms),
            until=None if until is None else parse_time_text(until, now_ms),
            inputs=_several(filters.get("input")),
            outputs=_several(filters.get("output")),
            commit=self._commit(filters.get("commit")),
            job=filters.get("job"),
            signer=filters.get("signer"),
            labels=tuple(filters.get("labels", {}).items()),
            grep=filters.get("grep"),
            limit=filters.get("limit"),
            with_hidden=filters.get("with_hidden", False),
        )

    def _commit(self, revision: str | None) -> CommitFilter | None:
        if revision is None:
            return None
        code = self._workspace.code
        try:
            found = code.resolve_commit(revision)
        except UsageError:
            if _OBJECT_ID.fullmatch(revision):
                return CommitFilter(revision)  # a commit that this repository does not have
            raise
        return CommitFilter(found.commit, found.tree, found.patch_id, code.has_commit)


@contextmanager
def open_ledger(path: str | PathLike[str] = ".") -> Iterator[Ledger]:
    """Open the ledger of the repository at a path, or above it.

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, there is no repository, or of a
            kind that gitprov cannot read.
    """
    overrides = Overrides(path=Path(path))
    yield Ledger(open_workspace(overrides), overrides)


def _several(value: str | Sequence[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _members(choices: type[StrEnum], value: str | Sequence[str] | None) -> frozenset[str]:
    wanted = frozenset(name.upper() for name in _several(value))
    for name in sorted(wanted - set(choices)):
        text = f"{name[:60]!r} is not one of {', '.join(choices)}"
        raise UsageError(Code.ARGUMENT, text)
    return wanted
