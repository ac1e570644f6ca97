"""Entries that are judged side by side are judged as each would be alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gitprov.errors import Code, StorageError
from gitprov.service.judge.case import JudgedEntry
from gitprov.service.ports.objects import ObjectReader
from gitprov.service.verify import range as verify_range
from gitprov.service.verify.range import _Case, _groups
from tests.support.history import HistoryBuilder
from tests.support.judgement import put_on_ref, reader_of, verify


class Lossy:
    """A reader that has lost some objects."""

    def __init__(self, below: ObjectReader, lost: set[str]) -> None:
        self._below = below
        self._lost = lost

    def read(self, oid: str, limit: int) -> tuple[str, bytes]:
        if oid in self._lost:
            raise StorageError(Code.STORE_CORRUPT, f"object {oid} is missing")
        return self._below.read(oid, limit)


def broken(builder: HistoryBuilder) -> set[str]:
    """Append good and bad entries by turns; return the objects that get lost."""
    lost = set()
    for number in range(40):
        runs = [builder.run() for _ in range(number % 4 + 1)]
        if number % 7 == 2:
            runs = [replace(runs[0], text=runs[0].text + b"x: 1\n")]
        elif number % 7 == 4:
            runs = [builder.run("bot")]  # alice signs for an agent that she may not speak for
        builder.append(*runs)
        if number % 11 == 5:
            lost.add(builder.objects.content(builder.tip)[5:45].decode())
    return lost


def test_findings_and_their_order_do_not_depend_on_how_many_are_judged_at_once(
    history: HistoryBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = broken(history)
    put_on_ref(history)
    reports = []
    for entries, files in ((1, 1), (3, 2), (32, 8), (1_000, 10_000)):
        monkeypatch.setattr(verify_range, "_AT_ONCE", entries)
        monkeypatch.setattr(verify_range, "_FILES_AT_ONCE", files)
        reports.append(verify(history, reader=Lossy(reader_of(history.path), lost)))
    first = reports[0]
    assert {Code.STORE_CORRUPT, Code.SCHEMA} <= {f.code for f in first.findings}
    assert len({f.entry for f in first.findings}) > len(lost)
    for other in reports[1:]:
        assert other.findings == first.findings
        assert (other.entries, other.records, other.signers) == (
            first.entries,
            first.records,
            first.signers,
        )


def case(position: int, files: int) -> _Case:
    entry = JudgedEntry(str(position))

    def stages() -> Iterator[None]:
        entry.added = files
        yield

    return _Case(position, entry, stages())


@pytest.mark.parametrize(
    ("files", "sizes"),
    [
        ([1] * 32, [32]),
        ([10_000] * 3, [1, 1, 1]),
        ([300, 212, 1, 511, 1], [2, 2, 1]),
        ([0], [1]),
    ],
)
def test_entries_of_many_files_are_judged_in_small_groups(
    files: list[int], sizes: list[int]
) -> None:
    groups = _groups([case(*each) for each in enumerate(files)])
    assert [len(group) for group in groups] == sizes
