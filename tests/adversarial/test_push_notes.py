# ruff: noqa: N802 - tests are named by the ids of their cases
"""Pushes to the notes ref by plain git: a note that changes is what the ledger yields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitprov.errors import Code
from tests.support import record_texts as texts
from tests.support.git import Git
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import NOTES, HookedRemote
from tests.support.record_texts import File

pytestmark = [pytest.mark.git, pytest.mark.gpg]

A, B, C = "a1" * 20, "b2" * 20, "c3" * 20


def line(run: File, *, withdrawn: bool = False) -> str:
    return f'run {run.name} SUCCESS "4_DOCUMENTS"' + (" withdrawn" if withdrawn else "") + "\n"


@dataclass
class NoteWriter:
    """Writes notes commits byte by byte, on top of the one before."""

    history: HistoryBuilder
    tip: str = ""

    def write(
        self,
        notes: Mapping[str, str | bytes],
        *,
        flat: bool = False,
        on: str | None = None,
        mode: bytes = b"100644",
    ) -> str:
        """Commit exactly these files: commit (fanned out unless flat) or path -> text."""
        objects = self.history.objects
        root = None
        for name, text in notes.items():
            whole = len(name) == 40 and not flat
            blob = objects.put("blob", text if isinstance(text, bytes) else text.encode())
            root = objects.add(root, f"{name[:2]}/{name[2:]}" if whole else name, blob, mode=mode)
        git = Git(self.history.path)
        tree = root or git("mktree")
        parent = self.tip if on is None else on
        self.tip = git("commit-tree", tree, "-m", "notes", *(("-p", parent) if parent else ()))
        return self.tip


@pytest.fixture
def notes(history: HistoryBuilder) -> NoteWriter:
    return NoteWriter(history)


def noted_run(history: HistoryBuilder, *commits: str) -> File:
    run = texts.run(history.author(), commits=commits)
    history.append(run)
    return run


def refs(history: HistoryBuilder, notes: NoteWriter) -> tuple[str, str]:
    return f"{history.tip}:{LEDGER}", f"{notes.tip}:{NOTES}"


def test_case_N_00_notes_as_derived_pass_with_the_ledger_and_after_it(
    remote: HookedRemote, history: HistoryBuilder, notes: NoteWriter
) -> None:
    """Notes as derived, with the ledger or after it."""
    first = noted_run(history, A, B)
    notes.write({A: line(first), B: line(first)})
    remote.accept(history, *refs(history, notes))
    second = noted_run(history, B)
    remote.accept(history)
    notes.write({A: line(first), B: line(first) + line(second)})
    remote.accept(history, f"{notes.tip}:{NOTES}")
    assert remote.tip(NOTES) == notes.tip
    assert remote.audit()[-1]["ref"] == NOTES


def test_an_empty_notes_ref_may_be_made(
    remote: HookedRemote, history: HistoryBuilder, notes: NoteWriter
) -> None:
    notes.write({})
    remote.accept(history, f"{notes.tip}:{NOTES}")
    assert remote.tip(NOTES) == notes.tip


def test_notes_before_the_ledger_are_refused(
    history: HistoryBuilder, notes: NoteWriter, tmp_path: Path
) -> None:
    run = noted_run(history, A)
    notes.write({A: line(run)})
    empty = HookedRemote.make(tmp_path / "empty.git")
    assert empty.refuse(history, f"{notes.tip}:{NOTES}").codes == [Code.NOTE_REWRITE]
    # In one push the order of the refs does not count.
    empty.accept(history, *reversed(refs(history, notes)))


def test_case_N_01_a_note_is_not_replaced_edited_or_emptied(
    remote: HookedRemote, history: HistoryBuilder, notes: NoteWriter
) -> None:
    """A note replaced, edited, reordered or emptied."""
    run, other = noted_run(history, A), noted_run(history, A)
    both = line(run) + line(other)
    base = notes.write({A: both})
    remote.accept(history, *refs(history, notes))
    for changed in (
        {A: line(run)},
        {A: both + "a word more\n"},
        {A: "a word before\n" + both},
        {A: line(other) + line(run)},
        {A: both.removesuffix("\n")},
        {A: both + "\n"},
        {A: both.replace("SUCCESS", "FAILED")},
        {A: line(run, withdrawn=True) + line(other)},
        {A: ""},
        {},
    ):
        notes.write(changed, on=base)
        assert remote.refuse(history, f"{notes.tip}:{NOTES}").codes == [Code.NOTE_REWRITE]


def test_case_N_01_what_git_notes_does(
    remote: HookedRemote, history: HistoryBuilder, notes: NoteWriter
) -> None:
    """git notes add -f and append."""
    commit = Git(history.path)("commit-tree", history.trees[history.tip], "-m", "code")
    run = noted_run(history, commit)
    notes.write({commit: line(run)})
    remote.accept(history, *refs(history, notes))
    git = Git(history.path)
    for command in (("add", "-f", "-m", "mine"), ("append", "-m", "more")):
        git("update-ref", NOTES, notes.tip)
        git("notes", "--ref=gitprov", *command, commit)
        assert remote.refuse(history, f"{NOTES}:{NOTES}").codes == [Code.NOTE_REWRITE]


def test_case_N_03_notes_that_no_run_yields(
    remote: HookedRemote, history: HistoryBuilder, notes: NoteWriter
) -> None:
    """Notes on a commit that no run names."""
    run = noted_run(history, A)
    remote.accept(history)
    for changed in ({B: line(run)}, {C: "x\n"}, {A: line(run), B: line(run)}):
        notes.write(changed, on="")
        assert remote.refuse(history, f"{notes.tip}:{NOTES}").codes == [Code.NOTE_REWRITE]


def test_case_N_04_notes_that_name_an_unknown_run(
    remote: HookedRemote, history: HistoryBuilder, notes: NoteWriter
) -> None:
    """Notes that name a run which is not on the ledger."""
    run = noted_run(history, A)
    remote.accept(history)
    unknown = texts.run(history.author(), commits=(A,))
    for changed in ({A: line(run) + line(unknown)}, {A: line(unknown)}):
        notes.write(changed, on="")
        assert remote.refuse(history, f"{notes.tip}:{NOTES}").codes == [Code.NOTE_REWRITE]


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("README", b"100644"),
        (A[:39], b"100644"),
        (A + "1", b"100644"),
        (A.upper(), b"100644"),
        (f"a/{A[1:]}", b"100644"),
        (f"{A[:4]}/{A[4:]}", b"100644"),
        (f"{A[:2]}/{A[2:39]}", b"100644"),
        (f"{A}/{A}", b"100644"),
        (A, b"120000"),
        (A, b"100755"),
    ],
)
def test_case_N_06_other_files_and_odd_names(
    remote: HookedRemote, history: HistoryBuilder, notes: NoteWriter, name: str, mode: bytes
) -> None:
    """Other files, odd names and modes in the notes tree."""
    run = noted_run(history, A)
    notes.write({name: line(run)}, flat=True, mode=mode)
    assert remote.refuse(history, *refs(history, notes)).codes == [Code.NOTE_REWRITE]


@pytest.mark.parametrize(
    "text", [b"x" * 1024 * 1024, bytes(range(256)), b"run \xff\n", b"\n", b"\n\n"]
)
def test_case_N_07_bodies_that_are_no_notes(
    remote: HookedRemote, history: HistoryBuilder, notes: NoteWriter, text: bytes
) -> None:
    """Bodies that are not made of lines: 1 MiB, binary, empty lines."""
    noted_run(history, A)
    notes.write({A: text})
    assert remote.refuse(history, *refs(history, notes)).codes == [Code.NOTE_REWRITE]


def test_case_N_10_another_fan_out_of_the_same_notes_passes(
    remote: HookedRemote, history: HistoryBuilder, notes: NoteWriter
) -> None:
    """The same notes in another fan-out."""
    run = noted_run(history, A, B)
    both = {A: line(run), B: line(run)}
    notes.write(both)
    remote.accept(history, *refs(history, notes))
    notes.write(both, flat=True)
    remote.accept(history, f"{notes.tip}:{NOTES}")
    notes.write({f"{A[:2]}/{A[2:4]}/{A[4:]}": line(run), B: line(run)})
    remote.accept(history, f"{notes.tip}:{NOTES}")
    assert remote.tip(NOTES) == notes.tip


def test_a_commit_has_one_note(
    remote: HookedRemote, history: HistoryBuilder, notes: NoteWriter
) -> None:
    run = noted_run(history, A)
    notes.write({A: line(run)}, flat=True)
    remote.accept(history, *refs(history, notes))
    notes.write({A: line(run), f"{A[:2]}/{A[2:]}": line(run)}, flat=True)
    assert remote.refuse(history, f"{notes.tip}:{NOTES}").codes == [Code.NOTE_REWRITE]


def test_a_withdrawn_run_is_noted_as_such(
    remote: HookedRemote, history: HistoryBuilder, notes: NoteWriter
) -> None:
    run, other = noted_run(history, A), noted_run(history, B)
    base = notes.write({A: line(run), B: line(other)})
    remote.accept(history, *refs(history, notes))
    history.append(texts.amendment(history.author(), run.name))
    later = noted_run(history, A)
    remote.accept(history)
    both = line(run, withdrawn=True) + line(later)
    for wrong in (
        {A: line(run) + line(later), B: line(other)},
        {A: both, B: line(other, withdrawn=True)},
    ):
        notes.write(wrong, on=base)
        assert remote.refuse(history, f"{notes.tip}:{NOTES}").codes == [Code.NOTE_REWRITE]
    notes.write({A: both, B: line(other)}, on=base)
    remote.accept(history, f"{notes.tip}:{NOTES}")


def test_a_changed_note_leaves_no_new_run_out(
    remote: HookedRemote, history: HistoryBuilder, notes: NoteWriter
) -> None:
    run, other = noted_run(history, A), noted_run(history, A)
    remote.accept(history)
    notes.write({A: line(run)})
    assert remote.refuse(history, f"{notes.tip}:{NOTES}").codes == [Code.NOTE_REWRITE]
    notes.write({A: line(run) + line(other)}, on="")
    remote.accept(history, f"{notes.tip}:{NOTES}")


def test_rewinds_deletions_and_unrelated_notes_are_refused(
    remote: HookedRemote, history: HistoryBuilder, notes: NoteWriter
) -> None:
    run = noted_run(history, A)
    base = notes.write({})
    notes.write({A: line(run)})
    remote.accept(history, *refs(history, notes))
    assert remote.refuse(history, f"+{base}:{NOTES}").codes == [Code.NON_FF]
    assert remote.refuse(history, f":{NOTES}").codes == [Code.REF_DELETE]
    other = notes.write({A: line(run)}, on="")
    assert remote.refuse(history, f"+{other}:{NOTES}").codes == [Code.NON_FF]
    assert remote.refuse(history, f"+{history.tip}:{NOTES}").codes == [Code.NON_FF]


def test_a_merge_of_notes_passes(
    remote: HookedRemote, history: HistoryBuilder, notes: NoteWriter
) -> None:
    run = noted_run(history, A, B)
    base = notes.write({A: line(run)})
    remote.accept(history, *refs(history, notes))
    side = notes.write({B: line(run)}, on="")
    git = Git(history.path)
    both = notes.write({A: line(run), B: line(run)}, on=base)
    merge = git("commit-tree", f"{both}^{{tree}}", "-m", "merge", "-p", side, "-p", base)
    remote.accept(history, f"{merge}:{NOTES}")
    assert remote.tip(NOTES) == merge


def test_what_somebody_broke_on_the_server_is_mended_by_a_push(
    remote: HookedRemote, history: HistoryBuilder, notes: NoteWriter
) -> None:
    run = noted_run(history, A)
    remote.accept(history)
    broken = notes.write({A: "mine\n", B: "yours\n", "README": "x", f"{C}/{C}": "y"}, flat=True)
    remote.git("fetch", "--quiet", str(history.path), broken)
    remote.git("update-ref", NOTES, broken)
    notes.write({A: line(run)})
    remote.accept(history, f"{notes.tip}:{NOTES}")
    assert remote.tip(NOTES) == notes.tip


def test_a_bad_note_refuses_the_ledger_beside_it(
    remote: HookedRemote, history: HistoryBuilder, notes: NoteWriter
) -> None:
    run = noted_run(history, A)
    notes.write({B: line(run)})
    assert remote.refuse(history, *refs(history, notes)).codes == [Code.NOTE_REWRITE]
    remote.accept(history)


def test_notes_that_are_no_commit_are_refused(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    blob = history.objects.put("blob", b"x")
    assert remote.refuse(history, f"{blob}:{NOTES}").codes == [Code.NOTE_REWRITE]


def test_folders_without_end_are_refused_at_once(
    remote: HookedRemote, history: HistoryBuilder, notes: NoteWriter
) -> None:
    objects = history.objects
    noted_run(history, A)
    below = objects.put("blob", b"x")
    mode = b"100644"
    for _ in range(19):
        names = [f"{n:02x}".encode() for n in range(16)]
        below = objects.put_tree([(mode, name, below) for name in names])
        mode = b"40000"
    notes.tip = Git(history.path)("commit-tree", below, "-m", "bomb")
    assert remote.refuse(history, *refs(history, notes)).codes == [Code.LIMIT]
