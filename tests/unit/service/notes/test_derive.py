"""The notes follow from the ledger; they are compared as maps and mended where they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import pytest

from gitprov.errors import Code, RefMovedError
from gitprov.service.notes.derive import (
    NoteRebuilder,
    compare_notes,
    derive_notes,
    parse_note,
    sum_notes,
)
from gitprov.service.notes.note_sum import NoteSum
from tests.support import record_texts as texts
from tests.support.memory_ledger import MemoryLedger

A, B, C = "a1" * 20, "b2" * 20, "c3" * 20


class FakeNotes:
    """Notes in a dict; the first few writes lose a race."""

    def __init__(self, notes: dict[str, str], races: int = 0) -> None:
        self.notes = notes
        self.races = races
        self.written: list[Mapping[str, str | None]] = []

    def texts(self, commits: Iterable[str]) -> dict[str, str]:
        return {commit: self.notes[commit] for commit in commits if commit in self.notes}

    def all(self) -> Iterator[tuple[str, str]]:
        return iter(sorted(self.notes.items()))

    def put(self, notes: Mapping[str, str | None], seconds: int, onto: str | None = None) -> None:
        assert onto is None
        assert seconds == 7
        if self.races:
            self.races -= 1
            raise RefMovedError(Code.STALE, "moved")
        self.written.append(notes)
        for commit, text in notes.items():
            if text is None:
                del self.notes[commit]
            else:
                self.notes[commit] = text

    def is_tidy(self) -> bool:
        return True

    def replace(self, notes: Mapping[str, str], seconds: int) -> None:
        raise NotImplementedError


class FakeLock:
    """A lock that knows whether it is held."""

    held = False

    @contextmanager
    def hold(
        self, timeout: float, is_needless: Callable[[], bool] = lambda: False
    ) -> Iterator[bool]:
        assert timeout == 3.0
        assert not is_needless()
        self.held = True
        yield True
        self.held = False


class FakeClock:
    """Stands at seven seconds."""

    def now_ms(self) -> int:
        return 7_999


@pytest.fixture
def ledger() -> MemoryLedger:
    """Three runs: of A and B, of B, of none; the second is withdrawn."""
    made = MemoryLedger()
    runs = [made.run(commits=(A, B)), made.run(commits=(B,), agent="Ünï"), made.run()]
    made.append(*runs, on="")
    made.append(texts.amendment(made.author(), runs[1].name))
    made.append(texts.amendment(made.author(), runs[0].name, '  agent_version: "2"\n'))
    return made


def expected(ledger: MemoryLedger) -> dict[str, str]:
    return derive_notes(ledger.view, ledger.root)


def test_every_commit_that_a_run_names_gets_a_sorted_line_of_it(ledger: MemoryLedger) -> None:
    notes = expected(ledger)
    assert set(notes) == {A, B}
    first, second = notes[B].splitlines()
    assert notes[A].splitlines() == [first]
    assert first.endswith('SUCCESS "4_DOCUMENTS"')
    assert second.endswith('SUCCESS "Ünï" withdrawn')
    assert first < second


def test_a_ledger_without_runs_yields_no_notes() -> None:
    ledger = MemoryLedger()
    ledger.append(texts.artifact(ledger.author()), on="")
    assert expected(ledger) == {}


def test_a_malformed_run_is_passed_over() -> None:
    ledger = MemoryLedger()
    good = ledger.run(commits=(A,))
    bad = ledger.run(commits=(B,)).edited('"SUCCESS"', '"PERFECT"')
    ledger.append(good, bad, on="")
    assert set(expected(ledger)) == {A}


def test_differences_are_told_apart() -> None:
    wrong = compare_notes({A: "x", B: "y"}, [(B, "z"), (C, "w")])
    assert (wrong.missing, wrong.foreign, wrong.altered) == ((A,), (C,), (B,))
    assert (wrong.count, wrong.commits) == (3, 2)
    assert compare_notes({A: "x"}, [(A, "x")]).count == 0


def test_a_rebuild_mends_what_differs_and_nothing_else(ledger: MemoryLedger) -> None:
    right = expected(ledger)
    notes = FakeNotes({A: right[A], B: "edited\n", C: "run of nobody\n"})
    lock = FakeLock()

    def read_root() -> str:
        assert lock.held
        return ledger.root

    wrong = NoteRebuilder(notes, lock, FakeClock(), 3.0).rebuild(ledger.view, read_root)
    assert (wrong.altered, wrong.foreign, wrong.missing) == ((B,), (C,), ())
    assert notes.written == [{B: right[B], C: None}]
    assert notes.notes == right


def test_a_rebuild_wins_a_race_in_the_end(ledger: MemoryLedger) -> None:
    notes = FakeNotes({}, races=4)
    NoteRebuilder(notes, FakeLock(), FakeClock(), 3.0).rebuild(ledger.view, lambda: ledger.root)
    assert notes.notes == expected(ledger)


def test_a_rebuild_gives_up_when_it_always_loses(ledger: MemoryLedger) -> None:
    rebuilder = NoteRebuilder(FakeNotes({}, races=99), FakeLock(), FakeClock(), 3.0)
    with pytest.raises(RefMovedError):
        rebuilder.rebuild(ledger.view, lambda: ledger.root)


def test_the_sum_of_good_notes_is_the_sum_of_their_lines(ledger: MemoryLedger) -> None:
    right = expected(ledger)
    total = NoteSum()
    for commit, text in right.items():
        for line in text.splitlines():
            total.add(commit, line)
    assert sum_notes(FakeNotes(right)).value == total.value


@pytest.mark.parametrize(
    "odd", ["", "\n", "x", "run b\nrun a\n", "run a\nrun a\n", "run a\n\n", "run a\r\n"]
)
def test_a_note_of_another_form_never_sums_up_to_a_good_one(odd: str) -> None:
    good = sum_notes(FakeNotes({A: "run a\nrun b\n"})).value
    single = sum_notes(FakeNotes({A: "run a\n"})).value
    assert sum_notes(FakeNotes({A: odd})).value not in {good, single}


def test_the_lines_of_a_note_are_read_back(ledger: MemoryLedger) -> None:
    first, second = parse_note(expected(ledger)[B] + "somebody's remark\n")
    assert (first.run_status, first.agent, first.is_withdrawn) == (
        "SUCCESS",
        '"4_DOCUMENTS"',
        False,
    )
    assert (second.agent, second.is_withdrawn) == ('"Ünï"', True)
    assert parse_note("") == []
