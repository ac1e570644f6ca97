"""What a caller of log asks for becomes one query, in the command line and in Python."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gitprov.app.log import LogFilters, log_query
from gitprov.errors import Code, UsageError

OID = "ab" * 20


class OneCommit:
    """A code repository that knows one revision."""

    def resolve_commit(self, rev: str) -> SimpleNamespace:
        if rev != "HEAD":
            raise UsageError(Code.ARGUMENT, f"no commit {rev}")
        return SimpleNamespace(commit=OID, tree="cd" * 20, patch_id=None)

    def has_commit(self, oid: str) -> bool:
        return oid == OID


@pytest.fixture
def workspace() -> Any:
    clock = SimpleNamespace(now_ms=lambda: 1_730_000_000_000)
    return SimpleNamespace(clock=clock, code=OneCommit())


def test_nothing_asked_for_is_every_run(workspace: Any) -> None:
    query = log_query(workspace, LogFilters())
    assert (query.kind, query.inputs, query.labels, query.commit) == ("run", (), (), None)


def test_one_value_is_as_good_as_a_list(workspace: Any) -> None:
    one = log_query(workspace, LogFilters(status="success", output="a.md", labels={"k": None}))
    many = log_query(
        workspace, LogFilters(status=["SUCCESS"], output=("a.md",), labels=[("k", None)])
    )
    assert one == many


@pytest.mark.parametrize("filters", [{"status": "done"}, {"actor": ["ai", "robot"]}])
def test_a_word_that_no_record_can_have_is_refused(workspace: Any, filters: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="is not one of"):
        log_query(workspace, LogFilters(**filters))


def test_a_revision_is_resolved_and_a_foreign_object_id_is_taken_as_it_is(workspace: Any) -> None:
    found = log_query(workspace, LogFilters(commit="HEAD")).commit
    assert found is not None
    assert found.oid == OID
    foreign = log_query(workspace, LogFilters(commit="ef" * 20)).commit
    assert foreign is not None
    assert foreign.oid == "ef" * 20
    with pytest.raises(UsageError, match="no commit"):
        log_query(workspace, LogFilters(commit="nowhere"))


def test_times_are_read_as_people_write_them(workspace: Any) -> None:
    assert log_query(workspace, LogFilters(since="now")).since == "2024-10-27T03:33:20.000Z"
