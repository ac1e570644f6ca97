"""Each requirement that a document answers: the document, its section, and what it says there."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from tests.support.source_tree import ROOT

NAME = "tests/architecture/test_required_documents.py"
GATES = "docs/gate-log.md"
GAPS = "docs/gap-analysis.md"
SCHEMA = "docs/schema-reference.md"
EVOLUTION = "docs/schema-evolution.md"
THREATS = "docs/threat-model.md"
OPTIONS = (r"^\| option \|", r"^\*\*Choice\.\*\*", r"^\*\*Reason\.\*\*")


@dataclass(frozen=True)
class Says:
    """A section of a document, and patterns that are in it; an empty heading is all of it."""

    document: str
    heading: str
    patterns: tuple[str, ...]


def resolved(gate: str, decision: str) -> Says:
    """A row of the gate table that says what was decided, by whom and when."""
    by_whom = r"maintainers \| 20\d\d-\d\d-\d\d \| resolved \|$"
    row = rf"^\| {gate} \| [^|]*\?[^|]*\| {decision}[^|]*\| {by_whom}"
    return Says(GATES, "Gate log", (row,))


ALL_GATES = tuple(resolved(f"G{number}", "") for number in range(1, 7))
GATE_LOG = (*ALL_GATES, Says(GATES, "Gate log", (r"^No gate is open\.$",)))
LIFE_CYCLE = Says(
    SCHEMA,
    "RunStatus",
    (
        *(rf"^\| `{status}` \|" for status in ("SUCCESS", "PARTIAL", "FAILED", "SKIPPED")),
        "boundary between PARTIAL and FAILED is",
    ),
)
PLACE = Says(
    SCHEMA, "Where and how", (r"\*\*Place\*\*: one ref", r"\*\*Format\*\*: canonical YAML")
)
DIGEST = Says(SCHEMA, "Where and how", (r"\*\*Input digest\*\*: `composite`",))
SAYS: dict[str, tuple[Says, ...]] = {
    "A-01": (Says(SCHEMA, "Schema reference", ("every field",)), PLACE, LIFE_CYCLE),
    "A-05": (resolved("G1", "yes"), Says(GATES, "G1 Scope", OPTIONS)),
    "A-06": (Says(GATES, "G6 K-SNAP-1 and append-only (CON-06)", OPTIONS),),
    "A-07": (
        Says(GATES, "G6 K-SNAP-1 and append-only (CON-06)", ("K-SNAP-1",)),
        Says(
            GAPS,
            "Invariants that the requirement names",
            tuple(rf"^\| {name} \|" for name in ("K-SNAP-1", "K-VAL-1", "K-STALE-1", "K-PROV-1")),
        ),
    ),
    "A-08": (Says(GATES, "G3 File format (CON-02)", (r"^\| a row in a CSV file \|",)),),
    "A-10": (Says(GATES, "G1 Scope", ("graph-level digest",)),),
    "A-12": (Says(GAPS, "What each one captures", (r"^\| `_STATUS\.md`, history \|",)),),
    "A-13": (Says(GAPS, "What each one captures", (r"^\| `_DEPENDENCIES\.md`, run history \|",)),),
    "A-14": (Says(GAPS, "Field by field", (r"^\| needed \|.*\| gap \| closed by \|$",)),),
    "A-15": (Says(GAPS, "Gap analysis", (r"unified run record adds",)),),
    "A-24": (Says(GATES, "G2 Storage place (CON-01)", OPTIONS),),
    "A-25": (resolved("G2", "one dedicated ref"), resolved("G3", "one canonical YAML file")),
    "A-26": (PLACE,),
    "A-28": (Says(GATES, "G4 Input digest (CON-03)", OPTIONS),),
    "A-32": (resolved("G4", "`composite` by default"),),
    "A-33": (DIGEST, Says("docs/format.md", "2.7 Input context", ("SHA-256",))),
    "A-35": (resolved("G1", "yes"),),
    "A-36": (resolved("G2", "one dedicated ref"),),
    "A-37": (resolved("G3", "one canonical YAML file"),),
    "A-38": (resolved("G4", "`composite` by default"),),
    "A-39": (resolved("G5", "MUST"),),
    "A-40": (resolved("G6", "yes"),),
    "A-41": GATE_LOG,
    "A-42": (*GATE_LOG, Says(GATES, "How the gate is kept", (r"^\| 20\d\d-\d\d-\d\d \| G1",))),
    "A-102": (Says(EVOLUTION, "What a change must bring", (r"^1\. A reason and its effect",)),),
    "A-104": (Says(EVOLUTION, "What a change must bring", (r"^2\. .*schema-reference\.md",)),),
    "A-108": (
        Says(
            EVOLUTION,
            "Versions",
            (r"what changed \| how older records are read \|$", r"^\| `v1\.0` \|"),
        ),
    ),
    "A-109": (Says(EVOLUTION, "Check list for a breaking change", (r"^\| document \|",)),),
    "A-110": (Says(EVOLUTION, "Who decides", (r"maintainers", r"owners")),),
    "A-111": (PLACE, DIGEST, LIFE_CYCLE),
    "A-112": (resolved("G2", "one dedicated ref"), resolved("G3", "one canonical YAML file")),
    "A-113": (resolved("G4", "`composite` by default"),),
    "A-114": GATE_LOG,
    "A-124": (LIFE_CYCLE, Says(SCHEMA, "K-PROV-1 traceability", (r"^\| question \| fields \|",))),
    "A-125": tuple(
        Says(GATES, "Gate log", (rf"^\| G\d \| .*(\(CON-0{number}\)).*\| resolved \|$",))
        for number in (1, 2, 3, 5, 6)
    ),
    "A-126": GATE_LOG,
    "A-130": (Says(EVOLUTION, "Two kinds of change", ("additive", "breaking")),),
    "B-17": (
        Says(THREATS, "Assets", (r"^\| A1 \|",)),
        Says(THREATS, "Actors", (r"^\| whoever controls the server \|",)),
        Says(THREATS, "Attack classes", (r"^\| class \| example \| answer \|",)),
        Says(THREATS, "Residual risks", (r"R1",)),
    ),
    "C-04": (
        Says("docs/architecture.md", "Floors", ()),
        Says("docs/architecture.md", "Homes", ()),
        Says("docs/requirements.md", "C Storage protocols", ()),
        Says("CONTRIBUTING.md", "Rules", ()),
    ),
}


def section(document: str, heading: str) -> str:
    """Return the text below a heading, up to the next one of any level."""
    text = (ROOT / document).read_text(encoding="utf-8")
    found = re.split(rf"^#+ {re.escape(heading)}$", text, maxsplit=1, flags=re.MULTILINE)
    assert len(found) == 2, f"{document} has no section {heading!r}"
    return re.split(r"^#+ ", found[1], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize(
    ("row", "says"), [(row, says) for row, every in SAYS.items() for says in every]
)
def test_the_document_says_what_the_row_asks_for(row: str, says: Says) -> None:
    text = section(says.document, says.heading)
    assert [p for p in says.patterns if not re.search(p, text, re.MULTILINE)] == [], row


def test_every_row_that_names_this_test_is_proved_by_it() -> None:
    lines = (ROOT / "docs/requirements.md").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|")[1].strip() for line in lines if f"`{NAME}`" in line]
    assert sorted(rows) == sorted(SAYS)
