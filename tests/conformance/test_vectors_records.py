"""The vectors of an independent implementation, and other YAML readers as judges.

What the ledgers of the vectors say entry by entry is tested where entries are judged; here are
their texts, paths, digests and refusals.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML

from gitprov.codec.canonical import emit, parse
from gitprov.codec.input_context import context_digest
from gitprov.codec.json_schema import json_schema
from gitprov.codec.plan import plan_digest
from gitprov.codec.records import build, parse_record, to_bytes
from gitprov.errors import Code, RecordError
from gitprov.model.action import Action
from gitprov.model.ids import KIND_FOLDERS, parse_path, record_path
from gitprov.model.plan import PLANS
from gitprov.model.run_parts import ContextMethod
from tests.support.json_schema import schema_problems
from tests.support.sample_records import VECTORS, short

FOLDER_KINDS = {folder: kind for kind, folder in KIND_FOLDERS.items()}


def load(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


CANONICAL = [(case["value"], case["text"].encode()) for case in load("canonical")["cases"]]
RUNS = [(value, data) for value, data in CANONICAL if value.get("kind") == "run"]
REFUSED = [text.encode() for text in load("refuse")["cases"]]
PATHS = load("paths")["cases"]
CONTEXTS = load("context")["cases"]
DOCUMENTS = [path for path in sorted(VECTORS.glob("*.yaml")) if path.stem != "plan-migration"]
LEDGER_FILES = [
    path
    for name in ("ledger-1", "ledger-2")
    for entry in load(name)["entries"]
    for path in entry["files"]
]


def same(left: object, right: object) -> bool:
    """Equal in value and in type, all the way down: 3 is not 3.0, 1 is not true."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


def test_no_vector_is_missing() -> None:
    assert (len(CANONICAL), len(RUNS), len(REFUSED)) == (4, 2, 50)
    assert (len(PATHS), len(CONTEXTS), len(DOCUMENTS)) == (12, 5, 8)


@pytest.mark.parametrize(("value", "data"), CANONICAL)
def test_a_value_has_the_text_of_the_vector(value: dict[str, Any], data: bytes) -> None:
    assert emit(value) == data
    assert same(parse(data), value)


@pytest.mark.parametrize(("value", "data"), RUNS)
def test_a_run_of_the_vectors_is_a_record(value: dict[str, Any], data: bytes) -> None:
    record = parse_record(data, "run")
    assert same(record.to_mapping(), value)
    assert to_bytes(record) == data
    assert build(value, "run") == record


@pytest.mark.parametrize("data", REFUSED, ids=short)
def test_a_text_of_the_vectors_is_refused(data: bytes) -> None:
    with pytest.raises(RecordError) as caught:
        parse(data)
    assert caught.value.code is Code.RECORD_FORM
    assert caught.value.details["line"] >= 1


@pytest.mark.parametrize("case", PATHS, ids=lambda case: case["path"])
def test_an_id_has_the_path_of_the_vector(case: dict[str, str]) -> None:
    kind = FOLDER_KINDS[case["kind_folder"]]
    assert record_path(kind, case["id"]) == case["path"]
    assert parse_path(case["path"]) == (kind, case["id"])


@pytest.mark.parametrize("path", LEDGER_FILES)
def test_the_paths_of_whole_ledgers_are_known(path: str) -> None:
    parsed = parse_path(path)
    assert parsed is not None
    assert record_path(*parsed) == path


@pytest.mark.parametrize("case", CONTEXTS)
def test_an_input_has_the_digest_of_the_vector(case: dict[str, Any]) -> None:
    head, files = case.get("head", "unborn"), case.get("files", {})
    assert context_digest(ContextMethod(case["method"]), head, files) == case["digest"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_of_the_vectors_is_read_and_written_back(path: Any) -> None:
    data = path.read_bytes()
    kind = parse(data)["kind"]
    document = parse_record(data, kind)
    assert to_bytes(document) == data
    assert schema_problems(document.to_mapping(), json_schema(kind)) == []


def test_the_plan_digest_of_the_vectors() -> None:
    proposal = parse((VECTORS / "proposal.yaml").read_bytes())
    ledger_id = load("ledger-2")["ledger_id"]
    digest = plan_digest(ledger_id, proposal["action"], proposal["base_policy"], proposal["plan"])
    assert digest == proposal["plan_digest"]


@pytest.mark.parametrize("data", [*(d for _, d in CANONICAL), *(p.read_bytes() for p in DOCUMENTS)])
def test_other_readers_see_the_same_value(data: bytes) -> None:
    """YAML 1.1 (PyYAML) and 1.2 (ruamel.yaml) readers, safe and untyped."""
    expected = parse(data)
    assert same(yaml.safe_load(data), expected)
    assert same(YAML(typ="safe", pure=True).load(data), expected)


def test_the_plan_digest_of_a_migration() -> None:
    data = (VECTORS / "plan-migration.yaml").read_bytes()
    text = parse(data)
    assert emit(text) == data
    plan = PLANS[Action(text["action"])].model_validate(text["plan"])
    assert plan.to_mapping() == text["plan"]
    digest = plan_digest(text["ledger_id"], text["action"], text["base_policy"], plan.to_mapping())
    assert digest == "sha256:1315c13062a878aa8144647f0166b40a430ff493638910f784c5accad6ef21c1"
