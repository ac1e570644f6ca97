"""The git program: what it sees, how long it may take, and what its failures mean."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from gitprov.errors import Code, StorageError, UnsupportedRepositoryError
from gitprov.git.gc import gc_auto, needs_gc
from gitprov.git.objects import PACK_FROM
from gitprov.git.program import GitProgram
from tests.integration.git.world import LEDGER, World, open_world
from tests.support.git import Git
from tests.support.processes import ends

pytestmark = pytest.mark.git


@pytest.fixture
def program() -> GitProgram:
    return GitProgram(os.environ)


def imitation(path: Path, script: str) -> GitProgram:
    """A program called git that does something else."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return GitProgram(os.environ, str(path))


def test_it_prints_and_reads(program: GitProgram, bare: Git) -> None:
    assert program.version() >= (2, 30, 0)
    oid = program.run(["hash-object", "-w", "--stdin"], git_dir=bare.path, content=b"x" * 300_000)
    assert (
        len(program.run(["cat-file", "blob", oid.decode().strip()], git_dir=bare.path)) == 300_000
    )


def test_a_pipe_of_two_carries_much(program: GitProgram, repo: Git) -> None:
    repo.commit({"a": "line\n" * 200_000})
    output = program.pipe(
        ["cat-file", "blob", "HEAD:a"], ["hash-object", "--stdin"], git_dir=repo.path / ".git"
    )
    assert output.decode().strip() == repo("rev-parse", "HEAD:a")
    output = program.pipe(
        ["hash-object", "--stdin"], ["stripspace"], git_dir=repo.path / ".git", content=b"x"
    )
    assert output.decode().strip() == repo("hash-object", "--stdin", stdin="x")


@pytest.mark.parametrize("failing", [0, 1])
def test_either_side_of_a_pipe_may_fail(program: GitProgram, bare: Git, failing: int) -> None:
    sides = [["rev-parse", "--git-dir"], ["stripspace"]]
    sides[failing] = ["cat-file", "blob", "1" * 40]
    with pytest.raises(StorageError) as caught:
        program.pipe(*sides, git_dir=bare.path)
    assert caught.value.details["command"] == "cat-file"


def test_a_failure_has_gits_words_and_no_control_characters(tmp_path: Path) -> None:
    program = imitation(tmp_path / "git", r"printf 'fatal: \033[31mno\nmore' >&2; exit 3")
    with pytest.raises(StorageError) as caught:
        program.run(["x"])
    assert caught.value.code is Code.STORAGE
    assert caught.value.details["exit_code"] == 3
    assert "fatal:  [31mno more" in caught.value.message
    with pytest.raises(StorageError, match="no reason given"):
        imitation(tmp_path / "git", "exit 1").run(["x"])


@pytest.mark.parametrize("path", ["/nowhere/git", None])
def test_a_missing_program_has_a_remedy(path: str | None) -> None:
    program = GitProgram({"PATH": "/nowhere"}, path)
    with pytest.raises(UnsupportedRepositoryError) as caught:
        program.run(["version"])
    assert caught.value.code is Code.REPO_UNSUPPORTED
    assert "install git" in caught.value.details["remedy"]


def test_an_odd_version_is_none(tmp_path: Path) -> None:
    assert imitation(tmp_path / "git", "echo git version unknown").version() == (0, 0, 0)
    assert imitation(tmp_path / "git", "echo git version 3.1").version() == (3, 1, 0)


@pytest.mark.parametrize("is_network", [False, True])
def test_a_time_limit_ends_git(tmp_path: Path, *, is_network: bool) -> None:
    program = imitation(tmp_path / "git", f"echo $$ >{tmp_path}/pid; exec sleep 60")
    started = time.monotonic()
    with pytest.raises(StorageError) as caught:
        program.run(["fetch"], timeout=0.3, is_network=is_network)
    assert caught.value.code is Code.TIMEOUT
    assert time.monotonic() - started < 10
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_time_limit_ends_gits_children_too(tmp_path: Path) -> None:
    program = imitation(tmp_path / "git", f"sleep 60 & echo $! >{tmp_path}/pid; wait")
    with pytest.raises(StorageError):
        program.run(["gc"], timeout=0.3)
    assert ends(int((tmp_path / "pid").read_text()))


def seen(tmp_path: Path, *, is_network: bool) -> dict[str, str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/home/me",
        "GIT_DIR": "/evil",
        "GIT_WORK_TREE": "/evil",
        "GIT_INDEX_FILE": "/evil",
        "GIT_OBJECT_DIRECTORY": "/objects",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.sshCommand",
        "GIT_CONFIG_VALUE_0": "mine",
        "GIT_CONFIG_PARAMETERS": "'core.sshCommand'='mine'",
        "GIT_EXTERNAL_DIFF": "evil",
        "GIT_CONFIG_GLOBAL": "/my/config",
        "GIT_SSH_COMMAND": "ssh -i key",
        "GIT_ASKPASS": "ask",
        "SSH_AUTH_SOCK": "/socket",
    }
    script = f"env -0 >{tmp_path}/seen"
    program = imitation(tmp_path / "git", script)
    GitProgram(environment, program.program()).run(["x"], is_network=is_network)
    pairs = (tmp_path / "seen").read_text().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if pair)


