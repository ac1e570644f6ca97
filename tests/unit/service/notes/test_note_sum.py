"""V17: notes are compared by a sum that does not depend on their order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gitprov.service.notes.note_sum import NoteSum, note_line

PAIRS = st.lists(st.tuples(st.sampled_from(["1" * 40, "2" * 40]), st.text(max_size=3)), max_size=8)


def summed(pairs: list[tuple[str, str]]) -> int:
    total = NoteSum()
    for commit, line in pairs:
        total.add(commit, line)
    return total.value


def test_a_line_names_run_status_and_agent() -> None:
    assert note_line("id", "SUCCESS", '"4_X"', withdrawn=False) == 'run id SUCCESS "4_X"'
    assert note_line("id", "FAILED", '"x"', withdrawn=True) == 'run id FAILED "x" withdrawn'


@given(PAIRS, PAIRS)
def test_sums_are_equal_exactly_where_the_pairs_are(
    one: list[tuple[str, str]], two: list[tuple[str, str]]
) -> None:
    assert (summed(one) == summed(two)) is (sorted(one) == sorted(two))


@given(PAIRS, PAIRS)
def test_what_is_added_can_be_removed(
    kept: list[tuple[str, str]], gone: list[tuple[str, str]]
) -> None:
    total = NoteSum(summed([*gone, *kept]))
    for commit, line in gone:
        total.remove(commit, line)
    assert total.value == summed(kept)
    assert 0 <= total.value < 1 << 128


def test_a_line_of_another_commit_is_another() -> None:
    assert len({summed([("1", "x")]), summed([("2", "x")]), summed([("1", "x")] * 2), 0}) == 4
