# ruff: noqa: N802 - a case's name carries its id
"""Trees and merges: the cases T-00 to T-25."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gitprov.errors import Code
from tests.adversarial.pair import test_engines_agree, test_outcome
from tests.support.attacks import Surface
from tests.support.history import OTHER_ID, HistoryBuilder
from tests.support.raw_objects import FILE, FOLDER, Item, in_order
from tests.support.record_texts import File

pytestmark = [pytest.mark.git, pytest.mark.gpg]
SURFACE = Surface(__name__)
refused, accepted = SURFACE.refused, SURFACE.accepted
Change = Callable[[list[Item]], list[Item]]


def folder_of(file: File) -> str:
    """Return the folder in which a file stands."""
    return file.path.rpartition("/")[0]


def with_folder(history: HistoryBuilder, folder: str, change: Change, *files: File) -> None:
    """Append an entry in whose tree the lines of one folder are what ``change`` makes of them."""
    draft = history.draft(*files)
    draft.tree = history.objects.edit(draft.tree, folder, change)
    history.commit(draft)


def with_line(history: HistoryBuilder, mode: bytes, name: bytes, oid: str = "") -> None:
    """Append a run, and beside it one line of any mode and name, in Git's order."""
    run = history.run()
    blob = oid or history.objects.put("blob", history.run().text)
    added = (mode, name, blob)
    with_folder(history, folder_of(run), lambda items: in_order([*items, added]), run)


def with_mode(history: HistoryBuilder, mode: bytes) -> None:
    """Append a run whose file has that mode."""
    run = history.run()
    name = run.path.rpartition("/")[2].encode()

    def change(items: list[Item]) -> list[Item]:
        return [(mode if item[1] == name else item[0], item[1], item[2]) for item in items]

    with_folder(history, folder_of(run), change, run)


@accepted()
def case_T_00_one_record(history: HistoryBuilder) -> None:
    """Exactly one new record at its path."""
    history.append(history.run())


@accepted()
def case_T_00_several_records(history: HistoryBuilder) -> None:
    """Several new records at once."""
    history.append(history.run(), history.run(), history.run())


@refused(Code.APPEND_ONLY)
def case_T_01_old_record_changed(history: HistoryBuilder) -> None:
    """The bytes of an old record are changed, beside a new one."""
    old = history.run()
    history.append(old)
    other = history.objects.put("blob", old.edited("CHECKED", "ISSUED").text)
    draft = history.draft(history.run())
    draft.tree = history.objects.add(draft.tree, old.path, other)
    history.commit(draft)


@refused(Code.APPEND_ONLY)
def case_T_01_old_record_removed(history: HistoryBuilder) -> None:
    """An old record is gone, beside a new one."""
    old = history.run()
    history.append(old, history.run())
    name = old.path.rpartition("/")[2].encode()
    keep = history.run()
    with_folder(history, folder_of(old), lambda items: [i for i in items if i[1] != name], keep)


@refused(Code.TREE_FORM)
def case_T_03_old_record_executable(history: HistoryBuilder) -> None:
    """An old record turns from 100644 to 100755."""
    old = history.run()
    history.append(old)
    with_folder(
        history,
        folder_of(old),
        lambda items: [(b"100755", name, oid) for _, name, oid in items],
        history.run(),
    )


@refused(Code.TREE_FORM)
def case_T_04_symbolic_link(history: HistoryBuilder) -> None:
    """A new record is a symbolic link."""
    with_mode(history, b"120000")


for _mode in ("100664", "100600", "777", "100755", "160000"):

    def _odd_mode(history: HistoryBuilder, mode: str = _mode) -> None:
        with_mode(history, mode.encode())

    _odd_mode.__name__ = f"case_T_06_mode_{_mode}"
    _odd_mode.__doc__ = f"A new record of mode {_mode}."
    refused(Code.TREE_FORM)(_odd_mode)


@refused(Code.TREE_FORM)
def case_T_07_name_twice(history: HistoryBuilder) -> None:
    """One name twice in a folder."""
    run = history.run()
    with_folder(history, folder_of(run), lambda items: [*items, items[-1]], run)


@refused(Code.TREE_FORM)
def case_T_07_file_and_folder_of_one_name(history: HistoryBuilder) -> None:
    """A file and a folder of one name."""
    run = history.run()
    name = run.path.rpartition("/")[2].encode()
    inner = history.objects.put_tree([(FILE, b"x", history.objects.put("blob", b"x"))])
    with_folder(history, folder_of(run), lambda items: [*items, (FOLDER, name, inner)], run)


