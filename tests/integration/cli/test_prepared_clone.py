"""A clone prepared so that reading it never ends: every command ends with a code instead."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli_world import RUN, Cli
from tests.support.lies import forge_circle

LEDGER = "refs/gitprov/ledger"
pytestmark = [pytest.mark.git, pytest.mark.gpg]
COMMANDS = [
    ("record", *RUN),
    ("log",),
    ("show", "RUN"),
    ("verify",),
    ("notes", "check"),
    ("notes", "show", "HEAD"),
    ("flush",),
    ("push",),
    ("recover",),
    ("checkpoint", "write", "../point"),
    ("key", "list"),
    ("context", "check", "RUN"),
]


@pytest.fixture
def run(cli: Cli) -> str:
    """The id of a run on the ledger, all of whose objects are single files."""
    cli.git("commit", "--quiet", "--allow-empty", "-m", "x")
    found: str = cli("record", *RUN, "--commit", "HEAD", "--json").json["run_id"]
    return found


def objects(cli: Cli) -> Path:
    return cli.path / ".git/objects"


def circle(cli: Cli, oid: str) -> None:
    """Put an object into a circle, in the place of its single file."""
    forge_circle(objects(cli), bytes.fromhex(oid), bytes(reversed(bytes.fromhex(oid))))
    (objects(cli) / oid[:2] / oid[2:]).unlink()


@pytest.mark.parametrize("what", ["tip", "code"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: "-".join(command[:2]))
def test_a_circle_of_objects_is_a_code(
    cli: Cli, run: str, command: tuple[str, ...], what: str
) -> None:
    circle(cli, cli.git("rev-parse", LEDGER if what == "tip" else "HEAD"))
    argv = [run if word == "RUN" else word for word in command]
    done = subprocess.run(
        [sys.executable, "-m", "gitprov", *argv],
        cwd=cli.path,
        env=cli.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    if command[0] in {"push", "flush", "key"} and what == "code":
        return  # they need not look at the code
    assert done.returncode in {1, 2, 3}, done
    assert "GPV-" in done.stdout + done.stderr


def test_each_pack_is_looked_through_once(cli: Cli, run: str) -> None:
    cli.git("-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq")
    assert cli("show", run).code == 0
    memory = cli.path / ".git/gitprov/packs"
    first = memory.read_text()
    assert len(first.splitlines()) == 1
    stamp = memory.stat().st_mtime_ns
    assert cli("show", run).code == 0
    assert memory.stat().st_mtime_ns == stamp
    (index,) = (objects(cli) / "pack").glob("*.idx")
    os.utime(index)  # a change, as far as anybody can see
    assert cli("show", run).code == 0
    assert memory.read_text() != first


@pytest.mark.parametrize("suffix", [".pack", ".idx"])
def test_a_pack_that_changes_behind_a_mapping_is_not_remembered(
    cli: Cli, run: str, suffix: str
) -> None:
    """Writes to a page that is dirty already change no time, so nobody would look again."""
    tip = cli.git("rev-parse", LEDGER)
    circle(cli, tip)
    path = objects(cli) / f"pack/pack-circle{suffix}"
    bad = path.read_bytes()
    # Objects that name bases which are not there, or places behind them, close no circle.
    good = bytearray(bad)
    at = 16 if suffix == ".pack" else bad.index(bytes.fromhex(tip), 1032)
    good[at] ^= 1
    with path.open("r+b") as stream, mmap.mmap(stream.fileno(), 0) as writer:
        writer[:] = bytes(good)
        stamp = path.stat().st_ctime_ns
        assert "in a circle" not in cli("log").err
        writer[:] = bad
        assert path.stat().st_ctime_ns == stamp
        done = subprocess.run(
            [sys.executable, "-m", "gitprov", "show", run],
            cwd=cli.path,
            env=cli.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    assert "GPV-500-STORE-CORRUPT" in done.stderr, done


def test_what_a_clone_brings_along_is_not_believed(cli: Cli, run: str) -> None:
    tip = cli.git("rev-parse", LEDGER)
    circle(cli, tip)
    packs = [*(objects(cli) / "pack").glob("pack-circle.*")]
    marks = (f"{p.stat().st_dev}:{p.stat().st_ino}:0:{p.stat().st_size}" for p in packs)
    (cli.path / ".git/gitprov/packs").write_text(" ".join(marks))
    assert "GPV-500-STORE-CORRUPT" in cli("show", run).err


def test_a_reader_makes_no_folder(cli: Cli, run: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    cli.git("repack", "-adq")
    cli.git("clone", "--quiet", "--no-local", str(cli.path), str(other))
    clone = cli.at(other)
    clone.git("fetch", "--quiet", "origin", f"{LEDGER}:{LEDGER}")
    assert clone("log").code == 0
    assert not (other / ".git/gitprov").exists()
    assert run in clone("log", "--jsonl").out
