"""Many processes at once: nothing acknowledged is lost, one genesis wins (F-18 to F-23)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from tests.integration.git.world import LEDGER, World, finish, open_world, start_python
from tests.support.git import Git

pytestmark = [pytest.mark.git, pytest.mark.slow]

WRITER = """
import sys
from pathlib import Path
from gitprov.errors import RefMovedError
from tests.integration.git.world import LEDGER, open_world
path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
world = open_world(path, patience=60)
sys.stdin.readline()
for n in range(count):
    while True:
        try:
            print(world.append(f"{name}/{n}", f"{name} {n}".encode()), flush=True)
            break
        except RefMovedError:
            continue
"""
GENESIS = """
import sys
from pathlib import Path
from gitprov.errors import RefMovedError
from tests.integration.git.world import open_world
world = open_world(Path(sys.argv[1]))
root = world.put_file(None, "a", sys.argv[2].encode())
commit = world.put_commit(root, message=sys.argv[2])
for line in sys.stdin:
    try:
        world.refs.swap(line.strip(), commit, None)
        print("won", flush=True)
    except RefMovedError:
        print("lost", flush=True)
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return open_world(tmp_path / "ledger.git")


def run_writers(world: World, writers: int, count: int) -> list[str]:
    """Let writers append at once; return the commits that were acknowledged."""
    started = [start_python(WRITER, world.path, f"w{n}", str(count)) for n in range(writers)]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    acknowledged = []
    for process in started:
        acknowledged += finish(process, timeout=300).split()
    return acknowledged


def require_all(world: World, acknowledged: list[str], expected: int) -> None:
    """Every acknowledged commit is on the one chain, every file in its last tree."""
    plain = Git(world.path)
    assert len(set(acknowledged)) == expected
    chain = plain("rev-list", LEDGER).split()
    assert sorted(chain) == sorted(acknowledged)
    assert len(plain("ls-tree", "-r", "--name-only", LEDGER).splitlines()) == expected
    plain("fsck", "--strict", "--connectivity-only")
    assert not list((world.path / "refs").rglob("*.lock"))


@contextmanager
def meanwhile(world: World, command: str) -> Iterator[None]:
    """Repeat a git command all the while."""
    script = f"while [ -e running ]; do git {command} >/dev/null 2>&1; done"
    (world.path / "running").touch()
    with subprocess.Popen(["sh", "-c", script], cwd=world.path) as loop:
        try:
            yield
        finally:
            (world.path / "running").unlink()
            loop.wait(60)


def test_f18_sixteen_writers_lose_nothing(world: World) -> None:
    acknowledged = run_writers(world, 16, 8)
    require_all(world, acknowledged, 128)


@pytest.mark.parametrize("command", ["pack-refs --all --prune", "gc --quiet"])
def test_f19_f20_writers_lose_nothing_while_git_packs(world: World, command: str) -> None:
    with meanwhile(world, command):
        acknowledged = run_writers(world, 4, 20)
    require_all(world, acknowledged, 80)


def test_f23_writers_lose_nothing_beside_the_git_program(world: World) -> None:
    script = """
i=0; while [ $i -lt 30 ]; do
  old=$(git rev-parse -q --verify refs/gitprov/ledger) || old=
  tree=$(git rev-parse -q --verify "refs/gitprov/ledger^{tree}") || tree=$(git mktree </dev/null)
  new=$(git commit-tree -m "git $i" ${old:+-p $old} $tree)
  if git update-ref refs/gitprov/ledger $new "${old:-0000000000000000000000000000000000000000}"
  then echo $new; i=$((i+1)); fi
done"""
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    script = script.replace("git commit-tree", f"git {' '.join(identity)} commit-tree")
    with subprocess.Popen(
        ["sh", "-c", script],
        cwd=world.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as program:
        acknowledged = run_writers(world, 4, 15)
        output, _ = program.communicate(timeout=120)
    theirs = output.split()
    assert len(theirs) == 30
    chain = Git(world.path)("rev-list", LEDGER).split()
    assert set(acknowledged) | set(theirs) == set(chain)
    assert len(chain) == 90


def test_one_genesis_wins_in_every_round(world: World) -> None:
    rounds = 100
    racers = [start_python(GENESIS, world.path, f"racer {n}") for n in range(4)]
    wins = []
    for n in range(rounds):
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write(f"refs/gitprov/ledgers/r{n}\n")
            racer.stdin.flush()
        answers = [racer.stdout.readline().strip() for racer in racers if racer.stdout]
        assert set(answers) <= {"won", "lost"}
        wins.append(answers.count("won"))
    for racer in racers:
        finish(racer)
    assert wins == [1] * rounds


def test_f30_readers_see_every_ref_while_it_is_packed(world: World) -> None:
    """F-30: never missing, never backwards."""
    chain = [world.append(str(n), b"x") for n in range(30)]
    order = {oid: n for n, oid in enumerate(chain)}
    world.refs.swap("refs/gitprov/ledgers/moving", chain[0], None)
    seen = []
    with meanwhile(world, "pack-refs --all --prune"):
        for old, new in pairwise(chain):
            world.refs.swap("refs/gitprov/ledgers/moving", new, old)
            seen += [world.refs.get("refs/gitprov/ledgers/moving") for _ in range(50)]
    assert None not in seen
    places = [order[oid] for oid in seen if oid is not None]
    assert places == sorted(places)
