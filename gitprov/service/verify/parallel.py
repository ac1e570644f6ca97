"""Splits a ledger into ranges and judges them, in this process or in several."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from gitprov.errors import Code, StorageError
from gitprov.service.judge.entry import EntryJudge
from gitprov.service.ledger.access import LedgerAccess
from gitprov.service.ledger.topology import Topology
from gitprov.service.ledger.view import LedgerView
from gitprov.service.verify.range import RangeSummary, RangeTools, RangeVerifier

# Many, so that no process waits long for the last one.
_CHUNKS_PER_JOB = 24
_SMALLEST_CHUNK = 200


@dataclass(frozen=True, slots=True)
class RangeTask:
    """The task of one process; it can be pickled.

    Args:
        open_access: opens the ledger in the process that calls it.
        topology: every entry.
        ledger_id: from the genesis, None if it could not be read.
        now: the judge's clock, Unix seconds.
        revoked: fingerprints that the tip's policy revokes.
    """

    open_access: Callable[[], LedgerAccess]
    topology: Topology
    ledger_id: str | None
    now: int
    revoked: frozenset[str]

    def tools(self) -> RangeTools:
        """Open what one process needs."""
        access = self.open_access()
        view = LedgerView(access.reader, access.engine)
        judge = EntryJudge(view, access.engine, self.ledger_id, self.now, accepting=False)
        genesis = EntryJudge(view, access.engine, None, self.now, accepting=False)
        return RangeTools(view, judge, genesis, access.has_code_commit, self.revoked)


class _Worker:
    """The state that a worker process keeps from one chunk to the next."""

    def __init__(self, task: RangeTask) -> None:
        self._task = task

    @cached_property
    def _tools(self) -> RangeTools:
        return self._task.tools()

    def judge(self, start: int, stop: int) -> RangeSummary:
        verifier = RangeVerifier(self._tools, self._task.topology)
        return verifier.run(range(start, stop), lambda _: None)


_worker: _Worker | None = None


def _start(task: RangeTask) -> None:
    global _worker  # noqa: PLW0603 - one task per worker process, set once when it starts
    _worker = _Worker(task)


def _judge_chunk(start: int, stop: int) -> tuple[int, RangeSummary]:
    if _worker is None:
        raise RuntimeError("the worker was not started with a task")
    return start, _worker.judge(start, stop)


def _chunks(start: int, stop: int, jobs: int) -> Iterator[tuple[int, int]]:
    size = max(_SMALLEST_CHUNK, -(-(stop - start) // (jobs * _CHUNKS_PER_JOB)))
    return ((at, min(at + size, stop)) for at in range(start, stop, size))


def judge_all(
    task: RangeTask, start: int, jobs: int, progress: Callable[[int], None]
) -> RangeSummary:
    """Judge every entry from a position on.

    Args:
        task: what to judge, and how.
        start: the first position.
        jobs: how many processes; 1 stays in this one.
        progress: called with how many more entries are done.
    """
    stop = len(task.topology)
    if jobs <= 1 or stop - start < 2 * _SMALLEST_CHUNK:
        return RangeVerifier(task.tools(), task.topology).run(range(start, stop), progress)
    # Importing it fails when the interpreter is about to end; records are written even then.
    from concurrent.futures import ProcessPoolExecutor, as_completed  # noqa: PLC0415
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415

    method = "fork" if sys.platform == "linux" else "spawn"
    context = multiprocessing.get_context(method)
    parts: dict[int, RangeSummary] = {}
    with ProcessPoolExecutor(jobs, context, _start, (task,)) as pool:
        futures = [pool.submit(_judge_chunk, *chunk) for chunk in _chunks(start, stop, jobs)]
        for future in as_completed(futures):
            try:
                at, summary = future.result()
            except BrokenProcessPool as reason:
                # libgit2 can die of a forged pack or index; that must not look like our bug.
                text = "a process died while it read the objects; run git fsck --full"
                raise StorageError(Code.STORE_CORRUPT, text) from reason
            parts[at] = summary
            progress(summary.entries)
    whole = RangeSummary()
    for at in sorted(parts):
        whole.merge(parts[at])
    return whole
