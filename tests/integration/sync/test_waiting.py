"""A remote's helpers may live on: nothing waits for them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.integration.sync.conftest import Team
from tests.support.cli_world import RUN, Cli

# As ssh with ControlPersist: a master stays behind and keeps the message stream open.
_SSH = """#!/bin/sh
setsid sleep 60 </dev/null >/dev/null &
echo $! >>"{pids}"
for command; do :; done
exec sh -c "$command"
"""


@pytest.fixture
def over_ssh(team: Team, tmp_path: Path) -> Iterator[Cli]:
    """A clone that reaches its server through such an ssh."""
    script, pids = tmp_path / "ssh", tmp_path / "pids"
    script.write_text(_SSH.format(pids=pids))
    script.chmod(0o755)
    cli = team.clone("one")
    cli.git("remote", "set-url", "origin", f"ssh://somewhere{team.server.path}")
    ssh = {"GIT_SSH_COMMAND": str(script), "GIT_SSH_VARIANT": "simple", "GIT_ALLOW_PROTOCOL": "ssh"}
    yield Cli(cli.path, {**cli.env, **ssh})
    for line in pids.read_text().split():
        with suppress(ProcessLookupError):
            os.kill(int(line), signal.SIGKILL)


@pytest.mark.parametrize(
    "command",
    [
        ("push",),
        ("pull",),
        ("verify", "--remote", "origin"),
        ("record", *RUN, "--push=wait"),
    ],
    ids=lambda command: command[0],
)
def test_a_master_that_lives_on_is_not_waited_for(over_ssh: Cli, command: tuple[str, ...]) -> None:
    start = time.monotonic()
    ended = over_ssh(*command)
    assert ended.code == 0, ended.err
    assert time.monotonic() - start < 30
