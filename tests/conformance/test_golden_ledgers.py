"""Whole ledgers: those of an independent implementation pass, and no flipped bit does."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gitprov.codec.commit import read_links
from gitprov.codec.message import read_trailers
from gitprov.errors import Code, StorageError
from gitprov.model.finding import Finding, Severity, Verdict
from gitprov.service.judge.case import JudgedEntry, read_entry
from gitprov.service.judge.entry import EntryJudge
from gitprov.service.ledger.access import LedgerAccess
from gitprov.service.ledger.topology import Topology, walk
from gitprov.service.ledger.view import LedgerView
from gitprov.service.verify.ledger import VerifyRequest, verify_ledger
from gitprov.service.verify.range import RangeTools, RangeVerifier
from tests.support.history import LEDGER, HistoryBuilder, found_usual
from tests.support.judgement import engine_of, put_on_ref, reader_of, verify
from tests.support.people import People
from tests.support.sample_records import VECTORS

pytestmark = [pytest.mark.git, pytest.mark.gpg]
GOLDEN = ("ledger-1", "ledger-2")


def git(path: Path, *args: str, home: Path | None = None) -> str:
    env = os.environ if home is None else {**os.environ, "GNUPGHOME": str(home)}
    argv = ["git", "-C", str(path), *args]
    done = subprocess.run(argv, capture_output=True, check=True, env=env)
    return done.stdout.decode().strip()


# ---------------------------------------------------------------- the golden ledgers


@pytest.fixture(params=GOLDEN)
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """A golden ledger in a bare repository, and what is known of it."""
    name = str(request.param)
    path = tmp_path / f"{name}.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(path)], check=True)
    git(path, "fetch", "--quiet", str(VECTORS / f"{name}.bundle"), "+refs/*:refs/*")
    return path, json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def request_for(tip: str, now: int, jobs: int = 1) -> VerifyRequest:
    return VerifyRequest(tip, None, (), None, jobs, now, frozenset(), (), None)


def judged(path: Path, tip: str, ledger_id: str, now: int) -> Iterator[JudgedEntry]:
    """Judge every entry in the order of acceptance."""
    view, engine = LedgerView(reader_of(path), engine_of("sequoia")), engine_of("sequoia")
    topology = walk(lambda oid: read_links(view.commit(oid))[1], tip)
    judge = EntryJudge(view, engine, ledger_id, now, accepting=False)
    genesis = EntryJudge(view, engine, None, now, accepting=False)
    verifier = RangeVerifier(RangeTools(view, judge, genesis, None, frozenset()), topology)
    for position in range(len(topology)):
        oid = topology.oid(position)
        raw = view.commit(oid)
        chosen = judge if position else genesis
        yield chosen.judge(oid, raw, verifier._place(position, read_entry(oid, raw), raw))


@pytest.mark.parametrize("engine", ["sequoia", "gpg"])
def test_a_golden_ledger_passes(golden: tuple[Path, dict[str, Any]], engine: str) -> None:
    path, known = golden
    now = max(entry["time"] for entry in known["entries"]) + 3_600
    access = LedgerAccess(reader_of(path), engine_of(engine), None)
    report = verify_ledger(lambda: access, request_for(known["tip"], now), lambda _d, _n: None)
    assert (report.findings, report.verdict) == ((), Verdict.PASS)
    assert (report.ledger_id, report.genesis) == (known["ledger_id"], known["genesis"])
    assert (report.tip, report.height) == (known["tip"], known["height"])
    assert report.records == known["records"]
    assert report.policy == known.get("policy", 1)
    assert report.entries == len(known["entries"]) == sum(report.signers.values())


def test_a_golden_ledger_is_what_it_is_known_as_entry_by_entry(
    golden: tuple[Path, dict[str, Any]],
) -> None:
    path, known = golden
    now = max(entry["time"] for entry in known["entries"]) + 3_600
    found = {}
    for entry in judged(path, known["tip"], known["ledger_id"], now):
        assert entry.findings == []
        assert entry.commit is not None
        assert entry.claims is not None
        assert entry.signer is not None
        stated = {
            "entry": entry.oid,
            "height": entry.claims.height,
            "chain": entry.claims.chain,
            "policy": entry.claims.policy,
            "signer": entry.signer.name,
            "time": entry.commit.seconds,
            "files": {file.path: file.digest for file in entry.files},
            "message": entry.commit.message,
        }
        found[entry.oid] = {key: stated[key] for key in known["entries"][0]}
    assert found == {entry["entry"]: entry for entry in known["entries"]}


def test_git_says_the_same_of_a_golden_ledger(golden: tuple[Path, dict[str, Any]]) -> None:
    path, known = golden
    assert git(path, "fsck", "--strict", "--no-dangling") == ""
    listed = git(path, "log", "--format=%H", known["tip"]).split()
    assert sorted(listed) == sorted(entry["entry"] for entry in known["entries"])
    for entry in known["entries"]:
        if "Run-Id: " in entry["message"]:
            run_id = entry["message"].partition("Run-Id: ")[2].split("\n")[0]
            found = git(path, "log", "--format=%H", f"--grep=^Run-Id: {run_id}$", known["tip"])
            assert found == entry["entry"]


# ---------------------------------------------------------------- a ledger of 1,000 records


@pytest.fixture(scope="module")
def thousand(people: People, tmp_path_factory: pytest.TempPathFactory) -> HistoryBuilder:
    """Fifty entries of twenty runs each, with a branch, a merge and a policy change among them."""
    builder = found_usual(tmp_path_factory.mktemp("thousand") / "ledger.git", people)
    for number in range(50):
        runs = [builder.run() for _ in range(20)]
        if number == 10:
            builder.change(
                builder.policy.with_signer(builder.signer("holder")), builder.certificate("holder")
            )
        if number == 20:
            side = builder.branch(*runs)
            builder.append(builder.run("bot"), by="bot")
            builder.merge(side)
        else:
            builder.append(*runs)
    put_on_ref(builder)
    return builder


class Flipped:
    """A reader that trusts its store: one object has one bit flipped, and no one hashes it."""

    def __init__(self, builder: HistoryBuilder, oid: str = "", bit: int = 0) -> None:
        self._known = builder.objects.known
        self._oid = oid
        self._bit = bit

    def read(self, oid: str, limit: int) -> tuple[str, bytes]:
        """Return an object, perhaps with the flipped bit."""
        if oid not in self._known:
            raise StorageError(Code.STORE_CORRUPT, f"{oid} is missing")
        kind, content = self._known[oid]
        assert len(content) <= limit
        if oid == self._oid:
            changed = bytearray(content)
            changed[self._bit // 8] ^= 1 << self._bit % 8
            content = bytes(changed)
        return kind, content


def reachable(builder: HistoryBuilder, topology: Topology) -> dict[str, int]:
    """Return every object of the ledger, with the first entry that holds it."""
    first: dict[str, int] = {}

    def visit(tree: str, position: int) -> None:
        if tree in first:
            return
        first[tree] = position
        for mode, _, oid in builder.objects.items(tree):
            if mode == b"40000":
                visit(oid, position)
            else:
                first.setdefault(oid, position)

    for position in range(len(topology)):
        oid = topology.oid(position)
        visit(builder.objects.content(oid)[5:45].decode(), position)
        first[oid] = position
    return first


def judge_one(
    builder: HistoryBuilder, topology: Topology, position: int, reader: Flipped
) -> list[Finding]:
    """Judge one entry of the ledger with a reader's eyes."""
    view, engine = LedgerView(reader, engine_of("sequoia")), engine_of("sequoia")
    judge = EntryJudge(view, engine, builder.ledger_id, builder.now, accepting=False)
    genesis = EntryJudge(view, engine, None, builder.now, accepting=False)
    verifier = RangeVerifier(RangeTools(view, judge, genesis, None, frozenset()), topology)
    return verifier.run(range(position, position + 1), lambda _: None).findings


