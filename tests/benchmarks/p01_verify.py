"""Verify many single-run entries, as a process, on every processor.

Baseline: ``git log --format=%G?`` on the same ref, which starts gpg for each commit and checks
nothing but the signature. Its cost per commit does not depend on how many there are, so the
everyday size takes it from the newest 400; the full size takes it from all.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.building import Plan, ledger
from tests.benchmarks.figure import Figure, Row, seconds, times_faster
from tests.benchmarks.measure import in_turn
from tests.benchmarks.runner import script
from tests.benchmarks.world import Bench, program, run

ENTRIES = 10_000
_LOOKED_AT = 400
_REF = "refs/gitprov/ledger"
_FASTER = 15


def check_with_git(path: Path, count: int) -> None:
    """Let git check the newest signatures; all of them must be good."""
    answers = run(["git", "log", f"-{count}", "--format=%G?", _REF], path).split()
    if len(answers) != count or set(answers) - {b"G", b"U"}:
        raise RuntimeError(f"git found {len(answers)} signatures, not all of them good")


def measure(bench: Bench) -> list[Figure]:
    """Measure with the default number of processes, and with one."""
    path = ledger(bench, Plan(ENTRIES))
    count = bench.size(_LOOKED_AT, ENTRIES)
    processors = os.cpu_count() or 1
    figures = [_measure(path, count, processors, bench.size(5, 3))]
    if processors > 1:
        figures.append(replace(_measure(path, count, 1, 3), reach="", met=None))
    return figures


def _measure(path: Path, count: int, jobs: int, times: int) -> Figure:
    pair = in_turn(
        lambda: check_with_git(path, count),
        lambda: run([*program(), "verify", "--jobs", str(jobs)], path),
        times=times,
    ).per(count, ENTRIES)
    baseline, ours = pair.seconds
    return Figure(
        f"verify {ENTRIES:,} entries, processes: {jobs}",
        f"{seconds(ours * ENTRIES)} ({seconds(ours)} an entry)",
        f"git log --format=%G?: {seconds(baseline)} an entry",
        times_faster(pair),
        f"at least {_FASTER} times faster",
        1 / pair.ratio >= _FASTER,
    )


ROW = Row("P1", "Verification speed", measure)

if __name__ == "__main__":
    script(ROW)
