"""One judge (S2): an entry let in by the hook is an entry that verify passes, and no other is.

An input names an entry of a golden ledger, a part of it (its commit, or a file that it adds) and
the bytes to put there. Trees, ids and the chain are made to fit, and every signature counts as
good, so that what is behind them is reached.
"""

from __future__ import annotations

import functools
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gitprov.codec.chain import chain_digest, sha256_hex
from gitprov.codec.commit import parse_commit, read_links
from gitprov.codec.message import read_trailers
from gitprov.codec.openpgp import dearmour, parse_signature
from gitprov.errors import Code, GitprovError
from gitprov.model.entry import CertificateFacts, CommitForm, Trailers
from gitprov.model.finding import Finding, Severity
from gitprov.service.ledger.access import LedgerAccess
from gitprov.service.ledger.view import LedgerView
from gitprov.service.ports.signatures import SignatureEngine
from gitprov.service.verify.update import Update, judge_update
from tests.fuzz.target import ACCEPTED, Target, code_of, require
from tests.support.judgement import engine_of, reader_of
from tests.support.memory_ledger import MemoryObjects
from tests.support.sample_records import VECTORS

GOLDEN = ("ledger-1", "ledger-2")
# Judged by the clock of whoever lets an entry in; later readers have no such clock.
ONLY_AT_THE_DOOR = frozenset({Code.CLOCK, Code.KEY_EXPIRED})
WORDS = (
    b'actor_kind: "AI"\n', b'actor_kind: "HUMAN"\n', b'"SUCCESS"', b'"FAILED"', b'"SKIPPED"',
    b"notes: ", b'decision: "REJECT"', b'expires_at: "', b'"2026-11-20T10:00:00.000Z"',
    b'edit_event_id: "', b"tree ", b"parent ", b"author ", b"committer ", b"Gitprov-Height: ",
    b"Gitprov-Policy: ", b"Gitprov-Chain: sha256:", b"Run-Id: ", b"threshold: ",
    b"revoked:\n    from_height: 0\n",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A part of an entry: the file that is at a path, or its commit where there is none."""

    entry: str
    path: str | None
    content: bytes


class Trusting:
    """An engine that takes certificates apart, and every signature for a good one."""

    name = "trusting"

    def __init__(self, engine: SignatureEngine) -> None:
        self._engine = engine

    def read_certificate(self, armoured: bytes) -> CertificateFacts:
        """Take a certificate apart."""
        return self._engine.read_certificate(armoured)

    def is_good(self, payload: bytes, signature: bytes, certificate: bytes, seconds: int) -> bool:
        """Whatever was signed is good."""
        return bool(payload and signature and certificate and seconds >= 0)


class Worlds:
    """The golden ledgers in memory."""

    def __init__(self) -> None:
        self.objects = MemoryObjects()
        self.parts: list[Part] = []
        self.engine = Trusting(engine_of("sequoia"))
        for name in GOLDEN:
            with tempfile.TemporaryDirectory(prefix="gitprov-fuzz-") as folder:
                self._load(name, Path(folder))
        self.view = LedgerView(self.objects, self.engine)
        times = [parse_commit(part.content).seconds for part in self.parts if part.path is None]
        self.now = max(times) + 60

    def _load(self, name: str, path: Path) -> None:
        def git(*args: str) -> list[str]:
            argv = ["git", "-C", str(path), *args]
            return subprocess.run(argv, check=True, capture_output=True).stdout.decode().split()

        git("init", "--quiet", "--bare")
        git("fetch", "--quiet", str(VECTORS / f"{name}.bundle"), "+refs/*:refs/*")
        reader = reader_of(path)
        for oid in git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)"):
            self.objects.put(*reader.read(oid, 1 << 26))
        for entry in git("rev-list", "--reverse", "refs/gitprov/ledger"):
            self.parts.append(Part(entry, None, self.objects.content(entry)))
            added = git("diff-tree", "--root", "-r", "--name-only", "--no-commit-id", "-m", entry)
            for file in dict.fromkeys(added):
                (blob,) = git("rev-parse", f"{entry}:{file}")
                self.parts.append(Part(entry, file, self.objects.content(blob)))

    def seeds(self) -> Iterator[bytes]:
        """Every part as it is."""
        for number, part in enumerate(self.parts):
            yield number.to_bytes(2, "big") + part.content


@functools.cache
def worlds() -> Worlds:
    """The golden ledgers, loaded once."""
    return Worlds()


def check(data: bytes) -> str:
    """Put bytes in the place of a part; judge the entry at the door and afterwards."""
    world = worlds()
    part = world.parts[int.from_bytes(data[:2], "big") % len(world.parts)]
    objects = MemoryObjects(world.objects.known)
    raw = _entry(objects, part, data[2:])
    entry = objects.put("commit", raw)
    before = read_links(raw)[1]
    old = before[0] if before and before[0] in world.objects.known else None
    access = LedgerAccess(objects, world.engine, None)
    answers: list[list[tuple[str, str | None]]] = []
    for accepting in (True, False):
        view = world.view.over(objects)
        try:
            update = Update(old, entry)
            found = judge_update(access, view, update, world.now, accepting=accepting).findings
        except GitprovError as reason:
            answers.append([(code_of(reason), None)])
            continue
        answers.append([_told(finding) for finding in found if _counts(finding)])
    require(answers[0] == answers[1], f"the hook says {answers[0]}, verify says {answers[1]}")
    return answers[0][0][0] if answers[0] else ACCEPTED


def _entry(objects: MemoryObjects, part: Part, content: bytes) -> bytes:
    """Return the raw entry with other bytes in the place of a part."""
    if part.path is None:
        return content
    raw = objects.content(part.entry)
    commit = parse_commit(raw)
    changed = objects.add(commit.tree, part.path, objects.put("blob", content))
    chain = _chain(objects, part, commit, content)
    raw = raw.replace(commit.tree.encode(), changed.encode(), 1)
    return raw.replace(_claims(raw).chain.encode(), chain.encode(), 1)


def _claims(raw: bytes) -> Trailers:
    claims = read_trailers(parse_commit(raw).message)
    require(claims is not None, "an entry of a golden ledger without claims")
    return claims or Trailers("", 0, "", 0)


def _chain(objects: MemoryObjects, part: Part, commit: CommitForm, content: bytes) -> str:
    """Return the chain digest of the entry with that content in the place of the part's own."""
    files = {each.path: each.content for each in worlds().parts if each.entry == part.entry}
    files[part.path] = content
    claims = _claims(objects.content(part.entry))
    form = parse_signature(dearmour(commit.signature or b""))
    return chain_digest(
        (claims.ledger_id, claims.height, commit.seconds),
        form.issuer_fingerprint or "",
        [_claims(objects.content(parent)).chain for parent in commit.parents],
        [(path, sha256_hex(text)) for path, text in files.items() if path],
    )


def _counts(finding: Finding) -> bool:
    return finding.code not in ONLY_AT_THE_DOOR and finding.severity is not Severity.WARNING


def _told(finding: Finding) -> tuple[str, str | None]:
    return str(finding.code), finding.path


def target() -> Target:
    """The judgement of an entry, at the door and afterwards."""
    seeds = worlds().seeds
    return Target("agreement", check, frozenset(Code), WORDS, more_seeds=lambda: list(seeds()))
