"""What is to be sent is cut along our first-parent chain."""

from __future__ import annotations

import pytest

from gitprov.errors import Code, StorageError
from gitprov.model.remote import PushAnswer, PushState
from gitprov.service.sync.send_steps import StepSize, plan_steps
from tests.support.memory_ledger import MemoryLedger


def test_a_short_ledger_is_one_step() -> None:
    ledger = MemoryLedger()
    oids = [ledger.found(), *(ledger.append(ledger.run()) for _ in range(3))]
    steps = list(plan_steps(ledger.view, oids, ledger.tip))
    assert [(step.tip, step.entries) for step in steps] == [(ledger.tip, 4)]


def test_a_long_one_goes_in_parts_that_end_at_our_tip() -> None:
    ledger = MemoryLedger()
    oids = [ledger.found(), *(ledger.append(ledger.run()) for _ in range(4))]
    steps = list(plan_steps(ledger.view, oids, ledger.tip, most=2))
    assert [(step.tip, step.entries) for step in steps] == [
        (oids[1], 2),
        (oids[3], 2),
        (oids[4], 1),
    ]


def test_a_merge_is_never_cut() -> None:
    ledger = MemoryLedger()
    genesis = ledger.found()
    side = ledger.branch(ledger.run(), on=genesis)
    ours = ledger.append(ledger.run())
    merge = ledger.append(merge=side)
    steps = list(plan_steps(ledger.view, [genesis, ours, side, merge], merge, most=1))
    assert [step.tip for step in steps][-1] == merge
    assert side not in {step.tip for step in steps}
    assert sum(step.entries for step in steps) == 4


LIMIT = PushAnswer(PushState.TOO_LARGE, "error: RPC failed; HTTP 413 curl 22")
CUT = PushAnswer(PushState.CUT_OFF, "error: RPC failed; curl 55 Send failure: Broken pipe")


def test_a_step_is_halved_from_what_was_sent() -> None:
    size = StepSize(1_000)
    assert size.notices("origin") == ()
    size.shrink("origin", 300, LIMIT)
    size.shrink("origin", 150, CUT)
    assert size.entries == 75
    (notice,) = size.notices("origin")
    assert "gitprov.pushEntries 75" in notice.message
    assert CUT.reason in notice.message


@pytest.mark.parametrize(
    ("answer", "code"), [(LIMIT, Code.LIMIT), (CUT, Code.STORAGE)], ids=["limit", "cut"]
)
def test_the_least_that_is_too_much_ends_it(answer: PushAnswer, code: Code) -> None:
    """One entry; or a merge that stays together, of which half would be the same again."""
    size = StepSize(4)
    for _ in range(2):
        size.shrink("origin", 10, answer)
    with pytest.raises(StorageError) as merged:
        size.shrink("origin", 10, answer)
    with pytest.raises(StorageError) as single:
        StepSize().shrink("origin", 1, answer)
    for raised, what in ((merged, "of a merge"), (single, "of one entry")):
        assert raised.value.code is code
        assert what in raised.value.message
        assert answer.reason in raised.value.message
        assert "client_max_body_size" in str(raised.value.details["remedy"])
