"""Pushes that would use all time or memory, servers that cannot hold a ledger, and races."""

from __future__ import annotations

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.git import Git
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import HookedRemote

pytestmark = [pytest.mark.git, pytest.mark.gpg]


def test_a_judgement_that_takes_too_long(remote: HookedRemote, history: HistoryBuilder) -> None:
    remote.install(options="--seconds 0.001")
    history.append(history.run("alice"))
    assert remote.refuse(history).codes == ["GPV-408-TIMEOUT"]
    assert remote.audit()[-1]["code"] == "GPV-408-TIMEOUT"


def test_many_findings_are_shown_in_few_lines(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    for _ in range(30):
        draft = history.draft(history.run("alice"))
        history.land(draft.payload, draft)
    done = remote.refuse(history)
    assert done.codes == ["GPV-401-UNSIGNED"]
    assert 20 < len(done.lines) < 25


def bring(remote: HookedRemote, history: HistoryBuilder) -> tuple[bytes, dict[str, str]]:
    """Bring a builder's tip to the server; return what git would tell the hook of its push."""
    remote.git("fetch", "--quiet", "--update-shallow", str(history.path), history.tip)
    incoming = remote.path / "objects/tmp_objdir-incoming-x"
    incoming.mkdir()
    env = {"GIT_QUARANTINE_PATH": str(incoming), "GIT_OBJECT_DIRECTORY": str(incoming)}
    env |= {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(remote.path / "objects")}
    return f"{history.old} {history.tip} {LEDGER}\n".encode(), env


@pytest.mark.parametrize("file", ["shallow", "info/grafts"])
def test_a_server_whose_history_is_cut_or_bent(
    remote: HookedRemote, history: HistoryBuilder, file: str
) -> None:
    history.append(history.run("alice"))
    (remote.path / file).parent.mkdir(exist_ok=True)
    (remote.path / file).write_text(f"{history.old}\n")
    done = remote.run_hook(*bring(remote, history))
    assert (done.returncode, b"GPV-501-REPO-UNSUPPORTED" in done.stderr) == (1, True)


def test_gitlab_names_the_quarantine_by_its_objects_only(
    remote: HookedRemote, history: HistoryBuilder, tmp_path: Path
) -> None:
    history.append(history.run("alice"))
    other = remote.copy(tmp_path / "other.git")
    line, env = bring(remote, history)
    assert remote.run_hook(line, {**env, "GIT_QUARANTINE_PATH": ""}).returncode == 1
    other.install(kind="gitlab")
    line, env = bring(other, history)
    done = other.run_hook(line, {**env, "GIT_QUARANTINE_PATH": ""})
    assert (done.returncode, done.stderr) == (0, b"")
    inside = str(other.path / "objects")
    assert other.run_hook(line, {"GIT_OBJECT_DIRECTORY": inside}).returncode == 1


@pytest.mark.root
def test_several_accounts_push_to_a_shared_repository(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    remote.git("config", "core.sharedRepository", "group")
    shutil.rmtree(remote.path / "gitprov")
    history.append(history.run("alice"))
    told = bring(remote, history)
    somebody = 54_321
    for path in (remote.path, *remote.path.rglob("*")):
        os.chown(path, somebody, somebody)
    done = remote.run_hook(*told)
    assert (done.returncode, done.stderr) == (0, b"")
    log = remote.path / "gitprov/audit.jsonl"
    assert (log.stat().st_mode & 0o777, log.parent.stat().st_mode & 0o7777) == (0o664, 0o2775)


def test_a_sha_256_repository_holds_no_ledger(tmp_path: Path, git: Git) -> None:
    server = HookedRemote(git.init(tmp_path / "s.git", "--bare", "--object-format=sha256").path)
    server.install()
    code = git.init(tmp_path / "code", "--object-format=sha256")
    code.commit({"a": "b"})
    assert server.push(code.path, "HEAD:refs/heads/main").accepted
    assert server.refuse(code.path, f"HEAD:{LEDGER}").codes == ["GPV-501-REPO-UNSUPPORTED"]


def test_p_28_of_pushes_at_the_same_time_one_lands(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    base = history.tip
    rivals = [history.branch(history.run("alice"), on=base) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda oid: remote.push(history, f"{oid}:{LEDGER}"), rivals))
    assert [each.accepted for each in done].count(True) == 1
    winner = next(oid for oid, each in zip(rivals, done, strict=True) if each.accepted)
    assert remote.tip() == winner
    assert remote.git("fsck", "--full", "--no-dangling") == ""
    lost = [each for each in done if not each.accepted]
    words = ("GPV-409-STALE", "failed to update ref", "fetch first", "cannot lock ref")
    assert all(any(word in each.text for word in words) for each in lost)


def test_refusals_leave_a_sound_server(remote: HookedRemote, history: HistoryBuilder) -> None:
    refs = remote.refs()
    history.append(history.run("mallory"), by="mallory")
    remote.refuse(history)
    remote.refuse(history, f":{LEDGER}")
    assert remote.refs() == refs
    done = subprocess.run(
        ["git", "fsck", "--full"], cwd=remote.path, capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    assert {path.name for path in (remote.path / "gitprov").iterdir()} == {
        "audit.jsonl",
        "audit.lock",
        "landed",
    }
