"""Writers that fight over few ids, and records that can never land.

All writers choose among the same ids at the same moment, each with content of its own. Whatever
is acknowledged is on the ledger in the end, with the content that was acknowledged. A record from
the future is refused; where one waits all the same, it is set aside alone.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from random import Random

from gitprov.codec.records import build, to_bytes
from gitprov.errors import Code, GitprovError
from gitprov.model.run import RunRecord
from gitprov.model.times import format_time
from gitprov.wiring.workspace import Workspace
from tests.soak.checks import git
from tests.soak.world import SoakWorld
from tests.support.faults import LEDGER
from tests.support.raw_objects import object_id

_WINDOW_MS = 3_000
_IDS = 12
_HOUR_MS = 3_600_000


def contested_ids(seed: int, window: int) -> list[str]:
    """Return the run ids that everybody fights over in a window of time."""
    chance = Random(f"{seed} ids {window}")
    head = f"{window * _WINDOW_MS:012x}"
    tails = (f"{chance.getrandbits(48):012x}" for _ in range(_IDS))
    return [f"{head[:8]}-{head[8:]}-7{n:03x}-8000-{tail}" for n, tail in enumerate(tails)]


class Rivalry:
    """The fights and poisons of one life of a writer.

    Args:
        world: where it writes.
        slot: its number among the writers.
        chance: decides.
    """

    def __init__(self, world: SoakWorld, slot: int, chance: Random) -> None:
        self._world = world
        self._chance = chance
        path = world.rivals / f"writer-{slot}"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(self._file, b"\n")

    def fight(self, workspace: Workspace) -> None:
        """Hand in some of the contested ids, and write down what was acknowledged."""
        ids = contested_ids(self._world.seed, time.time_ns() // 1_000_000 // _WINDOW_MS)
        chosen = self._chance.sample(ids, self._chance.randint(1, 3))
        records = [self._record(workspace, run_id) for run_id in chosen]
        try:
            receipts = workspace.recorder().submit(records)
        except GitprovError as reason:
            if reason.code is not Code.DUPLICATE:
                raise
            return
        for record, receipt in zip(records, receipts, strict=True):
            oid = object_id("blob", to_bytes(record))
            os.write(self._file, f"{record.run_id} {oid} {receipt.state} end\n".encode())

    def poison(self, workspace: Workspace) -> None:
        """Hand in a record from the future, or leave one in the spool as an older version did."""
        run_id = workspace.ids.uuid7(workspace.clock.now_ms())
        fields = self._record(workspace, run_id).to_mapping()
        later = format_time(workspace.clock.now_ms() + _HOUR_MS)
        record = build({**fields, "recorded_at": later, "finished_at": later}, "run")
        assert isinstance(record, RunRecord)
        if self._chance.random() < 0.5:
            owner = self._world.ring["alice"].fingerprint
            workspace.spool.put(owner, f"poison-{run_id}", [to_bytes(record)])
            return
        try:
            workspace.recorder().submit([record])
        except GitprovError as reason:
            if reason.code is not Code.SCHEMA:
                raise
            return
        self._world.accuse(f"a record from the future was taken: {run_id}")

    def _record(self, workspace: Workspace, run_id: str) -> RunRecord:
        draft = {
            "run_id": run_id,
            "agent_name": "rival",
            "run_status": "SUCCESS",
            "status_before": "A",
            "status_after": "B",
            "notes": f"{self._chance.random()}",
            "mutation": {"actor_kind": "HUMAN"},
        }
        return workspace.drafting().complete(draft)


def broken_promises(world: SoakWorld) -> Iterator[str]:
    """Yield every contested id that was acknowledged with other content than the ledger has."""
    listed = git(world.repo, "ls-tree", "-r", LEDGER, "--", "runs").splitlines()
    there = {line.rpartition("/")[2].removesuffix(".yaml"): line.split()[2] for line in listed}
    for path in sorted(world.rivals.iterdir()):
        for line in path.read_text(encoding="ascii").splitlines():
            fields = line.split(" ")
            if len(fields) == 4 and there.get(fields[0]) != fields[1]:
                yield f"{fields[0]} was {fields[2]} with another content"
