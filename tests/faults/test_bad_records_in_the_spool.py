"""A record that can never land is refused, or set aside alone and named; its neighbours land.

It got into the spool by a clock that was ahead, an older version, or a policy that changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gitprov.app.doctor_facts import gather_refused
from gitprov.codec.records import parse_record
from gitprov.errors import Code, GitprovError
from gitprov.local.spool import FileSpool
from gitprov.model.receipt import RecordState
from gitprov.model.run import RunRecord
from gitprov.service.write import init_ledger
from tests.support import record_texts
from tests.support.faults import LEDGER, FaultWorld, bare_world, copied_world
from tests.support.keys import KeyRing
from tests.support.record_texts import Author, File

pytestmark = [pytest.mark.gpg, pytest.mark.git, pytest.mark.slow]
NOW = int(time.time())
_HOUR, _DAY = 3_600, 86_400


@pytest.fixture(scope="module")
def strict(keys: KeyRing, tmp_path_factory: pytest.TempPathFactory) -> FaultWorld:
    """A ledger whose policy allows less than usual. Change nothing in it."""
    usual = init_ledger._signer

    def signer(
        key: init_ledger.LedgerKey, actors: list[str], kinds: tuple[str, ...]
    ) -> dict[str, object]:
        kinds = tuple(kind for kind in kinds if kind != "state")
        return {**usual(key, actors, kinds), "agents": ["4_*"]}

    world = bare_world(tmp_path_factory.mktemp("strict") / "r", keys)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(init_ledger, "_signer", signer)
        patch.setattr(init_ledger, "MAX_RECORD_BYTES", 4096)
        world.initialise(keys["alice"].fingerprint, keys["bot"].fingerprint)
    return world


@pytest.fixture
def world(strict: FaultWorld, tmp_path: Path) -> FaultWorld:
    """A fresh copy of it."""
    return copied_world(strict, tmp_path / "r")


def good(number: int) -> File:
    """Write a record that may enter."""
    return record_texts.run(Author(NOW, number))


def renamed(file: File, record_id: str) -> File:
    """Give a record another id."""
    text = file.text.replace(file.name.encode(), record_id.encode())
    return replace(file, name=record_id, text=text)


def other(file: File) -> File:
    """Give a record other content."""
    return file.edited("CHECKED", "ISSUED")


def of_event(file: File, number: int) -> File:
    """Give a record the edit_event_id of another."""
    event = 'edit_event_id: "5f0a5cf6-2df6-4b33-a6a2-'
    return file.edited(f"{event}{80:012x}", f"{event}{number:012x}")


def approval_of_nothing() -> File:
    plan = record_texts.withdraw_range(1, 1)
    proposed = record_texts.proposal(Author(NOW, 90), "x", 1, plan, NOW + _DAY)
    return record_texts.approval(Author(NOW, 91), proposed, "A" * 40)


BAD: dict[str, tuple[Callable[[], File], Code]] = {
    "from the future": (
        lambda: good(80).edited(
            f'recorded_at: "{record_texts.time_text(NOW)}"',
            f'recorded_at: "{record_texts.time_text(NOW + _HOUR)}"',
        ),
        Code.SCHEMA,
    ),
    "an id long before the run": (
        lambda: renamed(good(80), record_texts.uuid7(NOW - 3 * _DAY, 80)),
        Code.SCHEMA,
    ),
    "an id from the future": (
        lambda: renamed(good(80), record_texts.uuid7(NOW + _HOUR, 80)),
        Code.SCHEMA,
    ),
    "an id that is none": (lambda: renamed(good(80), "0190"), Code.SCHEMA),
    "no id": (lambda: good(80).edited("\nrun_id: ", "\nrum_id: "), Code.RECORD_FORM),
    "a kind that is none": (lambda: good(80).edited('"run"', '"ruin"'), Code.RECORD_FORM),
    "a policy": (lambda: good(80).edited('"run"', '"policy"'), Code.RECORD_FORM),
    "not canonical": (lambda: good(80).edited("agent_name: ", "agent_name:  "), Code.RECORD_FORM),
    "no text": (lambda: good(80).edited("CHECKED", b"\xff\xfe"), Code.RECORD_FORM),
    "an unknown status": (lambda: good(80).edited("SUCCESS", "DONE"), Code.SCHEMA),
    "a silent edit": (lambda: good(80).edited('"HUMAN"', '"AI"'), Code.SILENT_EDIT),
    "too large": (
        lambda: record_texts.run(Author(NOW, 80), more=f'notes: "{"x" * 5_000}"\n'),
        Code.LIMIT,
    ),
    "a kind that the signer may not add": (
        lambda: record_texts.state(Author(NOW, 80), record_texts.uuid7(NOW, 1)),
        Code.IDENTITY,
    ),
    "an agent that the signer may not record for": (
        lambda: record_texts.run(Author(NOW, 80), agent="5_OTHER"),
        Code.IDENTITY,
    ),
    "an amendment of no run": (
        lambda: record_texts.amendment(Author(NOW, 80), record_texts.uuid7(NOW, 99)),
        Code.LINK,
    ),
    "an approval of no proposal": (approval_of_nothing, Code.LINK),
    "an id on the ledger": (lambda: other(good(0)), Code.DUPLICATE),
    "an id of its neighbour": (lambda: other(good(1)), Code.DUPLICATE),
    "the event of its neighbour in the file": (
        lambda: of_event(good(80), 2),
        Code.DUPLICATE,
    ),
}


def spool_of(world: FaultWorld, keys: KeyRing) -> Path:
    """Return the folder of what waits for Alice's key."""
    folder = world.path / ".git/gitprov/spool" / keys["alice"].fingerprint
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.parent.chmod(0o700)
    return folder


