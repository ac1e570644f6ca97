"""One life of one writer: it hands in batch after batch until it is killed or told to end."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from random import Random

from gitprov.cli.main import run
from gitprov.codec.records import parse_record
from gitprov.errors import Code, GitprovError
from gitprov.local import writer_lock as lock
from gitprov.model.overrides import Overrides
from gitprov.model.receipt import RecordState
from gitprov.model.run import RunRecord
from gitprov.wiring.workspace import Workspace, open_workspace
from tests.soak.batches import make_batch
from tests.soak.journal import Journal
from tests.soak.mortality import Mortality
from tests.soak.rivalry import Rivalry
from tests.soak.scarcity import scarcity
from tests.soak.world import SoakWorld

_DIVIDER = b"---\n"
_WAYS = {"ledger": 55, "new ledger": 20, "command": 23, "program": 2}
_BATCHES, _MOMENTS = 16, 160
_LIMIT = 60
# What a fault may come to; everything else is a defect.
EXPECTED = frozenset({Code.BUSY, Code.STORAGE, Code.SIGNER, Code.STALE, Code.INTERNAL})


class UnexpectedEndError(Exception):
    """The command ended in a way that no fault explains."""


class Writer:
    """One life.

    Args:
        world: where it writes.
        slot: its number among the writers.
        life: how many lives the slot had before.
    """

    def __init__(self, world: SoakWorld, slot: int, life: int) -> None:
        self._world = world
        self._chance = Random(f"{world.seed} writer {slot} {life}")
        self._prefix = f"{slot}-"
        self._journal = Journal(world.journals / f"writer-{slot}")
        self._rivalry = Rivalry(world, slot, self._chance)
        self._mortality = Mortality()
        self._left = self._chance.randint(1, _BATCHES)
        lock.STALE_AFTER = 0.5  # what a dead one left is cleared soon; the wait has its own test
        os.chdir(world.repo)
        self._workspace = open_workspace(Overrides())

    def run(self) -> None:
        """Write until the end."""
        while not self._world.stop.exists():
            waiting = sorted(self._world.intents.glob(f"{self._prefix}*.yaml"))
            if not waiting:
                self._intend()
            for intent in waiting:
                self._left -= 1
                with contextlib.suppress(FileNotFoundError):
                    self._hand_in(intent.name)
                self._trouble_others()

    def _trouble_others(self) -> None:
        """Now and then fight over an id, or hand in what can never land."""
        (what,) = self._chance.choices(
            (self._rivalry.fight, self._rivalry.poison, None), (20, 2, 78)
        )
        try:
            if what is not None:
                what(self._workspace)
        except GitprovError as reason:
            if reason.code not in EXPECTED:
                self._world.accuse(f"{what}: {reason.code}: {reason.message}")

    def _intend(self) -> None:
        """Write down what will be handed in, so that the next life can do so again."""
        batch = make_batch(self._workspace, self._chance, self._world.commits)
        name = f"{self._prefix}{time.monotonic_ns()}"
        path = self._world.intents / name
        path.write_bytes(_DIVIDER.join(batch))
        path.rename(path.with_suffix(".yaml"))

    def _hand_in(self, name: str) -> None:
        path = self._world.intents / name
        contents = path.read_bytes().split(_DIVIDER)
        started = int(name.removeprefix(self._prefix).removesuffix(".yaml"))
        (way,) = self._chance.choices(list(_WAYS), list(_WAYS.values()))
        try:
            with scarcity(self._chance):
                if self._left <= 0:
                    self._mortality.arm(self._chance.randint(1, _MOMENTS))
                states = self._by(way, contents, str(path))
        except GitprovError as reason:
            if reason.code not in EXPECTED:
                self._world.accuse(f"{way}: {reason.code}: {reason.message}")
            if self._chance.random() < 0.2:
                path.unlink()  # given up: it may be there, and will not be twice
            return
        self._note(states, started)
        path.unlink()

    def _note(self, states: Mapping[str, RecordState], started: int) -> None:
        ended = time.monotonic_ns()
        by_state = defaultdict(list)
        for run_id, state in states.items():
            by_state[state].append(run_id)
        for state, ids in by_state.items():
            self._journal.write(started, ended, state, ids)

    def _by(self, way: str, contents: list[bytes], path: str) -> dict[str, RecordState]:
        if way == "program":
            return self._by_program(path)
        if way == "command":
            return self._by_command(path)
        workspace = self._workspace if way == "ledger" else open_workspace(Overrides())
        return _submit(workspace, contents)

    def _by_command(self, path: str) -> dict[str, RecordState]:
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(["record", "--batch", "--jsonl", path])
        return _answer(code, _text(out), _text(err))

    def _by_program(self, path: str) -> dict[str, RecordState]:
        argv = [sys.executable, "-m", "gitprov", "record", "--batch", "--jsonl", path]
        try:
            done = subprocess.run(argv, capture_output=True, check=False, text=True, timeout=_LIMIT)
        except OSError as reason:
            raise GitprovError(Code.INTERNAL, f"the program did not start: {reason}") from reason
        if done.returncode == 1 and "Too many open files" in done.stderr:
            # Python itself could not start; nothing of gitprov has run.
            raise GitprovError(Code.INTERNAL, "Python did not start")
        return _answer(done.returncode, done.stdout, done.stderr)


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    content = stream.buffer
    assert isinstance(content, io.BytesIO)
    return content.getvalue().decode()


def _submit(workspace: Workspace, contents: Iterable[bytes]) -> dict[str, RecordState]:
    parsed = (parse_record(content, "run") for content in contents)
    records = [record for record in parsed if isinstance(record, RunRecord)]
    receipts = workspace.recorder().submit(records)
    return {receipt.run_id: receipt.state for receipt in receipts}


def _answer(code: int, out: str, err: str) -> dict[str, RecordState]:
    """Read the lines that a command printed."""
    if code < 0:
        raise GitprovError(Code.INTERNAL, f"signal {-code} ended the program")
    lines = [json.loads(line) for line in out.splitlines()]
    if code != 0:
        said = [line.get("code") for line in lines]
        if code == 3 and len(said) == 1 and said[0] in set(EXPECTED):
            raise GitprovError(Code(said[0]), err)
        text = f"the command ended with {code}: {out[-500:]} {err[-2000:]}"
        raise UnexpectedEndError(text)
    return {line["run_id"]: RecordState(line["state"]) for line in lines}
