"""Whatever shape a ledger grows into, it is listed once, in order, and every file has one owner."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gitprov.codec.commit import read_links
from gitprov.service.ledger.topology import walk
from gitprov.service.read.find_record import find, locate
from gitprov.service.read.short_ids import ShortIds
from tests.support.memory_ledger import MemoryLedger
from tests.support.record_texts import File

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["append", "append", "branch", "merge", "inner"]),
        st.integers(0, 9),
        st.booleans(),
    ),
    max_size=14,
)


def grown(steps: list[tuple[str, int, bool]]) -> MemoryLedger:
    """Grow a ledger: entries, branches anywhere, merges into the mainline and into branches.

    Now and then a record is added a second time on another branch.
    """
    ledger = MemoryLedger()
    ledger.append(ledger.run(), on="")
    heads: list[str] = [ledger.tip]
    used: list[File] = []
    for action, number, again in steps:
        known = ledger.objects.files(ledger.trees[heads[number % len(heads)]])
        file = next((f for f in used if again and f.path not in known), None) or ledger.run()
        used.append(file)
        if action == "branch":
            heads.append(ledger.branch(file, on=heads[number % len(heads)]))
        elif action == "inner" and len(heads) > 1:
            one, two = heads[number % len(heads)], heads[(number + 1) % len(heads)]
            heads.append(ledger.branch(on=one, merge=two))
        elif action == "merge":
            ledger.append(merge=heads[number % len(heads)])
        elif file.path in ledger.objects.files(ledger.root):
            ledger.append(ledger.run())
        else:
            ledger.append(file)
    return ledger


@given(STEPS)
def test_the_order_and_acceptance_are_those_of_the_whole_walk(
    steps: list[tuple[str, int, bool]],
) -> None:
    ledger = grown(steps)
    topology = walk(lambda oid: read_links(ledger.view.commit(oid))[1], ledger.tip)
    whole = {
        topology.oid(position): topology.oid(topology.accepted_by[position])
        for position in range(len(topology))
    }
    newest = list(ledger.reader.newest_first(ledger.tip))
    assert {entry.oid: entry.accepted.oid for entry in newest} == whole
    assert len(newest) == len(whole)
    seen: set[str] = set()
    for entry in newest:
        assert not seen & set(entry.parents)
        seen.add(entry.oid)


@given(STEPS)
def test_every_file_has_exactly_one_owner_and_is_located_there(
    steps: list[tuple[str, int, bool]],
) -> None:
    ledger = grown(steps)
    reader = ledger.reader
    owners: dict[str, str] = {}
    for entry in reader.newest_first(ledger.tip):
        for file in reader.added(entry):
            assert file.path not in owners
            owners[file.path] = entry.oid
    assert set(owners) == set(ledger.objects.files(ledger.root))
    for path, owner in owners.items():
        found = locate(reader, ledger.tip, path)
        assert found is not None
        assert found.oid == owner


@given(st.lists(st.integers(0, 200_000), min_size=1, max_size=30))
def test_short_ids_are_unique_and_lead_back(gaps: list[int]) -> None:
    ledger = MemoryLedger()
    runs = []
    for gap in gaps:
        ledger.seconds += gap
        runs.append(ledger.run())
    ledger.append(*runs, on="")
    short = ShortIds(ledger.view, ledger.root)
    texts = {short.shorten(run.name) for run in runs}
    assert len(texts) == len(runs)
    for run in runs:
        (found,) = find(ledger.reader, ledger.tip, short.shorten(run.name)).records
        assert found.record_id == run.name
