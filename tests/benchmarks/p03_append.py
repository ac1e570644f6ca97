"""Append one record through the API: judged, signed, durable, judged again.

Baseline: one bare ``gpg --detach-sign`` process over a text of the size of an entry, and then
the fsyncs of an append, of which strace takes down number and sizes: that many new files of
these sizes, and that many fsyncs of a folder.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import gitprov
from tests.benchmarks.building import Plan, new_ledger
from tests.benchmarks.figure import Figure, Row, seconds, times
from tests.benchmarks.measure import in_turn
from tests.benchmarks.runner import script
from tests.benchmarks.samples import draft
from tests.benchmarks.syncs import Synced, repeat, watch_append
from tests.benchmarks.world import Bench

_RECORDS = 1_000
_PAYLOAD = 600
_MOST = 2.0


def sign_bare(owner: str) -> None:
    """Sign as a person would by hand."""
    command = ["gpg", "--batch", "--local-user", owner, "--armor", "--detach-sign"]
    subprocess.run(command, input=os.urandom(_PAYLOAD), stdout=subprocess.DEVNULL, check=True)


def append(ledger: gitprov.Ledger) -> None:
    """Append one record, which must land."""
    receipt = ledger.append(draft())
    if receipt.state != "recorded" or receipt.warnings:
        raise RuntimeError(f"the record did not land: {receipt}")


def measure(bench: Bench) -> list[Figure]:
    """Measure on a ledger of 1,000 records."""
    path = new_ledger(bench, Plan(_RECORDS, per_entry=100), "append")
    syncs = watch_append(path, bench.path)
    reach = f"at most {_MOST:g} times"
    if syncs is None:
        return [Figure("append one record", "", "", "strace is not installed", reach, None)]
    folder = bench.path / "syncs"
    folder.mkdir(exist_ok=True)
    with gitprov.open_ledger(path) as ledger:
        pair = in_turn(
            lambda: _sign_and_sync(bench.owner, syncs, folder),
            lambda: append(ledger),
            times=bench.size(60, 300),
            warm=3,
        )
    files = sum(synced.size is not None for synced in syncs)
    counted = f"gpg and {len(syncs)} fsyncs ({files} files)"
    ours, baseline = seconds(pair.seconds[1]), seconds(pair.seconds[0])
    what = f"append one record to {_RECORDS:,}"
    met = pair.ratio <= _MOST
    return [Figure(what, ours, f"{counted}: {baseline}", times(pair), reach, met)]


def _sign_and_sync(owner: str, syncs: list[Synced], folder: Path) -> None:
    sign_bare(owner)
    repeat(syncs, folder)


ROW = Row("P3", "One append through the API", measure)

if __name__ == "__main__":
    script(ROW)