def shape(builder: HistoryBuilder) -> Topology:
    return walk(lambda oid: read_links(builder.objects.content(oid))[1], builder.tip)


def test_the_ledger_passes_untouched(thousand: HistoryBuilder) -> None:
    report = verify(thousand)
    assert (report.findings, report.verdict) == ((), Verdict.PASS)
    assert report.records["run"] == 1_003
    for engine, jobs in (("gpg", 1), ("sequoia", 2)):
        again = verify(thousand, engine, jobs=jobs)
        assert (again.findings, again.records) == ((), report.records)
    topology = shape(thousand)
    for position in range(len(topology)):
        assert judge_one(thousand, topology, position, Flipped(thousand)) == []


def test_one_flipped_bit_in_any_object_is_seen_without_its_hash(thousand: HistoryBuilder) -> None:
    """Signature, chain and forms alone find it at the entry that holds the object first."""
    topology, chance = shape(thousand), random.Random(2024)
    objects = reachable(thousand, topology)
    assert len(objects) > 1_300
    unseen = []
    for oid, position in objects.items():
        bit = chance.randrange(8 * len(thousand.objects.content(oid)))
        findings = judge_one(thousand, topology, position, Flipped(thousand, oid, bit))
        if not any(f.severity is Severity.ERROR for f in findings):
            unseen.append((thousand.objects.known[oid], bit, position))
    assert unseen == []


