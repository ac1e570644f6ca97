"""Pushes at a scratch copy of a server's repository, with plain git and the server's own hook.

The copy borrows the objects and has the ledger's ref at the same tip. Its hooks folder shows
what is in the server's, less the hooks that act after a push. The server's repository is only
read.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gitprov.disk.durable import mapped
from gitprov.errors import StorageError
from gitprov.git.program import GitProgram

# They would tell others of pushes that never happened, or judge what no probe is about.
_AFTERWARDS = frozenset(
    {
        "post-receive",
        "post-update",
        "proc-receive",
        "push-to-checkout",
        "reference-transaction",
        "update",
    }
)
# Whatever the user's own settings say of pushes.
_PLAINLY = ("-c", "protocol.file.allow=always", "-c", "push.gpgSign=false")
_CLIENT, _SERVER = "client.git", "server.git"
_AUTHOR = "gitprov doctor <doctor@localhost>"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """How a push ended.

    Args:
        moved: whether the ref is another one now, or gone.
        said: what the server and git said.
    """

    moved: bool
    said: str


class ScratchServer:
    """A copy of a server's repository that may come to harm.

    Args:
        folder: an empty folder of ours.
    """

    def __init__(self, git: GitProgram, folder: Path, ref: str) -> None:
        self._git = git
        self._client = folder / _CLIENT
        self._server = folder / _SERVER
        self._ref = ref
        self.tip = ""

    def make(self, objects: Path) -> None:
        """Make both repositories; they borrow the objects of that folder.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        for path in (self._client, self._server):
            self._git.run(["init", "--quiet", "--bare", "--template=", str(path)])
            info = path / "objects" / "info"
            with mapped("write", info):
                info.mkdir(exist_ok=True)
                (info / "alternates").write_bytes(os.fsencode(objects) + b"\n")
        (self._server / "hooks").mkdir()
        hooks = str(self._server / "hooks")
        self._git.run(["config", "core.hooksPath", hooks], git_dir=self._server)

    def lend_hook(self, hook: Path) -> None:
        """Let the copy run that one hook as its pre-receive, in the place where it lies."""
        with mapped("link", hook):
            (self._server / "hooks" / "pre-receive").symlink_to(hook)

    def lend_hooks(self, folder: Path) -> None:
        """Let the copy run the hooks of that folder, less those that act after a push."""
        if not folder.is_dir():
            return
        with mapped("link", folder):
            for path in sorted(folder.iterdir()):
                if path.name not in _AFTERWARDS and not path.name.endswith(".sample"):
                    (self._server / "hooks" / path.name).symlink_to(path)

    def load(self, bundle: Path) -> str:
        """Bring a ledger from a bundle; return its tip."""
        listed = self._git.run(["bundle", "unbundle", str(bundle)], git_dir=self._server)
        self._git.run(["bundle", "unbundle", str(bundle)], git_dir=self._client)
        return listed.split()[0].decode("ascii")

    def accept(self, tip: str) -> None:
        """Take a tip as accepted before."""
        self.tip = tip
        self._git.run(["update-ref", self._ref, tip], git_dir=self._server)

    def forge(self, parents: Sequence[str], seconds: int) -> str:
        """Write an unsigned entry with the tree of the tip; return it."""
        tree = self._git.run(["rev-parse", f"{self.tip}^{{tree}}"], git_dir=self._client)
        lines = [f"tree {tree.decode('ascii').strip()}"]
        lines += [f"parent {parent}" for parent in parents]
        lines += [f"{who} {_AUTHOR} {seconds} +0000" for who in ("author", "committer")]
        content = "\n".join([*lines, "", "run SUCCESS probe", ""]).encode()
        args = ["hash-object", "-t", "commit", "-w", "--stdin"]
        made = self._git.run(args, git_dir=self._client, content=content)
        return made.decode("ascii").strip()

    def parents(self) -> list[str]:
        """Return the parents of the tip."""
        listed = self._git.run(["rev-list", "--parents", "-n", "1", self.tip], git_dir=self._client)
        return listed.decode("ascii").split()[1:]

    def push(self, what: str) -> ProbeResult:
        """Push an object to the ledger's ref by force; nothing deletes the ref.

        Afterwards the ref is the accepted tip again.
        """
        args = [*_PLAINLY, "push", "--force", str(self._server), f"{what}:{self._ref}"]
        try:
            said = self._git.run(args, git_dir=self._client, is_network=True).decode()
        except StorageError as error:
            said = error.details.get("stderr", error.message)
        moved = self._value() != self.tip
        if moved:
            self.accept(self.tip)
        return ProbeResult(moved, said)

    def _value(self) -> str | None:
        try:
            found = self._git.run(["rev-parse", "--verify", self._ref], git_dir=self._server)
        except StorageError:
            return None
        return found.decode("ascii").strip()
