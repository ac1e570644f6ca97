# ruff: noqa: N802 - a case's name carries its id
"""Offline verification in a repository that lies: the cases V-01 to V-22."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from gitprov.app.verify import VerifyOptions
from gitprov.app.verify import verify as verify_workspace
from gitprov.errors import Code, GitprovError, StorageError
from gitprov.git.objects import PygitObjects
from gitprov.git.repository import open_ledger_repository
from gitprov.guard.pins import Pin
from gitprov.model.finding import Severity, Verdict
from gitprov.model.overrides import Overrides
from gitprov.model.report import Report
from gitprov.wiring.workspace import open_workspace
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.judgement import put_on_ref, reader_of, verify
from tests.support.lies import forge_circle, forge_commit_graph, forge_pack_index, forge_places

pytestmark = [pytest.mark.git, pytest.mark.gpg]


@pytest.fixture(autouse=True)
def _longer(history: HistoryBuilder) -> None:
    """Let every ledger here have eight entries, the last one on the ref."""
    for _ in range(5):
        history.append(history.run())
    put_on_ref(history)


def git(history: HistoryBuilder, *args: str) -> str:
    argv = ["git", "-C", str(history.path), *args]
    done = subprocess.run(argv, capture_output=True, check=True)
    return done.stdout.decode().strip()


def verify_place(path: Path, *pins: Pin, genesis: str | None = None) -> Report:
    """Verify as the command does, from opening the repository on."""
    workspace = open_workspace(Overrides(path=path))
    return verify_workspace(workspace, VerifyOptions(genesis=genesis, pins=pins, jobs=1))


def said(report: Report) -> tuple[Verdict, list[Code]]:
    return report.verdict, [finding.code for finding in report.findings]


GOOD: tuple[Verdict, list[Code]] = (Verdict.PASS, [])


def test_case_V_00_untouched(history: HistoryBuilder) -> None:
    """Nothing is wrong."""
    report = verify_place(history.path)
    assert said(report) == GOOD
    assert report.entries == 8


def test_case_V_01_shallow_file(history: HistoryBuilder) -> None:
    """The shallow file names an entry, where git log then ends."""
    (history.path / "shallow").write_text(git(history, "rev-parse", f"{LEDGER}~2") + "\n")
    assert git(history, "rev-list", "--count", LEDGER) == "3"
    assert said(verify_place(history.path)) == (Verdict.UNKNOWN, [Code.REPO_UNSUPPORTED])


def test_case_V_01_shallow_code(history: HistoryBuilder) -> None:
    """The shallow file names commits of the code only."""
    (history.path / "shallow").write_text("12" * 20 + "\n")
    assert said(verify_place(history.path)) == GOOD


def test_case_V_02_grafts(history: HistoryBuilder) -> None:
    """info/grafts gives the tip another parent."""
    genesis = git(history, "rev-list", "--max-parents=0", LEDGER)
    (history.path / "info").mkdir(exist_ok=True)
    (history.path / "info/grafts").write_text(f"{history.tip} {genesis}\n")
    assert said(verify_place(history.path)) == (Verdict.UNKNOWN, [Code.REPO_UNSUPPORTED])


def test_case_V_03_replaced_tip(history: HistoryBuilder) -> None:
    """git replace puts an older entry in the place of the tip."""
    git(history, "replace", history.tip, git(history, "rev-parse", f"{LEDGER}~3"))
    assert git(history, "rev-list", "--count", LEDGER) != "8"
    report = verify_place(history.path)
    assert said(report) == (Verdict.PASS, [Code.REF_FORBIDDEN])
    assert report.findings[0].severity is Severity.WARNING
    assert report.entries == 8


def test_case_V_04_forged_commit_graph(history: HistoryBuilder) -> None:
    """A commit-graph of generation version 1 skips all entries between tip and genesis."""
    genesis = git(history, "rev-list", "--max-parents=0", LEDGER)
    git(history, "-c", "commitGraph.generationVersion=1", "commit-graph", "write", "--reachable")
    graph = history.path / "objects/info/commit-graph"
    forge_commit_graph(graph, history.tip, genesis)
    assert git(history, "-c", "core.commitGraph=true", "rev-list", "--count", LEDGER) == "2"
    report = verify_place(history.path)
    assert said(report) == GOOD
    assert report.entries == 8


def blob_of(history: HistoryBuilder, number: int) -> str:
    files = history.objects.files(history.trees[history.tip])
    return sorted(oid for path, oid in files.items() if path.startswith("runs/"))[number]


def test_case_V_06_forged_pack_index(history: HistoryBuilder) -> None:
    """A pack index, its checksum right, lets two ids stand for each other's objects."""
    git(history, "repack", "-adq")
    (index,) = (history.path / "objects/pack").glob("*.idx")
    forge_pack_index(index, blob_of(history, 0), blob_of(history, 1))
    verdict, codes = said(verify_place(history.path))
    assert verdict is Verdict.FAIL
    assert set(codes) == {Code.STORE_CORRUPT}


