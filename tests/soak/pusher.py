"""One life of one pusher: a clone of its own, records, and `gitprov push` to a guarded server."""

from __future__ import annotations

import contextlib
import io
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

from gitprov.cli.main import run
from gitprov.codec.records import parse_record
from gitprov.errors import Code, GitprovError
from gitprov.local import writer_lock as lock
from gitprov.model.overrides import Overrides
from gitprov.model.receipt import RecordState
from gitprov.model.run import RunRecord
from gitprov.wiring.workspace import open_workspace
from tests.soak.batches import make_batch
from tests.soak.journal import Journal
from tests.soak.world import SoakWorld
from tests.soak.writer import EXPECTED

_MOST_RECORDS = 20
_PAUSE = (1.5, 5.0)
_TICK = 0.05
_NOT_A_WORD = '"findings": []'


@dataclass(frozen=True)
class Sent:
    """How a push ended: its exit code, and the code of its error if there is one."""

    exit: int
    code: str
    text: str


def push() -> Sent:
    """Push the ledger of the current folder."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    err = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(["push", "--json"])
    out.flush()
    content = out.buffer
    assert isinstance(content, io.BytesIO)
    text = content.getvalue().decode()
    lines = [json.loads(line) for line in text.splitlines()]
    said = str(lines[0].get("code", "")) if len(lines) == 1 else ""
    return Sent(code, said, text + err.getvalue())


class Pusher:
    """One life.

    Args:
        world: where the clones and the server are.
        number: which clone is its own.
        life: how many lives it had before.
    """

    def __init__(self, world: SoakWorld, number: int, life: int) -> None:
        self._world = world
        self._chance = Random(f"{world.seed} pusher {number} {life}")
        self._journal = Journal(world.server_journals / f"pusher-{number}")
        lock.STALE_AFTER = 0.5
        os.chdir(world.clone(number))

    def run(self) -> None:
        """Record and push until the end."""
        while not self._world.stop.exists():
            started = time.monotonic_ns()
            try:
                ids = self._record()
            except GitprovError as reason:
                self._judge(str(reason.code), reason.message)
                continue
            sent = push()
            if sent.exit == 0:
                self._journal.write(started, time.monotonic_ns(), RecordState.RECORDED, ids)
            else:
                self._judge(sent.code, sent.text)
            self._rest()

    def _record(self) -> list[str]:
        workspace = open_workspace(Overrides())
        batch = make_batch(workspace, self._chance, self._world.commits)[:_MOST_RECORDS]
        parsed = (parse_record(content, "run") for content in batch)
        receipts = workspace.recorder().submit([r for r in parsed if isinstance(r, RunRecord)])
        return [receipt.run_id for receipt in receipts if receipt.state is RecordState.RECORDED]

    def _judge(self, code: str, text: str) -> None:
        if code == Code.REF_FORBIDDEN and _NOT_A_WORD in text:
            return  # the hook was killed: Git says only that it declined
        if code not in set(EXPECTED):
            self._world.accuse(f"push in {Path.cwd().name}: {code}: {text}")

    def _rest(self) -> None:
        end = time.monotonic() + self._chance.uniform(*_PAUSE)
        while time.monotonic() < end and not self._world.stop.exists():
            time.sleep(_TICK)
