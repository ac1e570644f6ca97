"""Builds ledgers for benchmarks: judged and signed in full, but fast.

Every entry goes through the writer's own EntryAppender, which judges it before and after. What
differs from an ordinary append, and is never part of a figure: Sequoia signs in this process
with the key of the gpg home, nothing is synced to the disk, and the ref moves only before git
packs objects.
"""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pysequoia

from gitprov.codec import openpgp
from gitprov.errors import Code, RefMovedError
from gitprov.git.gc import LOOSE_LIMIT, needs_gc
from gitprov.git.objects import PACK_FROM
from gitprov.git.pack import build_pack
from gitprov.git.tree_editor import TreeEditor
from gitprov.gitraw.item import object_id
from gitprov.model.overrides import Overrides
from gitprov.service.judge.files import RecordJudge
from gitprov.service.ledger.tip import Tip, read_tip
from gitprov.service.ledger.view import LedgerView
from gitprov.service.ports.objects import ObjectReader
from gitprov.service.write.admission import admit_bytes
from gitprov.service.write.append_entry import AppendPorts, EntryAppender, NewFile
from gitprov.wiring.system import RandomIds
from gitprov.wiring.workspace import Workspace, open_workspace
from tests.benchmarks.samples import SampleRecords
from tests.benchmarks.world import Bench, run

_TREE_LIMIT = 32 * 1024 * 1024
_MARGIN_MS = 60_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What a ledger holds.

    Args:
        records: how many runs.
        per_entry: how many of them in one entry.
        per_day: how densely their ids are in time; the last one is a minute old.
    """

    records: int
    per_entry: int = 1
    per_day: int = 10_000

    @property
    def name(self) -> str:
        """A name for its folder."""
        return f"ledger-{self.records}-{self.per_entry}-{self.per_day}"


class UnsyncedObjects:
    """An ObjectReader and ObjectWriter that leaves objects where an ordinary append would.

    Few objects become single files, many one pack. Only the fsyncs are missing.
    """

    def __init__(self, git_dir: Path, below: ObjectReader) -> None:
        self._git_dir = git_dir
        self._below = below

    def read(self, oid: str, limit: int) -> tuple[str, bytes]:
        return self._below.read(oid, limit)

    def write(self, objects: Sequence[tuple[str, bytes]]) -> list[str]:
        if len(objects) >= PACK_FROM:
            oids, pack = build_pack(objects)
            run(["git", "index-pack", "--stdin"], self._git_dir, pack)
        else:
            oids = [self._write_file(kind, content) for kind, content in objects]
        return oids

    def _write_file(self, kind: str, content: bytes) -> str:
        oid = object_id(kind, content)
        path = self._git_dir / "objects" / oid[:2] / oid[2:]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(zlib.compress(b"%s %d\0%s" % (kind.encode(), len(content), content), 1))
        return oid


class MemoryRef:
    """A RefStore of one ref, written at the end."""

    def __init__(self, oid: str | None) -> None:
        self.oid = oid

    def get(self, name: str) -> str | None:
        del name
        return self.oid

    def swap(self, name: str, new: str, expected: str | None) -> None:
        if self.oid != expected:
            raise RefMovedError(Code.STALE, f"{name} moved")
        self.oid = new


class SequoiaSigner:
    """Signs in process, with a key that the gpg home holds."""

    def __init__(self, secret_key: bytes) -> None:
        secrets = pysequoia.Cert.from_bytes(secret_key).secrets
        if secrets is None:
            raise RuntimeError("the exported key has no secret part")
        self._signer = secrets.signer()

    def sign(self, payload: bytes, fingerprint: str, keys: Sequence[str] = ()) -> bytes:
        del fingerprint, keys
        mode = pysequoia.SignatureMode.DETACHED
        made = pysequoia.sign(self._signer, payload, mode=mode)
        return openpgp.signature_block(bytes(pysequoia.Sig.from_bytes(made)))


class LedgerBuilder:
    """Appends sample runs to one ledger.

    Args:
        bench: holds the key.
        path: the repository, which has a ledger.
    """

    def __init__(self, bench: Bench, path: Path) -> None:
        self._workspace: Workspace = open_workspace(Overrides(path=path))
        workspace = self._workspace
        objects = UnsyncedObjects(workspace.ledger_dir, workspace.objects)
        self._refs = MemoryRef(workspace.refs.get(workspace.ref))
        self._view = LedgerView(objects, workspace.engine)
        ports = AppendPorts(
            reader=objects,
            writer=objects,
            trees=TreeEditor(lambda oid: objects.read(oid, _TREE_LIMIT)[1]),
            refs=self._refs,
            engine=workspace.engine,
            signer=SequoiaSigner(bench.ring.gpg("--export-secret-keys", bench.owner)),
            clock=workspace.clock,
            records=RecordJudge(20_000),
        )
        self._appender = EntryAppender(ports, self._view, workspace.ref)

    def build(self, plan: Plan) -> None:
        """Append everything that the plan says, and move the ref."""
        for files in self._entries(plan):
            tip = self._tip()
            authority = self._view.authority(tip.commit.tree)
            signer = authority.policy.signers[0]
            entry = self._appender.append(tip, authority.policy.version, signer, files)
            if entry.findings:
                raise RuntimeError(f"an entry was not written well: {entry.findings[0].message}")
            if needs_gc(self._workspace.ledger_dir):
                self._collect("-c", f"gc.auto={LOOSE_LIMIT}", "gc", "--quiet", "--auto")
        self._collect("gc", "--quiet")

    def _collect(self, *gc: str) -> None:
        """Move the ref, and let git pack what it reaches, as it would by itself now and then."""
        folder = self._workspace.ledger_dir
        run(["git", "update-ref", self._workspace.ref, self._refs.oid or ""], folder)
        run(["git", "-c", "gc.autoDetach=false", *gc], folder)

    def _tip(self) -> Tip:
        if self._refs.oid is None:
            raise RuntimeError("the repository has no ledger")
        return read_tip(self._view, self._refs.oid)

    def _entries(self, plan: Plan) -> Iterator[list[NewFile]]:
        clock = self._workspace.clock
        step = 86_400_000 / plan.per_day
        first = clock.now_ms() - _MARGIN_MS - int(step * plan.records)
        samples, ids = SampleRecords(self._workspace.drafting()), RandomIds()
        files: list[NewFile] = []
        for number in range(plan.records):
            at = first + int(step * number)
            run_id = ids.uuid7(at)
            content = samples.content(run_id, str(uuid4()), at)
            files.append(admit_bytes(content, "run", run_id, self._appender.records).new_file())
            if len(files) == plan.per_entry:
                yield files
                files = []
        if files:
            yield files


def ledger(bench: Bench, plan: Plan) -> Path:
    """Return a repository with a ledger after ``git gc``; for reading only, it is shared."""
    path = bench.ledgers.get(plan)
    if path is None:
        path = new_ledger(bench, plan, plan.name)
        bench.ledgers[plan] = path
    return path


def copied_ledger(bench: Bench, plan: Plan, name: str) -> Path:
    """Copy a shared ledger, so that the copy may be changed; packs are the same files."""

    def copy(source: str, target: str) -> None:
        is_pack = "/objects/pack/" in source
        (os.link if is_pack else shutil.copy2)(source, target)

    path = bench.path / name
    shutil.copytree(ledger(bench, plan), path, copy_function=copy)
    return path


def new_ledger(bench: Bench, plan: Plan, name: str) -> Path:
    """Make a repository of that name whose ledger may be changed."""
    path = bench.repository(name)
    if plan.records:
        LedgerBuilder(bench, path).build(plan)
    return path
