"""Which records a query wants, filter by filter."""

from __future__ import annotations

from typing import Any

import pytest

from gitprov.codec.records import build
from gitprov.model.kinds import Record
from gitprov.model.policy import SignerRule
from gitprov.model.run_parts import CodeCommit
from gitprov.service.read.log_filters import (
    CommitFilter,
    LogQuery,
    matches,
    matches_signer,
    path_matches,
)
from tests.support import sample_records as samples

KEY = "A1" * 20


def record(kind: str = "run", **fields: Any) -> Record:
    built = build({**samples.sample(kind), **fields}, kind)
    assert isinstance(built, Record)
    return built


def file(path: str) -> dict[str, Any]:
    return {"path": path, "sha256": samples.SHA256, "size": 1}


SIGNER = SignerRule(
    name="Bob the Bot",
    email="bob@example.org",
    key=KEY,
    actor_kinds=("AI",),  # type: ignore[arg-type]  # the model takes the text
    agents=("*",),
    kinds=("run",),
)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (LogQuery(), True),
        (LogQuery(agent="4_*"), True),
        (LogQuery(agent="4_DOCUMENTS"), True),
        (LogQuery(agent="documents"), False),
        (LogQuery(statuses=frozenset({"SUCCESS", "FAILED"})), True),
        (LogQuery(statuses=frozenset({"FAILED"})), False),
        (LogQuery(actors=frozenset({"HUMAN"})), True),
        (LogQuery(actors=frozenset({"AI", "SYSTEM"})), False),
        (LogQuery(job=samples.JOB_ID), False),
        (LogQuery(labels=(("team", "x"),)), True),
        (LogQuery(labels=(("team", None),)), True),
        (LogQuery(labels=(("team", "y"),)), False),
        (LogQuery(labels=(("team", "x"), ("other", None))), False),
        (LogQuery(inputs=("docs/SPEC.md",)), True),
        (LogQuery(inputs=("docs",)), True),
        (LogQuery(inputs=("docs", "src")), False),
        (LogQuery(inputs=("*.md",)), True),
        (LogQuery(outputs=("docs",)), False),
        (LogQuery(outputs=("out/report.md",)), True),
        (LogQuery(grep="LINE TWO"), True),
        (LogQuery(grep="über"), True),
        (LogQuery(grep="4_doc"), True),
        (LogQuery(grep="no such text"), False),
        (LogQuery(grep=""), True),
    ],
)
def test_a_run_is_wanted_if_every_filter_holds(query: LogQuery, *, wanted: bool) -> None:
    run = record(
        input_files=[file("docs/SPEC.md")],
        output_files=[file("out/report.md")],
        labels={"team": "x"},
        notes="line one\nLine two of ÜBER",
    )
    assert matches(run, query) is wanted


def test_an_absent_field_matches_no_filter_on_it() -> None:
    run = record()
    queries = (
        LogQuery(inputs=("docs",)),
        LogQuery(outputs=(".",)),
        LogQuery(labels=(("team", None),)),
        LogQuery(commit=CommitFilter(samples.OID)),
    )
    assert [matches(run, query) for query in queries] == [False] * 4


@pytest.mark.parametrize(
    ("since", "until", "wanted"),
    [
        (None, None, True),
        ("2026-11-10T10:34:55.900Z", None, True),  # ended just then
        ("2026-11-10T10:34:55.901Z", None, False),
        (None, "2026-11-10T10:30:00.000Z", True),  # began just then
        (None, "2026-11-10T10:29:59.999Z", False),
        ("2026-11-10T10:31:00.000Z", "2026-11-10T10:32:00.000Z", True),  # went on in the meantime
    ],
)
def test_a_run_counts_while_it_goes_on(
    since: str | None, until: str | None, *, wanted: bool
) -> None:
    assert matches(record(), LogQuery(since=since, until=until)) is wanted


def test_other_kinds_count_when_they_were_recorded() -> None:
    state = record("state")
    assert matches(state, LogQuery(kind="state", since=samples.RECORDED_AT))
    assert not matches(state, LogQuery(kind="state", since="2026-11-10T10:34:56.124Z"))
    assert not matches(state, LogQuery(kind="state", until="2026-11-10T10:34:56.122Z"))


