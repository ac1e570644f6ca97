"""K-PROV-1: a run record answers six questions about its origin, and cannot leave one open."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from gitprov.codec.draft_names import rename
from gitprov.codec.records import build
from gitprov.errors import Code, RecordError
from gitprov.model.run import RunRecord
from tests.support.documents import section, table
from tests.support.sample_records import GONE, RUN_ID, changed, run
from tests.support.source_tree import ROOT

# The questions, and the fields of each that no run may lack.
REQUIRED = {
    "Who?": ["agent_name", "mutation", "mutation.actor_kind", "mutation.edit_event_id"],
    "With what?": ["input_context", "input_context.method", "input_context.digest"],
    "From which state?": ["status_before", "input_context.head_commit", "input_context.dirty"],
    "When?": ["started_at", "finished_at", "recorded_at"],
    "With which result?": ["run_status"],
    "Into what?": ["status_after"],
}
# The aspects that requirement A maps to its own names, and the fields of each.
ASPECTS = {
    "what was consumed": (["InputFiles"], ["input_files"]),
    "in which state": (
        ["InputContextSHA"],
        [f"input_context.{part}" for part in ("digest", "method", "head_commit", "dirty")],
    ),
    "by whom": (["AgentName", "AgentType"], ["agent_name", "agent_type"]),
    "when": (["RunTimestamp"], ["started_at"]),
    "what was produced": (["OutputFiles"], ["output_files"]),
}
# The fields that requirement A names, in its own spelling.
NAMED = {
    "RunID": "run_id",
    "SchemaVersion": "schema_version",
    "AgentName": "agent_name",
    "InputFiles": "input_files",
    "OutputFiles": "output_files",
    "StatusBefore": "status_before",
    "StatusAfter": "status_after",
    "RunStatus": "run_status",
    "Notes": "notes",
}


def rows() -> dict[str, list[str]]:
    """Read the table: question -> the fields that answer it."""
    text = (ROOT / "docs/schema-reference.md").read_text(encoding="utf-8")
    section = text.split("\n## K-PROV-1 traceability\n", 1)[1].split("\n## ", 1)[0]
    found = re.findall(r"^\| ([^|]+\?) \| ([^|]+) \|", section, flags=re.MULTILINE)
    return {question: re.findall(r"`([^`]+)`", fields) for question, fields in found}


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Find the models that a field's type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


def has_field(model: type[BaseModel], place: str) -> bool:
    name, _, rest = place.partition(".")
    field = model.model_fields.get(name)
    if field is None:
        return False
    return not rest or any(has_field(inner, rest) for inner in models_in(field.annotation))


def test_the_table_asks_every_question() -> None:
    assert list(rows()) == list(REQUIRED)


@pytest.mark.parametrize("question", REQUIRED)
def test_every_field_of_an_answer_is_a_field_of_a_run(question: str) -> None:
    fields = rows()[question]
    assert [place for place in fields if not has_field(RunRecord, place)] == []
    assert set(fields) & set(REQUIRED[question])


@pytest.mark.parametrize(
    ("question", "place"), [(q, place) for q, places in REQUIRED.items() for place in places]
)
def test_no_question_stays_without_an_answer(question: str, place: str) -> None:
    build(run(), "run")
    with pytest.raises(RecordError) as refused:
        build(changed(run(), place, GONE), "run")
    assert refused.value.code == Code.SCHEMA, question
    assert place.rpartition(".")[2] in str(refused.value)


@pytest.mark.parametrize(("spelling", "name"), NAMED.items())
def test_the_named_fields_exist_and_are_known_by_their_name(spelling: str, name: str) -> None:
    assert name in RunRecord.model_fields
    value = RUN_ID if name == "run_id" else "x"
    renamed, _ = rename({spelling: value}, "run")
    assert renamed == {name: value}


def test_the_input_digest_is_known_by_its_name() -> None:
    renamed, _ = rename({"InputContextSHA": "6f" * 32}, "run")
    assert renamed == {"input_context": {"digest": "6f" * 32}}


def test_the_page_maps_each_aspect_to_fields_that_exist() -> None:
    rows = table("docs/k-prov-1.md", "K-PROV-1", "aspect")
    mapped = {
        row["aspect"]: (
            re.findall(r"`([^`]+)`", row["names in requirement A"]),
            re.findall(r"`([^`]+)`", row["fields"]),
        )
        for row in rows
    }
    assert mapped == ASPECTS
    for names, fields in mapped.values():
        assert all(has_field(RunRecord, place) for place in fields)
        for name in names:
            value = "2026-11-10T10:30:00.000Z" if name == "RunTimestamp" else "6f" * 32
            renamed, _ = rename({name: value}, "run")
            assert set(renamed) <= {place.partition(".")[0] for place in fields}


def test_the_page_says_what_the_invariant_says() -> None:
    text = section("docs/k-prov-1.md", "K-PROV-1")
    assert "Every non-trivial claim cites its evidence" in text
    assert "`location TBD`" in text
    assert "presumed" not in text


def test_a_commit_is_an_input_context_by_itself() -> None:
    renamed, _ = rename({"InputContextSHA": "2e" * 20}, "run")
    assert renamed == {"input_context": {"method": "git-head", "head_commit": "2e" * 20}}
