"""Of two contents of one id the first is kept and the second refused, in every order."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest

from gitprov.app.doctor_facts import gather_refused
from gitprov.codec.records import parse_record, to_bytes
from gitprov.errors import Code, RefusedError, StorageError
from gitprov.model.receipt import Receipt, RecordState
from gitprov.model.run import RunRecord
from gitprov.wiring.workspace import Workspace
from tests.support import record_texts
from tests.support.faults import LEDGER, FaultWorld
from tests.support.keys import KeyRing
from tests.support.raw_objects import object_id
from tests.support.record_texts import Author

pytestmark = [pytest.mark.gpg, pytest.mark.git, pytest.mark.slow]
_NOW = int(time.time())
_RIVALS, _IDS, _SECONDS = 16, 50, 5.0


def run(number: int, *, agent: str = "first") -> RunRecord:
    """Make a run; another agent is another content."""
    file = record_texts.run(Author(_NOW, number), agent=agent)
    record = parse_record(file.text, "run")
    assert isinstance(record, RunRecord)
    return record


def submit(world: FaultWorld, *records: RunRecord) -> list[Receipt]:
    with world.workspace() as workspace:
        return workspace.recorder().submit(records)


def wait(world: FaultWorld, *records: RunRecord) -> None:
    """Hand records in while somebody else writes: they wait."""
    with world.workspace() as workspace, workspace.lock.hold(0), pytest.MonkeyPatch.context() as p:
        p.setenv("GITPROV_LOCK_TIMEOUT", "0")
        receipts = submit(world, *records)
    assert {receipt.state for receipt in receipts} == {RecordState.SPOOLED}


def refused(world: FaultWorld, *records: RunRecord) -> None:
    with pytest.raises(RefusedError) as caught:
        submit(world, *records)
    assert caught.value.code is Code.DUPLICATE
    assert "waiting in the spool with other content" in caught.value.message


def flush(world: FaultWorld) -> set[str]:
    """Empty the spool; return the blobs of all runs on the ledger."""
    with world.workspace() as workspace:
        workspace.recorder().flush()
        assert workspace.spool.waiting() == []
        assert gather_refused(workspace) == []
    return on_ledger(world)


def on_ledger(world: FaultWorld) -> set[str]:
    lines = world.git("ls-tree", "-r", LEDGER, "--", "runs").splitlines()
    return {line.split()[2] for line in lines}


def blob(record: RunRecord) -> str:
    return object_id("blob", to_bytes(record))


@pytest.mark.parametrize("first", [[1], [1, 2]], ids=["single", "batch"])
@pytest.mark.parametrize("second", [[1], [3, 1]], ids=["single", "batch"])
def test_the_second_content_is_refused_while_the_first_waits(
    world: FaultWorld, first: list[int], second: list[int]
) -> None:
    kept = [run(number) for number in first]
    wait(world, *kept)
    refused(world, *(run(number, agent="second") for number in second))
    assert flush(world) == {blob(record) for record in kept}


def test_the_same_bytes_again_are_the_same_waiting_record(world: FaultWorld) -> None:
    batch = [run(1), run(2)]
    wait(world, *batch)
    wait(world, batch[0])
    wait(world, batch[1], run(3))
    with world.workspace() as workspace:
        assert sum(len(workspace.spool.get(*file)) for file in workspace.spool.waiting()) == 3
    receipts = submit(world, batch[0], run(3))
    assert [receipt.state for receipt in receipts] == [RecordState.RECORDED] * 2
    assert len(on_ledger(world)) == 3
    assert submit(world, run(2))[0].state is RecordState.ALREADY_RECORDED


def test_the_spool_of_another_key_counts(world: FaultWorld, keys: KeyRing) -> None:
    wait(world, run(1))
    folder = world.path / ".git/gitprov/spool"
    (folder / keys["alice"].fingerprint).rename(folder / keys["bot"].fingerprint)
    refused(world, run(1, agent="second"))


def test_the_bytes_that_wait_for_a_key_that_may_not_sign_land_by_another(
    world: FaultWorld, keys: KeyRing
) -> None:
    wait(world, run(1))
    folder = world.path / ".git/gitprov/spool"
    (folder / keys["alice"].fingerprint).rename(folder / keys["mallory"].fingerprint)
    assert submit(world, run(1))[0].state is RecordState.RECORDED


def test_a_ledger_that_cannot_be_read_lets_no_second_content_wait(world: FaultWorld) -> None:
    def broken(*_: object) -> None:
        raise StorageError(Code.STORE_CORRUPT, "it is broken")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gitprov.service.write.record_run.read_tip", broken)
        assert submit(world, run(1))[0].state is RecordState.SPOOLED
        assert submit(world, run(1))[0].state is RecordState.SPOOLED
        refused(world, run(1, agent="second"))
        with pytest.raises(RefusedError, match="twice in this batch"):
            submit(world, run(2), run(2, agent="second"))
    assert flush(world) == {blob(run(1))}


def test_a_source_that_is_known_does_not_hide_a_second_content(world: FaultWorld) -> None:
    source = 'source:\n  system: "s"\n  session_id: "1"\n'

    def make(number: int, *, agent: str) -> RunRecord:
        text = record_texts.run(Author(_NOW, number), agent=agent).text
        record = parse_record(text.replace(b"started_at", source.encode() + b"started_at"), "run")
        assert isinstance(record, RunRecord)
        return record

    assert submit(world, make(1, agent="first"))[0].state is RecordState.RECORDED
    wait(world, run(2))
    refused(world, make(2, agent="second"))
    assert flush(world) == {blob(make(1, agent="first")), blob(run(2))}


def once(happening: Callable[[], object]) -> Callable[[], object]:
    """Let something happen at the first call alone."""
    left = [happening]

    def happen() -> None:
        if left:
            left.pop()()

    return happen


@pytest.mark.parametrize("lands", [True, False])
def test_what_comes_between_check_and_claim_is_seen(world: FaultWorld, lands: bool) -> None:
    """A rival stores other content of the id after we looked; perhaps it lands, too."""
    rival = run(1, agent="rival")
    happen = once(lambda: submit(world, rival) if lands else wait(world, rival))
    with world.workspace() as workspace:
        real = workspace.spool.claim

        def claim(*args: object) -> bool:
            happen()
            return real(*args)  # type: ignore[arg-type]  # as it was called

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(workspace.spool, "claim", claim)
            with pytest.raises(RefusedError) as caught:
                workspace.recorder().submit([run(1)])
    assert caught.value.code is Code.DUPLICATE
    assert flush(world) == {blob(rival)}


def test_a_receipt_compares_contents(world: FaultWorld, keys: KeyRing) -> None:
    """An older version put other content there behind our back, and it landed."""
    rival = run(1, agent="rival")
    with world.workspace() as workspace:
        real = Workspace.recorder(workspace)
        folder = world.path / ".git/gitprov/spool" / keys["alice"].fingerprint

        def swap(_: Sequence[object]) -> None:
            (folder / f"{rival.run_id}.yaml").write_bytes(to_bytes(rival))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(real._drain, "expect", swap)
            with pytest.raises(StorageError) as caught:
                real.submit([run(1)])
    assert caught.value.code is Code.INTERNAL
    assert on_ledger(world) == {blob(rival)}


@pytest.mark.parametrize("seed", [1])
def test_rivals_for_few_ids_lose_nothing_that_was_acknowledged(
    world: FaultWorld, tmp_path: Path, seed: int
) -> None:
    folder = tmp_path / "told"
    folder.mkdir()
    ids = [record_texts.uuid7(_NOW, Random(f"{seed} {n}").getrandbits(40)) for n in range(_IDS)]
    program = [sys.executable, "-m", "tests.support.rivals", str(folder), ",".join(ids)]
    subprocess.run(
        [*program, str(seed), str(_RIVALS), str(_SECONDS)],
        cwd=world.path,
        env={**world.env, "GITPROV_LOCK_TIMEOUT": "0.2"},
        check=True,
        timeout=100,
    )
    assert [path.read_text() for path in folder.glob("* died")] == []
    lines = [line.split() for path in folder.iterdir() for line in path.read_text().splitlines()]
    assert [line for line in lines if line[0] == "unexpected"] == []
    contents: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if len(line) == 3:
            contents[line[1]].add(line[2])
    assert len(contents) > _IDS // 2, "the test proves something"
    assert [str(Code.DUPLICATE)] in lines
    assert all(len(acknowledged) == 1 for acknowledged in contents.values())
    with world.workspace() as workspace:
        files = workspace.spool.waiting()
        waiting = [object_id("blob", r) for file in files for r in workspace.spool.get(*file)]
    assert len(waiting) == len(set(waiting))
    acknowledged = {oid for one in contents.values() for oid in one}
    assert acknowledged <= on_ledger(world) | set(waiting)
    assert acknowledged <= flush(world)
    added = world.git("log", "--format=", "--name-only", "-m", LEDGER, "--", "runs").split()
    assert len(added) == len(set(added))
    assert world.findings() == ()