def take_in(world: FaultWorld, file: File) -> RunRecord:
    record = parse_record(file.text, "run")
    assert isinstance(record, RunRecord)
    assert world.submit(record).state is RecordState.RECORDED
    return record


@pytest.mark.parametrize("name", BAD)
def test_a_bad_record_is_set_aside_alone(world: FaultWorld, keys: KeyRing, name: str) -> None:
    make, code = BAD[name]
    bad = make()
    take_in(world, good(0))
    folder = spool_of(world, keys)
    (folder / "0000-first.yaml").write_bytes(good(1).text)
    (folder / "0001-batch.yaml").write_bytes(b"---\n".join([good(2).text, bad.text, good(3).text]))
    (folder / "0002-last.yaml").write_bytes(good(4).text)
    record = parse_record(good(5).text, "run")
    assert isinstance(record, RunRecord)
    with world.workspace() as workspace:
        (receipt,) = workspace.recorder().submit([record])
        refused = gather_refused(workspace)
    assert receipt.state is RecordState.RECORDED
    (notice,) = receipt.warnings
    assert notice.code == code, notice
    assert "was set aside and will never land" in notice.message
    assert set(world.run_ids()) == {good(number).name for number in range(6)}
    (told,) = refused
    assert told[1].startswith(f"{code}: ")
    assert [path.read_bytes() for path in (folder.parent / "set-aside").rglob("*.yaml")] == [
        bad.text
    ]
    assert list(folder.glob("*.yaml")) == []
    kept = world.git("cat-file", "-p", f"{LEDGER}:{good(0).path}") + "\n"
    assert kept.encode() == good(0).text
    assert world.findings() == ()


@pytest.mark.parametrize(
    "name", [name for name, (make, _) in BAD.items() if "neighbour" not in name]
)
def test_a_bad_record_that_is_alone_lets_later_ones_land(
    world: FaultWorld, keys: KeyRing, name: str
) -> None:
    make, code = BAD[name]
    take_in(world, good(0))
    (spool_of(world, keys) / "0000-alone.yaml").write_bytes(make().text)
    with world.workspace() as workspace:
        (receipt,) = workspace.recorder().flush()
    assert (receipt.state, [n.code for n in receipt.warnings]) == (RecordState.SPOOLED, [code])
    take_in(world, good(1))
    assert world.findings() == ()


@pytest.mark.parametrize("name", ["from the future", "too large", "an id on the ledger"])
def test_a_bad_record_is_refused_before_it_waits(
    world: FaultWorld, keys: KeyRing, name: str
) -> None:
    make, code = BAD[name]
    take_in(world, good(0))
    record = parse_record(make().text, "run")
    assert isinstance(record, RunRecord)
    with pytest.raises(GitprovError) as caught:
        world.submit(record)
    assert caught.value.code is code
    assert list(spool_of(world, keys).parent.rglob("*.yaml")) == []


