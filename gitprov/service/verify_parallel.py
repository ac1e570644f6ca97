"""Splits a ledger into ranges and judges them, in this process or in several."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from gitprov.errors import Code, StorageError
from gitprov.service.judge_entry import EntryJudge
from gitprov.service.ledger_access import LedgerAccess
from gitprov.service.ledger_view import LedgerView
from gitprov.service.topology import Topology
from gitprov.service.verify_range import RangeSummary, RangeTools, RangeVerifier

_CHUNKS_PER_JOB = 8
_SMALLEST_CHUNK = 250


@dataclass(frozen=True, slots=True)
class RangeTask:
    """What every process needs to judge its share; it can be pickled.

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

    def verifier(self) -> RangeVerifier:
        """Build the verifier of one process."""
        access = self.open_access()
        view = LedgerView(access.reader, access.engine)
        judge = EntryJudge(view, access.engine, self.ledger_id, self.now, accepting=False)
        genesis = EntryJudge(view, access.engine, None, self.now, accepting=False)
        tools = RangeTools(view, judge, genesis, access.has_code_commit, self.revoked)
        return RangeVerifier(tools, self.topology)


_task: RangeTask | None = None


def _start(task: RangeTask) -> None:
    global _task  # noqa: PLW0603 - one task per worker process, set once when it starts
    _task = task


def _judge_chunk(start: int, stop: int) -> tuple[int, RangeSummary]:
    if _task is None:
        raise RuntimeError("the worker was not started with a task")
    return start, _task.verifier().run(range(start, stop), lambda _: None)


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
        return task.verifier().run(range(start, stop), progress)
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