def test_case_V_06_index_beyond_the_pack(history: HistoryBuilder) -> None:
    """A pack index, its checksum right, names places far behind the end of its pack."""
    git(history, "repack", "-adq")
    (index,) = (history.path / "objects/pack").glob("*.idx")
    forge_places(index, 0x7FFFFF00)
    assert said(verify_place(history.path)) == (Verdict.FAIL, [Code.STORE_CORRUPT])


def test_case_V_06_objects_in_a_circle(history: HistoryBuilder) -> None:
    """A pack builds two objects from each other: libgit2 would follow them for ever."""
    tip = bytes.fromhex(history.tip)
    forge_circle(history.path / "objects", tip, bytes(reversed(tip)))
    history.objects.file_of(history.tip).unlink()
    assert said(verify_place(history.path)) == (Verdict.FAIL, [Code.STORE_CORRUPT])


def test_case_V_06_objects_that_name_their_base_by_id(history: HistoryBuilder) -> None:
    """An honest pack may name bases by id, as old clients' packs do."""
    git(history, "-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq")
    assert said(verify_place(history.path)) == GOOD


@pytest.mark.parametrize("content", [b"", b"x", None], ids=["empty", "junk", "gone"])
@pytest.mark.parametrize("what", ["commit", "tree", "blob"])
def test_case_V_07_damaged_object(
    history: HistoryBuilder, what: str, content: bytes | None
) -> None:
    """A loose object is cut to nothing, overwritten, or deleted."""
    parent = git(history, "rev-parse", f"{LEDGER}~2")
    tree = history.trees[parent]
    oid = {"commit": parent, "tree": tree, "blob": blob_of(history, 2)}[what]
    file = history.objects.file_of(oid)
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    verdict, codes = said(verify_place(history.path))
    assert verdict is Verdict.FAIL
    assert Code.STORE_CORRUPT in codes


def test_case_V_07_swapped_object(history: HistoryBuilder) -> None:
    """A loose file holds another, well-formed object."""
    one, two = blob_of(history, 0), blob_of(history, 1)
    history.objects.plant(one, "blob", history.objects.content(two))
    assert Code.STORE_CORRUPT in said(verify_place(history.path))[1]


class Locked:
    """A reader to whom one object may not be read for lack of permission."""

    def __init__(self, history: HistoryBuilder, oid: str) -> None:
        self._reader = reader_of(history.path)
        self._oid = oid

    def read(self, oid: str, limit: int) -> tuple[str, bytes]:
        """Return an object unless it is the locked one."""
        if oid == self._oid:
            raise StorageError(Code.INTERNAL, "permission denied")
        return self._reader.read(oid, limit)


def test_case_V_08_no_permission(history: HistoryBuilder) -> None:
    """An object that may not be read is "could not find out", never "bad"."""
    report = verify(history, reader=Locked(history, blob_of(history, 0)))
    assert said(report) == (Verdict.UNKNOWN, [Code.INTERNAL])


@pytest.mark.parametrize("back", range(8))
def test_case_V_08_no_permission_for_a_commit(history: HistoryBuilder, back: int) -> None:
    """An entry that may not be read leaves the verdict open, wherever it stands."""
    oid = git(history, "rev-parse", f"{LEDGER}~{back}")
    genesis, behind = (git(history, "rev-parse", f"{LEDGER}~{n}") for n in (7, min(back + 1, 7)))
    pins = (Pin(behind, 7 - back, mainline=True, origin="x"),)
    report = verify(history, reader=Locked(history, oid), genesis=genesis, pins=pins)
    assert (report.verdict, {f.code for f in report.findings}) == (
        Verdict.UNKNOWN,
        {Code.INTERNAL},
    )


