"""Gate log, threat model, governance and evolution guide hold every part that they must, by id."""

from __future__ import annotations

import re

import pytest

from gitprov.cli.catalog import COMMANDS
from gitprov.codec.versions import CURRENT, VERSIONS
from gitprov.model.kinds import MODELS
from tests.support.documents import section, table
from tests.support.fault_cases import CASES
from tests.support.source_tree import ROOT

GATES = "docs/gate-log.md"
THREATS = "docs/threat-model.md"
GOVERNANCE = "docs/governance.md"
EVOLUTION = "docs/schema-evolution.md"
OPTIONS = {
    "G1 Scope": [
        "leave it out",
        "include the schema only",
        "include schema, storage, verification",
    ],
    "G2 Storage place (CON-01)": [
        "a file in each deliverable's folder",
        "a snapshot folder at the tool's root",
        "both of these",
        "a branch that people check out",
        "one dedicated orphan ref",
        "a database",
    ],
    "G3 File format (CON-02)": [
        "a row in a Markdown table",
        "a row in a CSV file",
        "JSON Lines",
        "one YAML file per record, free style",
        "one YAML file per record, canonical",
    ],
    "G4 Input digest (CON-03)": [
        "`git-head`: the commit at the start",
        "`files`: digest over each input's content",
        "`composite`: the commit and the files together",
    ],
    "G5 MUST or SHOULD (CON-05)": [
        "SHOULD: the field may be absent",
        "MUST: the field is required",
    ],
    "G6 K-SNAP-1 and append-only (CON-06)": [
        "K-SNAP-1 does not apply",
        "one immutable snapshot per run, outside a log",
        "extend the meaning: each *entry* is an immutable snapshot; the store only adds entries",
    ],
}
RULED = {
    "G1": ("maintainers", "2026-11-20"),
    "G2": ("commissioner", "2026-11-19"),
    "G3": ("commissioner", "2026-11-19"),
    "G4": ("maintainers", "2026-11-20"),
    "G5": ("maintainers", "2026-11-20"),
    "G6": ("maintainers", "2026-11-20"),
}
# Heading -> first column and ids of the threat model.
IDS = {
    "Assets": [f"A{n}" for n in range(1, 9)],
    "Actors": [f"W{n}" for n in range(1, 11)],
    "Trust roots": [f"TR{n}" for n in range(1, 5)],
    "Promises": [f"S{n}" for n in range(1, 7)],
    "Attack classes": [f"AC{n}" for n in range(1, 17)],
    "Residual risks": [f"R{n}" for n in range(1, 11)],
}
# What a change of the schema must bring, in the order of the guide.
NEEDS = (
    "reason and its effect on writers and readers",
    "schema-reference.md",
    "`gitprov/codec/versions.py`",
    "golden file of the new version",
    "Tests: the new version is read and written",
    "line in the list at the end",
)
PRIVILEGED = {
    "PP1": "owners",
    "PP2": "one owner",
    "PP3": "server's administrator",
    "PP4": "forge's administrator",
    "PP5": "writer's account",
    "PP6": "database",
    "PP7": "repair tools",
    "PP8": "git itself",
    "PP9": "releases gitprov",
}
CASE = re.compile(r"[A-Z]-\d\d+")