@refused(Code.TREE_FORM)
def case_T_07_unsorted(history: HistoryBuilder) -> None:
    """Names that are not in order."""
    one, two = history.run(), history.run()
    with_folder(history, folder_of(one), lambda items: items[::-1], one, two)


@refused(Code.TREE_FORM)
def case_T_07_folder_sorted_as_file(history: HistoryBuilder) -> None:
    """Folders sorted by their bare names: Git puts the file "runs.txt" before the folder "runs"."""
    blob = history.objects.put("blob", b"x")
    with_folder(
        history, "", lambda items: sorted([*items, (FILE, b"runs.txt", blob)], key=lambda i: i[1])
    )


@refused(Code.TREE_FORM)
def case_T_07_zero_padded_mode(history: HistoryBuilder) -> None:
    """A folder of mode 040000."""
    with_folder(
        history,
        "",
        lambda items: [(b"040000" if mode == FOLDER else mode, n, o) for mode, n, o in items],
        history.run(),
    )


@refused(Code.TREE_FORM)
def case_T_09_null_object(history: HistoryBuilder) -> None:
    """A file whose object id is null."""
    with_line(history, FILE, b"null.yaml", "0" * 40)


def _bad_name(number: str, words: str, name: bytes, construct: str) -> None:
    def build(history: HistoryBuilder) -> None:
        with_line(history, FILE, name)

    build.__name__ = f"case_T_{number}_{words}"
    build.__doc__ = construct
    refused(Code.TREE_FORM)(build)


_bad_name("09", "dot", b".", "A file named with a dot.")
_bad_name("09", "two_dots", b"..", "A file named with two dots.")
_bad_name("09", "slashes", b"x/../../a", "A name that holds slashes.")
_bad_name("09", "empty_name", b"", "An empty name.")
_bad_name("10", "line_feed", b"a\nb.yaml", "A name with a line feed.")
_bad_name("10", "tab", b"a\tb.yaml", "A name with a tab.")
_bad_name("10", "escape", b"\x1b[31ma.yaml", "A name with an escape sequence.")
_bad_name("10", "not_utf8", b"\xff\xfe.yaml", "A name that is not UTF-8.")
_bad_name("10", "backslash", b"..\\a.yaml", "A name with a backslash.")
_bad_name("10", "stream", b"a.yaml::$DATA", "The name of an alternate data stream.")
_bad_name("10", "device", b"CON", "The name of a device.")
_bad_name("10", "trailing_dot", b"a.yaml.", "A name that ends with a dot.")
_bad_name("10", "git_folder", b".git", "A file named .git.")
_bad_name("12", "long_name", b"a" * 5_000, "A name of 5,000 bytes.")
_bad_name("13", "no_record_name", b"readme.md", "A file that no record's id yields.")


@refused(Code.TREE_FORM)
def case_T_12_depth_100(history: HistoryBuilder) -> None:
    """A path 100 folders deep."""
    run = history.run()
    history.append(replace(run, path="runs/" + "a/" * 100 + "x.yaml"))


@refused(Code.TREE_FORM)
def case_T_13_other_minute(history: HistoryBuilder) -> None:
    """A record in the folder of another minute."""
    run = history.run()
    history.append(replace(run, path=run.path.replace("/2024/", "/2025/")))


@refused(Code.TREE_FORM)
def case_T_13_other_id(history: HistoryBuilder) -> None:
    """A record at the path of another id."""
    run = history.run()
    history.append(run.with_text(history.run().text))


@refused(Code.TREE_FORM)
def case_T_13_other_kind(history: HistoryBuilder) -> None:
    """A run among the states."""
    run = history.run()
    history.append(replace(run, path=run.path.replace("runs/", "states/")))


@refused(Code.TREE_FORM)
def case_T_16_tree_as_file(history: HistoryBuilder) -> None:
    """A file's line names a tree object."""
    run = history.run()
    tree = history.trees[history.tip]
    draft = history.draft(run)
    draft.tree = history.objects.add(history.trees[history.tip], run.path, tree)
    history.commit(draft)


@refused(Code.TREE_FORM)
def case_T_16_file_as_folder(history: HistoryBuilder) -> None:
    """A folder's line names a blob."""
    blob = history.objects.put("blob", b"x")
    added = (FOLDER, b"states", blob)
    with_folder(history, "", lambda items: in_order([*items, added]), history.run())


