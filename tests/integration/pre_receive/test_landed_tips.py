"""A tip that has landed stays on the chain, whatever a forge does to the branch (7.1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.git import Git
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import HookedRemote

BRANCH = "refs/heads/gitprov-ledger"
pytestmark = [pytest.mark.git, pytest.mark.gpg]


def grow(history: HistoryBuilder, count: int = 1) -> str:
    for _ in range(count):
        history.append(history.run("alice"))
    return history.tip


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
    text = (branched.path / "gitprov/landed").read_text()
    assert "ab" * 20 not in text
    grow(history)
    assert branched.push(history, f"{history.tip}:{BRANCH}").accepted


def test_few_tips_are_kept(branched: HookedRemote, history: HistoryBuilder) -> None:
    for _ in range(12):
        grow(history)
        assert branched.push(history, f"{history.tip}:{BRANCH}").accepted
    lines = (branched.path / "gitprov/landed").read_text().splitlines()
    assert len(lines) == 8
    assert lines[-1] == f"{Git(history.path)('rev-parse', f'{history.tip}~1')} {BRANCH}"


def test_a_damaged_memory_refuses_until_somebody_looks(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    grow(history)
    remote.accept(history)
    grow(history)
    (remote.path / "gitprov/landed").write_text("nonsense\n")
    assert remote.refuse(history).codes == ["GPV-500-STORE-CORRUPT"]
    (remote.path / "gitprov/landed").unlink()
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


def test_the_companion_costs_a_code_push_nothing(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    remote.install_companion(ref=LEDGER, python="/nowhere/python")
    assert remote.push(history, f"{history.tip}:refs/heads/main").accepted
    grow(history)
    done = remote.push(history, f"{history.tip}:{LEDGER}")
    assert done.accepted  # it has landed, whatever becomes of the companion
