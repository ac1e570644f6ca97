"""What is to be sent is cut along our first-parent chain."""

from __future__ import annotations

from gitprov.service.sync.send_steps import plan_steps
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