@refused(Code.TREE_FORM)
def case_T_16_commit_as_folder(history: HistoryBuilder) -> None:
    """A folder's line names a commit."""
    added = (FOLDER, b"states", history.tip)
    with_folder(history, "", lambda items: in_order([*items, added]), history.run())


@accepted()
def case_T_19_exact_union(history: HistoryBuilder) -> None:
    """A merge whose tree is exactly the union of its parents' trees."""
    side = history.branch(history.run())
    history.append(history.run())
    history.merge(side)


@refused(Code.MERGE_REWRITE)
def case_T_21_merge_changes_a_record(history: HistoryBuilder) -> None:
    """A merge that changes a record."""
    run = history.run()
    side = history.branch(history.run())
    history.append(run)
    draft = history.draft(merge=side)
    other = history.objects.put("blob", run.edited("CHECKED", "ISSUED").text)
    draft.tree = history.objects.add(draft.tree, run.path, other)
    history.commit(draft)


@refused(Code.MERGE_REWRITE)
def case_T_21_merge_adds_a_record(history: HistoryBuilder) -> None:
    """A merge that adds a record of its own."""
    side = history.branch(history.run())
    history.append(history.run())
    run = history.run()
    draft = history.draft(merge=side)
    draft.tree = history.objects.add(draft.tree, run.path, history.objects.put("blob", run.text))
    history.commit(draft)


@refused(Code.MERGE_REWRITE)
def case_T_21_merge_drops_ours(history: HistoryBuilder) -> None:
    """A merge that keeps the second parent's tree only."""
    side = history.branch(history.run())
    history.append(history.run())
    history.commit(history.draft(merge=side, tree=history.trees[side]))


@refused(Code.MERGE_REWRITE)
def case_T_21_merge_drops_theirs(history: HistoryBuilder) -> None:
    """A merge that keeps the first parent's tree only."""
    side = history.branch(history.run())
    first = history.append(history.run())
    history.commit(history.draft(merge=side, tree=history.trees[first]))


@refused(Code.UNSIGNED)
def case_T_22_unsigned_on_the_side(history: HistoryBuilder) -> str:
    """A merge whose second side has one unsigned entry."""
    tip = history.tip
    draft = history.draft(history.run())
    bad = history.land(draft.payload, draft)
    side = history.append(history.run())
    history.rewind(tip)
    history.append(history.run())
    history.merge(side)
    return bad


@refused(Code.MERGE_REWRITE)
def case_T_24_one_path_two_contents(history: HistoryBuilder) -> None:
    """Both parents hold one path with different bytes."""
    run = history.run()
    side = history.branch(run.edited("CHECKED", "ISSUED"))
    history.append(run)
    history.append(history.run())
    history.merge(side)


def foreign_ledger(history: HistoryBuilder, ledger_id: str) -> str:
    """Build another genesis with an entry on it, by the same owners; return that entry."""
    tip, mine, rules = history.tip, history.ledger_id, history.policy_file
    history.ledger_id = ledger_id
    labels = ("o1", "o2", "o3", "alice", "bot", "passing")
    history.found(history.policy, [history.certificate(label) for label in labels])
    foreign = history.append(history.run())
    history.tip, history.ledger_id, history.policy_file = tip, mine, rules
    return foreign


def geneses(history: HistoryBuilder) -> list[str]:
    """Return every genesis that was built, oldest first."""
    return [oid for oid, claims in history.claims.items() if claims.height == 0]


@refused(Code.REPLAY)
def case_T_25_foreign_root(history: HistoryBuilder) -> str:
    """A merge with an entry of another ledger."""
    foreign = foreign_ledger(history, OTHER_ID)
    other = geneses(history)[1]
    history.merge(foreign)
    return other


@refused(Code.REPLAY)
def case_T_25_merge_with_another_ledger(history: HistoryBuilder) -> str:
    """The same, and the merge itself is looked at."""
    return history.merge(foreign_ledger(history, OTHER_ID))


@refused(Code.REPLAY)
def case_T_25_second_genesis_of_this_ledger(history: HistoryBuilder) -> str:
    """A merge with a second genesis that states this ledger's own id."""
    foreign = foreign_ledger(history, history.ledger_id)
    other = geneses(history)[1]
    history.merge(foreign)
    return other
