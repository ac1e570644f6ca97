"""An id, or the beginning of one, leads to one record; what may mean several is refused."""

from __future__ import annotations

import pytest

from gitprov.errors import Code, UsageError
from gitprov.service.ledger.record_files import find_record_file, iter_record_files
from gitprov.service.read.find_record import find, find_run, locate
from tests.support import record_texts as texts
from tests.support.memory_ledger import MemoryLedger
from tests.support.record_texts import File


@pytest.fixture
def ledger() -> MemoryLedger:
    """A ledger with a genesis of one file."""
    made = MemoryLedger()
    made.append(made.run(), on="")
    return made


def refusal(ledger: MemoryLedger, text: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        find(ledger.reader, ledger.tip, text)
    return caught.value


def test_a_full_id_is_looked_up_by_its_path(ledger: MemoryLedger) -> None:
    run = ledger.run()
    ledger.append(run)
    ledger.objects.reads.clear()
    (found,) = find(ledger.reader, ledger.tip, run.name).records
    assert (found.kind, found.record_id, found.path) == ("run", run.name, run.path)
    assert len(ledger.objects.reads) < 10


@pytest.mark.parametrize("kind", ["state", "artifact", "amendment"])
def test_records_of_every_kind_are_found(ledger: MemoryLedger, kind: str) -> None:
    run = ledger.run()
    make = {
        "state": lambda: texts.state(ledger.author(), run.name),
        "artifact": lambda: texts.artifact(ledger.author()),
        "amendment": lambda: texts.amendment(ledger.author(), run.name),
    }
    file = make[kind]()
    ledger.append(run, file)
    for text in (file.name, f"{kind}:{file.name}", file.name.upper(), f"{kind}:{file.name[:-1]}"):
        (found,) = find(ledger.reader, ledger.tip, text).records
        assert (found.kind, found.record_id) == (kind, file.name)


def test_an_id_that_kinds_share_finds_them_all_unless_the_kind_is_named(
    ledger: MemoryLedger,
) -> None:
    plan = texts.withdraw_range(0, 1)
    proposal = texts.proposal(ledger.author(), "x", 1, plan, ledger.seconds)
    ledger.append(proposal, texts.enactment(ledger.author(), proposal))
    for text in (proposal.name, proposal.name[:-2]):
        found = find(ledger.reader, ledger.tip, text).records
        assert [file.kind for file in found] == ["proposal", "enactment"]
        (only,) = find(ledger.reader, ledger.tip, f"enactment:{text}").records
        assert only.kind == "enactment"


@pytest.mark.parametrize("length", [4, 5, 8, 9, 11, 13, 14, 18, 20, 30, 35])
def test_the_beginning_of_an_id_finds_it(ledger: MemoryLedger, length: int) -> None:
    ledger.seconds += 400 * 24 * 3600  # far from the genesis, also by four digits
    run = ledger.run()
    ledger.append(run)
    (found,) = find(ledger.reader, ledger.tip, run.name[:length]).records
    assert found.record_id == run.name


def test_a_beginning_reads_only_the_folders_of_its_time(ledger: MemoryLedger) -> None:
    runs = []
    for _ in range(40):
        ledger.seconds += 24 * 3600
        runs.append(ledger.run())
        ledger.append(runs[-1])
    ledger.objects.reads.clear()
    find(ledger.reader, ledger.tip, runs[20].name[:13])
    assert len(ledger.objects.reads) < 10


def test_a_beginning_of_several_names_the_candidates(ledger: MemoryLedger) -> None:
    runs = [ledger.run() for _ in range(3)]
    ledger.append(*runs)
    error = refusal(ledger, runs[0].name[:8])
    assert error.code is Code.ARGUMENT
    assert set(error.details["candidates"]) >= {f"run:{run.name}" for run in runs}


def test_very_many_candidates_are_not_all_looked_for(ledger: MemoryLedger) -> None:
    runs = [ledger.run() for _ in range(60)]
    ledger.append(*runs)
    error = refusal(ledger, runs[0].name[:8])
    assert len(error.details["candidates"]) == 10
    assert "and more" in error.message


@pytest.mark.parametrize(
    "text",
    ["", "abc", "zzzz", "--upload-pack=id", "-x", "01a1c506-", "01a1c506_70fb", "é" * 8, "0" * 41,
     "run:", "run:xyzw", "01a1c506-70fb-7e97-b00d-1c0ffee00123-1", "0192cb1b 0000", "a\x00bc"],
)  # fmt: skip
def test_x_01_what_can_be_no_id_is_refused(ledger: MemoryLedger, text: str) -> None:
    wanted = Code.LINK if text == "01a1c506-" else Code.ARGUMENT
    assert refusal(ledger, text).code is wanted


def test_an_unknown_kind_is_refused_with_the_known_ones(ledger: MemoryLedger) -> None:
    error = refusal(ledger, "rnu:01a1c506")
    assert error.code is Code.ARGUMENT
    assert "run, state" in error.message


@pytest.mark.parametrize(
    "text", ["01a1c506-70fb-7e97-b00d-1c0ffee00123", "01a1c506", "f" * 40, "run:01a1c506"]
)
def test_an_unknown_id_is_told_apart_from_a_bad_one(ledger: MemoryLedger, text: str) -> None:
    assert refusal(ledger, text).code is Code.LINK


def test_an_entry_is_found_by_its_object_id(ledger: MemoryLedger) -> None:
    genesis = ledger.tip
    side = ledger.branch(ledger.run(), on=genesis)
    ledger.append(ledger.run())
    merge = ledger.append(merge=side)
    for oid in (genesis, side, merge):
        found = find(ledger.reader, ledger.tip, oid).entry
        assert found is not None
        assert found.oid == oid
    brought = find(ledger.reader, ledger.tip, side[:20]).entry
    assert brought is not None
    assert brought.accepted.oid == merge


def test_an_object_id_of_no_entry_is_not_found(ledger: MemoryLedger) -> None:
    assert refusal(ledger, ledger.root).code is Code.LINK


def test_the_beginning_of_two_object_ids_is_refused(ledger: MemoryLedger) -> None:
    oids = [ledger.tip]
    while len({oid[:4] for oid in oids}) == len(oids):
        oids.append(ledger.append(ledger.run()))
    twins = [oid for oid in oids if oid[:4] == oids[-1][:4]]
    error = refusal(ledger, oids[-1][:4])
    assert error.details["candidates"] == sorted(twins)


def test_a_run_is_found_among_runs_only(ledger: MemoryLedger) -> None:
    run = ledger.run()
    ledger.append(run, texts.state(ledger.author(), run.name))
    assert find_run(ledger.view, ledger.root, run.name[:-1]).record_id == run.name
    assert find_run(ledger.view, ledger.root, f"run:{run.name}").record_id == run.name
    with pytest.raises(UsageError, match="not the id of a run"):
        find_run(ledger.view, ledger.root, f"state:{run.name}")
    with pytest.raises(UsageError, match="no run"):
        find_run(ledger.view, ledger.root, "01a1c506")


def test_the_records_of_a_kind_come_in_the_order_of_their_ids(ledger: MemoryLedger) -> None:
    files: list[File] = []
    for _ in range(5):
        ledger.seconds += 40 * 24 * 3600
        files += [ledger.run(), ledger.run()]
    ledger.append(*reversed(files))
    listed = [f.record_id for f in iter_record_files(ledger.view, ledger.root, "run")]
    assert listed == sorted(listed)
    assert set(listed) >= {file.name for file in files}
    assert list(iter_record_files(ledger.view, ledger.root, "log")) == []
    assert find_record_file(ledger.view, ledger.root, "log", files[0].name) is None


def test_foreign_files_in_the_tree_are_no_records(ledger: MemoryLedger) -> None:
    run = ledger.run()
    folder = run.path.rpartition("/")[0]
    odd = [File(f"{folder}/notes.yaml", b"x", "run", ""), File("runs/x", b"x", "run", "")]
    ledger.append(run, *odd)
    listed = [f.record_id for f in iter_record_files(ledger.view, ledger.root, "run")]
    assert run.name in listed
    assert all("notes" not in name for name in listed)


@pytest.mark.parametrize("depth", [0, 1, 2, 3, 7, 8, 9, 31])
def test_the_entry_of_a_file_is_found_at_any_depth(ledger: MemoryLedger, depth: int) -> None:
    run = ledger.run()
    carrier = ledger.append(run)
    for _ in range(depth):
        ledger.append(ledger.run())
    found = locate(ledger.reader, ledger.tip, run.path)
    assert found is not None
    assert found.oid == carrier


def test_the_entry_of_a_genesis_file_is_the_genesis(ledger: MemoryLedger) -> None:
    genesis = ledger.tip
    (path,) = ledger.objects.files(ledger.root)
    for _ in range(12):
        ledger.append(ledger.run())
    found = locate(ledger.reader, ledger.tip, path)
    assert found is not None
    assert found.oid == genesis
    assert locate(ledger.reader, ledger.tip, "runs/nothing") is None


def test_the_search_for_an_entry_looks_into_few_trees(ledger: MemoryLedger) -> None:
    run = ledger.run()
    ledger.append(run)
    for _ in range(200):
        ledger.append(ledger.run())
    ledger.objects.reads.clear()
    locate(ledger.reader, ledger.tip, run.path)
    trees = [oid for oid in ledger.objects.reads if ledger.objects.known[oid][0] == "tree"]
    assert len(trees) < 100


def test_a_file_that_came_by_a_branch_leads_into_it(ledger: MemoryLedger) -> None:
    genesis, run = ledger.tip, ledger.run()
    ledger.append(ledger.run())
    side = ledger.branch(run, on=genesis)
    top = ledger.branch(ledger.run(), on=side)
    merge = ledger.append(merge=top)
    ledger.append(ledger.run())
    found = locate(ledger.reader, ledger.tip, run.path)
    assert found is not None
    assert (found.oid, found.accepted.oid, found.is_mainline) == (side, merge, False)
