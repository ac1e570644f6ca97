"""A tip that has landed stays on the chain, whatever a forge does to the branch (7.1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.git import Git
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import HookedRemote
from tests.support.server_caretaker import write_hook

BRANCH = "refs/heads/gitprov-ledger"
pytestmark = [pytest.mark.git, pytest.mark.gpg]


def grow(history: HistoryBuilder, count: int = 1, agent: str = "4_TASK_AGENT") -> str:
    for _ in range(count):
        history.append(history.run("alice", agent=agent))
    return history.tip


def memory(server: HookedRemote, ref: str = BRANCH) -> Path:
    """What the hook knows of a ref."""
    return server.path / "gitprov/landed" / ref.replace("/", "%2F")


def resumed(history: HistoryBuilder, oid: str) -> HistoryBuilder:
    """Somebody else's clone, which goes on from an older entry."""
    other = history.copy(history.path.parent / "other")
    other.rewind(oid)
    return other


@pytest.fixture
def branched(tmp_path: Path, history: HistoryBuilder) -> HookedRemote:
    """A server whose ledger is a branch, with three entries that came in two pushes."""
    server = HookedRemote.make(tmp_path / "branched.git", ref=BRANCH)
    grow(history)
    assert server.push(history, f"{history.tip}:{BRANCH}").accepted
    grow(history, 2)
    assert server.push(history, f"{history.tip}:{BRANCH}").accepted
    return server


@pytest.mark.parametrize("how", ["deleted", "moved back"])
def test_what_an_api_undid_cannot_be_pushed(
    branched: HookedRemote, history: HistoryBuilder, how: str
) -> None:
    # The second push told the hook that the tip of the first one had landed.
    older = branched.git("rev-parse", f"{BRANCH}~3")
    if how == "deleted":
        branched.git("update-ref", "-d", BRANCH)
    else:
        branched.git("update-ref", BRANCH, older)
    landed = Git(history.path)("rev-parse", f"{history.tip}~2")
    done = branched.push(history, f"{older}:{BRANCH}") if how == "deleted" else None
    if done is None:
        other = resumed(history, older)
        grow(other)
        done = branched.push(other, f"{other.tip}:{BRANCH}")
    assert not done.accepted
    assert done.codes == ["GPV-409-ROLLBACK"]
    assert landed in done.text
    assert branched.push(history, f"{history.tip}:{BRANCH}").accepted


def test_the_companion_tells_what_the_last_push_was(
    branched: HookedRemote, history: HistoryBuilder
) -> None:
    branched.install_companion(ref=BRANCH)
    tip = grow(history)
    assert branched.push(history, f"{tip}:{BRANCH}").accepted
    assert branched.audit()[-1]["action"] == "push-landed"
    assert branched.audit()[-1]["new"] == tip
    branched.git("update-ref", "-d", BRANCH)
    done = branched.push(history, f"{tip}~1:{BRANCH}")
    assert done.codes == ["GPV-409-ROLLBACK"]
    assert branched.push(history, f"{tip}:{BRANCH}").accepted


def test_a_refused_pusher_cannot_say_what_has_landed(
    branched: HookedRemote, history: HistoryBuilder
) -> None:
    lie = f"{'ab' * 20} {history.tip} {BRANCH}\n".encode()
    hook = branched.run_hook(lie)
    assert hook.returncode != 0
    assert "ab" * 20 not in memory(branched).read_text()
    grow(history)
    assert branched.push(history, f"{history.tip}:{BRANCH}").accepted


def test_refused_pushes_do_not_make_it_forget(
    branched: HookedRemote, history: HistoryBuilder
) -> None:
    """A forge's API shows the hook one older tip after the other."""
    branched.install_companion(ref=BRANCH)
    for _ in range(10):
        grow(history)
    assert branched.push(history, f"{history.tip}:{BRANCH}").accepted
    for back in range(1, 11):
        branched.git("update-ref", BRANCH, f"{history.tip}~{back}")
        assert not branched.push(history, f"+{history.tip}~11:{BRANCH}").accepted
    other = resumed(history, Git(history.path)("rev-parse", f"{history.tip}~10"))
    grow(other)
    assert branched.push(other, f"{other.tip}:{BRANCH}").codes == ["GPV-409-ROLLBACK"]
    assert branched.push(history, f"{history.tip}:{BRANCH}").accepted


def test_what_only_a_forge_put_there_has_not_landed(
    branched: HookedRemote, history: HistoryBuilder
) -> None:
    """Else a renamed branch of nonsense could lock the ledger out for ever."""
    junk = history.objects.put("commit", history.draft(history.run()).payload)
    assert branched.push(history, f"{junk}:refs/heads/junk").accepted
    branched.git("update-ref", BRANCH, junk)
    assert not branched.push(history, f"+{history.tip}~1:{BRANCH}").accepted
    branched.git("update-ref", "-d", BRANCH)
    assert branched.push(history, f"{history.tip}:{BRANCH}").accepted