def test_what_a_local_command_sees(tmp_path: Path) -> None:
    found = seen(tmp_path, is_network=False)
    assert "/evil" not in found.values()
    assert "evil" not in found.values()
    assert "mine" not in found.values()
    assert found["GIT_OBJECT_DIRECTORY"] == "/objects"
    assert (found["HOME"], found["GIT_CONFIG_GLOBAL"]) == ("/home/me", "/my/config")
    assert found["GIT_TERMINAL_PROMPT"] == "0"
    assert found["GIT_NO_REPLACE_OBJECTS"] == "1"
    assert found["GIT_SHALLOW_FILE"] == ""
    assert "GIT_SSH_COMMAND" not in found


def test_what_a_network_command_sees(tmp_path: Path) -> None:
    found = seen(tmp_path, is_network=True)
    assert "/evil" not in found.values()
    assert "evil" not in found.values()
    assert (found["GIT_CONFIG_COUNT"], found["GIT_CONFIG_VALUE_0"]) == ("1", "mine")
    assert found["GIT_SSH_COMMAND"] == "ssh -i key"
    assert found["GIT_ASKPASS"] == "ask"
    assert found["SSH_AUTH_SOCK"] == "/socket"
    assert "GIT_SHALLOW_FILE" not in found


def test_a_push_works_and_runs_no_hook_of_ours(
    program: GitProgram, repo: Git, bare: Git, tmp_path: Path
) -> None:
    repo.commit({"a": "x"})
    hook = repo.path / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    hook.chmod(0o755)
    program.run(["push", "--", str(bare.path), "main"], git_dir=repo.path / ".git", is_network=True)
    assert bare("rev-parse", "main") == repo("rev-parse", "main")
    assert not (tmp_path / "sprung").exists()


def test_ctrl_c_ends_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = imitation(tmp_path / "git", f"echo $$ >{tmp_path}/pid; exec sleep 60")

    def interrupted(*_args: object) -> None:
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr("subprocess.Popen.communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        program.run(["gc"])
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return open_world(tmp_path / "ledger.git")


def test_loose_objects_are_counted_as_git_counts_them(world: World) -> None:
    folder = world.path / "objects" / "17"
    assert not needs_gc(world.path)
    folder.mkdir()
    for n in range(28):
        (folder / f"{n:038x}").touch()
        assert needs_gc(world.path) == (n + 1 > 27)
    (folder / "tmp_obj_x").touch()
    (folder / f"{0:038x}").unlink()
    assert not needs_gc(world.path)
    assert needs_gc(world.path, loose_limit=256)
    assert not needs_gc(world.path, loose_limit=0)


def test_packs_are_counted_but_not_kept_ones(world: World) -> None:
    folder = world.path / "objects" / "pack"
    for n in range(51):
        (folder / f"pack-{n}.pack").touch()
    assert needs_gc(world.path)
    assert not needs_gc(world.path, pack_limit=0)
    (folder / "pack-0.keep").touch()
    assert not needs_gc(world.path)


def test_housekeeping_packs_and_loses_nothing(world: World, program: GitProgram) -> None:
    assert not gc_auto(world.path, program)
    for n in range(8):
        world.append(str(n), b"x")
    tip = world.refs.get(LEDGER)
    limits = {"loose_limit": 1, "pack_limit": 50}
    while not needs_gc(world.path, **limits):
        world.append(f"more {len(list(world.path.rglob('objects/??/*')))}", b"x")
    tip = world.refs.get(LEDGER)
    assert gc_auto(world.path, program, **limits)
    end = time.monotonic() + 30
    while not list((world.path / "objects" / "pack").glob("*.pack")):
        assert time.monotonic() < end
        time.sleep(0.02)
    while (world.path / "gc.pid").exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    assert world.refs.get(LEDGER) == tip
    Git(world.path)("fsck", "--strict", "--connectivity-only")
    world.append("after", b"x")


def test_a_pack_is_written_durably(world: World, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    program = GitProgram({**os.environ}, None)
    world.pack._git = imitation(
        tmp_path / "git", f'echo "$@" >{trace}; exec {program.program()} "$@"'
    )
    world.objects.write([("blob", b"%d" % n) for n in range(PACK_FROM)])
    assert "core.fsync=all" in trace.read_text()
