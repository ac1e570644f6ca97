"""Drafts with the names of the original run record, of newer versions, with odd currencies."""

from __future__ import annotations

import hashlib

import pytest
import yaml

from tests.integration.cli.test_record import stored
from tests.support.cli_world import RUN, Cli

SEED = """\
SchemaVersion: v1.0
RunID: RUN-DEL-08-06-20241110-1030-001
DeliverableID: DEL-08-06
AgentName: 4_DOCUMENTS
AgentType: TYPE_2
RunTimestamp: 2024-11-10T11:30:00+01:00
RunDuration: PT4M55.9S
RunStatus: PARTIAL
RunPassDirective: P1_P2
InputContextSHA: {sha}
InputFiles: [_CONTEXT.md]
OutputFiles: [Datasheet.md]
StatusBefore: OPEN
StatusAfter: INITIALIZED
ErrorSummary: Guidance.md was not written
Notes: one source is missing
"""


def record_seed(cli: Cli, sha: str, *options: str) -> dict[str, object]:
    (cli.path / "_CONTEXT.md").write_text("what for\n")
    (cli.path / "Datasheet.md").write_text("1\n")
    receipt = cli(
        "record", "-", "--actor", "human", "--json", *options, stdin=SEED.format(sha=sha)
    ).json
    assert receipt.get("state") == "recorded", receipt
    found: dict[str, object] = yaml.safe_load(stored(cli, receipt["run_id"]))
    return found


def digest_of_files(name: str, content: bytes) -> str:
    inner = hashlib.sha256(content).hexdigest()
    text = f"gitprov-input-files-v1\n{name}\0{inner}\n"
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_record_of_the_seed_becomes_one_of_ours(cli: Cli) -> None:
    cli.git("commit", "--quiet", "--allow-empty", "-m", "x")
    head = cli.git("rev-parse", "HEAD")
    record = record_seed(cli, head)
    digest = hashlib.sha256(f"gitprov-input-head-v1\n{head}\n".encode()).hexdigest()
    assert record["input_context"] == {
        "method": "git-head",
        "digest": digest,
        "head_commit": head,
        "dirty": True,
    }
    assert record["source"] == {
        "system": "RunID",
        "session_id": "RUN-DEL-08-06-20241110-1030-001",
    }
    assert (record["subject"], record["agent_type"]) == ("DEL-08-06", "TYPE_2")
    assert (record["directive"], record["run_status"]) == ("P1_P2", "PARTIAL")
    assert record["started_at"] == "2024-11-10T10:30:00.000Z"
    assert record["finished_at"] == "2024-11-10T10:34:55.900Z"
    assert record["error"] == {"message": "Guidance.md was not written"}


def test_a_commit_that_is_not_here_is_a_context_too(cli: Cli) -> None:
    context = record_seed(cli, "ab" * 20)["input_context"]
    assert isinstance(context, dict)
    assert (context["head_commit"], context["dirty"]) == ("ab" * 20, True)


def test_a_digest_must_be_that_of_the_files(cli: Cli) -> None:
    right = digest_of_files("_CONTEXT.md", b"what for\n")
    context = record_seed(cli, right, "--context-method", "files")["input_context"]
    assert isinstance(context, dict)
    assert (context["method"], context["digest"]) == ("files", right)
    text = SEED.format(sha="0" * 63 + "1")
    wrong = cli("record", "-", "--actor", "human", "--context-method", "files", stdin=text)
    assert wrong.code == 2
    assert "GPV-422-SCHEMA: line 10: " in wrong.err
    assert right in wrong.err


@pytest.mark.parametrize(
    "draft",
    [
        "schema_version: v1.1\nnew_field: 1\n",
        "SchemaVersion: v2.0\nnew_field: 1\n",
        '{"schema_version": "v1.1", "new_field": 1}',
        "schema_version: v1.0\nagent_name: a\n---\nschema_version: v1.1\nnew_field: 1\n",
    ],
)
def test_a_newer_draft_asks_for_a_newer_program(cli: Cli, draft: str) -> None:
    options = ("--batch",) if "---" in draft else ()
    ended = cli("record", *options, "-", *RUN, stdin=draft)
    assert ended.code == 3, ended
    assert "GPV-501-NEWER-SCHEMA" in ended.err
    assert "upgrade it" in ended.err


def test_a_currency_that_nobody_lists_is_recorded_with_a_warning(cli: Cli) -> None:
    draft = 'cost: {{amount: "1.50", currency: {}}}\n'
    known = cli("record", "-", *RUN, "--json", stdin=draft.format("CHF")).json
    odd = cli("record", "-", *RUN, "--json", stdin=draft.format("QQQ")).json
    assert (known["state"], known["warnings"]) == ("recorded", [])
    assert odd["state"] == "recorded"
    assert odd["warnings"] == [
        {
            "code": "GPV-422-SCHEMA",
            "message": "QQQ is not a currency that ISO 4217 lists; the cost was recorded as it is",
        }
    ]
    assert cli("verify").code == 0
