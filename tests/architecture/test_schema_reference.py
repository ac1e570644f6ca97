"""The schema reference says of each field what the model enforces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gitprov.model.kinds import MODELS
from tests.support.source_tree import ROOT

SOURCES = {"A", "B", "C", "D", "own"}
MUST = {"yes", "no", "for AI", "with AMEND", "from 2 on"}
# What these rows say is not a matter of one field alone.
CONDITIONAL = {"mutation.job_id", "mutation.workflow_id"}
HEAD = re.compile(r"^\| field \| type \| must \| allowed \| when drafting \| source \|$")
KINDS = sorted(MODELS)


def rows_of(section: str) -> Iterator[list[str]]:
    """Yield the cells of every field table of a section."""
    text = (ROOT / "docs/schema-reference.md").read_text(encoding="utf-8")
    within = False
    for line in text.split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0].splitlines():
        if HEAD.match(line):
            within = True
        elif not line.startswith("|"):
            within = False
        elif within and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


def field_at(model: type[BaseModel], place: str) -> FieldInfo | None:
    name, _, rest = place.partition(".")
    fields = {field.alias or own: field for own, field in model.model_fields.items()}
    found = fields.get(name.removesuffix("[]"))
    if found is None or not rest:
        return found
    inner = (field_at(below, rest) for below in models_in(found.annotation))
    return next((field for field in inner if field is not None), None)


@pytest.mark.parametrize("kind", KINDS)
def test_each_field_has_type_status_values_default_and_source(kind: str) -> None:
    for name, type_, must, allowed, drafting, source in rows_of(kind):
        assert re.fullmatch(r"`[^`]+`", name), name
        assert type_, name
        assert must in MUST, name
        assert drafting or allowed or type_ == "model", name
        assert {part.strip() for part in source.split(",")} <= SOURCES, name
        assert source, name


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_is_required_where_the_model_requires_it(kind: str) -> None:
    wrong = []
    for cells in rows_of(kind):
        place = cells[0].strip("`")
        field = field_at(MODELS[kind], place)
        if field is not None and field.is_required() != (cells[2] == "yes"):
            wrong.append(place)
    assert wrong == []


def test_the_common_head_is_required_where_the_model_requires_it() -> None:
    for cells in rows_of("Common head"):
        place = cells[0].strip("`").replace("<kind>", "run")
        field = field_at(MODELS["run"], place)
        assert field is not None, place
        if place not in CONDITIONAL:
            assert field.is_required() == (cells[2] == "yes"), place


def test_nothing_but_the_named_parts_is_looked_up_in_vain() -> None:
    """A file's and a commit's own fields have tables of their own below `run`."""
    unknown = [
        cells[0].strip("`")
        for cells in rows_of("run")
        if field_at(MODELS["run"], cells[0].strip("`")) is None
    ]
    assert unknown == ["path", "sha256", "size", "git_oid", "commit", "tree", "patch_id"]
    parts = {"input_files": unknown[:4], "code_commits": unknown[4:]}
    required = {
        f"{part}.{name}": field_at(MODELS["run"], f"{part}.{name}")
        for part, names in parts.items()
        for name in names
    }
    optional = [name for name, field in required.items() if field and not field.is_required()]
    assert None not in required.values()
    assert optional == ["input_files.git_oid", "code_commits.patch_id"]
