"""The sealed place where a soak runs: keys, a repository with a ledger, and what was promised."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import hermetic
from tests.support.faults import LEDGER
from tests.support.git import Git
from tests.support.hooked_remote import HookedRemote
from tests.support.keys import KeyRing, new_ring
from tests.support.source_tree import ROOT

_CODE_COMMITS = 200
_SIGN_SECONDS = "2"
_DISK = "2g"


@dataclass(frozen=True)
class SoakWorld:
    """One repository that everybody works on.

    Args:
        scratch: everything else: journals, what writers are about to hand in.
        repo: the work tree.
        ring: the keys.
        seed: decides every choice.
        commits: code commits that runs may name.
        has_own_disk: the repository is on a file system of its own, which can be made full.
    """

    scratch: Path
    repo: Path
    ring: KeyRing
    seed: int
    commits: tuple[str, ...]
    has_own_disk: bool

    @property
    def git(self) -> Git:
        """Git in the repository."""
        return Git(self.repo)

    @property
    def journals(self) -> Path:
        """Where writers write down what was promised to them."""
        return self.scratch / "journals"

    @property
    def rivals(self) -> Path:
        """Where writers write down what they were told about contested ids."""
        return self.scratch / "rivals"

    @property
    def intents(self) -> Path:
        """Where writers keep what they are about to hand in."""
        return self.scratch / "intents"

    @property
    def server(self) -> Path:
        """The bare repository that clones push to."""
        return self.scratch / "server.git"

    @property
    def server_journals(self) -> Path:
        """Where pushers write down what the server promised."""
        return self.scratch / "server-journals"

    def clone(self, number: int) -> Path:
        """Return the repository of a pusher."""
        return self.scratch / f"clone-{number}"

    @property
    def stop(self) -> Path:
        """The file that tells everybody to end."""
        return self.scratch / "stop"

    @property
    def violations(self) -> Path:
        """What must never happen and did, in words."""
        return self.scratch / "violations"

    def accuse(self, text: str) -> None:
        """Write down what must never happen."""
        with self.violations.open("a", encoding="utf-8") as file:
            file.write(text.rstrip("\n") + "\n")

    def accused(self) -> str:
        """Return everything that was written down so."""
        try:
            return self.violations.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def tip(self) -> str:
        """Return the ledger's tip."""
        return self.git("rev-parse", "--verify", LEDGER)


@contextmanager
def new_world(seed: int, pushers: int) -> Iterator[SoakWorld]:
    """Make the world, with this process and its children sealed off; all is gone afterwards."""
    scratch = Path(tempfile.mkdtemp(prefix="gps-", dir="/tmp"))  # gpg needs a short path
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        for name in [name for name in os.environ if _is_removed(name)]:
            del os.environ[name]
        os.environ.update(hermetic.neutral_settings(scratch))
        ring = stack.enter_context(new_ring("alice", "bot"))
        os.environ["PYTHONPATH"] = str(ROOT)
        os.environ["GNUPGHOME"] = str(ring.home)
        os.environ["GITPROV_SIGN_TIMEOUT"] = _SIGN_SECONDS
        for name in ("repo", "journals", "server-journals", "intents", "rivals"):
            (scratch / name).mkdir()
        repo = scratch / "repo"
        has_own_disk = _mount(repo)
        if has_own_disk:
            stack.callback(subprocess.run, ["umount", "-l", str(repo)], check=True)
        commits = _found(repo, ring)
        world = SoakWorld(scratch, repo, ring, seed, commits, has_own_disk)
        _serve(world, pushers)
        yield world


def _serve(world: SoakWorld, pushers: int) -> None:
    """Make a guarded server that has the ledger as it is now, and clones of it."""
    remote = HookedRemote.make(world.server)
    remote.accept(world.repo, f"{LEDGER}:{LEDGER}")
    for number in range(pushers):
        shutil.copytree(world.repo, world.clone(number))
        Git(world.clone(number))("remote", "add", "origin", str(world.server))


def _is_removed(name: str) -> bool:
    return hermetic.is_removed(name) or name.startswith(("PYTHON", "COVERAGE_"))


def _mount(folder: Path) -> bool:
    """Give the folder a file system of its own, where that is allowed."""
    argv = ["mount", "-t", "tmpfs", "-o", f"size={_DISK},mode=700", "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    return subprocess.run(argv, check=False, capture_output=True).returncode == 0


def resize(folder: Path, size: str = _DISK) -> None:
    """Change how much the file system holds; what is used already is the least."""
    argv = ["mount", "-o", f"remount,size={size}", str(folder)]
    subprocess.run(argv, check=True, capture_output=True)


def _found(repo: Path, ring: KeyRing) -> tuple[str, ...]:
    git = Git(repo)
    git("init", "--quiet", "--initial-branch=main")
    lines = [
        f"commit refs/heads/main\ncommitter x <x@example.org> {1_700_000_000 + n} +0000\n"
        f"data {len(str(n))}\n{n}\n"
        for n in range(_CODE_COMMITS)
    ]
    git("fast-import", "--quiet", stdin="\n".join(lines))
    git("reset", "--quiet", "--hard")
    keys = ("--key", ring["alice"].fingerprint, "--agent-key", ring["bot"].fingerprint)
    python = [sys.executable, "-m", "gitprov", "init", *keys]
    subprocess.run(python, cwd=repo, check=True, capture_output=True)
    return tuple(git("rev-list", "HEAD").split())
