"""A ledger judged in parts comes to what it comes to as a whole, whatever the parts."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitprov.errors import Code
from gitprov.model.finding import error
from gitprov.service.verify import parallel
from gitprov.service.verify.range import RangeSummary, payload_mark

SMALLEST = parallel._SMALLEST_CHUNK


@given(st.integers(0, 5_000), st.integers(0, 20_000), st.integers(1, 64))
def test_every_entry_is_in_one_chunk(start: int, count: int, jobs: int) -> None:
    stop = start + count
    chunks = list(parallel._chunks(start, stop, jobs))
    assert [at for a, b in chunks for at in range(a, b)] == list(range(start, stop))
    assert all(b - a >= SMALLEST for a, b in chunks[:-1])


@pytest.mark.parametrize("jobs", [1, 2, 8])
def test_a_large_ledger_gives_every_process_several_chunks(jobs: int) -> None:
    assert len(list(parallel._chunks(0, 1_000_000, jobs))) >= jobs


def summary(position: int, *names: str) -> RangeSummary:
    """One entry's summary."""
    found = RangeSummary(entries=1, notes=(1 << 127) + position)
    found.records.update(names)
    found.signers[f"{position % 2}"] += 1
    found.findings.append(error(Code.TREE_FORM, f"at {position}"))
    found.disputable.append((position, position, "A"))
    found.missing_commits.add(f"c{position % 3}")
    found.amended.add(f"r{position}")
    found.payloads.append(position)
    found.removals[f"p{position}"] = ("d",)
    found.tombstones.append((position, f"p{position}"))
    for name in names:
        found.events.add(name, position)
        found.sources.add(name, position)
    return found


def united(parts: list[RangeSummary]) -> RangeSummary:
    whole = RangeSummary()
    for part in parts:
        whole.merge(part)
    return whole


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=3), max_size=8), st.integers(0, 8))
def test_parts_add_up(entries: list[list[str]], cut: int) -> None:
    def parts(start: int, stop: int) -> list[RangeSummary]:
        return [summary(at, *names) for at, names in enumerate(entries)][start:stop]

    whole = united(parts(0, len(entries)))
    halves = united([united(parts(0, cut)), united(parts(cut, len(entries)))])
    for name in RangeSummary.__slots__:
        if name not in {"events", "sources"}:
            assert getattr(halves, name) == getattr(whole, name)
    assert halves.events.repeated_positions() == whole.events.repeated_positions()
    assert halves.sources.repeated_positions() == whole.sources.repeated_positions()
    assert whole.entries == len(entries)
    assert whole.records == Counter(name for names in entries for name in names)
    assert whole.notes == sum((1 << 127) + at for at in range(len(entries))) % (1 << 128)


def test_a_payloads_mark_is_the_beginning_of_its_digest() -> None:
    digest = "0123456789abcdef" + "f" * 48
    assert payload_mark(digest) == payload_mark(f"sha256:{digest}") == 0x0123456789ABCDEF
    assert payload_mark("f" * 64) == 2**64 - 1