def test_two_records_of_one_event_are_refused_together(world: FaultWorld) -> None:
    first, second = good(1), of_event(good(80), 1)
    records = [parse_record(file.text, "run") for file in (first, second)]
    with world.workspace() as workspace, pytest.raises(GitprovError) as caught:
        workspace.recorder().submit([r for r in records if isinstance(r, RunRecord)])
    assert caught.value.code is Code.DUPLICATE
    assert "edit_event_id" in caught.value.message
    assert world.run_ids() == []


def test_an_amendment_finds_the_run_that_waits_before_it(world: FaultWorld, keys: KeyRing) -> None:
    folder = spool_of(world, keys)
    (folder / "0000-run.yaml").write_bytes(good(1).text)
    amendment = record_texts.amendment(Author(NOW, 2), good(1).name)
    (folder / "0001-amendment.yaml").write_bytes(amendment.text)
    with world.workspace() as workspace:
        receipts = workspace.recorder().flush()
    assert [receipt.state for receipt in receipts] == [RecordState.RECORDED] * 2
    assert world.findings() == ()


def test_an_amendment_waits_for_a_run_that_waits_for_another_key(
    world: FaultWorld, keys: KeyRing
) -> None:
    folder = spool_of(world, keys)
    amendment = record_texts.amendment(Author(NOW, 2), good(1).name)
    (folder / "0001-amendment.yaml").write_bytes(amendment.text)
    elsewhere = folder.parent / keys["bot"].fingerprint
    elsewhere.mkdir(mode=0o700)
    (elsewhere / f"{good(1).name}.yaml").write_bytes(good(1).text)
    record = parse_record(good(3).text, "run")
    assert isinstance(record, RunRecord)
    receipt = world.submit(record)
    assert (receipt.state, [n.code for n in receipt.warnings]) == ("recorded", [Code.LINK])
    assert (folder / "0001-amendment.yaml").exists()


def test_many_that_wait_for_a_run_read_the_spool_once(
    world: FaultWorld, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = spool_of(world, keys)
    for number in range(2, 22):
        amendment = record_texts.amendment(Author(NOW, number), good(1).name)
        (folder / f"{number:04}-amendment.yaml").write_bytes(amendment.text)
    elsewhere = folder.parent / keys["bot"].fingerprint
    elsewhere.mkdir(mode=0o700)
    (elsewhere / f"{good(1).name}.yaml").write_bytes(good(1).text)
    reads = []
    record_ids = FileSpool.record_ids

    def counted(spool: FileSpool) -> frozenset[str]:
        reads.append(spool)
        return record_ids(spool)

    monkeypatch.setattr(FileSpool, "record_ids", counted)
    take_in(world, good(30))
    assert len(reads) == 1
    assert len(list(folder.glob("*.yaml"))) == 20


def test_a_record_that_is_refused_again_and_again_is_logged_once(
    world: FaultWorld, keys: KeyRing
) -> None:
    folder = spool_of(world, keys)
    waiting = record_texts.amendment(Author(NOW, 2), good(1).name)
    bad = BAD["from the future"][0]()
    (folder / "0001-batch.yaml").write_bytes(b"---\n".join([waiting.text, bad.text]))
    elsewhere = folder.parent / keys["bot"].fingerprint
    elsewhere.mkdir(mode=0o700)
    (elsewhere / f"{good(1).name}.yaml").write_bytes(good(1).text)
    for number in (30, 31):
        take_in(world, good(number))
    assert (folder / "0001-batch.yaml").exists()
    log = (world.path / ".git/gitprov/audit.jsonl").read_text()
    assert log.count("GPV-422-SCHEMA") == 1


def test_the_program_names_what_was_set_aside(world: FaultWorld, keys: KeyRing) -> None:
    bad = BAD["from the future"][0]()
    (spool_of(world, keys) / f"{bad.name}.yaml").write_bytes(bad.text)
    done = world.run("record", "-", stdin=good(1).text)
    assert done.returncode == 0
    assert f"{bad.name} was set aside and will never land".encode() in done.stderr
    doctor = world.run("doctor")
    assert doctor.returncode == 1
    assert bad.name.encode() in doctor.stdout
    refused = world.run("record", "-", stdin=bad.text)
    assert refused.returncode != 0
    assert b"GPV-422-SCHEMA: recorded_at" in refused.stderr
    assert b"Z is UTC" in refused.stderr
