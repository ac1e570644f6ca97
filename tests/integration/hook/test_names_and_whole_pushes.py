"""Names that no push may use, and pushes of several refs: one bad update refuses all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.git import Git
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import HookedRemote

pytestmark = [pytest.mark.git, pytest.mark.gpg]

FORBIDDEN = ["GPV-403-REF-FORBIDDEN"]
ZERO = "0" * 40


@pytest.fixture
def code(history: HistoryBuilder) -> str:
    """A code commit beside the ledger."""
    git = Git(history.path)
    return git("commit-tree", "-m", "code", git("hash-object", "-t", "tree", "-w", "--stdin"))


def test_p_06_no_ref_below_a_guarded_one(history: HistoryBuilder, tmp_path: Path) -> None:
    empty = HookedRemote.make(tmp_path / "empty.git")
    assert empty.refuse(history, f"{history.tip}:{LEDGER}/x").codes == FORBIDDEN
    assert empty.refuse(history, f"{history.tip}:refs/gitprov").codes == FORBIDDEN
    assert empty.refuse(history, f"{history.tip}:refs/notes").codes == FORBIDDEN
    empty.accept(history)


@pytest.mark.parametrize(
    "name",
    ["refs/gitprov/Ledger", "refs/GITPROV/runs", "refs/notes/GitProv", "refs/gitprov/parked/x"],
)
def test_p_07_names_that_resemble_guarded_ones(
    remote: HookedRemote, history: HistoryBuilder, name: str
) -> None:
    done = remote.refuse(history, f"{history.tip}:{name}")
    assert done.codes == FORBIDDEN
    assert any(name in line for line in done.lines)


def test_p_09_symbolic_refs(remote: HookedRemote, history: HistoryBuilder) -> None:
    history.append(history.run("alice"))
    remote.git("symbolic-ref", "refs/heads/alias", LEDGER)
    remote.git("symbolic-ref", "refs/heads/second", "refs/heads/alias")
    for name in ("refs/heads/alias", "refs/heads/second"):
        done = remote.refuse(history, f"{history.tip}:{name}")
        assert done.codes == FORBIDDEN
    remote.accept(history)
    remote.git("symbolic-ref", "HEAD", LEDGER)
    history.append(history.run("alice"))
    assert remote.refuse(history).codes == FORBIDDEN


def test_p_09_the_ledger_itself_is_symbolic(remote: HookedRemote, history: HistoryBuilder) -> None:
    remote.git("update-ref", "refs/heads/hidden", history.tip)
    remote.git("symbolic-ref", LEDGER, "refs/heads/hidden")
    history.append(history.run("alice"))
    assert remote.refuse(history).codes == FORBIDDEN


def test_a_symbolic_ref_to_code_moves_as_ever(
    remote: HookedRemote, history: HistoryBuilder, code: str
) -> None:
    remote.git("symbolic-ref", "refs/heads/master", "refs/heads/main")
    remote.accept(history, f"{code}:refs/heads/master")
    assert remote.tip("refs/heads/main") == code
    assert len(remote.audit()) == 1


def test_p_10_replace_refs(remote: HookedRemote, history: HistoryBuilder) -> None:
    done = remote.refuse(history, f"{history.tip}:refs/replace/{history.old}")
    assert done.codes == FORBIDDEN


def test_p_12_a_bad_entry_refuses_the_code_beside_it(
    remote: HookedRemote, history: HistoryBuilder, code: str
) -> None:
    draft = history.draft(history.run("alice"))
    history.land(draft.payload, draft)
    refs = (f"{history.tip}:{LEDGER}", f"{code}:refs/heads/main")
    assert remote.refuse(history, *refs).codes == ["GPV-401-UNSIGNED"]
    remote.accept(history, f"{code}:refs/heads/main")


def test_p_13_a_key_is_not_authorised_by_its_own_push(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    history.append(history.run("mallory"), by="mallory")
    assert remote.refuse(history).codes == ["GPV-403-UNKNOWN-KEY"]


def test_entries_parked_on_a_branch_first_are_judged(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    history.append(history.run("mallory"), by="mallory")
    remote.accept(history, f"{history.tip}:refs/heads/parked")
    assert remote.refuse(history).codes == ["GPV-403-UNKNOWN-KEY"]


def test_good_entries_parked_on_a_branch_first_are_accepted(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    history.append(history.run("alice"))
    remote.accept(history, f"{history.tip}:refs/heads/parked")
    remote.accept(history)
    assert remote.tip() == history.tip


def test_p_18_a_namespace_is_refused(
    remote: HookedRemote, history: HistoryBuilder, code: str
) -> None:
    history.append(history.run("alice"))
    env = {"GIT_NAMESPACE": "evil"}
    assert remote.refuse(history, env=env).codes == ["GPV-501-REPO-UNSUPPORTED"]
    assert remote.push(history, f"{code}:refs/heads/main", env=env).accepted


@pytest.mark.parametrize(
    "stdin", [b"", f"{ZERO} {'1' * 40} {LEDGER}".encode(), b"1 2 refs/gitprov/x\n"]
)
def test_p_21_a_list_that_git_does_not_write(remote: HookedRemote, stdin: bytes) -> None:
    done = remote.run_hook(stdin)
    assert (done.returncode, b"GPV-500-INTERNAL" in done.stderr) == (1, True)


def test_p_22_new_objects_outside_quarantine(
    remote: HookedRemote, history: HistoryBuilder, tmp_path: Path
) -> None:
    history.append(history.run("alice"))
    remote.accept(history, f"{history.tip}:refs/heads/parked")
    line = f"{history.old} {history.tip} {LEDGER}\n".encode()
    elsewhere = str(tmp_path)
    for env in (
        {},
        {"GIT_QUARANTINE_PATH": elsewhere, "GIT_OBJECT_DIRECTORY": elsewhere},
        {"GIT_QUARANTINE_PATH": str(remote.path / "objects")},
    ):
        done = remote.run_hook(line, env)
        assert (done.returncode, b"GPV-500-INTERNAL" in done.stderr) == (1, True)


def test_p_28_a_push_on_a_tip_that_moved_meanwhile(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    base = history.tip
    first = history.append(history.run("alice"), on=base)
    second = history.branch(history.run("bot"), by="bot", on=base)
    remote.accept(history, f"{first}:{LEDGER}", f"{second}:refs/heads/parked")
    # As git tells the hook of the slower one: it began while the tip was still the old one.
    incoming = remote.path / "objects/tmp_objdir-incoming-x"
    incoming.mkdir()
    env = {"GIT_QUARANTINE_PATH": str(incoming), "GIT_OBJECT_DIRECTORY": str(incoming)}
    env |= {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(remote.path / "objects")}
    done = remote.run_hook(f"{base} {second} {LEDGER}\n".encode(), env)
    assert (done.returncode, b"GPV-409-STALE" in done.stderr) == (1, True)
    assert remote.audit()[-1]["code"] == "GPV-409-STALE"


def test_p_30_what_the_pusher_says_reaches_neither_messages_nor_log(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    remote.git("config", "receive.advertisePushOptions", "true")
    history.append(history.run("mallory"), by="mallory")
    env = {"LC_ALL": "C\n\x1b[31m", "REMOTE_USER": "eve\n\x1b[31m", "PYTHONPATH": "/nowhere"}
    done = remote.refuse(history, env=env, options=("-o", "\x1b[31mred"))
    assert done.codes == ["GPV-403-UNKNOWN-KEY"]
    assert "\x1b" not in "".join(done.lines)
    assert remote.audit()[-1]["actor"] == "eve\\x0a\\x1b[31m"


def test_p_33_too_many_guarded_names(remote: HookedRemote) -> None:
    lines = (f"{ZERO} {'1' * 40} refs/gitprov/ledgers/{n}\n" for n in range(50_000))
    done = remote.run_hook("".join(lines).encode())
    assert (done.returncode, b"GPV-413-LIMIT" in done.stderr) == (1, True)
    assert [event.get("code") for event in remote.audit()] == [None, "GPV-413-LIMIT"]


def test_50_000_code_refs_pass(remote: HookedRemote) -> None:
    lines = (f"{ZERO} {'1' * 40} refs/heads/b{n}\n" for n in range(50_000))
    done = remote.run_hook("".join(lines).encode(), {"PATH": "/usr/bin:/bin"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(remote.audit()) == 1


def test_further_ledgers_are_ledgers(remote: HookedRemote, history: HistoryBuilder) -> None:
    remote.accept(history, f"{history.tip}:refs/gitprov/ledgers/team")
    done = remote.refuse(history, f"+{history.tip}~1:refs/gitprov/ledgers/team")
    assert done.codes == ["GPV-409-NON-FF"]


def test_the_ledger_as_a_branch(history: HistoryBuilder, tmp_path: Path) -> None:
    branch = "refs/heads/team/gitprov-ledger"
    server = HookedRemote.make(tmp_path / "branch.git", ref=branch)
    assert server.refuse(history, f"{history.tip}:refs/heads/team").codes == FORBIDDEN
    other = "refs/heads/team/GitProv-Ledger"
    assert server.refuse(history, f"{history.tip}:{other}").codes == FORBIDDEN
    server.accept(history, f"{history.tip}:{branch}")
    assert server.refuse(history, f":{branch}").codes == ["GPV-409-REF-DELETE"]
    # Whatever the configuration, the usual name stays guarded.
    assert server.refuse(history, f"{history.old}~1:{LEDGER}/x").codes == FORBIDDEN