@pytest.mark.slow
def test_flipped_bits_of_one_commit_record_and_tree_are_seen(thousand: HistoryBuilder) -> None:
    """Every third bit: with 3 and 8 having no common factor, each place in an octet is met."""
    topology = shape(thousand)
    position = len(topology) - 5
    commit = topology.oid(position)
    root = thousand.objects.content(commit)[5:45].decode()
    objects = reachable(thousand, topology)
    held = {oid: thousand.objects.known[oid][0] for oid, at in objects.items() if at == position}
    record = next(oid for oid, kind in held.items() if kind == "blob")
    unseen = [
        (oid, bit)
        for oid in (commit, root, record)
        for bit in range(0, 8 * len(thousand.objects.content(oid)), 3)
        if not judge_one(thousand, topology, position, Flipped(thousand, oid, bit))
    ]
    assert unseen == []


def test_a_flipped_bit_on_the_disk_is_seen(thousand: HistoryBuilder, tmp_path: Path) -> None:
    chance = random.Random(7)
    objects = sorted(reachable(thousand, shape(thousand)))
    copy = thousand.copy(tmp_path / "copy.git")
    for oid in chance.sample(objects, 20):
        file = copy.objects.file_of(oid)
        good = file.read_bytes()
        content = bytearray(zlib.decompress(good))
        bit = chance.randrange(8 * len(content))
        content[bit // 8] ^= 1 << bit % 8
        file.write_bytes(zlib.compress(bytes(content)))
        report = verify(copy)
        assert report.verdict is Verdict.FAIL, oid
        assert report.findings[0].code is Code.STORE_CORRUPT
        file.write_bytes(good)
    assert verify(copy).verdict is Verdict.PASS


def test_git_accepts_the_ledger(thousand: HistoryBuilder, tmp_path: Path, people: People) -> None:
    path = tmp_path / "copy.git"
    shutil.copytree(thousand.path, path)
    assert git(path, "fsck", "--strict", "--no-dangling") == ""
    home = people.ring.home
    for oid in git(path, "rev-list", LEDGER).split():
        git(path, "verify-commit", oid, home=home)
    listed = git(path, "log", "--format=%s|%(trailers:key=Run-Id,valueonly,separator=%x2C)", LEDGER)
    assert len(listed.splitlines()) == len(shape(thousand))
    assert sum(line.count(",") + 1 for line in listed.splitlines() if "-7e97-" in line) >= 1_000
    claims = read_trailers(git(path, "log", "-1", "--format=%B", LEDGER) + "\n")
    assert claims is not None
    assert claims.height == thousand.claims[thousand.tip].height
    git(path, "gc", "--quiet", "--prune=now")
    packed = thousand.copy(tmp_path / "packed.git")
    shutil.rmtree(packed.path)
    shutil.copytree(path, packed.path)
    assert verify(packed).verdict is Verdict.PASS
