"""The schema reference says of each field what the model enforces, and who asked for it."""

from __future__ import annotations

import re

import pytest

from gitprov.codec.draft_names import rename
from gitprov.model.mutation import Mutation
from gitprov.model.run import RunRecord
from tests.support.generate_schema_reference import COLUMNS, PAGE, render
from tests.support.schema_facts import CONDITIONAL, FACTS, Fact

TEXT = PAGE.read_text(encoding="utf-8")
REGENERATE = "run: python -m tests.support.generate_schema_reference"
HEAD = f"| {' | '.join(COLUMNS)} |"
TABLE = re.compile(rf"^{re.escape(HEAD)}\n\|---.*\n((?:\|.*\n)+)", re.MULTILINE)
CELLS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for rows in TABLE.findall(TEXT)
    for line in rows.splitlines()
]
SOURCE = re.compile(r'(?:[A-D] (?:`\w+`|"[^"]+"|REQ-\d\d)(?:; [A-D] for other kinds)?|own: .{8,})')
# What requirement A calls the fields of a run record, and a value that each may have.
NAMES_OF_A = {
    "RunID": "01a1c506-70fb-7e97-b00d-1c0ffee00123",
    "DeliverableID": "DEL-08-06",
    "AgentName": "4_DOCUMENTS",
    "AgentType": "TYPE_2",
    "RunTimestamp": "2026-11-10T10:30:00.000Z",
    "RunDuration": "PT4M",
    "RunStatus": "PARTIAL",
    "RunPassDirective": "FULL",
    "InputContextSHA": "6f" * 32,
    "InputFiles": [],
    "OutputFiles": [],
    "StatusBefore": "OPEN",
    "StatusAfter": "INITIALIZED",
    "ErrorSummary": "a source is missing",
    "Notes": "checked",
    "SchemaVersion": "v1.0",
}
# The columns that requirement D names, in a record's mutation.
NAMES_OF_D = {
    "last_actor_kind",
    "last_actor_id",
    "last_job_id",
    "last_workflow_id",
    "edit_event_id",
    "resource_id",
}


def named(facts: dict[str, Fact], letter: str) -> dict[str, str]:
    """Return field -> name in the requirement, for the fields that it names itself."""
    found = {place: re.match(rf"{letter} `(\w+)`", fact.source) for place, fact in facts.items()}
    return {place: match[1] for place, match in found.items() if match}


def test_the_tables_are_those_of_the_models() -> None:
    assert render(TEXT) == TEXT, REGENERATE


def test_every_field_has_all_its_cells() -> None:
    assert len(CELLS) > 150
    for name, type_, must, what, _, drafting, source in CELLS:
        assert re.fullmatch(r"`[^`]+`", name), name
        assert all((type_, must, what, drafting)), name
        assert SOURCE.fullmatch(source), f"{name}: {source}"


def test_every_fact_is_of_a_field() -> None:
    listed = [name.strip("`").removeprefix("mutation.") for name, *_ in CELLS]
    stated = [place for facts in FACTS.values() for place in facts]
    assert sorted(listed) == sorted(stated)


@pytest.mark.parametrize("name", NAMES_OF_A)
def test_a_field_has_the_source_that_a_draft_knows_it_by(name: str) -> None:
    fields = {**FACTS["head"], **FACTS["RunRecord"]}
    places = [place for place, asked in named(fields, "A").items() if asked == name]
    draft = {"RunTimestamp": NAMES_OF_A["RunTimestamp"], name: NAMES_OF_A[name]}
    renamed, _ = rename(draft, "run")
    if name != "RunTimestamp":
        del renamed["started_at"]
    (field,) = renamed
    assert field in {place.partition(".")[0] for place in places}
    assert {place.partition(".")[0].replace("<kind>", "run") for place in places} == {field}
    assert f"`{name}`" in TEXT.partition("In drafts the run fields may also")[2].partition("###")[0]


def test_no_other_field_of_a_run_is_said_to_be_in_requirement_a() -> None:
    fields = {**FACTS["head"], **FACTS["RunRecord"]}
    assert set(named(fields, "A").values()) == set(NAMES_OF_A)


def test_the_mutation_holds_what_requirement_d_names() -> None:
    asked = named(FACTS["Mutation"], "D")
    assert set(asked.values()) == NAMES_OF_D
    assert {place: name.removeprefix("last_") for place, name in asked.items()} == {
        place: place for place in Mutation.model_fields
    }


def test_what_is_required_on_a_condition_is_optional_by_itself() -> None:
    assert RunRecord.model_fields["agent_name"].is_required()
    assert set(CONDITIONAL) == {
        "Mutation.job_id",
        "Mutation.workflow_id",
        "Amendment.changes",
        "Policy.previous",
    }
    assert not any(Mutation.model_fields[name].is_required() for name in ("job_id", "workflow_id"))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("| list of files | no | files that were read", "| banana | no | files that were read"),
        ("`SUCCESS`, `PARTIAL`, `FAILED`, `SKIPPED`; see", "`OK`, `KO`; see"),
        ("`composite`, or `--context-method`", "`files`, or `--context-method`"),
        ("| A `InputFiles` |", "| C `InputFiles` |"),
        ("| yes | how the run ended |", "| no | how the run ended |"),
    ],
)
def test_a_wrong_cell_is_seen(right: str, wrong: str) -> None:
    assert TEXT.count(right) >= 1
    changed = TEXT.replace(right, wrong, 1)
    assert render(changed) != changed
