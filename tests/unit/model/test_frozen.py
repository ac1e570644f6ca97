"""Models are values: strict, frozen, comparable, with keys in the order of the schema."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from gitprov.model.frozen import FrozenDict, Model
from gitprov.model.kinds import MODELS
from gitprov.model.run import RunRecord
from tests.support.sample_records import run, sample

KINDS = list(MODELS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_gives_back_what_it_was_made_of(kind: str) -> None:
    mapping = sample(kind)
    document = MODELS[kind].model_validate(mapping)
    assert document.to_mapping() == mapping
    assert list(document.to_mapping()) == list(mapping)


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_is_frozen_and_hashable(kind: str) -> None:
    document = MODELS[kind].model_validate(sample(kind))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(document, "schema_version", "v9.9")  # noqa: B010 - mypy knows that it is frozen
    assert hash(document) == hash(MODELS[kind].model_validate(sample(kind)))
    assert document == MODELS[kind].model_validate(sample(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_fields_are_refused(kind: str) -> None:
    with pytest.raises(ValidationError, match="bogus"):
        MODELS[kind].model_validate({**sample(kind), "bogus": 1})


def test_free_maps_are_sorted_by_code_point() -> None:
    labels = {"über": "~", "team": "x", "Top": "y", "😀": "z", "\uffee": "w"}
    record = RunRecord.model_validate(run(labels=labels))
    assert list(record.to_mapping()["labels"]) == ["Top", "team", "über", "\uffee", "😀"]


def test_free_maps_cannot_be_changed() -> None:
    labels = RunRecord.model_validate(run(labels={"a": "b"})).labels
    assert isinstance(labels, FrozenDict)
    changes: tuple[Callable[[], object], ...] = (
        lambda: labels.update({"c": "d"}),
        lambda: labels.__setitem__("a", "c"),
        lambda: labels.__delitem__("a"),
        lambda: labels.__ior__({"c": "d"}),
        labels.clear,
        labels.popitem,
        lambda: labels.pop("a"),
        lambda: labels.setdefault("c", "d"),
    )
    for change in changes:
        with pytest.raises(TypeError, match="append a new record"):
            change()
    assert labels == {"a": "b"}


def test_a_frozen_map_can_be_copied_and_sent_to_another_process() -> None:
    items: FrozenDict[str, str] = FrozenDict({"a": "b"})
    assert pickle.loads(pickle.dumps(items)) == items  # noqa: S301 - our own bytes
    assert copy.deepcopy(items) == items
    assert isinstance(copy.deepcopy(items), FrozenDict)


def test_a_record_can_be_sent_to_another_process() -> None:
    record = RunRecord.model_validate(run(labels={"a": "b"}, metrics={"n": 1}))
    assert pickle.loads(pickle.dumps(record)) == record  # noqa: S301 - our own bytes


def test_lists_are_taken_and_frozen() -> None:
    record = RunRecord.model_validate(run(artifacts=[run()["run_id"]]))
    assert record.artifacts == (run()["run_id"],)
    assert RunRecord.model_validate(run(artifacts=(run()["run_id"],))) == record


@pytest.mark.parametrize("value", ["x", {"a": 1}, {1}, 1, iter(()), frozenset()])
def test_nothing_else_is_a_list(value: object) -> None:
    with pytest.raises(ValidationError):
        RunRecord.model_validate(run(artifacts=value))


@pytest.mark.parametrize(
    "field", ["input_files", "output_files", "code_commits", "artifacts", "logs"]
)
def test_none_is_not_an_empty_list(field: str) -> None:
    unknown = RunRecord.model_validate(run())
    nothing = RunRecord.model_validate(run(**{field: []}))
    assert field not in unknown.to_mapping()
    assert nothing.to_mapping()[field] == []
    assert unknown != nothing


@pytest.mark.parametrize("field", ["metrics", "parameters", "environment", "labels", "extensions"])
def test_none_is_not_an_empty_map(field: str) -> None:
    unknown = RunRecord.model_validate(run())
    nothing = RunRecord.model_validate(run(**{field: {}}))
    assert field not in unknown.to_mapping()
    assert nothing.to_mapping()[field] == {}
    assert unknown != nothing


@pytest.mark.parametrize(
    "field", ["usage", "source", "command", "model", "cost", "error", "mutation"]
)
def test_a_nested_model_is_never_empty(field: str) -> None:
    with pytest.raises(ValidationError):
        RunRecord.model_validate(run(**{field: {}}))


def test_a_model_takes_its_own_fields_only_as_themselves() -> None:
    class Probe(Model):
        flag: bool
        count: int
        text: str

    good = Probe(flag=True, count=1, text="x")
    assert good.to_mapping() == {"flag": True, "count": 1, "text": "x"}
    for field, value in (("flag", 1), ("count", True), ("count", 1.0), ("count", "1"), ("text", 1)):
        with pytest.raises(ValidationError):
            Probe.model_validate({**good.to_mapping(), field: value})