def test_a_job_is_that_of_the_mutation() -> None:
    mutation = {
        "actor_kind": "AI",
        "job_id": samples.JOB_ID,
        "workflow_id": samples.WORKFLOW_ID,
        "edit_event_id": samples.EVENT_ID,
        "resource_id": f"run:{samples.RUN_ID}",
    }
    run = record(mutation=mutation)
    assert matches(run, LogQuery(job=samples.JOB_ID))
    assert not matches(run, LogQuery(job=samples.WORKFLOW_ID))


def test_text_is_found_in_lists_and_in_the_names_of_labels() -> None:
    run = record(command={"argv": ["make", "all"]}, labels={"Stage": "x"})
    assert matches(run, LogQuery(grep="MAKE"))
    assert matches(run, LogQuery(grep="stage"))


def test_a_kind_without_an_agent_matches_no_agent() -> None:
    amendment = record("amendment")
    assert not matches(amendment, LogQuery(kind="amendment", agent="4_*"))
    assert matches(amendment, LogQuery(kind="amendment", grep="wrong version"))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (None, True),
        ("Bob the Bot", True),
        ("Bob*", True),
        ("bob*", False),
        (KEY, True),
        (KEY.lower(), True),
        (KEY[:8], True),
        (KEY[-16:], True),
        (KEY[:7], False),
        ("B2" * 20, False),
        ("*", True),
    ],
)
def test_a_signer_is_wanted_by_name_or_fingerprint(wanted: str | None, *, found: bool) -> None:
    assert matches_signer(SIGNER, wanted) is found


def test_an_unknown_signer_is_wanted_only_where_anybody_is() -> None:
    assert matches_signer(None, None)
    assert not matches_signer(None, "*")


@pytest.mark.parametrize(
    ("pattern", "path", "wanted"),
    [
        ("a/b", "a/b", True),
        ("a", "a/b", True),
        ("a", "ab", False),
        ("a/b", "a", False),
        (".", "a/b", True),
        ("*.md", "docs/a.md", True),
        ("docs/?.md", "docs/a.md", True),
        ("docs/?.md", "docs/ab.md", False),
        ("a*", "A1", False),
        ("[ab]", "a", False),
        ("é/*", "é/x", True),
    ],
)
def test_paths_match_whole_by_folder_or_by_glob(pattern: str, path: str, *, wanted: bool) -> None:
    assert path_matches(pattern, path) is wanted


def link(
    commit: str = "2e" * 20, tree: str = "3e" * 20, patch: str | None = "4e" * 20
) -> CodeCommit:
    return CodeCommit(commit=commit, tree=tree, patch_id=patch)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (CommitFilter("2e" * 20), True),
        (CommitFilter("2e2e"), True),
        (CommitFilter("ff" * 20), False),
        (CommitFilter("ff" * 20, "ee" * 20, "4e" * 20), True),  # cherry-picked, rebased
        (CommitFilter("ff" * 20, "3e" * 20, None), False),  # an empty commit says nothing
        (CommitFilter("ff" * 20, "3e" * 20, "aa" * 20), False),  # another way to the same tree
        (CommitFilter("ff" * 20, "3e" * 20, "aa" * 20, lambda _: False), True),  # squashed
        (CommitFilter("ff" * 20, "ee" * 20, "aa" * 20, lambda _: False), False),
    ],
)
def test_a_commit_is_found_under_its_later_names(wanted: CommitFilter, *, found: bool) -> None:
    assert wanted.matches(link()) is found


def test_a_link_without_a_patch_id_matches_no_patch_id() -> None:
    assert not CommitFilter("ff" * 20, "ee" * 20, "4e" * 20).matches(link(patch=None))


def test_a_run_is_found_by_one_of_its_commits() -> None:
    run = record(code_commits=[link().to_mapping()])
    assert matches(run, LogQuery(commit=CommitFilter("2e2e")))
    assert not matches(run, LogQuery(commit=CommitFilter("3f")))


def test_filters_that_only_runs_know_are_named() -> None:
    query = LogQuery(kind="state", inputs=("x",), commit=CommitFilter("2e"), agent="a")
    assert query.run_only() == ["inputs", "commit"]
    assert LogQuery(kind="state", agent="a", grep="b").run_only() == []
