"""F-24 to F-28: a push that breaks off anywhere moves the server's ref or leaves it, and heals."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.git.world import finish, start_python
from tests.support.faults import LEDGER, FaultWorld, copied_world
from tests.support.hooked_remote import HookedRemote

pytestmark = [pytest.mark.gpg, pytest.mark.git, pytest.mark.slow]
_LIMIT = 60


@pytest.fixture(scope="module")
def pair(
    template: FaultWorld, tmp_path_factory: pytest.TempPathFactory
) -> tuple[FaultWorld, HookedRemote]:
    """A server that has accepted a ledger, and the ledger, which has gone on since."""
    folder = tmp_path_factory.mktemp("pair")
    world = copied_world(template, folder / "r")
    remote = HookedRemote.make(folder / "server.git")
    remote.accept(world.path, f"{LEDGER}:{LEDGER}")
    world.submit(world.make_run()[0])
    return world, remote


@pytest.fixture
def world(pair: tuple[FaultWorld, HookedRemote], tmp_path: Path) -> FaultWorld:
    """A copy of the ledger."""
    return copied_world(pair[0], tmp_path / "r")


@pytest.fixture
def remote(pair: tuple[FaultWorld, HookedRemote], tmp_path: Path) -> HookedRemote:
    """A copy of the server."""
    return pair[1].copy(tmp_path / "server.git")


def push(world: FaultWorld, remote: HookedRemote) -> None:
    """Push what is new, as anybody would again after a failure; it must land now."""
    remote.accept(world.path, f"{LEDGER}:{LEDGER}")
    assert remote.tip() == world.tip()
    remote.git("fsck", "--strict", "--no-dangling", "--no-progress")


def packet(line: str) -> bytes:
    """Frame a line as the protocol does."""
    return f"{len(line) + 4:04x}{line}".encode()


def conversation(world: FaultWorld, remote: HookedRemote) -> tuple[bytes, int]:
    """Return everything that a pushing client says, and how much of it stands before the pack."""
    old, new = remote.tip(), world.tip()
    command = packet(f"{old} {new} {LEDGER}\0report-status") + b"0000"
    pack = world.git.raw("pack-objects", "--quiet", "--stdout", "--revs", stdin=f"{new}\n^{old}\n")
    return command + pack, len(command)


@contextmanager
def receive_pack(remote: HookedRemote) -> Iterator[subprocess.Popen[bytes]]:
    """Start the server's side of a push."""
    with subprocess.Popen(
        ["git", "receive-pack", str(remote.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as server:
        yield server


@pytest.mark.parametrize(
    "place", ["nothing", "command", "flush", "pack header", "half", "checksum"]
)
def test_f24_a_client_that_dies_leaves_the_ref(
    world: FaultWorld, remote: HookedRemote, place: str
) -> None:
    whole, before_pack = conversation(world, remote)
    lengths = {"nothing": 0, "command": 40, "flush": before_pack, "pack header": before_pack + 8}
    lengths |= {"half": (before_pack + len(whole)) // 2, "checksum": len(whole) - 1}
    before = remote.refs()
    with receive_pack(remote) as server:
        server.communicate(whole[: lengths[place]], timeout=_LIMIT)
    assert remote.refs() == before
    assert not list((remote.path / "refs").rglob("*.lock"))
    push(world, remote)


def test_f24_f28_an_answer_that_nobody_reads_is_given_again(
    world: FaultWorld, remote: HookedRemote
) -> None:
    """The client vanishes behind its last byte: the push lands, and nobody is told."""
    record, _ = world.make_run()
    world.submit(record)
    whole, _ = conversation(world, remote)
    with receive_pack(remote) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        while length := int(server.stdout.read(4), 16):
            server.stdout.read(length - 4)
        server.stdout.close()
        server.stdin.write(whole)
        server.stdin.close()
        server.wait(_LIMIT)
    assert remote.tip() == world.tip()
    again = remote.push(world.path, f"{LEDGER}:{LEDGER}")
    assert again.accepted
    assert "Everything up-to-date" in again.text
    assert world.submit(record).state == "already-recorded"


def let_the_server_die(remote: HookedRemote, *, after_judging: bool) -> Path:
    """Put a hook in place that kills receive-pack, before or after the real one; return that."""
    hook = remote.path / "hooks/pre-receive"
    real = hook.rename(hook.with_name("real"))
    judge = f'"{real}" || exit\n' if after_judging else ""
    hook.write_text(f"#!/bin/sh\n{judge}kill -KILL $PPID\n")
    hook.chmod(0o755)
    return real


def leftovers(remote: HookedRemote) -> list[Path]:
    return list(remote.path.glob("objects/tmp_objdir-incoming-*"))


@pytest.mark.parametrize("after_judging", [False, True], ids=["f25", "f27"])
def test_f25_f27_a_server_that_dies_in_the_hook_or_behind_it_leaves_the_ref(
    world: FaultWorld, remote: HookedRemote, *, after_judging: bool
) -> None:
    before = remote.refs()
    real = let_the_server_die(remote, after_judging=after_judging)
    failed = remote.push(world.path, f"{LEDGER}:{LEDGER}")
    assert not failed.accepted, failed.text
    assert remote.refs() == before
    assert leftovers(remote), "git keeps what a killed receive-pack had received"
    real.replace(remote.path / "hooks/pre-receive")
    push(world, remote)
    remote.git("gc", "--quiet", "--prune=now")
    assert leftovers(remote) == []
    push(world, remote)


def test_f25_a_hook_that_is_killed_refuses_the_push(
    world: FaultWorld, remote: HookedRemote, tmp_path: Path
) -> None:
    before = remote.refs()
    dying = tmp_path / "dying"
    dying.write_text("#!/bin/sh\nkill -KILL $$\n")
    dying.chmod(0o755)
    remote.install(python=str(dying))
    failed = remote.push(world.path, f"{LEDGER}:{LEDGER}")
    assert not failed.accepted
    assert failed.codes == ["GPV-500-INTERNAL"]
    assert remote.refs() == before
    remote.install()
    push(world, remote)


def test_f26_a_hook_that_takes_too_long_refuses_the_push(
    world: FaultWorld, remote: HookedRemote
) -> None:
    before = remote.refs()
    remote.install()
    usual = remote.path.with_name("server.git-python")
    hasty = usual.with_name("hasty")
    hasty.write_text(f'#!/bin/sh\nexec "{usual}" "$@" --seconds 0.001\n')
    hasty.chmod(0o755)
    remote.install(python=str(hasty))
    failed = remote.push(world.path, f"{LEDGER}:{LEDGER}")
    assert not failed.accepted
    assert failed.codes == ["GPV-408-TIMEOUT"]
    assert remote.refs() == before
    remote.install()
    push(world, remote)


_SUPERVISED = """
import os, sys, time
from gitprov.local.sandbox import Limits, supervise
from gitprov.errors import GitprovError
work = {
    "time": lambda: time.sleep(600),
    "memory": lambda: bytes(1 << 30),
    "output": lambda: bytes(1 << 20),
    "death": lambda: os.kill(os.getpid(), 9),
}
try:
    supervise(work[sys.argv[1]], Limits(5 if sys.argv[1] != "time" else 0.2, 1 << 28, 1 << 16))
except GitprovError as reason:
    print(reason.code)
"""


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("time", "GPV-408-TIMEOUT"),
        ("memory", "GPV-413-LIMIT"),
        ("output", "GPV-413-LIMIT"),
        ("death", "GPV-500-INTERNAL"),
    ],
)
def test_f26_each_limit_of_the_hook_has_its_code(what: str, code: str) -> None:
    assert finish(start_python(_SUPERVISED, what)).strip() == code
