"""Records that ask to enter: judged on their own, and against runs that are about to land."""

from __future__ import annotations

import pytest

from gitprov.codec.records import build
from gitprov.errors import Code, RecordError, RefusedError
from gitprov.model.finding import error
from gitprov.model.kinds import Record
from gitprov.service.judge.files import RecordJudge
from gitprov.service.write.admission import admit, as_error, check_entering, run_lookup
from tests.support.authorities import ALICE, policy, rule
from tests.support.memory_ledger import MemoryLedger
from tests.support.sample_records import RUN_ID, run, sample


def record(mapping: dict[str, object], kind: str = "run") -> Record:
    found = build(mapping, kind)
    assert isinstance(found, Record)
    return found


def test_an_admitted_record_knows_its_place_in_the_tree() -> None:
    item = admit(record(run()), RecordJudge())
    assert item.record_id == RUN_ID
    assert item.path.startswith("runs/2026/11/10/10/")
    assert item.path.endswith(f"/{RUN_ID}.yaml")
    assert item.new_file().facts.label == "SUCCESS 4_DOCUMENTS "


def test_a_secret_is_refused_before_anything_is_written() -> None:
    held = record(run(notes="token ghp_" + "a1B2" * 9))
    with pytest.raises(RecordError) as caught:
        admit(held, RecordJudge())
    assert caught.value.code is Code.SCHEMA


@pytest.mark.parametrize(
    ("code", "kind"),
    [(Code.SCHEMA, RecordError), (Code.LIMIT, RecordError), (Code.IDENTITY, RefusedError)],
)
def test_form_is_the_callers_fault_and_rights_are_a_refusal(code: Code, kind: type) -> None:
    raised = as_error(error(code, "no", "x"))
    assert type(raised) is kind
    assert raised.details == {"path": "x"}


def test_a_record_from_the_future_of_its_entry_is_refused() -> None:
    item = admit(record(run()), RecordJudge())
    authority = type("Authority", (), {"policy": policy(rule(ALICE))})()
    found = check_entering(item, rule(ALICE), authority, lambda _: None, 1_000_000_000)
    assert [finding.code for finding in found] == [Code.SCHEMA]
    assert "more than 10 minutes later" in found[0].message


def test_an_amendment_may_amend_a_run_of_the_same_call() -> None:
    ledger = MemoryLedger()
    ledger.found()
    item = admit(record(run()), RecordJudge())
    amendment = record(sample("amendment"), "amendment")
    run_of = run_lookup(ledger.view, ledger.root, [item])
    assert run_of(RUN_ID) == item.record
    assert run_of(getattr(amendment, "run_id")[:-1] + "0") is None  # noqa: B009
