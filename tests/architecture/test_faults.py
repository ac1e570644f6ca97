"""Every fault of the list has a test that names it, or a reason; the document says the same."""

from __future__ import annotations

from tests.support.fault_cases import CASES, named_tests
from tests.support.generate_faults import DOCUMENT, render

MOST_REASONS = 8


def test_the_list_is_complete_and_in_order() -> None:
    assert [case.case_id for case in CASES] == [f"F-{number:02d}" for number in range(1, 36)]


def test_every_fault_has_a_test_or_a_reason() -> None:
    tested = named_tests()
    unproved = [c.case_id for c in CASES if c.case_id not in tested and not c.reason]
    assert unproved == []
    assert [c.case_id for c in CASES if c.case_id in tested and c.reason] == []
    assert sorted(set(tested) - {case.case_id for case in CASES}) == []


def test_few_faults_have_only_a_reason() -> None:
    assert len([case for case in CASES if case.reason]) <= MOST_REASONS


def test_the_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == render()
