"""V2 and V11 for one record: its size, its signer's rights, and the run that it amends."""

from __future__ import annotations

from typing import Any

import pytest

from gitprov.codec.records import build
from gitprov.errors import Code, RecordError
from gitprov.model.kinds import Record
from gitprov.model.mutation import ActorKind
from gitprov.model.run import RunRecord
from gitprov.service.judge.permission import check_rights, check_signer, runs_on_ledger
from tests.support.authorities import ALICE, policy, rule
from tests.support.memory_ledger import MemoryLedger
from tests.support.sample_records import OTHER_ID, RUN_ID, sample
from tests.support.sample_records import run as run_sample

PATH = "runs/x.yaml"


def record(kind: str) -> Record:
    found = build(sample(kind), kind)
    assert isinstance(found, Record)
    return found


def a_run(**changes: Any) -> RunRecord:
    found = build({**run_sample(), **changes}, "run")
    assert isinstance(found, RunRecord)
    return found


def codes(found: list[Any]) -> list[Code]:
    return [finding.code for finding in found]


def test_a_signer_adds_what_the_policy_lets_it() -> None:
    assert check_signer(record("state"), PATH, rule(ALICE), lambda _: None) == []


@pytest.mark.parametrize(
    "changes",
    [{"kinds": ("artifact",)}, {"actor_kinds": (ActorKind.SYSTEM,)}],
    ids=["kind", "actor_kind"],
)
def test_what_the_policy_does_not_let_a_signer_add_is_refused(changes: dict[str, Any]) -> None:
    found = check_signer(record("state"), PATH, rule(ALICE, **changes), lambda _: None)
    assert codes(found) == [Code.IDENTITY]


def test_an_amendment_needs_its_run() -> None:
    found = check_signer(record("amendment"), PATH, rule(ALICE), lambda _: None)
    assert codes(found) == [Code.LINK]
    assert "there is no run" in found[0].message


def test_an_amendment_is_judged_by_the_agent_of_its_run() -> None:
    signer = rule(ALICE, agents=("4_*",))
    assert check_signer(record("amendment"), PATH, signer, lambda _: a_run()) == []
    found = check_signer(record("amendment"), PATH, signer, lambda _: a_run(agent_name="other"))
    assert codes(found) == [Code.IDENTITY]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"run_status": "SKIPPED"}, "status_after"),
        ({"finished_at": "2026-11-10T10:29:59.999Z"}, "before started_at"),
        ({"parent_run_id": RUN_ID}, "the run itself"),
        ({"error": {"message": "x"}, "run_status": "SUCCESS"}, "there is an error"),
    ],
)
def test_with_its_changes_the_run_must_be_a_valid_one(changes: dict[str, Any], word: str) -> None:
    amendment = build({**sample("amendment"), "changes": changes}, "amendment")
    assert isinstance(amendment, Record)
    found = check_signer(amendment, PATH, rule(ALICE), lambda _: a_run())
    assert codes(found) == [Code.SCHEMA]
    assert word in found[0].message


def test_a_run_that_cannot_be_read_is_judged_where_it_was_added() -> None:
    def unreadable(_: str) -> RunRecord:
        raise RecordError(Code.RECORD_FORM, "odd bytes")

    assert check_signer(record("amendment"), PATH, rule(ALICE), unreadable) == []


def test_size_and_rights_are_judged_together() -> None:
    in_force, signer = policy(rule(ALICE, "Alice")), rule(ALICE, kinds=("run",))
    size = in_force.rules.max_record_bytes + 1
    found = check_rights(record("state"), size, PATH, signer, in_force, lambda _: None)
    assert codes(found) == [Code.LIMIT, Code.IDENTITY]


def test_runs_are_looked_up_in_the_tree() -> None:
    ledger = MemoryLedger()
    ledger.found()
    run = ledger.run()
    ledger.append(run)
    run_of = runs_on_ledger(ledger.view, ledger.root)
    found = run_of(run.name)
    assert found is not None
    assert found.agent_name == "4_DOCUMENTS"
    assert run_of(OTHER_ID) is None
    assert run.name != RUN_ID
