"""A ledger store with everything open, and commits to put into it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pygit2

from gitprov.git.location import RepositoryLocation
from gitprov.git.loose import LooseWriter
from gitprov.git.objects import PygitObjects
from gitprov.git.pack import PackWriter
from gitprov.git.program import GitProgram
from gitprov.git.ref_updates import PygitRefs
from gitprov.git.repository import create_ledger_store, open_ledger_repository
from gitprov.git.tree_editor import TreeEditor
from gitprov.local.writer_lock import FileLock

LEDGER = "refs/gitprov/ledger"
LIMIT = 64 * 1024 * 1024
PERSON = "Test Person <person@example.org>"


@dataclass(frozen=True)
class World:
    """A repository with our adapters on it."""

    place: RepositoryLocation
    repository: pygit2.Repository
    git: GitProgram
    loose: LooseWriter
    pack: PackWriter
    objects: PygitObjects
    lock: FileLock
    refs: PygitRefs
    trees: TreeEditor

    @property
    def path(self) -> Path:
        return self.place.common_dir

    def put_commit(self, tree: str, parents: tuple[str, ...] = (), message: str = "x") -> str:
        """Write a commit; return its oid."""
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {PERSON} 1790000000 +0000", f"committer {PERSON} 1790000000 +0000"]
        raw = "\n".join([*lines, "", message, ""]).encode()
        return self.objects.write([("commit", raw)])[0]

    def put_file(self, root: str | None, path: str, content: bytes) -> str:
        """Write a blob and the trees above it; return the new root."""
        blob = self.objects.write([("blob", content)])[0]
        new_root, made = self.trees.insert_files(root, {path: blob})
        self.objects.write([("tree", tree) for tree in made])
        return new_root

    def append(self, path: str, content: bytes, ref: str = LEDGER) -> str:
        """Add a file on top of a ref by compare-and-swap; return the new commit."""
        tip = self.refs.get(ref)
        root = None if tip is None else self.root_of(tip)
        new_root = self.put_file(root, path, content)
        commit = self.put_commit(new_root, () if tip is None else (tip,), path)
        self.refs.swap(ref, commit, tip)
        return commit

    def root_of(self, commit: str) -> str:
        """Return a commit's tree."""
        return self.objects.read(commit, LIMIT)[1][5:45].decode()


def open_world(path: Path, *, patience: float = 10.0) -> World:
    """Open (or make) a bare ledger store."""
    place = create_ledger_store(path)
    repository = open_ledger_repository(place.git_dir)
    git = GitProgram(os.environ)
    loose = LooseWriter(place.common_dir / "objects", place.sharing)
    pack = PackWriter(place.common_dir, place.common_dir / "objects", git)
    objects = PygitObjects(repository, loose=loose, pack=pack)
    lock = FileLock(place.common_dir / "gitprov", (LEDGER,))
    refs = PygitRefs(repository, place.common_dir, patience=patience, clear_dead=lock.clear_dead)
    trees = TreeEditor(lambda oid: objects.read(oid, LIMIT)[1])
    return World(place, repository, git, loose, pack, objects, lock, refs, trees)


def start_python(script: str, *args: str | Path) -> subprocess.Popen[str]:
    """Start a Python process that can import the package and the tests."""
    top = Path(__file__).parents[3]
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, args)],
        env={**os.environ, "PYTHONPATH": str(top)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str], timeout: float = 120) -> str:
    """Wait for a process, which must succeed; return what it printed."""
    output, errors = process.communicate(timeout=timeout)
    assert process.returncode == 0, errors
    return output
