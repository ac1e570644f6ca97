"""Facts about the machine are gathered even where the system keeps silent."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from gitprov.app import doctor_facts as surveys
from gitprov.app.doctor_facts import gather_disk, gather_versions
from tests.support import record_texts as texts
from tests.support.cli_inside import Inside
from tests.support.cli_world import RUN, Cli
from tests.support.git import Git
from tests.support.history import HistoryBuilder
from tests.support.people import People
from tests.support.reading import listed, shown


def test_versions_of_programs_and_libraries_are_told() -> None:
    versions = gather_versions()
    assert list(versions)[:2] == ["python", "format"]
    assert all(versions[name] for name in ("git", "gpg", "pygit2", "pysequoia", "python-gnupg"))


def test_a_library_that_is_not_installed_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(surveys, "version", absent)
    assert gather_versions()["pygit2"] is None


def test_a_disk_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "config").touch()
    disk = gather_disk(tmp_path)
    assert (disk.path, disk.is_writable) == (str(tmp_path), True)
    assert disk.free is not None
    assert disk.free > 0
    assert disk.ignores_case is (tmp_path / "CONFIG").exists()


def test_a_folder_that_is_gone_leaves_the_facts_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveys, "_MOUNTS", tmp_path / "no-such-list")
    disk = gather_disk(tmp_path / "gone")
    assert (disk.kind, disk.free, disk.is_writable) == (None, None, False)


def test_an_odd_name_in_the_spool_has_no_time() -> None:
    assert surveys._made("odd") is None


@pytest.mark.git
@pytest.mark.gpg
def test_a_repository_that_libgit2_cannot_read_is_read_by_git(
    people: People, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = Git(tmp_path).init(tmp_path / "code", "--object-format=sha256")
    code.commit({"a": "x\n"})
    inside = Inside(Cli(code.path, {"GNUPGHOME": str(people.ring.home)}), capfd)
    assert inside("init", "--key", people.fingerprint("alice"), "--agent-key", "none").code == 0
    run_id = inside("record", *RUN, "--input", "a", "--json").json["run_id"]
    assert inside("context", "check", run_id).code == 0
    assert inside("log", "--input", "a").lines[1].startswith(run_id[:8])
    assert inside("show", run_id).code == 0
    assert inside("notes", "check").code == 0
    ended = inside("doctor")
    assert ended.code == 0
    assert "a repository of its own" in ended.out
    (code.path / "a").unlink()
    assert inside("context", "check", run_id).code == 3


@pytest.mark.git
@pytest.mark.gpg
def test_an_enactment_of_nothing_readable_decides_nothing(history: HistoryBuilder) -> None:
    proposal = history.propose(texts.withdraw_range(0, 2))
    bad = proposal.edited('"withdraw-range"', '"withdraw-all"')
    alone = history.propose(texts.withdraw_range(0, 2))
    history.append(bad, texts.enactment(history.author("o1"), proposal), by="o1")
    history.append(texts.enactment(history.author("o1"), alone), by="o1")
    hold = texts.Plan("legal-hold", '  scope:\n    label_key: "x"\n  release: false\n')
    history.enact(history.carry(hold))
    assert len(listed(history)) == 2


@pytest.mark.git
@pytest.mark.gpg
def test_an_entry_whose_ledger_cannot_be_told_is_not_judged_good(history: HistoryBuilder) -> None:
    run = history.run()
    history.append(run)
    tree = history.objects.edit(
        history.trees[history.tip], "", lambda items: [i for i in items if i[1] != b"ledger.yaml"]
    )
    history.commit(history.draft(tree=tree))
    carrier = shown(history, run.name).carrier
    assert carrier.verdict == "fail"
    damaged = history.objects.add(tree, "ledger.yaml", history.objects.put("blob", b"x"))
    history.commit(history.draft(tree=damaged))
    assert shown(history, run.name).carrier.findings[0].code == "GPV-400-RECORD-FORM"
