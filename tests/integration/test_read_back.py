"""What is written is read back and judged again; a doubt is told, noted and loses nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gitprov.codec.records import to_bytes
from gitprov.errors import Code
from gitprov.model.receipt import Receipt, RecordState
from gitprov.model.run import RunRecord
from gitprov.service.ports.objects import ObjectWriter
from gitprov.service.write.append_entry import AppendPorts
from gitprov.wiring.workspace import Workspace
from tests.support.cli_inside import Inside
from tests.support.cli_world import RUN, Cli
from tests.support.faults import FaultWorld, founded_world
from tests.support.keys import KeyRing
from tests.support.raw_objects import RawObjects, object_id

pytestmark = [pytest.mark.gpg, pytest.mark.git]
Written = Sequence[tuple[str, bytes]]
Harm = Callable[[Path, Written], None]


@dataclass
class HarmedDisk:
    """The real writer, on a disk where something happens to what was just written."""

    writer: ObjectWriter
    path: Path
    harm: Harm

    def write(self, objects: Written) -> list[str]:
        """Write the objects, then let it happen, once."""
        oids = self.writer.write(objects)
        kinds = [kind for kind, _ in objects]
        if "commit" in kinds and "tree" in kinds and "blob" in kinds:
            self.harm(self.path, objects)
        return oids


@contextmanager
def harmed(harm: Harm) -> Iterator[None]:
    """Let the disk under the next entries harm them."""
    real = Workspace.append_ports

    def ports(self: Workspace) -> AppendPorts:
        made = real(self)
        disk = HarmedDisk(made.writer, self.ledger_dir, harm)
        return replace(made, writer=disk)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Workspace, "append_ports", ports)
        yield


def last_content(written: Written) -> bytes:
    """The entry's last record."""
    return [content for kind, content in written if kind == "blob"][-1]


def file_of_record(path: Path, written: Written) -> Path:
    return RawObjects(path).file_of(object_id("blob", last_content(written)))


def remove(path: Path, written: Written) -> None:
    file_of_record(path, written).unlink()


def cut(path: Path, written: Written) -> None:
    file = file_of_record(path, written)
    content = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(content[: len(content) // 2])


def plant(path: Path, kind: str, old: bytes, new: bytes) -> None:
    """Leave well-formed content under the id of other content."""
    objects = RawObjects(path)
    oid = object_id(kind, old)
    objects.file_of(oid).unlink()
    objects.plant(oid, kind, new)


def swap_value(path: Path, written: Written) -> None:
    """One letter of the record differs, everything else is well formed."""
    plant(path, "blob", content := last_content(written), content.replace(b"SUCCESS", b"FAILED"))


def drop_a_required_field(path: Path, written: Written) -> None:
    content = last_content(written)
    lines = [line for line in content.splitlines(True) if not line.startswith(b"run_status")]
    plant(path, "blob", content, b"".join(lines))


def spoil_the_tree(path: Path, written: Written) -> None:
    plant(path, "tree", [content for kind, content in written if kind == "tree"][-1], b"")


def spoil_the_commit(path: Path, written: Written) -> None:
    (commit,) = [content for kind, content in written if kind == "commit"]
    plant(path, "commit", commit, commit.replace(b"+0000", b"+0100"))


HARMS: list[Harm] = [
    remove,
    cut,
    swap_value,
    drop_a_required_field,
    spoil_the_tree,
    spoil_the_commit,
]


@pytest.fixture
def world(keys: KeyRing, tmp_path: Path) -> FaultWorld:
    return founded_world(tmp_path / "r", keys)


def submit_harmed(world: FaultWorld, harm: Harm) -> tuple[RunRecord, Receipt]:
    record, _ = world.make_run()
    with harmed(harm):
        return record, world.submit(record)


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_the_command_warns_and_ends_well(
    world: FaultWorld, harm: Harm, capfd: pytest.CaptureFixture[str]
) -> None:
    """What an agent sees: exit code 0, its receipt, and the warning on standard error."""
    inside = Inside(Cli(world.path, {"GNUPGHOME": str(world.home)}), capfd)
    with harmed(harm):
        ended = inside("record", *RUN, "--json")
    assert (ended.code, ended.json["state"]) == (0, "recorded")
    assert Code.STORE_CORRUPT in {warning["code"] for warning in ended.json["warnings"]}
    assert Code.STORE_CORRUPT in ended.err


def spooled(world: FaultWorld) -> list[Path]:
    return list((world.path / ".git/gitprov/spool").rglob("*.yaml"))


def noted(world: FaultWorld) -> list[dict[str, str]]:
    text = (world.path / ".git/gitprov/audit.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    return [line for line in lines if line["action"] == "read-back"]


def test_a_good_entry_raises_no_doubt(world: FaultWorld) -> None:
    _, receipt = submit_harmed(world, lambda _path, _written: None)
    assert (receipt.state, receipt.warnings) == (RecordState.RECORDED, ())
    assert (spooled(world), noted(world)) == ([], [])


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_a_bad_read_back_warns_and_does_not_fail_the_run(world: FaultWorld, harm: Harm) -> None:
    record, receipt = submit_harmed(world, harm)
    assert (receipt.run_id, receipt.state) == (record.run_id, RecordState.RECORDED)
    assert Code.STORE_CORRUPT in {warning.code for warning in receipt.warnings}


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_a_bad_read_back_is_noted_and_the_record_stays_safe(world: FaultWorld, harm: Harm) -> None:
    record, receipt = submit_harmed(world, harm)
    (line,) = noted(world)
    assert (line["code"], line["new"]) == (Code.STORE_CORRUPT, receipt.entry)
    (kept,) = spooled(world)
    assert record.run_id in kept.read_text()


@pytest.mark.parametrize("harm", [remove, cut, swap_value], ids=lambda harm: harm.__name__)
def test_the_copy_in_the_spool_mends_the_store(world: FaultWorld, harm: Harm) -> None:
    """The tree names a record that the store has lost: nobody but the spool has it."""
    record, _ = submit_harmed(world, harm)
    other, _ = world.make_run()
    assert world.submit(other).warnings == ()
    assert spooled(world) == []
    with world.workspace() as workspace:
        oid = object_id("blob", to_bytes(record))
        assert workspace.objects.read(oid, 1 << 20) == ("blob", to_bytes(record))
    assert world.findings() == ()
    again = world.submit(record)
    assert (again.state, again.warnings) == (RecordState.ALREADY_RECORDED, ())


@pytest.mark.parametrize("harm", [spoil_the_tree, spoil_the_commit], ids=lambda h: h.__name__)
def test_what_the_spool_cannot_mend_it_keeps(world: FaultWorld, harm: Harm) -> None:
    record, receipt = submit_harmed(world, harm)
    other, _ = world.make_run()
    waiting = world.submit(other)
    assert (waiting.state, waiting.entry) == (RecordState.SPOOLED, None)
    assert [notice.code for notice in waiting.warnings] == [Code.STORE_CORRUPT]
    assert Code.STORE_CORRUPT in {finding.code for finding in world.findings()}
    assert receipt.entry == world.tip()
    kept = "".join(path.read_text() for path in spooled(world))
    assert record.run_id in kept
    assert other.run_id in kept
