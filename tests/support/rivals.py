"""Processes that fight over few ids, and are killed at any moment; run as a program.

Each writes down what it was told, with the content, only after it was told.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import gitprov
from gitprov.codec.records import to_bytes
from gitprov.errors import Code, GitprovError
from gitprov.local import writer_lock as lock
from gitprov.model.overrides import Overrides
from gitprov.model.run import RunRecord
from gitprov.wiring.workspace import open_workspace
from tests.support.raw_objects import object_id

_LONGEST_BATCH = 4
_MOST_PAUSE = 0.12
_LONGEST = 60.0
_TELLABLE = frozenset({Code.DUPLICATE, Code.BUSY, Code.STALE})


def complete(run_id: str, notes: str) -> RunRecord:
    """Make a record of that id."""
    draft: dict[str, Any] = {
        "run_id": run_id,
        "agent_name": "rival",
        "run_status": "SUCCESS",
        "status_before": "A",
        "status_after": "B",
        "notes": notes,
        "mutation": {"actor_kind": "HUMAN"},
    }
    return open_workspace(Overrides()).drafting().complete(draft)


def fight(ids: list[str], journal: Path, chance: Random) -> None:
    """Hand in single records and batches until killed."""
    mine: list[RunRecord] = []
    with journal.open("ab", buffering=0) as told:
        while True:
            with gitprov.open_ledger(".") as ledger:
                count = chance.randint(1, _LONGEST_BATCH)
                chosen = chance.sample(ids, count if chance.random() < 0.5 else 1)
                records = [complete(one, f"{chance.random()}") for one in chosen]
                if mine and chance.random() < 0.3:
                    records = [chance.choice(mine)]
                mine += records
                try:
                    receipts = ledger.append_many(records)
                except GitprovError as reason:
                    told.write(f"{reason.code}\n".encode())
                    if reason.code not in _TELLABLE:
                        told.write(f"unexpected {reason}\n".encode())
                    continue
                for record, receipt in zip(records, receipts, strict=True):
                    oid = object_id("blob", to_bytes(record))
                    told.write(f"{receipt.state} {record.run_id} {oid}\n".encode())


def start(ids: list[str], folder: Path, seed: str) -> int:
    """Start a rival."""
    child = os.fork()
    if child == 0:
        try:
            fight(ids, folder / seed, Random(seed))
        except BaseException as reason:  # noqa: BLE001 - told to the test
            (folder / f"{seed} died").write_text(repr(reason))
        os._exit(1)
    return child


def told_ids(folder: Path) -> set[str]:
    """The ids of which something was acknowledged."""
    lines = [line.split() for path in folder.iterdir() for line in path.read_text().splitlines()]
    return {line[1] for line in lines if len(line) == 3}


def main(folder: Path, ids: list[str], seed: str, count: int, seconds: float) -> None:
    """Let rivals fight, kill one after the other, and at the end all of them.

    A busy machine gets more time, until most ids have been fought over.
    """
    lock.STALE_AFTER = 0.2
    chance = Random(seed)
    rivals = {start(ids, folder, f"{seed} {n}") for n in range(count)}
    begun, life = time.monotonic(), count
    while (past := time.monotonic() - begun) < seconds or (
        past < _LONGEST and len(told_ids(folder)) <= len(ids) // 2
    ):
        time.sleep(chance.random() * _MOST_PAUSE)
        victim = chance.choice(sorted(rivals))
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        rivals.remove(victim)
        rivals.add(start(ids, folder, f"{seed} {life}"))
        life += 1
    for rival in rivals:
        os.kill(rival, signal.SIGKILL)
        os.waitpid(rival, 0)


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        sys.argv[2].split(","),
        sys.argv[3],
        int(sys.argv[4]),
        float(sys.argv[5]),
    )
