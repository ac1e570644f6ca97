"""The tests cannot reach the machine they run on."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import hermetic, programs
from tests.support.git import EMAIL, Git, GitFailedError


@pytest.fixture
def caught() -> Iterator[list[str]]:
    """Hand out the offences, then forgive them: here they are meant."""
    yield hermetic.offences
    hermetic.offences.clear()


def test_no_setting_of_the_caller_is_left() -> None:
    assert not [name for name in os.environ if hermetic.is_removed(name)]
    assert time.tzname == ("UTC", "UTC")


@pytest.mark.parametrize(
    ("name", "removed"),
    [
        ("GIT_DIR", True),
        ("GIT_CONFIG_COUNT", True),
        ("GIT_CONFIG_GLOBAL", False),
        ("GITPROV_ACTOR", True),
        ("XDG_STATE_HOME", True),
        ("LC_ALL", False),
        ("LC_TIME", True),
        ("PATH", False),
        ("COVERAGE_PROCESS_CONFIG", False),
    ],
)
def test_which_settings_are_removed(name: str, *, removed: bool) -> None:
    assert hermetic.is_removed(name) is removed


def test_home_explodes_even_for_root() -> None:
    with pytest.raises(NotADirectoryError):
        (Path.home() / ".config").mkdir(parents=True)
    with pytest.raises(NotADirectoryError):
        (Path.home() / ".gitconfig").read_text()


@pytest.mark.parametrize("name", [".gnupg/pubring.kbx", ".gitconfig", ".config/git/config"])
def test_the_real_users_files_explode(name: str, caught: list[str]) -> None:
    real = Path(pwd.getpwuid(os.getuid()).pw_dir) / name
    with pytest.raises(hermetic.LeakError):
        real.open("rb")
    assert caught == [f"opened {real}"]


def test_an_inherited_key_folder_is_empty_and_short() -> None:
    folder = Path(os.environ["GNUPGHOME"])
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not (folder / "private-keys-v1.d").exists()
    assert len(str(folder / "S.gpg-agent.browser")) < 60


def test_gpg_without_a_key_folder_explodes(caught: list[str]) -> None:
    with pytest.raises(hermetic.LeakError):
        subprocess.run(["gpg", "--version"], env={"PATH": os.environ["PATH"]}, check=False)
    assert caught == ["started gpg without GNUPGHOME"]


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_no_connection_leaves_the_machine(family: socket.AddressFamily, caught: list[str]) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as talk, pytest.raises(hermetic.LeakError):
        talk.connect(("127.0.0.1", 9) if family is socket.AF_INET else ("::1", 9))
    with socket.socket(family, socket.SOCK_DGRAM) as talk, pytest.raises(hermetic.LeakError):
        talk.sendto(b"x", ("127.0.0.1", 9) if family is socket.AF_INET else ("::1", 9))
    assert len(caught) == 2


def test_no_host_is_looked_up(caught: list[str]) -> None:
    with pytest.raises(hermetic.LeakError):
        socket.getaddrinfo("example.org", 443)
    assert caught == ["looked up the host 'example.org'"]


def test_sockets_of_the_agent_are_allowed(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as talk:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        talk.connect(str(tmp_path / "s"))
        talk.sendall(b"x")
        with listener.accept()[0] as other:
            assert other.recv(1) == b"x"


def test_git_has_no_network(git: Git, tmp_path: Path) -> None:
    with pytest.raises(GitFailedError, match="not allowed"):
        git("ls-remote", "https://example.org/x.git")
    git.init(tmp_path / "other", "--bare")
    assert git("ls-remote", str(tmp_path / "other")) == ""


def test_git_has_a_neutral_identity(repo: Git) -> None:
    oid = repo.commit({"a/b.txt": "text\n"})
    assert repo("show", "-s", "--format=%ae %ce %GK", oid) == f"{EMAIL} {EMAIL} "
    assert repo("show", f"{oid}:a/b.txt") == "text"
    assert "global" not in repo("config", "--list", "--show-scope")


def test_global_settings_of_git_explode(git: Git) -> None:
    assert git.attempt("config", "--global", "--list").stdout == b""
    with pytest.raises(GitFailedError, match="Not a directory"):
        git("config", "--global", "user.name", "Somebody")


def test_a_missing_program_is_found_out(tmp_path: Path) -> None:
    assert programs.missing_program({"git", "slow"}, path=str(tmp_path)) == "git"
    assert programs.missing_program({"slow"}, path=str(tmp_path)) is None


@pytest.mark.parametrize(
    ("value", "promised"), [("true", True), ("1", True), ("", False), ("false", False)]
)
def test_a_machine_with_ci_set_promised_every_program(value: str, *, promised: bool) -> None:
    assert programs.is_promised({"CI": value}) is promised
    assert programs.is_promised({}) is False
