"""The schema reference says where records are, what a status means, and what was there before."""

from __future__ import annotations

import re

from gitprov.codec.versions import CURRENT
from gitprov.model.ids import parse_path, record_path
from gitprov.model.refs import LEDGER_REF
from gitprov.model.run_parts import RunStatus
from tests.support.documents import section, table
from tests.support.sample_records import RUN_ID
from tests.support.source_tree import ROOT

SCHEMA = "docs/schema-reference.md"
RECORD_NAME = "runs/<year>/<month>/<day>/<hour>/<minute>/<run_id>.yaml"
# What was missing -> what closes the gap.
GAPS = {
    "id of the run": "`run_id`",
    "deliverable": "`subject`",
    "agent": "`agent_name`, `agent_type`",
    "human, AI or system": "`mutation.actor_kind`, guard",
    "job and workflow of an AI": "`mutation.job_id`, `mutation.workflow_id`",
    "start and end": "`started_at`, `finished_at`, chain",
    "directive": "`directive`, `parameters`",
    "state before and after": "`status_before`, `status_after`",
    "result of the run": "`run_status` with proof per status",
    "inputs": "`input_files` with digests",
    "state of the inputs": "`input_context`",
    "outputs": "`output_files`, `artifacts`, `code_commits`",
    "schema version": "`schema_version`",
    "unchanged after writing": "append-only ledger, steps V8 and V13",
    "proof of who wrote": "signed entries, steps V4 to V6",
    "survives a crash while writing": "spool, objects before the ref moves",
    "several writers at once": "writer lock, compare-and-swap",
}
INVARIANTS = {
    "K-SNAP-1": "immutable snapshot",
    "K-VAL-1": "since its last approved SHA",
    "K-STALE-1": "transitive dependents",
    "K-PROV-1": "cites its evidence",
}


def test_the_reference_has_place_format_and_digest() -> None:
    text = section(SCHEMA, "Where and how")
    assert f"- **Place**: one ref of the repository, `{LEDGER_REF}`." in text
    assert "- **Format**: canonical YAML, one file per record" in text
    assert "- **Input digest**: `composite` by default, SHA-256 over commit and named files" in text
    assert "It is required." in text
    assert "SHA-256" in section("docs/format.md", "2.7 Input context")


def test_the_reference_has_the_life_cycle() -> None:
    statuses = [row["status"].strip("`") for row in table(SCHEMA, "RunStatus", "status")]
    assert statuses == [status.value for status in RunStatus]
    text = section(SCHEMA, "RunStatus")
    assert "The boundary between PARTIAL and FAILED is usability, not effort" in text


def test_the_review_of_the_reference_is_said_as_it_is() -> None:
    rows = table(SCHEMA, "Review", "version")
    assert [row["version"] for row in rows] == [f"`{CURRENT}`"]
    for row in rows:
        assert (row["reviewed by"] == "open") == (row["date"] == "-")


def test_the_name_of_a_record_is_the_same_in_every_document() -> None:
    path = record_path("run", RUN_ID)
    assert parse_path(path) == ("run", RUN_ID)
    minute = path.replace(RUN_ID, "<run_id>")
    assert re.fullmatch(re.sub(r"<\w+>", r"[^/]+", RECORD_NAME), minute)
    named: dict[str, set[str]] = {}
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("templates/**/*.md")):
        text = page.read_text(encoding="utf-8")
        for name in re.findall(rf"[\w<>./-]*(?:<run_id>|/{RUN_ID})[\w<>.-]*", text):
            named.setdefault(name, set()).add(page.name)
    assert {"schema-reference.md", "gate-log.md"} <= named[RECORD_NAME]
    assert set(named) <= {RECORD_NAME, path, minute}


def test_the_gap_analysis_says_what_the_older_histories_capture() -> None:
    text = (ROOT / SCHEMA).read_text(encoding="utf-8")
    analysis = text.partition("\n## Gap analysis\n")[2].partition("\n## ")[0]
    assert "### `_STATUS.md`" in analysis
    assert "### `_DEPENDENCIES.md`" in analysis
    status = section(SCHEMA, "`_STATUS.md`")
    assert [row["form"] for row in table(SCHEMA, "`_STATUS.md`", "form")] == ["list", "table"]
    for state in ("OPEN", "INITIALIZED", "SEMANTIC_READY", "IN_PROGRESS", "CHECKING", "ISSUED"):
        assert state in status
    dependencies = section(SCHEMA, "`_DEPENDENCIES.md`")
    for word in ("NOT_TRACKED", "DECLARED", "TRACKED", "`## Run History`", "v3.1"):
        assert word in dependencies
    for part in (status, dependencies):
        assert re.search(r"^\*\*Captured\*\*: .{40}", part, re.MULTILINE)
        assert re.search(r"^\*\*Not captured\*\*: .{40}", part, re.MULTILINE)
    assert "presumed" not in text


def test_the_gap_analysis_names_each_gap_and_what_closes_it() -> None:
    rows = table(SCHEMA, "Field by field", "needed")
    assert {row["needed"]: row["closed by"] for row in rows} == GAPS
    for row in rows:
        for history in ("`_STATUS.md`", "`_DEPENDENCIES.md`"):
            assert re.match(r"(?:yes|part|no)(?:, |$)", row[history]), row


def test_the_invariants_are_read_as_they_are() -> None:
    rows = table(SCHEMA, "Invariants that the requirement names", "invariant")
    assert [row["invariant"] for row in rows] == list(INVARIANTS)
    for row in rows:
        assert INVARIANTS[row["invariant"]] in row["says"]
    assert "K-SNAP-1" in section("docs/gate-log.md", "G6 K-SNAP-1 and append-only (CON-06)")
