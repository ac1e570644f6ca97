# ruff: noqa: N802 - a case's name carries its id
"""Trees again: bombs, look-alikes and whatever else the rules about trees must hold off."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from gitprov.errors import Code
from tests.adversarial.pair import test_engines_agree
from tests.support.attacks import Attack, Surface, check_attack
from tests.support.history import HistoryBuilder
from tests.support.raw_objects import FILE, FOLDER, Item, in_order

pytestmark = [pytest.mark.git, pytest.mark.gpg]
SURFACE = Surface(__name__)
refused, accepted = SURFACE.refused, SURFACE.accepted
SECONDS = 10.0
"""Processor time that a bomb may cost; one that goes off keeps the judge for ever."""


def with_root_line(history: HistoryBuilder, line: Item) -> None:
    """Append an entry that adds or replaces one line of its root tree."""
    draft = history.draft(history.run())
    kept = [item for item in history.objects.items(draft.tree) if item[1] != line[1]]
    draft.tree = history.objects.put_tree(in_order([*kept, line]))
    history.commit(draft)


def bomb(history: HistoryBuilder, leaf: str, widths: tuple[int, ...]) -> str:
    """Nest folders that all name the same one below; return the outermost."""
    below = leaf
    for width in widths:
        digits = 4 if width > 100 else 2
        names = [f"{number:0{digits}d}".encode() for number in range(width)]
        below = history.objects.put_tree([(FOLDER, name, below) for name in names])
    return below


@refused(Code.TREE_FORM)
def case_T_60_tree_bomb(history: HistoryBuilder) -> None:
    """Ten levels of ten folders each, 10^10 paths in 12 objects."""
    leaf = history.objects.put_tree([(FILE, b"x", history.objects.put("blob", b"x"))])
    below = leaf
    for _ in range(10):
        below = history.objects.put_tree([(FOLDER, b"%d" % n, below) for n in range(10)])
    with_root_line(history, (FOLDER, b"bomb", below))


@refused(Code.TREE_FORM)
def case_T_61_bomb_of_valid_folders(history: HistoryBuilder) -> None:
    """A bomb whose folders are all named as minutes are: 10^12 paths that end in a folder."""
    leaf = history.objects.put_tree([(FILE, b"x", history.objects.put("blob", b"x"))])
    minute = history.objects.put_tree([(FOLDER, b"sub", leaf)])
    with_root_line(history, (FOLDER, b"states", bomb(history, minute, (100,) * 4 + (10_000,))))


@refused(Code.TREE_FORM)
def case_T_62_bomb_of_files(history: HistoryBuilder) -> None:
    """A bomb whose folders are all named as minutes are: 10^12 paths that end in a file."""
    leaf = history.objects.put_tree([(FILE, b"x.yaml", history.objects.put("blob", b"x"))])
    with_root_line(history, (FOLDER, b"states", bomb(history, leaf, (100,) * 4 + (10_000,))))


@refused(Code.LIMIT)
def case_T_63_ten_thousand_and_one_files(history: HistoryBuilder) -> None:
    """An entry with 10,001 files."""
    blob = history.objects.put("blob", b"x")
    items = [(FILE, b"%05d.yaml" % number, blob) for number in range(10_001)]
    with_root_line(history, (FOLDER, b"policy", history.objects.put_tree(items)))


@refused(Code.LIMIT)
def case_T_64_too_many_bytes(history: HistoryBuilder) -> None:
    """An entry of more than 64 MiB in files that are each small enough."""
    blob = history.objects.put("blob", b" " * 262_144)
    runs = [history.run() for _ in range(257)]
    draft = history.draft(runs[0])
    folder = runs[0].path.rpartition("/")[0]
    added = [(FILE, run.path.rpartition("/")[2].encode(), blob) for run in runs]
    draft.tree = history.objects.edit(draft.tree, folder, lambda _: in_order(added))
    history.commit(draft)


@refused(Code.LIMIT)
def case_T_65_large_file(history: HistoryBuilder) -> None:
    """A record one byte above 256 KiB."""
    run = history.run()
    history.append(run.with_text(run.text + b"#" * (262_145 - len(run.text))))


@refused(Code.TREE_FORM)
def case_T_66_folder_named_like_a_record(history: HistoryBuilder) -> None:
    """A folder is where a record's path leads."""
    run = history.run()
    history.append(replace(run, path=f"{run.path}/{run.name}.yaml"))


@refused(Code.TREE_FORM)
def case_T_67_empty_folder(history: HistoryBuilder) -> None:
    """An empty folder beside a new record."""
    with_root_line(history, (FOLDER, b"states", history.objects.put_tree([])))


@refused(Code.TREE_FORM)
def case_T_68_second_ledger_document(history: HistoryBuilder) -> None:
    """A file ledger.yml beside ledger.yaml."""
    with_root_line(history, (FILE, b"ledger.yml", history.objects.put("blob", b"x")))


@refused(Code.APPEND_ONLY)
def case_T_69_ledger_document_replaced(history: HistoryBuilder) -> None:
    """The ledger document is another one."""
    other = history.objects.put("blob", b'schema_version: "v1.0"\nkind: "ledger"\n')
    with_root_line(history, (FILE, b"ledger.yaml", other))


@refused(Code.APPEND_ONLY)
def case_T_70_folder_becomes_a_file(history: HistoryBuilder) -> None:
    """The folder of all runs becomes a file."""
    with_root_line(history, (FILE, b"runs", history.objects.put("blob", b"x")))


