"""A shortened id names one record of the whole ledger, and show takes it back."""

from __future__ import annotations

from gitprov.service.read.find_record import find
from gitprov.service.read.short_ids import SHORTEST, ShortIds
from tests.support import record_texts as texts
from tests.support.memory_ledger import MemoryLedger


def test_a_lonely_id_is_cut_to_eight() -> None:
    ledger = MemoryLedger()
    run = ledger.run()
    ledger.append(run, on="")
    assert ShortIds(ledger.view, ledger.root).shorten(run.name) == run.name[:SHORTEST]


def test_every_short_id_leads_back_to_its_record() -> None:
    ledger = MemoryLedger()
    files = []
    for number in range(30):
        ledger.seconds += number % 7
        run = ledger.run()
        files += [run, texts.state(ledger.author(), run.name)]
    ledger.append(*files, on="")
    short = ShortIds(ledger.view, ledger.root)
    for file in files:
        text = short.shorten(file.name)
        assert file.name.startswith(text)
        assert not text.endswith("-")
        (found,) = find(ledger.reader, ledger.tip, text).records
        assert (found.kind, found.record_id) == (file.kind, file.name)


def test_kinds_that_share_an_id_do_not_lengthen_it() -> None:
    ledger = MemoryLedger()
    proposal = texts.proposal(ledger.author(), "x", 1, texts.withdraw_range(0, 1), ledger.seconds)
    ledger.append(proposal, texts.enactment(ledger.author(), proposal), on="")
    assert len(ShortIds(ledger.view, ledger.root).shorten(proposal.name)) == SHORTEST


def test_many_times_are_looked_at_without_remembering_them_all() -> None:
    ledger = MemoryLedger()
    runs = []
    for _ in range(40):
        ledger.seconds += 600
        runs.append(ledger.run())
    ledger.append(*runs, on="")
    short = ShortIds(ledger.view, ledger.root)
    assert len({short.shorten(run.name) for run in runs}) == len(runs)
    assert len(short._groups) <= 16


def test_an_id_that_is_not_on_the_ledger_is_cut_as_well() -> None:
    ledger = MemoryLedger()
    ledger.append(ledger.run(), on="")
    short = ShortIds(ledger.view, ledger.root)
    assert short.shorten("01a1c506-70fb-7e97-b00d-1c0ffee00123") == "01a1c506"