def test_a_lost_race_is_not_taken_for_a_tip_that_landed(
    branched: HookedRemote, history: HistoryBuilder
) -> None:
    """It was judged good, another hook refused it, and the API moves the branch there later."""
    other = resumed(history, history.tip)
    grow(other, 2, "4_RIVAL_AGENT")
    write_hook(branched.path / "hooks/update", '#!/bin/sh\n[ "$1" != refs/heads/no ]\n')
    done = branched.push(
        other, f"{other.tip}:{BRANCH}", f"{other.tip}:refs/heads/no", options=("--atomic",)
    )
    assert not done.accepted
    lost = other.tip
    (branched.path / "hooks/update").unlink()
    grow(history)
    assert branched.push(history, f"{history.tip}:{BRANCH}").accepted
    won = history.tip
    grow(history)
    assert branched.push(history, f"{history.tip}:{BRANCH}").accepted
    assert branched.push(other, f"{other.tip}:refs/heads/kept").accepted
    branched.git("update-ref", BRANCH, other.tip)
    grow(other, 1, "4_RIVAL_AGENT")
    done = branched.push(other, f"{other.tip}:{BRANCH}")
    assert done.codes == ["GPV-409-ROLLBACK"]
    assert won in done.text
    of = {
        action: {line["new"] for line in branched.audit() if line["action"] == action}
        for action in ("push-judged", "push-landed")
    }
    assert lost in of["push-judged"] - of["push-landed"]
    assert won in of["push-judged"] & of["push-landed"]


def test_pushes_to_several_ledgers_at_once_are_all_remembered(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    names = [f"refs/gitprov/ledgers/n{number}" for number in range(6)]
    for tip in (f"{history.tip}~1", history.tip):
        with ThreadPoolExecutor() as pool:
            pushed = pool.map(lambda ref, tip=tip: remote.push(history, f"{tip}:{ref}"), names)
            assert all(done.accepted for done in pushed)
    for ref in names:
        remote.git("update-ref", "-d", ref)
        assert remote.push(history, f"{history.tip}~2:{ref}").codes == ["GPV-409-ROLLBACK"]


def test_the_memory_stays_small(branched: HookedRemote, history: HistoryBuilder) -> None:
    for _ in range(4):
        grow(history)
        assert branched.push(history, f"{history.tip}:{BRANCH}").accepted
    before = Git(history.path)("rev-parse", f"{history.tip}~1")
    lines = memory(branched).read_text().splitlines()
    assert lines == [f"landed {before}", f"judged {history.tip} after {before}"]


def test_a_tip_from_before_the_hook_is_known_from_the_first_push_on(
    tmp_path: Path, history: HistoryBuilder
) -> None:
    server = HookedRemote(tmp_path / "late.git")
    Git(tmp_path).init(server.path, "--bare")
    assert server.push(history, f"{history.tip}:{BRANCH}").accepted
    server.install(ref=BRANCH)
    old = history.tip
    grow(history)
    assert server.push(history, f"{history.tip}:{BRANCH}").accepted
    landed = [line["new"] for line in server.audit() if line["action"] == "push-landed"]
    assert landed == [old]
    server.git("update-ref", "-d", BRANCH)
    assert server.push(history, f"{old}~1:{BRANCH}").codes == ["GPV-409-ROLLBACK"]


def test_a_damaged_memory_refuses_until_somebody_looks(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    grow(history)
    remote.accept(history)
    grow(history)
    memory(remote, LEDGER).write_text("nonsense\n")
    assert remote.refuse(history).codes == ["GPV-500-STORE-CORRUPT"]
    assert remote.audit()[-1]["code"] == "GPV-500-STORE-CORRUPT"
    memory(remote, LEDGER).unlink()
    remote.accept(history)


def test_a_tip_that_was_pruned_must_come_back(
    branched: HookedRemote, history: HistoryBuilder
) -> None:
    older = branched.git("rev-parse", f"{BRANCH}~3")
    branched.git("update-ref", BRANCH, older)
    branched.git("reflog", "expire", "--expire=now", "--all")
    branched.git("gc", "--quiet", "--prune=now")
    other = resumed(history, older)
    grow(other)
    assert branched.push(other, f"{other.tip}:{BRANCH}").codes == ["GPV-409-ROLLBACK"]
    assert branched.push(history, f"{history.tip}:{BRANCH}").accepted


def test_the_companion_finds_the_ledger_among_many_refs(
    branched: HookedRemote, history: HistoryBuilder
) -> None:
    branched.install_companion(ref=BRANCH)
    tip = grow(history)
    heads = [f"{tip}:refs/heads/b{number}" for number in range(80)]
    assert branched.push(history, *heads, f"{tip}:{BRANCH}").accepted
    assert memory(branched).read_text() == f"landed {tip}\n"


def test_the_companion_costs_a_code_push_nothing(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    remote.install_companion(ref=LEDGER, python="/nowhere/python")
    assert remote.push(history, f"{history.tip}:refs/heads/main").accepted
    grow(history)
    done = remote.push(history, f"{history.tip}:{LEDGER}")
    assert done.accepted  # it has landed, whatever becomes of the companion