def paragraph(text: str, name: str) -> str:
    """Return a bold word's paragraph, without the word."""
    found = re.search(rf"^\*\*{name}\.\*\* (.+?)(?:\n\n|\n\*\*|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no {name}"
    return found[1]


@pytest.mark.parametrize("gate", OPTIONS)
def test_a_gate_has_each_option_its_choice_and_its_reason(gate: str) -> None:
    rows = table(GATES, gate, "option")
    assert [row["option"] for row in rows] == OPTIONS[gate]
    taken = [row["taken"] for row in rows]
    assert len([word for word in taken if word.startswith("yes")]) == 1
    assert all(re.match(r"yes|on request|no: .{10}", word) for word in taken), taken
    for name in ("Question", "Choice", "Reason"):
        assert len(paragraph(section(GATES, gate), name)) > 40, name


def test_the_log_says_who_ruled_and_when() -> None:
    rows = table(GATES, "Gate log", "gate")
    assert {row["gate"]: (row["decided by"], row["date"]) for row in rows} == RULED
    assert {row["state"] for row in rows} == {"resolved"}
    text = section(GATES, "Who ruled, and when")
    assert "no code that depends on it is written before the answer is recorded here" in text
    for word in ("Commissioner", "Maintainers", "Order"):
        assert f"**{word}" in text
    changes = [row["date"] for row in table(GATES, "How the gate is kept", "date")]
    assert changes == sorted(changes)


def test_the_log_answers_each_prerequisite() -> None:
    rows = table(GATES, "Prerequisites", "no")
    assert [row["no"] for row in rows] == [str(number) for number in range(1, 8)]
    assert "not available" in rows[5]["state"]
    assert "not available" in rows[6]["state"]


def test_the_log_weighs_the_register_of_dependencies() -> None:
    rows = table(GATES, "Dependencies.csv v3.1 as a pattern", "pattern of Dependencies.csv v3.1")
    patterns = " ".join(row["pattern of Dependencies.csv v3.1"] for row in rows)
    for word in (
        "RegisterSchemaVersion",
        "DEP-XX-YY-NNN",
        "enums",
        "never deleted",
        "EvidenceFile",
    ):
        assert word in patterns
    assert {row["taken"] for row in rows} == {"yes", "in part", "no"}


def test_the_log_takes_the_conventions_for_snapshots_into_account() -> None:
    rows = table(GATES, "The conventions for snapshots and pointers", "convention")
    assert len(rows) == 4
    assert any("_LATEST.md" in row["convention"] for row in rows)


@pytest.mark.parametrize("heading", IDS)
def test_the_threat_model_has_each_id(heading: str) -> None:
    assert [row["id"] for row in table(THREATS, heading, "id")] == IDS[heading]


def test_each_attack_class_names_cases_that_have_a_test() -> None:
    attacks = (ROOT / "docs/attacks.md").read_text(encoding="utf-8").partition("## Cases that")[0]
    tested = set(re.findall(r"^\| ([A-Z]-\d\d+) \|", attacks, re.MULTILINE))
    tested |= {case.case_id for case in CASES if not case.reason}
    for row in table(THREATS, "Attack classes", "id"):
        named = CASE.findall(row["cases"])
        assert ", ".join(named) == row["cases"], row["id"]
        assert set(named) <= tested, row["id"]


def test_nothing_that_is_there_is_said_to_come_later() -> None:
    text = (ROOT / THREATS).read_text(encoding="utf-8")
    assert "(later)" not in text
    limits = (ROOT / "README.md").read_text(encoding="utf-8").partition("Limits to know:")[2]
    assert "checks for secrets come later" not in limits
    assert "refuses what has the form of a private key" in limits


def test_the_reason_why_a_failed_write_fails_no_run_is_written_down() -> None:
    heading = "Why a failed write fails no run"
    risks = table("docs/architecture.md", heading, "risk")
    assert [row["risk"] for row in risks] == ["gaps that nobody sees", "one cause for many"]
    assert "The record supports the work and is not the work" in section(
        "docs/architecture.md", heading
    )


def test_what_a_reviewer_looks_for_is_written_down() -> None:
    asked = re.findall(r"^- ", section("CONTRIBUTING.md", "Review"), re.MULTILINE)
    assert len(asked) >= 6


def test_plan_shape_standards_and_decisions_are_documents() -> None:
    floors = [row["floor"] for row in table("docs/architecture.md", "Architecture", "floor")]
    assert floors == [str(number) for number in range(7, -1, -1)]
    assert len(re.findall(r"^- ", section("CONTRIBUTING.md", "Rules"), re.MULTILINE)) >= 10
    plan = (ROOT / "docs/requirements.md").read_text(encoding="utf-8")
    assert plan.count("| planned |") + plan.count("| done |") > 200
    assert len(table("docs/adr/README.md", "Decision records", "no.")) > 20


def test_each_thing_has_one_word() -> None:
    lines = (ROOT / "docs/glossary.md").read_text(encoding="utf-8").splitlines()
    words = [line.split("|")[1].strip() for line in lines if line.startswith("| ")][1:]
    assert len(words) > 50
    assert len({word.casefold() for word in words}) == len(words)
    assert words == sorted(words, key=str.casefold)


def test_governance_names_each_privileged_path() -> None:
    rows = table(GOVERNANCE, "6.6 Privileged paths and emergencies", "id")
    assert [row["id"] for row in rows] == list(PRIVILEGED)
    for row in rows:
        assert PRIVILEGED[row["id"]] in row["who"]
        for command in re.findall(r"`gitprov (\w+)", " ".join(row.values())):
            assert command in COMMANDS


def test_governance_names_the_authority_in_an_emergency() -> None:
    text = section(GOVERNANCE, "6.6 Privileged paths and emergencies")
    assert "**Owners of the HARD LOCK** are the persons in `owners` of the policy in force" in text
    authority = re.search(
        r"^\*\*Authority for an emergency rollback\*\* is theirs.*", text, re.MULTILINE
    )
    assert authority
    assert "`threshold` of them" in authority[0]
    assert "**An emergency changes no rule.**" in text
    assert "withdraw-range" in text


def test_the_evolution_guide_says_who_does_what() -> None:
    steps = [row["step"] for row in table(EVOLUTION, "Who decides", "step")]
    assert steps == ["start", "propose", "review", "approve", "adopt", "withdraw from writing"]
    assert "The maintainers are those who" in section(EVOLUTION, "Who decides")
    checks = [row["step"] for row in table(EVOLUTION, "Check list for a breaking change", "step")]
    assert checks == ["assess", "increment", "read", "test", "document"]
    changes = [row["kind"] for row in table(EVOLUTION, "Two kinds of change", "kind")]
    assert changes == ["additive", "breaking"]


def test_the_evolution_guide_says_what_a_change_brings() -> None:
    text = section(EVOLUTION, "What a change must bring")
    needs = re.findall(r"^(\d)\. (.+)", text, re.MULTILINE)
    assert [number for number, _ in needs] == list("123456")
    for (_, need), words in zip(needs, NEEDS, strict=True):
        assert words in need


def test_the_evolution_guide_lists_every_version_that_the_code_reads() -> None:
    rows = table(EVOLUTION, "Versions", "version")
    listed = [row["version"].strip("`") for row in rows]
    assert listed == sorted({version for _, version in VERSIONS})
    assert listed[-1] == CURRENT
    assert {kind for kind, version in VERSIONS if version == CURRENT} == set(MODELS)
    reference = (ROOT / "docs/schema-reference.md").read_text(encoding="utf-8")
    assert f"every field, version `{CURRENT}`" in reference
