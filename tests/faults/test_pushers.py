"""F-22: pushers from separate clones lose nothing, however they meet on the server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.faults import LEDGER, FaultWorld, copied_world
from tests.support.hooked_remote import HookedRemote

pytestmark = [pytest.mark.gpg, pytest.mark.git, pytest.mark.slow]
_PUSHERS, _EACH = 3, 2
_SCRIPT = """
import contextlib, io, json, sys
import gitprov
from gitprov.cli.main import run
draft = {"agent_name": "pusher", "run_status": "SUCCESS", "status_before": "A",
         "status_after": "B", "mutation": {"actor_kind": "HUMAN"}, "code_commits": ["HEAD"]}
sys.stdin.readline()
for _ in range(int(sys.argv[1])):
    with gitprov.open_ledger(".") as ledger:
        run_id = ledger.append(draft).run_id
    said = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with contextlib.redirect_stdout(said):
        code = run(["push", "--json"])
    said.flush()
    answer = said.buffer.getvalue().decode()
    assert code == 0, answer
    print(run_id, json.loads(answer)["attempts"], flush=True)
"""


def test_f22_pushers_from_separate_clones_lose_nothing(world: FaultWorld, tmp_path: Path) -> None:
    remote = HookedRemote.make(tmp_path / "server.git")
    world.git("remote", "add", "origin", str(remote.path))
    remote.accept(world.path, f"{LEDGER}:{LEDGER}")
    clones = [copied_world(world, tmp_path / f"clone-{number}") for number in range(_PUSHERS)]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _SCRIPT, str(_EACH)],
            cwd=clone.path,
            env=clone.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for clone in clones
    ]
    acknowledged = []
    for pusher in started:
        assert pusher.stdin is not None
        pusher.stdin.write("go\n")
        pusher.stdin.flush()
    for pusher in started:
        out, err = pusher.communicate(timeout=110)
        assert pusher.returncode == 0, out + err
        acknowledged += [line.split()[0] for line in out.splitlines()]
    assert len(acknowledged) == _PUSHERS * _EACH
    server = FaultWorld(remote.path, world.home)
    assert sorted(server.run_ids()) == sorted(acknowledged)
    server.git("fsck", "--strict", "--no-dangling", "--no-progress")
    last = clones[0]
    pulled = last.run("pull", "--json")
    assert pulled.returncode == 0, pulled.stderr
    assert last.tip() == remote.tip()
    assert last.findings() == ()
