"""A run's input context is recomputed from files, or from Git once HEAD has moved on (2.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest

from gitprov.codec.input_context import context_digest
from gitprov.codec.records import build
from gitprov.errors import Code, UsageError
from gitprov.model.finding import Verdict
from gitprov.model.run import RunRecord
from gitprov.model.run_parts import ContextMethod
from gitprov.service.read.check_context import InputState, check_context
from gitprov.service.write.compute_context import compute_context
from tests.support import sample_records as samples

HEAD, LATER = "1a" * 20, "2b" * 20
ONE, TWO = "11" * 32, "22" * 32
BLOB = "5c" * 20


@dataclass
class FakeSources:
    """Files and commits in dicts."""

    now: dict[str, str] = field(default_factory=dict)
    past: dict[tuple[str, str], str] = field(default_factory=dict)
    blobs: dict[str, str] = field(default_factory=dict)
    head_commit: str = HEAD
    commits: frozenset[str] = frozenset({HEAD, LATER})
    files: bool = True

    def head(self) -> str:
        return self.head_commit

    def has_commit(self, oid: str) -> bool:
        return oid in self.commits

    def has_work_tree(self) -> bool:
        return self.files

    def digest_now(self, path: str) -> str | None:
        return self.now.get(path)

    def digest_in_git(self, commit: str, path: str, oid: str | None) -> str | None:
        return self.past.get((commit, path)) if oid is None else self.blobs.get(oid)


def run(
    method: str = "composite",
    files: dict[str, str] | None = None,
    digest: str | None = None,
    head: str = HEAD,
    **more: Any,
) -> RunRecord:
    listed = {"a": ONE, "b": TWO} if files is None else files
    made = digest or context_digest(ContextMethod(method), head, listed)
    mapping = samples.run(
        input_context={"method": method, "digest": made, "head_commit": head, "dirty": False},
        input_files=[{"path": p, "sha256": d, "size": 1, **more} for p, d in listed.items()],
    )
    record = build(mapping, "run")
    assert isinstance(record, RunRecord)
    return record


def states(record: RunRecord, sources: FakeSources) -> list[InputState]:
    return [each.state for each in check_context(record, sources).inputs]


@pytest.mark.parametrize("method", ["composite", "files", "git-head"])
def test_unchanged_files_give_the_recorded_digest(method: str) -> None:
    checked = check_context(run(method), FakeSources({"a": ONE, "b": TWO}))
    assert (checked.verdict, checked.reasons) == (Verdict.PASS, ())
    assert checked.recomputed == checked.recorded
    assert {each.state for each in checked.inputs} == {InputState.SAME}


def test_a_changed_file_differs_and_is_named() -> None:
    checked = check_context(run(), FakeSources({"a": ONE, "b": ONE}))
    assert checked.verdict is Verdict.FAIL
    assert checked.recomputed not in {None, checked.recorded}
    (reason,) = checked.reasons
    assert reason.startswith("b has changed: recorded 222222222222, now 111111111111")


def test_a_changed_file_differs_though_git_has_it_while_head_is_the_same() -> None:
    sources = FakeSources({"a": ONE, "b": ONE}, {(HEAD, "b"): TWO})
    checked = check_context(run(), sources)
    assert checked.verdict is Verdict.FAIL
    assert "Git has it" in checked.reasons[0]
    assert checked.inputs[1].in_git


def test_git_counts_once_head_has_moved_on() -> None:
    past = {(HEAD, "a"): ONE, (HEAD, "b"): TWO}
    sources = FakeSources({"a": TWO}, past, head_commit=LATER)
    checked = check_context(run(), sources)
    assert checked.verdict is Verdict.PASS
    assert states(run(), sources) == [InputState.IN_GIT, InputState.IN_GIT]
    assert (checked.head_commit, checked.head_now) == (HEAD, LATER)


def test_a_named_blob_goes_before_the_path_at_the_commit() -> None:
    record = run(files={"a": ONE}, git_oid=BLOB)
    sources = FakeSources(blobs={BLOB: ONE}, head_commit=LATER)
    assert states(record, sources) == [InputState.IN_GIT]


def test_git_counts_where_there_are_no_files_at_all() -> None:
    sources = FakeSources(past={(HEAD, "a"): ONE, (HEAD, "b"): TWO}, files=False)
    assert check_context(run(), sources).verdict is Verdict.PASS


def test_a_missing_file_is_unknown() -> None:
    checked = check_context(run(), FakeSources({"a": ONE}))
    assert (checked.verdict, checked.recomputed) == (Verdict.UNKNOWN, None)
    assert checked.reasons == ("b is not here, nor in Git as recorded",)


def test_a_changed_file_counts_before_a_missing_one() -> None:
    assert check_context(run(), FakeSources({"a": TWO})).verdict is Verdict.FAIL


def test_other_content_in_git_is_no_help() -> None:
    past = {(HEAD, "a"): TWO, (HEAD, "b"): ONE}
    sources = FakeSources({}, past, head_commit=LATER)
    assert check_context(run(), sources).verdict is Verdict.UNKNOWN


def test_a_lost_commit_is_unknown_unless_only_files_count() -> None:
    sources = FakeSources({"a": ONE, "b": TWO}, head_commit=LATER, commits=frozenset())
    checked = check_context(run(), sources)
    assert checked.verdict is Verdict.UNKNOWN
    assert checked.reasons == (f"the recorded commit {HEAD[:12]} is not here",)
    assert check_context(run("files"), sources).verdict is Verdict.PASS
    assert check_context(run("git-head"), sources).verdict is Verdict.UNKNOWN


def test_an_unborn_head_needs_no_commit() -> None:
    sources = FakeSources({"a": ONE, "b": TWO}, commits=frozenset())
    assert check_context(run(head="unborn"), sources).verdict is Verdict.PASS


def test_files_do_not_matter_to_a_digest_of_the_head_alone() -> None:
    checked = check_context(run("git-head"), FakeSources({}))
    assert checked.verdict is Verdict.PASS
    assert checked.recomputed == checked.recorded


@pytest.mark.parametrize("method", ["composite", "files", "git-head"])
def test_a_digest_that_its_own_record_belies_differs(method: str) -> None:
    checked = check_context(run(method, digest="9" * 64), FakeSources({"a": ONE, "b": TWO}))
    assert checked.verdict is Verdict.FAIL
    assert "does not follow from the record" in checked.reasons[0]


def test_a_record_that_names_no_files_says_so() -> None:
    mapping = samples.run()
    record = build(mapping, "run")
    assert isinstance(record, RunRecord)
    checked = check_context(record, FakeSources())
    assert checked.verdict is Verdict.FAIL
    assert "names no input files" in checked.reasons[0]


class _Commit(NamedTuple):
    commit: str
    tree: str
    patch_id: str | None


class FakeCode:
    """HEAD and one dirty file."""

    def __init__(self, head: str = HEAD) -> None:
        self._head = head

    def head(self) -> str:
        return self._head

    def has_commit(self, oid: str) -> bool:
        raise NotImplementedError

    def is_dirty(self, paths: Sequence[str], head: str | None = None) -> bool:
        assert head == self._head
        return "dirty" in paths

    def resolve_commit(self, rev: str) -> _Commit:
        return _Commit(rev, rev, None)


class FakeFiles:
    """Every file has its own name as content."""

    def digest(self, path: str) -> tuple[str, int]:
        if path.endswith("absent"):
            raise UsageError(Code.ARGUMENT, "no such file")
        return (path.removeprefix("./").encode().hex() + "0" * 64)[:64], len(path)

    def relative(self, path: str) -> str:
        return path.removeprefix("./")


def test_the_context_of_files_is_that_of_a_run_with_them() -> None:
    computed = compute_context(FakeCode(), FakeFiles(), ("b", "./a", "a"), ContextMethod.COMPOSITE)
    listed = {file.path: file.sha256 for file in computed.files}
    assert list(listed) == ["a", "b"]
    assert computed.digest == context_digest(ContextMethod.COMPOSITE, HEAD, listed)
    assert (computed.head_commit, computed.dirty) == (HEAD, False)


def test_no_files_at_all_have_a_context_too() -> None:
    computed = compute_context(FakeCode(), FakeFiles(), (), ContextMethod.GIT_HEAD)
    assert (computed.files, computed.dirty) == ((), False)
    assert computed.digest == context_digest(ContextMethod.GIT_HEAD, HEAD, {})


def test_dirty_files_are_told() -> None:
    assert compute_context(FakeCode(), FakeFiles(), ("dirty",), ContextMethod.FILES).dirty


def test_a_head_of_another_format_counts_as_recording_counts_it() -> None:
    computed = compute_context(FakeCode("9f" * 32), FakeFiles(), ("a",), ContextMethod.GIT_HEAD)
    assert computed.head_commit == "unborn"


def test_a_file_that_cannot_be_read_is_wrong_use() -> None:
    with pytest.raises(UsageError):
        compute_context(FakeCode(), FakeFiles(), ("absent",), ContextMethod.FILES)
