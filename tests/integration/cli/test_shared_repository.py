"""Two accounts of one group record in turn in one repository, whatever their umasks."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.cli_world import RUN
from tests.support.warm_program import WarmProgram, warm_program

GROUP = 61_000
pytestmark = [pytest.mark.git, pytest.mark.gpg, pytest.mark.root]


@dataclass(frozen=True)
class Account:
    """An account of the group, with a home and a keyring of its own."""

    number: int
    home: Path
    umask: int

    def __call__(self, *command: str, cwd: Path) -> str:
        """Run a command as this account; it must succeed."""
        done = subprocess.run(
            command,
            cwd=cwd,
            env=self.variables,
            user=self.number,
            group=GROUP,
            extra_groups=[],
            umask=self.umask,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        assert "warning" not in done.stderr, done.stderr
        return done.stdout + done.stderr

    @property
    def variables(self) -> dict[str, str]:
        """What its commands see."""
        return {
            "HOME": str(self.home),
            "GNUPGHOME": str(self.home / "g"),
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_NOSYSTEM": "1",
        }


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short folder that every account may enter."""
    path = Path(tempfile.mkdtemp(prefix="s", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def account(folder: Path, number: int, umask: int) -> Account:
    home = folder / str(number)
    (home / "g").mkdir(parents=True)
    for path in (home, home / "g"):
        path.chmod(0o700)
        os.chown(path, number, GROUP)
    made = Account(number, home, umask)
    made("git", "config", "--global", "safe.directory", "*", cwd=home)
    made("git", "config", "--global", "user.name", f"U{number}", cwd=home)
    made("git", "config", "--global", "user.email", f"u{number}@example.org", cwd=home)
    return made


@pytest.fixture(scope="module")
def program() -> Iterator[WarmProgram]:
    """The program, loaded before it becomes another account, which could not read it."""
    with warm_program() as loaded:
        yield loaded


@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077])
@pytest.mark.parametrize("sharing", ["group", "0660"])
def test_two_accounts_of_a_group_record_in_turn(
    program: WarmProgram, folder: Path, umask: int, sharing: str
) -> None:
    one, two = account(folder, 61_001, umask), account(folder, 61_002, umask)
    repo = folder / "repo"
    repo.mkdir()
    os.chown(repo, one.number, GROUP)
    repo.chmod(0o2775)

    def gitprov(who: Account, *args: str, stdin: str = "") -> str:
        """Run gitprov as an account; it must succeed and warn of nothing."""
        identity = (who.number, GROUP, who.umask)
        done = program(args, repo, who.variables, stdin.encode(), account=identity)
        assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode()
        return done.stdout.decode()

    one("git", "init", "-q", f"--shared={sharing}", ".", cwd=repo)
    gitprov(one, "init", "--generate-key", "One <one@example.org>", "--agent-key", "none")
    gitprov(one, "record", *RUN)
    make = ("gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key")
    two(*make, "Two <two@example.org>", "ed25519", "sign", "never", cwd=folder)
    certificate = two("gpg", "--armor", "--export", "two@example.org", cwd=folder)
    gitprov(one, "key", "add", "-", "--name", "Two", stdin=certificate)
    one("git", "config", "--unset", "gitprov.key", cwd=repo)
    for writer in (two, one, two, one):
        gitprov(writer, "record", *RUN, "--commit", commit(writer, repo))
        writer("git", "gc", "-q", cwd=repo)
    assert gitprov(two, "log", "--jsonl").count("\n") == 5
    assert "pass" in gitprov(two, "verify")
    assert "nothing waits" in gitprov(one, "doctor")


def commit(writer: Account, repo: Path) -> str:
    """Make a commit without the file of its message, which git shares with nobody."""
    tree = writer("git", "hash-object", "-t", "tree", "-w", "/dev/null", cwd=repo).strip()
    return writer("git", "commit-tree", "-m", "x", tree, cwd=repo).strip()
