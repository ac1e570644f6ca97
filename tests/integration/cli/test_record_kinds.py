"""``gitprov record --kind``: states, artifacts, logs and amendments from drafts (8.1)."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml

import gitprov
from tests.integration.cli.test_record import JOB, WORKFLOW
from tests.support.cli_world import RUN, Cli

SHA = "8f" * 32
DRAFTS = {
    "state": """\
run_id: {run}
agent_name: nightly
sequence: 3
status: drafting
progress: {{done: 0.5}}
started_at: 2024-11-10T10:30:00Z
""",
    "artifact": f"""\
run_id: {{run}}
agent_name: nightly
role: phase_output
media_type: text/markdown
name: report.md
sha256: {SHA}
size: 12
store: folder
""",
    "log": f"""\
run_id: {{run}}
agent_name: nightly
format: jsonl
lines: 7
sha256: {SHA}
size: 120
store: folder
""",
    "amendment": """\
run_id: {run}
action: AMEND
changes: {{notes: checked again, code_commits: [HEAD]}}
reason: the notes were missing
""",
}


def on_ledger(cli: Cli, record_id: str) -> dict[str, object]:
    paths = cli.git("ls-tree", "-r", "--name-only", "refs/gitprov/ledger").splitlines()
    (path,) = [path for path in paths if record_id in path]
    found: dict[str, object] = yaml.safe_load(cli.git("show", f"refs/gitprov/ledger:{path}"))
    return found


@pytest.mark.parametrize("kind", DRAFTS)
def test_a_draft_of_any_kind_is_recorded(cli: Cli, kind: str) -> None:
    cli.git("commit", "--quiet", "--allow-empty", "-m", "x")
    run = cli("record", *RUN, "--json").json["run_id"]
    draft = DRAFTS[kind].format(run=run)
    ended = cli("record", "--kind", kind, "-", "--actor", "human", "--json", stdin=draft)
    assert ended.code == 0, ended
    record = on_ledger(cli, ended.json["run_id"])
    assert (record["kind"], record["run_id"]) == (kind, run)
    assert record["mutation"]["resource_id"] == f"{kind}:{ended.json['run_id']}"  # type: ignore[index]
    assert (cli("verify").code, cli.git("fsck", "--strict", "--no-dangling")) == (0, "")
    if kind == "amendment":
        head = cli.git("rev-parse", "HEAD")
        assert record["changes"]["code_commits"][0]["commit"] == head  # type: ignore[index]
        assert "checked again" in cli("show", run).out


@pytest.mark.parametrize("kind", DRAFTS)
def test_a_batch_and_a_dry_run_are_of_that_kind(cli: Cli, kind: str) -> None:
    run = cli("record", *RUN, "--json").json["run_id"]
    draft = DRAFTS[kind].format(run=run).replace(", code_commits: [HEAD]", "")
    human = ("--kind", kind, "-", "--actor", "human")
    shown = cli("record", *human, "--dry-run", stdin=draft)
    assert f'\nkind: "{kind}"\n' in shown.out
    whole = cli("record", "--kind", kind, "-", "--json", stdin=shown.out)
    again = cli("record", "--kind", kind, "-", "--json", stdin=shown.out)
    assert (whole.json["state"], again.json["state"]) == ("recorded", "already-recorded")
    batch = cli("record", *human, "--batch", "--json", stdin=f"{draft}---\n{draft}")
    assert [item["state"] for item in batch.json["records"]] == ["recorded"] * 2
    assert cli("verify").code == 0


def test_such_records_wait_for_a_ledger_as_runs_do(cli: Cli) -> None:
    draft = DRAFTS["artifact"].format(run="01a1c506-70fb-7e97-b00d-1c0ffee00123")
    cli.git("update-ref", "-d", "refs/gitprov/ledger")
    waits = cli("record", "--kind", "artifact", "-", "--actor", "human", "--json", stdin=draft)
    assert (waits.code, waits.json["state"]) == (0, "spooled")


def test_an_ai_needs_job_and_workflow_for_every_kind(cli: Cli) -> None:
    draft = DRAFTS["artifact"].format(run="01a1c506-70fb-7e97-b00d-1c0ffee00123")
    silent = cli("record", "--kind", "artifact", "-", "--actor", "ai", stdin=draft)
    assert (silent.code, "HSK-403-SILENT-EDIT" in silent.err) == (1, True)
    named = ("--job-id", JOB, "--workflow-id", WORKFLOW)
    spoken = cli("record", "--kind", "artifact", "-", "--actor", "ai", *named, stdin=draft)
    assert spoken.code == 0, spoken


@pytest.mark.parametrize(
    ("kind", "draft", "code", "says"),
    [
        ("artifact", "role: phase_output\n", "GPV-422-SCHEMA", "agent_name is missing"),
        ("artifact", "agent: x\n", "GPV-422-SCHEMA", "did you mean agent_name?"),
        ("artifact", "kind: log\n", "GPV-422-SCHEMA", "'artifact' was asked for"),
        ("amendment", DRAFTS["amendment"], "GPV-404-LINK", ""),
        ("proposal", "x: 1\n", "GPV-422-ARGUMENT", "--kind: 'proposal'"),
    ],
)
def test_a_bad_draft_is_refused_and_nothing_is_written(
    cli: Cli, kind: str, draft: str, code: str, says: str
) -> None:
    cli.git("commit", "--quiet", "--allow-empty", "-m", "x")
    tip = cli.git("rev-parse", "refs/gitprov/ledger")
    text = draft.format(run="01a1c506-70fb-7e97-b00d-1c0ffee00123")
    ended = cli("record", "--kind", kind, "-", "--actor", "human", "--json", stdin=text)
    assert (ended.code in {1, 2}, ended.json["code"]) == (True, code), ended
    assert says in ended.json["message"]
    assert cli.git("rev-parse", "refs/gitprov/ledger") == tip


def test_flags_of_runs_do_not_fit_other_kinds(cli: Cli) -> None:
    draft = DRAFTS["log"].format(run="01a1c506-70fb-7e97-b00d-1c0ffee00123")
    ended = cli("record", "--kind", "log", "-", *RUN, stdin=draft)
    assert ended.code == 2
    assert "GPV-422-SCHEMA" in ended.err
    alone = cli("record", "--kind", "log", "--actor", "human")
    assert "--kind log needs a FILE" in alone.err


def test_a_draft_brings_no_event_id_of_its_own(cli: Cli) -> None:
    event = "5f0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f3"
    draft = f"mutation: {{edit_event_id: {event}}}\n"
    ended = cli("record", "-", *RUN, stdin=draft)
    assert ended.code == 2
    assert "mutation.edit_event_id is made by the guard" in ended.err
    whole = cli("record", *RUN, "--dry-run").out
    assert cli("record", "-", stdin=whole).code == 0


def test_programs_hand_in_every_kind(cli: Cli) -> None:
    run = cli("record", *RUN, "--json").json["run_id"]
    draft = yaml.safe_load(DRAFTS["artifact"].format(run=run))
    code = (
        "import gitprov, json\n"
        f"draft = json.loads({json.dumps(json.dumps(draft))})\n"
        "draft.update(kind='artifact', mutation={'actor_kind': 'HUMAN'})\n"
        "with gitprov.open_ledger() as ledger:\n"
        "    print(ledger.append(draft).state)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=cli.path,
        env=cli.environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "recorded\n"
    assert issubclass(gitprov.ArtifactRecord, gitprov.Record)
