"""The Python API: a ledger as an object.

    with gitprov.open_ledger(path=".") as ledger:
        receipt = ledger.append({"agent_name": "demo", ...})

It does what the commands do, with the same rules and the same errors. One ledger object belongs
to one thread; any number of processes may append to one ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, TypedDict, Unpack

from gitprov.app.log import LogFilters, log, log_query
from gitprov.app.open_ledger import OpenedLedger, opened_ledger
from gitprov.app.record import flush, record_drafts
from gitprov.app.show import show
from gitprov.app.verify import VerifyOptions, verify
from gitprov.errors import Code, UsageError
from gitprov.model.kinds import Record
from gitprov.model.overrides import Overrides
from gitprov.model.receipt import Receipt
from gitprov.model.report import Report
from gitprov.model.run import RunRecord
from gitprov.wiring.workspace import Workspace, open_workspace

Draft = Mapping[str, Any] | Record


class RunFilters(TypedDict, total=False):
    """The filters of `Ledger.iter`; a run must match all that are given."""

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
        return -1 if tip is None else self._opened().reader.height(tip)

    def append(self, draft: Draft) -> Receipt:
        """Record one run; or a state, artifact, log or amendment, if that is its ``kind``.

        Args:
            draft: the fields of the record, perhaps partial, or a whole record.

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

    def append_many(self, drafts: Iterable[Draft]) -> list[Receipt]:
        """Record many in few entries; either all are accepted, or none is written.

        Raises:
            GitprovError: as append; ``details["document"]`` counts the drafts from 1.
        """
        return record_drafts(self._workspace, drafts)

    def flush(self) -> list[Receipt]:
        """Append what waits in the spool; a receipt for each record that was touched.

        Raises:
            GitprovError: why something still waits.
        """
        return flush(self._workspace)

    def get(self, run_id: str) -> RunRecord:
        """Return a run as it is now, with its amendments applied.

        Args:
            run_id: its id, or a beginning of it that no other run shares.

        Raises:
            UsageError: GPV-404-LINK, there is no such run.
        """
        record = show(self._opened(), f"run:{run_id}").record
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
        asked = LogFilters(**filters)
        if self.tip is None:
            log_query(self._workspace, asked)  # a filter that can never hold is refused anyway
            return iter(())
        found = log(self._opened(), asked).search
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

    def _opened(self) -> OpenedLedger:
        return opened_ledger(self._workspace)


@contextmanager
def open_ledger(path: str | PathLike[str] | None = None) -> Iterator[Ledger]:
    """Open the ledger of the repository at a path, or above it.

    Args:
        path: where to look; it beats GIT_DIR. None is the current folder, with Git's variables
            counted as git counts them.

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED, there is no repository, or of a
            kind that gitprov cannot read.
    """
    overrides = Overrides(path=None if path is None else Path(path))
    yield Ledger(open_workspace(overrides), overrides)
