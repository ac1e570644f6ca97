"""The documents are true to the tree: links, requirements, schema reference, decisions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gitprov.model.kinds import MODELS
from tests.support.source_tree import ROOT

DOCUMENTS = (
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
    ROOT / "templates/README.md",
)
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
ROW = re.compile(
    r"^\| ([A-D]-\d{2,3}) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| (done|building|planned) \|$"
)
HEAD = {"schema_version", "kind", "recorded_at", "mutation", "extensions"}


def text_of(path: Path) -> str:
    return FENCED.sub("", path.read_text(encoding="utf-8"))


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def rows() -> list[tuple[str, ...]]:
    lines = (ROOT / "docs/requirements.md").read_text(encoding="utf-8").splitlines()
    claimed = [line for line in lines if re.match(r"\| [A-D]-\d", line)]
    matches = [ROW.match(line) for line in claimed]
    assert None not in matches, claimed[matches.index(None)]
    return [m.groups() for m in matches if m is not None]


def paths_in(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in LINK.findall(text_of(path)):
        if target.startswith("https://"):
            continue
        name, _, part = target.partition("#")
        other = (path.parent / name).resolve() if name else path
        assert other.exists(), target
        if part:
            assert part in {anchor(h) for h in HEADING.findall(text_of(other))}, target


def test_requirement_ids_run_without_gaps() -> None:
    seen: dict[str, list[int]] = {}
    for row in rows():
        letter, _, number = row[0].partition("-")
        seen.setdefault(letter, []).append(int(number))
    assert sorted(seen) == ["A", "B", "C", "D"]
    for numbers in seen.values():
        assert numbers == list(range(1, len(numbers) + 1))


def test_what_a_row_names_exists_unless_it_is_planned() -> None:
    missing = {
        f"{row[0]}: {path}"
        for row in rows()
        if row[4] != "planned"
        for path in (*paths_in(row[2]), *paths_in(row[3]))
        if not is_there(path)
    }
    assert sorted(missing) == []


def is_there(named: str) -> bool:
    """Whether a file exists, and the test in it for ``file::test`` or ``file::test[case]``."""
    name, _, test = named.partition("::")
    path = ROOT / name
    function = test.partition("[")[0]
    return path.exists() and (
        not function or bool(re.search(rf"\b{function}\b", path.read_text(encoding="utf-8")))
    )


def test_a_test_that_is_not_there_is_missed() -> None:
    here = "tests/architecture/test_documents.py::test_a_test_that_is_not_there_is_missed"
    assert is_there(here)
    assert not is_there(here + "_any" + "more")
    assert not is_there("tests/architecture/test_nothing.py")


def test_every_row_names_a_file_and_a_proof() -> None:
    assert [row[0] for row in rows() if not (paths_in(row[2]) and paths_in(row[3]))] == []


def test_every_path_of_the_architecture_exists() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`([a-z_./]+(?:\.py|/))`", text)
    short = {
        path: Path("gitprov") / path
        for path in named
        if not path.startswith(("gitprov/", "tests/", "hooks/"))
    }
    assert len(named) > 60
    assert [path for path in named if not (ROOT / short.get(path, Path(path))).exists()] == []


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_the_schema_reference_lists_every_field_in_order(kind: str) -> None:
    reference = (ROOT / "docs/schema-reference.md").read_text(encoding="utf-8")
    section = reference.split(f"\n## {kind}\n", 1)[1].split("\n## ", 1)[0]
    table = section.split("\n| field |", 1)[1].split("\n\n", 1)[0]
    listed = re.findall(r"^\| `([^`.\[]+)` \|", table, flags=re.MULTILINE)
    fields = [field.alias or name for name, field in MODELS[kind].model_fields.items()]
    if kind not in {"ledger", "policy"}:
        fields = [name for name in fields if name not in HEAD]
        listed = [name for name in listed if name not in HEAD]
    assert listed == fields


def test_every_decision_is_short_and_listed() -> None:
    index = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    records = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
    assert [path.name for path in records if f"]({path.name})" not in index] == []
    for path in records:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) < 60, path.name
        for part in ("## Context", "## Options", "## Decision", "## Consequences"):
            assert part in text, f"{path.name}: {part}"


def test_no_gate_is_open() -> None:
    log = (ROOT / "docs/gate-log.md").read_text(encoding="utf-8")
    table = log.split("| gate |", 1)[1].split("\n\n", 1)[0]
    gates = re.findall(r"^\| (G\d) \|.*\| (\w+) \|$", table, flags=re.MULTILINE)
    assert gates == [(f"G{n}", "resolved") for n in range(1, 7)]
