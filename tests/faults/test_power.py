"""F-09: what was acknowledged is there after a power cut that drops everything not synced."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.support.faults import FaultWorld
from tests.support.power_cut import TRACED, Disk
from tests.support.warm_program import WarmProgram

pytestmark = [pytest.mark.gpg, pytest.mark.git, pytest.mark.strace, pytest.mark.slow]
_SYNC = re.compile(r"^\d+ +f(?:data)?sync\(", re.MULTILINE)


def cut_after_recording(
    world: FaultWorld, warm: WarmProgram, content: bytes, *options: str, syncs: bool = True
) -> tuple[FaultWorld, list[str]]:
    """Record, and fail the power as soon as the answer is there; return the disk and the ids.

    Args:
        world: where.
        warm: the program.
        content: the drafts.
        options: further options of record.
        syncs: False ignores every fsync, which must not do.
    """
    folder = world.path.parent
    before = folder / "before"
    shutil.copytree(world.path, before)
    trace = folder / "trace"
    strace = ("-f", "-y", "-o", str(trace), "-e", f"trace={TRACED}")
    args = ("record", "-", "--jsonl", *options)
    done = warm(args, world.path, world.env, content, strace=strace)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert {answer["state"] for answer in answers} == {"recorded"}
    assert not any(answer["warnings"] for answer in answers)
    disk = Disk(before, world.path)
    text = trace.read_text(encoding="utf-8", errors="replace")
    assert _SYNC.search(text)
    disk.replay(text if syncs else _SYNC.sub("0 nothing(", text))
    disk.cut(folder / "disk")
    return FaultWorld(folder / "disk", world.home), [answer["run_id"] for answer in answers]


@pytest.mark.parametrize("count", [1, 60], ids=["loose", "packed"])
def test_f09_what_was_acknowledged_survives(
    world: FaultWorld, warm: WarmProgram, count: int
) -> None:
    """Sixty records come as one pack, which the git program writes."""
    batch = b"---\n".join(world.make_run()[1] for _ in range(count))
    options = ("--batch",) if count > 1 else ()
    disk, ids = cut_after_recording(world, warm, batch, *options)
    assert len(ids) == count
    assert sorted(disk.run_ids()) == sorted(ids)
    disk.git("fsck", "--strict", "--no-dangling", "--no-progress")
    assert disk.findings() == ()
    disk.assert_recovers(disk.make_run()[0])
    assert disk.findings() == ()


def test_f09_without_its_syncs_the_same_record_is_lost(
    world: FaultWorld, warm: WarmProgram
) -> None:
    """So the simulation sees what it must see."""
    _, content = world.make_run()
    disk, ids = cut_after_recording(world, warm, content, syncs=False)
    assert not set(ids) & set(disk.run_ids())


def test_f09_names_and_contents_count_from_their_own_sync(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    for folder in (before, after):
        folder.mkdir()
    (before / "kept").write_text("old")
    (after / "kept").write_text("new")
    for name in ("both", "name only"):
        (after / name).write_text("content")
    top = str(after)
    disk = Disk(before, after)
    disk.replay(
        f'1 openat(AT_FDCWD<{top}>, "both.tmp", O_WRONLY|O_CREAT, 0644) = 3<{top}/both.tmp>\n'
        f'1 write(3<{top}/both.tmp>, "content", 7) = 7\n'
        f"1 fsync(3<{top}/both.tmp>) = 0\n"
        f'1 rename("{top}/both.tmp", "{top}/both") = 0\n'
        f'1 openat(AT_FDCWD<{top}>, "name only", O_WRONLY|O_CREAT, 0644) = 4<{top}/name only>\n'
        f'1 write(4<{top}/name only>, "content", 7) = 7\n'
        f"1 fsync(5<{top}>) = 0\n"
        f'1 openat(AT_FDCWD<{top}>, "late", O_WRONLY|O_CREAT, 0644) = 6<{top}/late>\n'
        f'1 write(7<{top}/kept>, "new", 3) = 3\n'
        f'1 unlink("{top}/both") = 0\n'
        f'1 rename("{top}/none", "{top}/other") = -1 ENOENT (No such file or directory)\n'
    )
    disk.names["both"] = disk.durable["both"]  # its bytes, which the test left in place
    disk.cut(tmp_path / "disk")
    found = {path.name: path.read_text() for path in (tmp_path / "disk").iterdir()}
    assert found == {"both": "content", "name only": "", "kept": ""}
