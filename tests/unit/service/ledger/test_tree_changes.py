"""V8 and V14: what an entry's tree adds to its parents' trees."""

from __future__ import annotations

import pytest

from gitprov.errors import Code, RecordError, StorageError
from gitprov.guard.limits import ENTRY_FILES
from gitprov.service.ledger.tree_changes import TreeChange, TreeComparison
from gitprov.service.ledger.view import LedgerView
from tests.support.raw_objects import FILE, FOLDER, Item, in_order, object_id, tree_bytes

MINUTE = "runs/2024/10/27/03/36"
BLOB, OTHER = object_id("blob", b"x"), object_id("blob", b"y")


class Memory:
    """Objects in memory, as a reader."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[str, bytes]] = {}
        self.reads = 0

    def read(self, oid: str, limit: int) -> tuple[str, bytes]:
        """Return an object."""
        self.reads += 1
        if oid not in self.objects:
            raise StorageError(Code.STORE_CORRUPT, "gone")
        kind, content = self.objects[oid]
        assert len(content) <= limit
        return kind, content

    def tree(self, *items: Item) -> str:
        """Store a tree."""
        raw = tree_bytes(in_order(list(items)))
        oid = object_id("tree", raw)
        self.objects[oid] = ("tree", raw)
        return oid

    def root(self, files: dict[str, str]) -> str:
        """Store the trees of these files, path -> object id."""
        items: list[Item] = []
        below: dict[str, dict[str, str]] = {}
        for path, oid in files.items():
            name, _, rest = path.partition("/")
            if rest:
                below.setdefault(name, {})[rest] = oid
            else:
                items.append((FILE, name.encode(), oid))
        items += [(FOLDER, name.encode(), self.root(inner)) for name, inner in below.items()]
        return self.tree(*items)


class Armour:
    """An engine that nobody asks here."""

    name = "none"

    def read_certificate(self, armoured: bytes) -> object:
        """Refuse."""
        raise AssertionError(armoured)

    def is_good(self, payload: bytes, signature: bytes, certificate: bytes, seconds: int) -> bool:
        """Refuse."""
        raise AssertionError(payload, signature, certificate, seconds)


@pytest.fixture
def memory() -> Memory:
    return Memory()


def compare(memory: Memory, root: str, *parents: str) -> TreeChange:
    view = LedgerView(memory, Armour())  # type: ignore[arg-type]  # certificates are not read
    return TreeComparison(view).compare(root, list(parents))


def paths(change: TreeChange) -> list[str]:
    return [file.path for file in change.added]


OLD = {"ledger.yaml": BLOB, "policy/0001.yaml": BLOB, f"{MINUTE}/a.yaml": BLOB}
NEW = f"{MINUTE}/b.yaml"


def test_a_genesis_adds_everything(memory: Memory) -> None:
    change = compare(memory, memory.root(OLD))
    assert sorted(paths(change)) == sorted(OLD)
    assert (change.removed, change.altered, change.misplaced) == ([], [], [])


def test_an_entry_adds_what_its_parent_has_not(memory: Memory) -> None:
    change = compare(memory, memory.root({**OLD, NEW: OTHER}), memory.root(OLD))
    assert [(file.path, file.oid) for file in change.added] == [(NEW, OTHER)]
    assert not change.from_second
    same = compare(memory, memory.root(OLD), memory.root(OLD))
    assert same == TreeChange()


def test_only_changed_folders_are_read(memory: Memory) -> None:
    many = {f"states/2024/10/27/03/{minute:02d}/x.yaml": BLOB for minute in range(60)}
    before, after = memory.root({**OLD, **many}), memory.root({**OLD, **many, NEW: BLOB})
    memory.reads = 0
    compare(memory, after, before)
    assert memory.reads == 2 * 7


@pytest.mark.parametrize(
    ("after", "removed", "altered"),
    [
        ({**OLD, "ledger.yaml": OTHER}, [], ["ledger.yaml"]),
        ({key: OLD[key] for key in list(OLD)[1:]}, ["ledger.yaml"], []),
        ({key: OLD[key] for key in list(OLD)[:2]}, ["runs"], []),
        ({**OLD, f"{MINUTE}/a.yaml": OTHER, NEW: BLOB}, [], [f"{MINUTE}/a.yaml"]),
        ({"ledger.yaml": BLOB, "policy": BLOB, f"{MINUTE}/a.yaml": BLOB}, [], ["policy"]),
    ],
)
def test_what_was_there_stays_as_it_was(
    memory: Memory, after: dict[str, str], removed: list[str], altered: list[str]
) -> None:
    change = compare(memory, memory.root(after), memory.root(OLD))
    assert (change.removed, change.altered) == (removed, altered)


def test_a_file_that_becomes_a_folder_is_changed(memory: Memory) -> None:
    after = {key: value for key, value in OLD.items() if key != "ledger.yaml"}
    change = compare(memory, memory.root({**after, "ledger.yaml/x": BLOB}), memory.root(OLD))
    assert (change.altered, change.added) == (["ledger.yaml"], [])


@pytest.mark.parametrize(
    "path",
    [
        "bomb/x",
        "ledger/x",
        "policy/x/y",
        "keys/abc/0001.asc",
        f"keys/{'a' * 40}/0001.asc",
        f"keys/{'A' * 40}/x/y",
        "runs/24/x",
        "runs/2024/1/x",
        "runs/2024/10/27/03/36/00/x",
        "runs/２０２４/x",
        "Runs/2024/x",
    ],
)
def test_a_folder_in_another_place_is_not_opened(memory: Memory, path: str) -> None:
    change = compare(memory, memory.root({**OLD, path: BLOB}), memory.root(OLD))
    assert len(change.misplaced) == 1
    assert change.added == []


def test_names_are_shown_in_letters_that_harm_nobody(memory: Memory) -> None:
    root = memory.root(OLD)
    lines: list[Item] = [(FILE, name, BLOB) for name in (b"\x1b[2J", b"\xff", b"a\\b", b"a\nb")]
    change = compare(memory, memory.tree(*lines), root)
    assert sorted(paths(change)) == ["\\\\xff", "\\x1b[2J", "a\\\\b", "a\\nb"]


def test_a_union_of_two_adds_nothing(memory: Memory) -> None:
    ours, theirs = {**OLD, f"{MINUTE}/o.yaml": BLOB}, {**OLD, "states/2024/10/x.yaml": OTHER}
    change = compare(memory, memory.root(ours | theirs), memory.root(ours), memory.root(theirs))
    assert change == TreeChange(from_second=True)
    change = compare(memory, memory.root(ours), memory.root(ours), memory.root(OLD))
    assert change == TreeChange(from_second=False)


def test_a_merge_that_is_no_union_shows_it(memory: Memory) -> None:
    ours, theirs = {**OLD, f"{MINUTE}/o.yaml": BLOB}, {**OLD, f"{MINUTE}/t.yaml": BLOB}
    parents = memory.root(ours), memory.root(theirs)
    change = compare(memory, memory.root({**ours, **theirs, NEW: BLOB}), *parents)
    assert (paths(change), change.from_second) == ([NEW], True)
    for kept, gone in ((ours, f"{MINUTE}/t.yaml"), (theirs, f"{MINUTE}/o.yaml")):
        assert compare(memory, memory.root(kept), *parents).removed == [gone]
    both = {**ours, **theirs}
    for path in (f"{MINUTE}/o.yaml", f"{MINUTE}/t.yaml", "ledger.yaml"):
        change = compare(memory, memory.root({**both, path: OTHER}), *parents)
        assert change.altered == [path]


def test_parents_that_disagree_show_it_whichever_is_kept(memory: Memory) -> None:
    ours, theirs = {**OLD, NEW: BLOB}, {**OLD, NEW: OTHER}
    parents = memory.root(ours), memory.root(theirs)
    for kept in (ours, theirs):
        assert compare(memory, memory.root(kept), *parents).altered == [NEW]


def test_too_many_files_are_a_limit(memory: Memory) -> None:
    files = {f"policy/{number:05d}": BLOB for number in range(ENTRY_FILES)}
    assert len(compare(memory, memory.root(files)).added) == ENTRY_FILES
    with pytest.raises(RecordError) as refused:
        compare(memory, memory.root({**files, "policy/x": BLOB}))
    assert refused.value.code is Code.LIMIT


def test_a_folder_above_records_stands_in_one_place(memory: Memory) -> None:
    files = {f"runs/2024/10/27/03/{minute}/x.yaml": BLOB for minute in ("36", "37")}
    change = compare(memory, memory.root(files))
    assert (len(change.added), change.misplaced) == (1, ["runs/2024/10/27/03/37/"])
    keys = {f"keys/{letter * 40}/0001.asc": BLOB for letter in "AB"}
    assert len(compare(memory, memory.root(keys)).added) == 2


def test_after_a_thousand_faults_enough_is_known(memory: Memory) -> None:
    files = {f"policy/{number:05d}": BLOB for number in range(1_500)}
    for after in ({"ledger.yaml": BLOB, "policy/x": BLOB}, dict.fromkeys(files, OTHER)):
        change = compare(memory, memory.root(after), memory.root(files))
        assert len(change.removed) + len(change.altered) == 1_000
    folders = {f"{path}/x": BLOB for path in files}
    assert len(compare(memory, memory.root(folders)).misplaced) == 1_000


def test_what_cannot_be_read_is_raised(memory: Memory) -> None:
    root = memory.root(OLD)
    broken = memory.tree((FOLDER, b"runs", "12" * 20))
    with pytest.raises(StorageError):
        compare(memory, broken, root)
    blob = memory.tree((FOLDER, b"runs", BLOB))
    memory.objects[BLOB] = ("blob", b"x")
    with pytest.raises(RecordError) as refused:
        compare(memory, blob, root)
    assert refused.value.code is Code.TREE_FORM
