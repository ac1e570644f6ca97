# ruff: noqa: N802 - a case's name carries its id
"""The table of docs/deployment.md: what is prevented, what is detected, what is not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pygit2
import pytest

from gitprov.errors import Code
from gitprov.guard.pins import Pin
from gitprov.model.finding import Verdict
from tests.adversarial import test_commit_and_signature, test_commit_form, test_trees_and_merges
from tests.support.attacks import Attack
from tests.support.git import Git
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import HookedRemote
from tests.support.judgement import verify
from tests.support.server_caretaker import Caretaker
from tests.support.source_tree import ROOT

pytestmark = [pytest.mark.git, pytest.mark.gpg]

ROWS = {
    "unsigned entry": "case_C_01_unsigned",
    "entry by a key that the policy does not list": "case_C_52_second_certificate_signs",
    "old record changed or removed": "case_T_01_old_record_changed",
    "entry that breaks policy, chain or record form": "case_C_49_wrong_chain",
}
MODULES = (test_commit_form, test_commit_and_signature, test_trees_and_merges)
CASES = {attack.name: attack for module in MODULES for attack in module.SURFACE.attacks}


@dataclass(frozen=True)
class Behind:
    """A way to move a ref on the server that no hook sees."""

    name: str
    move: Callable[[HookedRemote, HistoryBuilder], None]

    def __str__(self) -> str:
        return self.name


def by_update_ref(server: HookedRemote, history: HistoryBuilder) -> None:
    server.git("update-ref", LEDGER, history.tip)


def by_fetch(server: HookedRemote, history: HistoryBuilder) -> None:
    Git(history.path)("update-ref", "refs/heads/forged", history.tip)
    server.git("fetch", "--quiet", str(history.path), f"+refs/heads/forged:{LEDGER}")


def by_libgit2(server: HookedRemote, history: HistoryBuilder) -> None:
    pygit2.Repository(str(server.path)).references[LEDGER].set_target(history.tip)


WAYS = [
    Behind("update-ref", by_update_ref),
    Behind("fetch", by_fetch),
    Behind("libgit2", by_libgit2),
]


@pytest.fixture
def server(bare: Git, history: HistoryBuilder) -> HookedRemote:
    """A server that has the usual ledger, and no hook."""
    server = HookedRemote(bare.path)
    server.accept(history)
    return server


def clone(server: HookedRemote, history: HistoryBuilder, tmp_path: Path) -> HistoryBuilder:
    """Fetch the ledger as a reader does who has nothing yet."""
    twin = HistoryBuilder.in_new_repository(tmp_path / "reader.git", history.people)
    git = Git(twin.path)
    git("fetch", "--quiet", str(server.path), f"{LEDGER}:{LEDGER}")
    twin.tip, twin.now = git("rev-parse", LEDGER), history.now
    return twin


def test_every_row_that_is_a_case_stands_in_the_table() -> None:
    page = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    for row, name in ROWS.items():
        assert f"| {row} |" in page
        assert name in CASES


@pytest.mark.parametrize("attack", [CASES[name] for name in ROWS.values()], ids=str)
def test_with_the_hook_it_is_prevented(
    server: HookedRemote, history: HistoryBuilder, caretaker: Caretaker, attack: Attack
) -> None:
    caretaker.install(server.path)
    attack.build(history)
    pushed = server.refuse(history, f"+{history.tip}:{LEDGER}")
    assert attack.accepting is not None
    assert str(attack.accepting.code) in pushed.codes


@pytest.mark.parametrize("attack", [CASES[name] for name in ROWS.values()], ids=str)
def test_without_the_hook_it_is_detected(
    server: HookedRemote, history: HistoryBuilder, tmp_path: Path, attack: Attack
) -> None:
    attack.build(history)
    server.accept(history, f"+{history.tip}:{LEDGER}")
    report = verify(clone(server, history, tmp_path))
    assert report.verdict is Verdict.FAIL
    assert attack.offline is not None
    assert attack.offline.code in {finding.code for finding in report.findings}


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_case_P_16_what_was_put_there_behind_the_hook_is_detected(
    server: HookedRemote,
    history: HistoryBuilder,
    caretaker: Caretaker,
    tmp_path: Path,
    way: Behind,
) -> None:
    caretaker.install(server.path)
    forged = history.objects.put("commit", history.draft(history.run()).payload)
    Git(history.path)("push", "--quiet", str(server.path), f"{forged}:refs/heads/parked")
    history.tip = forged
    way.move(server, history)
    assert server.tip() == forged
    found = verify(clone(server, history, tmp_path)).findings
    assert Code.UNSIGNED in {finding.code for finding in found}


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_case_P_16_a_rewind_behind_the_hook_is_seen_by_who_remembers(
    server: HookedRemote,
    history: HistoryBuilder,
    caretaker: Caretaker,
    tmp_path: Path,
    way: Behind,
) -> None:
    """And by nobody else: to a fresh reader a shorter ledger is a good one."""
    caretaker.install(server.path)
    seen = Pin(history.tip, 2, mainline=True, origin="checkpoint")
    history.tip = Git(history.path)("rev-parse", f"{history.tip}~1")
    way.move(server, history)
    reader = clone(server, history, tmp_path)
    assert verify(reader).verdict is Verdict.PASS
    report = verify(reader, pins=(seen,))
    assert Code.ROLLBACK in {finding.code for finding in report.findings}


def test_a_second_ledger_is_prevented_by_a_pin_and_detected_by_one(
    server: HookedRemote, history: HistoryBuilder, caretaker: Caretaker, tmp_path: Path
) -> None:
    genesis = Git(history.path)("rev-list", "--max-parents=0", history.tip)
    caretaker.install(server.path, "--genesis", genesis)
    server.git("update-ref", "-d", LEDGER)
    other = history.copy(tmp_path / "other.git")
    other.forget()
    other.seconds += 1
    other.ledger_id = "5d0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7bb"
    certificates = [other.certificate(label) for label in ("o1", "o2", "o3", "alice", "bot")]
    certificates.append(other.certificate("passing"))
    other.found(history.policy, certificates)
    assert server.refuse(other).codes == ["GPV-409-ROLLBACK"]
    caretaker.install(server.path, "--uninstall")
    server.accept(other)
    reader = clone(server, other, tmp_path)
    assert verify(reader).verdict is Verdict.PASS
    report = verify(reader, genesis=genesis)
    assert Code.ROLLBACK in {finding.code for finding in report.findings}


def test_receive_settings_do_not_guard_a_ledger(
    server: HookedRemote, history: HistoryBuilder
) -> None:
    """Why the hook is needed: these protect refs/heads/ only."""
    for name in ("denyNonFastForwards", "denyDeletes"):
        server.git("config", f"receive.{name}", "true")
    assert server.push(history, f"+{history.tip}~1:{LEDGER}").accepted
    assert server.push(history, f":{LEDGER}").accepted
