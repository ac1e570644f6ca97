"""V8 and V14: what an entry's tree may do to its parents' trees, without a signature or a key."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitprov.errors import Code
from gitprov.model.entry import AddedFile, CommitForm
from gitprov.model.finding import Finding
from gitprov.service.judge.case import EntryPosition, read_entry
from gitprov.service.judge.files import JudgedFile
from gitprov.service.judge.shape import judge_shape
from gitprov.service.ledger.parent_facts import parent_facts
from gitprov.service.ledger.tree_changes import TreeChange
from tests.support.memory_ledger import MemoryLedger

RUN = AddedFile("runs/2026/11/10/10/a.yaml", "0" * 40)


def commit_of(ledger: MemoryLedger, oid: str) -> CommitForm:
    commit = read_entry(oid, ledger.view.commit(oid)).commit
    assert commit is not None
    return commit


def position(ledger: MemoryLedger, *parents: str, mainline: bool = True) -> EntryPosition:
    facts = tuple(parent_facts(oid, ledger.view.commit(oid)) for oid in parents)
    return EntryPosition(facts, mainline)


def codes(findings: list[Finding]) -> list[tuple[Code, str | None]]:
    return [(finding.code, finding.path) for finding in findings]


def judge(
    ledger: MemoryLedger,
    change: TreeChange,
    *files: JudgedFile,
    mainline: bool = True,
) -> list[tuple[Code, str | None]]:
    first = ledger.found()
    second = ledger.append(ledger.run())
    place = position(ledger, first, mainline=mainline)
    return codes(judge_shape(ledger.view, commit_of(ledger, second), place, change, files))


def file(kind: str, path: str) -> JudgedFile:
    return JudgedFile(path, "0" * 40, kind, path, "0" * 64, 0, None)


def test_an_entry_that_adds_a_file_is_good() -> None:
    assert judge(MemoryLedger(), TreeChange(added=[RUN])) == []


def test_an_entry_must_add_something() -> None:
    assert judge(MemoryLedger(), TreeChange()) == [(Code.TREE_FORM, None)]


@pytest.mark.parametrize("name", ["removed", "altered"])
def test_what_is_there_stays_as_it_is(name: str) -> None:
    change = TreeChange(added=[RUN])
    getattr(change, name).extend(["runs/x", "runs/y"])
    wrong = [(Code.APPEND_ONLY, "runs/x"), (Code.APPEND_ONLY, "runs/y")]
    assert judge(MemoryLedger(), change) == wrong


def test_a_change_alone_is_told_once() -> None:
    change = TreeChange(altered=["runs/x"])
    assert judge(MemoryLedger(), change) == [(Code.APPEND_ONLY, "runs/x")]


def test_every_misplaced_path_is_named_first() -> None:
    change = TreeChange(added=[RUN], removed=["runs/x"], misplaced=["a", "b/c"])
    assert judge(MemoryLedger(), change) == [
        (Code.TREE_FORM, "a"),
        (Code.TREE_FORM, "b/c"),
        (Code.APPEND_ONLY, "runs/x"),
    ]


def test_only_a_genesis_has_the_ledger_document() -> None:
    change = TreeChange(added=[AddedFile("ledger.yaml", "0" * 40)])
    found = judge(MemoryLedger(), change, file("ledger", "ledger.yaml"))
    assert found == [(Code.TREE_FORM, "ledger.yaml")]


def test_governance_is_made_on_the_mainline_alone() -> None:
    change = TreeChange(added=[AddedFile("policy/0002.yaml", "0" * 40)])
    policy = file("policy", "policy/0002.yaml")
    assert judge(MemoryLedger(), change, policy) == []
    beside = judge(MemoryLedger(), change, policy, mainline=False)
    assert [path for _, path in beside] == ["policy/0002.yaml"]


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("policy/0002.yaml", "policy"),
        ("ledger.yaml", "ledger.yaml"),
        ("keys/x.asc", "keys"),
        ("proposals/2026/a.yaml", "proposals"),
        ("tombstones/2026/a.yaml", "tombstones"),
        ("runs/2026/a.yaml", None),
    ],
)
def test_a_merge_may_not_bring_governance(path: str, refused: str | None) -> None:
    ledger = MemoryLedger()
    genesis = ledger.found()
    side = ledger.branch(replace(ledger.run(), path=path), on=genesis)
    ours = ledger.append(ledger.run())
    merge = ledger.append(merge=side)
    place = position(ledger, ours, side)
    change = TreeChange(from_second=True)
    found = codes(judge_shape(ledger.view, commit_of(ledger, merge), place, change, []))
    assert (refused is None) or (Code.MERGE_REWRITE, refused) in found
    assert (refused is not None) or found == []