@refused(Code.APPEND_ONLY)
def case_T_71_file_becomes_a_folder(history: HistoryBuilder) -> None:
    """A record becomes a folder of the same name."""
    old = history.run()
    history.append(old)
    inner = history.objects.put_tree([(FILE, b"x", history.objects.put("blob", old.text))])
    folder, _, name = old.path.rpartition("/")
    draft = history.draft(history.run())
    draft.tree = history.objects.edit(
        draft.tree,
        folder,
        lambda items: in_order(
            [*[i for i in items if i[1] != name.encode()], (FOLDER, name.encode(), inner)]
        ),
    )
    history.commit(draft)


@refused(Code.APPEND_ONLY)
def case_T_72_policy_replaced(history: HistoryBuilder) -> None:
    """The first policy is replaced by one that names mallory."""
    policy = history.policy.with_signer(history.signer("mallory"))
    file = policy.file(history.ledger_id, 1, None)
    draft = history.draft(history.run())
    blob = history.objects.put("blob", file.text)
    draft.tree = history.objects.add(draft.tree, file.path, blob)
    history.commit(draft)


@refused(Code.APPEND_ONLY)
def case_T_73_everything_gone(history: HistoryBuilder) -> None:
    """A tree that holds nothing but the new record."""
    run = history.run()
    tree = history.objects.add(None, run.path, history.objects.put("blob", run.text))
    history.commit(history.draft(run, tree=tree))


@refused(Code.TREE_FORM)
def case_T_74_nothing_added(history: HistoryBuilder) -> None:
    """An entry whose tree is its parent's."""
    history.append()


@refused(Code.TREE_FORM)
def case_T_75_tree_is_a_blob(history: HistoryBuilder) -> None:
    """The entry's tree is a blob."""
    history.commit(history.draft(history.run(), tree=history.objects.put("blob", b"x")))


@refused(Code.STORE_CORRUPT)
def case_T_76_tree_is_missing(history: HistoryBuilder) -> None:
    """The entry's tree is not there."""
    history.commit(history.draft(history.run(), tree="12" * 20))


@refused(Code.STORE_CORRUPT)
def case_T_77_file_is_missing(history: HistoryBuilder) -> None:
    """A new record's blob is not there."""
    run = history.run()
    draft = history.draft(run)
    draft.tree = history.objects.add(history.trees[history.tip], run.path, "12" * 20)
    history.commit(draft)


@refused(Code.TREE_FORM)
def case_T_78_submodule(history: HistoryBuilder) -> None:
    """A submodule at the top."""
    with_root_line(history, (b"160000", b"states", history.tip))


@refused(Code.TREE_FORM)
def case_T_79_git_modules(history: HistoryBuilder) -> None:
    """A file .gitmodules at the top."""
    with_root_line(history, (FILE, b".gitmodules", history.objects.put("blob", b"x")))


@refused(Code.TREE_FORM)
def case_T_80_folder_of_month_13(history: HistoryBuilder) -> None:
    """A record in month 13."""
    run = history.run()
    history.append(replace(run, path="runs/2024/13/01/00/00/" + run.path.rpartition("/")[2]))


@refused(Code.TREE_FORM)
def case_T_81_upper_case_id(history: HistoryBuilder) -> None:
    """A record whose id is in upper case."""
    run = history.run()
    folder, _, name = run.path.rpartition("/")
    history.append(replace(run, path=f"{folder}/{name.upper()}"))


@refused(Code.TREE_FORM)
def case_T_82_number_that_is_none(history: HistoryBuilder) -> str:
    """A certificate file whose number is a superscript two; the next entry must not stumble."""
    folder = f"keys/{history.people.fingerprint('alice')}"
    certificate = history.objects.put("blob", history.certificate("alice").text)
    draft = history.draft(history.run())
    draft.tree = history.objects.edit(
        draft.tree, folder, lambda items: [*items, (FILE, "²".encode() + b".asc", certificate)]
    )
    bad = history.commit(draft)
    history.append(history.run())
    return bad


@refused(Code.TREE_FORM)
def case_T_83_key_folder_that_is_no_text(history: HistoryBuilder) -> str:
    """A folder of keys whose name is not UTF-8; the next entry must not stumble."""
    blob = history.objects.put("blob", history.certificate("mallory").text)
    folder = history.objects.put_tree([(FILE, b"0001.asc", blob)])
    draft = history.draft(history.run())
    draft.tree = history.objects.edit(
        draft.tree, "keys", lambda items: [*items, (FOLDER, b"\xff\xfe", folder)]
    )
    bad = history.commit(draft)
    history.append(history.run())
    return bad


@refused(Code.TREE_FORM)
def case_T_84_policy_zero(history: HistoryBuilder) -> None:
    """A policy of number 0000."""
    file = history.next_policy(history.policy)
    history.append(replace(file, path="policy/0000.yaml"), by="o1")


@refused(Code.TREE_FORM)
def case_T_85_policy_that_is_a_folder(history: HistoryBuilder) -> str:
    """A folder is where the next policy belongs; the next entry must not stumble."""
    inner = history.objects.put_tree([(FILE, b"x", history.objects.put("blob", b"x"))])
    draft = history.draft(history.run())
    draft.tree = history.objects.edit(
        draft.tree, "policy", lambda items: [*items, (FOLDER, b"0002.yaml", inner)]
    )
    bad = history.commit(draft)
    history.append(history.run())
    return bad


@refused(Code.TREE_FORM)
def case_T_86_two_bombs(history: HistoryBuilder) -> None:
    """A bomb upon a bomb: every path is there already, and every file is another one."""
    for text in (b"one", b"two"):
        file = (FILE, b"x.yaml", history.objects.put("blob", text))
        below = bomb(history, history.objects.put_tree([file]), (100,) * 4 + (10_000,))
        with_root_line(history, (FOLDER, b"states", below))


def test_outcome(attack: Attack, history: HistoryBuilder) -> None:
    began = time.process_time()
    check_attack(attack, history)
    assert time.process_time() - began < SECONDS