def test_case_V_09_alternates(history: HistoryBuilder, tmp_path: Path) -> None:
    """All objects lie elsewhere and come by info/alternates."""
    elsewhere = tmp_path / "elsewhere"
    shutil.move(history.path / "objects", elsewhere)
    (history.path / "objects/info").mkdir(parents=True)
    (history.path / "objects/info/alternates").write_text(f"{elsewhere}\n")
    assert said(verify_place(history.path)) == GOOD


def test_case_V_09_lying_alternates(history: HistoryBuilder, tmp_path: Path) -> None:
    """An alternate holds another object under an id of the ledger's."""
    elsewhere = tmp_path / "elsewhere"
    shutil.move(history.path / "objects", elsewhere)
    (history.path / "objects/info").mkdir(parents=True)
    (history.path / "objects/info/alternates").write_text(f"{elsewhere}\n")
    one, two = blob_of(history, 0), blob_of(history, 1)
    shutil.copyfile(elsewhere / two[:2] / two[2:], elsewhere / one[:2] / one[2:])
    assert Code.STORE_CORRUPT in said(verify_place(history.path))[1]


def test_case_V_10_partial_clone(history: HistoryBuilder) -> None:
    """A partial clone has not fetched a record."""
    history.objects.file_of(blob_of(history, 0)).unlink()
    reader = PygitObjects(open_ledger_repository(history.path), is_partial=True)
    report = verify(history, reader=reader)
    assert said(report) == (Verdict.UNKNOWN, [Code.REPO_UNSUPPORTED])


@pytest.mark.parametrize("extension", ["objectFormat=sha256", "refStorage=reftable"])
def test_case_V_10_other_repository(history: HistoryBuilder, extension: str) -> None:
    """The ledger's own store is of a kind that libgit2 cannot read."""
    name, _, value = extension.partition("=")
    git(history, "config", "core.repositoryFormatVersion", "1")
    git(history, "config", f"extensions.{name}", value)
    with pytest.raises(GitprovError) as caught:
        verify_place(history.path)
    assert caught.value.code in {Code.REPO_UNSUPPORTED, Code.NO_LEDGER}


def pin(history: HistoryBuilder, *, mainline: bool = False) -> Pin:
    """Remember the tip."""
    height = history.claims[history.tip].height
    return Pin(history.tip, height, mainline=mainline, origin="the checkpoint")


def test_case_V_12_ref_moved_back(history: HistoryBuilder) -> None:
    """The ref moves back by one entry; a checkpoint knows the last one."""
    remembered = pin(history)
    git(history, "update-ref", LEDGER, f"{LEDGER}~1")
    assert said(verify_place(history.path)) == GOOD
    assert said(verify_place(history.path, remembered)) == (Verdict.FAIL, [Code.ROLLBACK])


def test_case_V_12_other_history(history: HistoryBuilder) -> None:
    """Another history of the same length; a checkpoint knows the first one."""
    remembered = pin(history)
    git(history, "update-ref", LEDGER, f"{LEDGER}~1")
    history.rewind(git(history, "rev-parse", LEDGER))
    history.append(history.run("bot"), by="bot")
    put_on_ref(history)
    assert said(verify_place(history.path, remembered)) == (Verdict.FAIL, [Code.SPLIT_VIEW])


def test_case_V_12_off_the_mainline(history: HistoryBuilder) -> None:
    """A remote's tip is still there, but as a branch that somebody merged."""
    remembered = pin(history, mainline=True)
    history.rewind(git(history, "rev-parse", f"{LEDGER}~1"))
    history.append(history.run("bot"), by="bot")
    history.merge(remembered.tip)
    put_on_ref(history)
    assert said(verify_place(history.path)) == GOOD
    assert said(verify_place(history.path, remembered)) == (Verdict.FAIL, [Code.SPLIT_VIEW])


def test_case_V_12_other_genesis(history: HistoryBuilder) -> None:
    """The ledger begins with another genesis than the pinned one."""
    report = verify_place(history.path, genesis="12" * 20)
    assert said(report) == (Verdict.FAIL, [Code.ROLLBACK])
    assert report.pinned


def test_case_V_13_loose_ref_deleted(history: HistoryBuilder) -> None:
    """The loose ref is deleted, so that an older packed value returns."""
    git(history, "pack-refs", "--all")
    history.append(history.run())
    put_on_ref(history)
    remembered = pin(history)
    (history.path / LEDGER).unlink()
    assert git(history, "fsck", "--strict", "--no-dangling") == ""
    assert said(verify_place(history.path, remembered)) == (Verdict.FAIL, [Code.ROLLBACK])


def test_case_V_16_symbolic_ref(history: HistoryBuilder) -> None:
    """The ledger's ref is symbolic."""
    git(history, "update-ref", "refs/heads/x", history.tip)
    git(history, "symbolic-ref", LEDGER, "refs/heads/x")
    assert said(verify_place(history.path)) == (Verdict.FAIL, [Code.REF_FORBIDDEN])


def test_case_V_16_missing_tip(history: HistoryBuilder) -> None:
    """The ref names an object that is not there."""
    (history.path / LEDGER).write_text("12" * 20 + "\n")
    assert said(verify_place(history.path)) == (Verdict.FAIL, [Code.STORE_CORRUPT])


def test_case_V_16_no_ref(history: HistoryBuilder) -> None:
    """There is no ledger, and nobody who says that there should be one."""
    git(history, "update-ref", "-d", LEDGER)
    assert said(verify_place(history.path)) == (Verdict.UNKNOWN, [Code.NO_LEDGER])


def test_case_V_16_garbage_in_the_ref(history: HistoryBuilder) -> None:
    """The ref's file holds no object id."""
    (history.path / LEDGER).write_text("hello\n")
    verdict, codes = said(verify_place(history.path))
    assert verdict is Verdict.FAIL
    assert codes[0] in {Code.REF_FORBIDDEN, Code.STORE_CORRUPT, Code.NO_LEDGER}


def test_case_V_18_below_the_repository(
    history: HistoryBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another repository's sub-folder, with GIT_DIR set, is not searched for a ledger."""
    other = tmp_path / "other"
    subprocess.run(["git", "init", "--quiet", str(other)], check=True)
    (other / "sub").mkdir()
    monkeypatch.chdir(other / "sub")
    assert said(verify_place(history.path)) == GOOD
    monkeypatch.setenv("GIT_DIR", str(history.path))
    assert said(verify_place(other / "sub"))[1] in ([], [Code.NO_LEDGER])


def test_case_V_19_hostile_configuration(history: HistoryBuilder, tmp_path: Path) -> None:
    """The repository's configuration and hooks would start programs: none runs."""
    marker = tmp_path / "ran"
    program = tmp_path / "evil"
    program.write_text(f"#!/bin/sh\ntouch {marker}\n")
    program.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "reference-transaction", "pre-receive", "fsmonitor-watchman"):
        shutil.copy(program, hooks / name)
    included = tmp_path / "included"
    included.write_text(f"[core]\n\tsshCommand = {program}\n[gpg]\n\tprogram = {program}\n")
    with (history.path / "config").open("a") as config:
        config.write(
            f"[core]\n\tfsmonitor = {program}\n\thooksPath = {hooks}\n\tpager = {program}\n"
            f"[include]\n\tpath = {included}\n[gpg]\n\tprogram = {program}\n"
            f"[alias]\n\trev-parse = !{program}\n[credential]\n\thelper = !{program}\n"
            f"[diff]\n\texternal = {program}\n[core]\n\teditor = {program}\n"
        )
    assert said(verify_place(history.path)) == GOOD
    for engine in ("sequoia", "gpg"):
        workspace = open_workspace(Overrides(path=history.path, engine=engine))
        assert said(verify_workspace(workspace, VerifyOptions(jobs=1))) == GOOD
    assert not marker.exists()


def test_case_V_20_two_processes_say_the_same(history: HistoryBuilder) -> None:
    """A bad ledger gives the same report whether one process judges it or two."""
    history.append(history.run().edited('"SUCCESS"', '"DONE"'))
    put_on_ref(history)
    workspace = open_workspace(Overrides(path=history.path))
    reports = [verify_workspace(workspace, VerifyOptions(jobs=jobs)) for jobs in (1, 2)]
    assert reports[0].findings == reports[1].findings
    assert said(reports[0]) == (Verdict.FAIL, [Code.SCHEMA])


def test_case_V_23_times_do_not_matter(history: HistoryBuilder) -> None:
    """File times a day ahead or back change nothing."""
    for seconds in (time.time() + 86_400, 0.0):
        for path in history.path.rglob("*"):
            os.utime(path, (seconds, seconds))
        assert said(verify_place(history.path)) == GOOD
