"""``gitprov record`` as agents and people call it."""

from __future__ import annotations

import json

import pytest

from tests.support.cli_world import RUN, Cli
from tests.support.keys import KeyRing

JOB = "0b0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f1"
WORKFLOW = "9c9a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f2"
LINE = (
    '{"agent_name": "nightly", "run_status": "SKIPPED", "status_before": "OPEN", '
    '"status_after": "OPEN", "notes": "nothing to do", "mutation": {"actor_kind": "HUMAN"}}\n'
)
DRAFT = """\
agent_name: nightly
run_status: PARTIAL
status_before: OPEN
status_after: OPEN
notes: the appendix is missing
artifacts: [01a1c506-70fb-7e97-b00d-1c0ffee00123]
labels: {team: docs, kept: yes}
mutation: {actor_kind: HUMAN}
"""


def stored(cli: Cli, run_id: str) -> str:
    """Return the bytes of a run on the ledger, found by plain git."""
    paths = cli.git("ls-tree", "-r", "--name-only", "refs/gitprov/ledger").splitlines()
    (path,) = [path for path in paths if run_id in path]
    return cli.git.raw("show", f"refs/gitprov/ledger:{path}").decode()


def test_a_run_is_recorded_and_named(cli: Cli) -> None:
    ended = cli("record", *RUN, "--note", "hi")
    assert (ended.code, ended.err) == (0, "")
    word, run_id, *rest = ended.out.split()
    tip = cli.git("rev-parse", "refs/gitprov/ledger")
    assert (word, rest) == ("recorded", ["in", "entry", tip[:12], "at", "height", "1"])
    assert 'notes: "hi"\n' in stored(cli, run_id)


def test_the_json_of_a_record_has_its_stable_shape(cli: Cli) -> None:
    receipt = cli("record", *RUN, "--json").json
    assert receipt == {
        "schema": "gitprov.record/v1",
        "run_id": receipt["run_id"],
        "entry": cli.git("rev-parse", "refs/gitprov/ledger"),
        "height": 1,
        "state": "recorded",
        "warnings": [],
    }


def test_the_same_bytes_again_are_already_recorded(cli: Cli) -> None:
    yaml = cli("record", *RUN, "--dry-run").out
    first = cli("record", "-", "--json", stdin=yaml).json
    again = cli("record", "-", "--json", stdin=yaml).json
    assert (first["state"], again["state"]) == ("recorded", "already-recorded")
    assert (again["entry"], again["run_id"]) == (first["entry"], first["run_id"])
    other = cli("record", "-", "--json", "--note", "changed", stdin=yaml)
    assert (other.code, other.json["code"]) == (1, "GPV-409-DUPLICATE"), other


def test_every_flag_reaches_the_record(cli: Cli) -> None:
    (cli.path / "in.txt").write_text("a question\n")
    (cli.path / "out.txt").write_text("an answer\n")
    commit = cli.git.commit({"in.txt": "a question\n"})
    ended = cli(
        *("record", "--dry-run", "--agent", "4_DOCUMENTS", "--actor", "AI", "--actor-id", "m-1"),
        *("--job-id", JOB, "--workflow-id", WORKFLOW, "--status", "partial"),
        *("--before", "A", "--after", "B", "--input", "in.txt", "--output", "out.txt"),
        *("--commit", "HEAD", "--started", "2h ago", "--finished", "10m ago"),
        *("--runner", "builder-7", "--parent", "01a1c506-70fb-7e97-b00d-1c0ffee00123"),
        *("--param", "depth=3", "--param", "eq=a=b", "--metric", "loss=0.5", "--metric", "count=3"),
        *("--label", "team=docs", "--error-code", "E42", "--error", "half", "--note", "why"),
        *("--context-method", "git-head"),
    )
    assert (ended.code, ended.err) == (0, "")
    for line in (
        'agent_name: "4_DOCUMENTS"',
        '  actor_kind: "AI"',
        '  actor_id: "m-1"',
        f'  job_id: "{JOB}"',
        f'  workflow_id: "{WORKFLOW}"',
        'run_status: "PARTIAL"',
        'runner_id: "builder-7"',
        'parent_run_id: "01a1c506-70fb-7e97-b00d-1c0ffee00123"',
        '- path: "in.txt"',
        '- path: "out.txt"',
        f'- commit: "{commit}"',
        '  depth: "3"',
        '  eq: "a=b"',
        "  loss: 0.5",
        "  count: 3",
        '  team: "docs"',
        '  code: "E42"',
        '  message: "half"',
        'notes: "why"',
        '  method: "git-head"',
        f'  head_commit: "{commit}"',
    ):
        assert line in ended.lines
    times = [line.split('"')[1] for line in ended.lines if line.startswith(("started", "finished"))]
    assert times == sorted(times)
    assert cli.git("rev-parse", "refs/gitprov/ledger^{tree}")
    assert cli.git("rev-list", "--count", "refs/gitprov/ledger") == "1"


def test_a_draft_is_completed_and_flags_override_it(cli: Cli) -> None:
    (cli.path / "run.yaml").write_text(DRAFT)
    ended = cli("record", "run.yaml", "--label", "team=code", "--after", "DONE", "--json")
    assert ended.code == 0, ended.out
    text = stored(cli, ended.json["run_id"])
    assert 'labels:\n  kept: "yes"\n  team: "code"\n' in text
    assert 'status_after: "DONE"\n' in text
    assert 'status_before: "OPEN"\n' in text


def test_an_ai_without_job_and_workflow_is_refused(cli: Cli) -> None:
    flags = ("record", "--agent", "a", "--status", "SUCCESS", "--before", "A", "--after", "B")
    refused = cli(*flags, "--actor", "ai")
    assert refused.code == 1
    assert refused.err.startswith("gitprov: HSK-403-SILENT-EDIT: ")
    assert refused.out == ""
    assert cli.git("rev-list", "--count", "refs/gitprov/ledger") == "1"
    taken = cli(*flags, GITPROV_ACTOR="ai", GITPROV_JOB_ID=JOB, GITPROV_WORKFLOW_ID=WORKFLOW)
    assert taken.code == 0, taken.err


def test_the_keys_sign_for_whom_they_are_meant(cli: Cli, keys: KeyRing) -> None:
    flags = ("--agent", "a", "--status", "SUCCESS", "--before", "A", "--after", "B")
    assert cli("record", *flags, "--actor", "human").code == 0
    assert cli("record", *flags, "--actor", "system").code == 0
    names = cli.git("log", "--format=%an", "refs/gitprov/ledger").splitlines()
    assert names == [keys["bot"].name, keys["alice"].name, keys["alice"].name]


def test_who_acted_is_never_guessed(cli: Cli) -> None:
    ended = cli("record", "--agent", "a", "--status", "SUCCESS", "--before", "A", "--after", "B")
    assert ended.code == 2
    assert "--actor human|ai|system" in ended.err


def test_a_batch_becomes_one_entry(cli: Cli) -> None:
    ended = cli("record", "--batch", "--jsonl", "-", stdin=LINE * 30)
    receipts = [json.loads(line) for line in ended.lines]
    assert (ended.code, ended.err, len(receipts)) == (0, "", 30)
    assert {receipt["schema"] for receipt in receipts} == {"gitprov.record/v1"}
    assert {receipt["height"] for receipt in receipts} == {1}
    assert len({receipt["run_id"] for receipt in receipts}) == 30
    subject = cli.git("log", "-1", "--format=%s", "refs/gitprov/ledger")
    assert subject == "30 records: 30 run"


def test_a_batch_is_one_document_with_json(cli: Cli) -> None:
    answer = cli("record", "--batch", "--json", "-", stdin=f"{DRAFT}---\n{DRAFT}").json
    assert answer["schema"] == "gitprov.record/v1"
    assert [receipt["state"] for receipt in answer["records"]] == ["recorded"] * 2


@pytest.mark.parametrize(
    ("batch", "place"),
    [
        (LINE * 2 + '{"agent_name": 3}\n', "document 3, line 3: "),
        (f"{DRAFT}---\n{DRAFT.replace('PARTIAL', 'PARTLY')}", "document 2, line 11: "),
        (f"{DRAFT}---\n{DRAFT.replace('notes', 'nodes')}", "document 2: "),
        (f"{DRAFT}---\nagent_name: [\n", "document 2: "),
    ],
)
def test_one_bad_document_stops_the_whole_batch(cli: Cli, batch: str, place: str) -> None:
    ended = cli("record", "--batch", "--json", "--actor", "human", "-", stdin=batch)
    assert ended.code == 2
    assert ended.json["message"].startswith(place)
    assert ended.json["details"]["document"] == int(place.split()[1].strip(":,"))
    assert ended.json["details"]["line"] > 0
    assert cli.git("rev-list", "--count", "refs/gitprov/ledger") == "1"
    spool = cli.path / ".git" / "gitprov" / "spool"
    assert not [path for path in spool.rglob("*") if path.is_file()]


def test_an_empty_batch_says_so(cli: Cli) -> None:
    ended = cli("record", "--batch", "-")
    assert (ended.code, ended.out) == (0, "")
    assert "no draft in the batch" in ended.err
    quiet = cli("record", "--batch", "--json", "-")
    assert (quiet.json["records"], quiet.err) == ([], "")


def test_a_dry_run_writes_nothing(cli: Cli) -> None:
    before = sorted(cli.path.rglob("*"))
    ended = cli("record", *RUN, "--dry-run")
    assert ended.lines[:2] == ['schema_version: "v1.0"', 'kind: "run"']
    many = cli("record", "--batch", "--dry-run", "-", stdin=LINE * 2)
    assert many.lines.count("---") == 1
    assert sorted(cli.path.rglob("*")) == before
    assert cli("record", *RUN, "--dry-run", "--json").code == 2


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "name a draft"),
        (("--batch",), "--batch needs a FILE"),
        (("absent.yaml",), "absent.yaml"),
        (("--status", "sucess"), "Did you mean 'SUCCESS'?"),
        (("--started", "soon"), "2h ago"),
        (("--metric", "x=y"), "--metric: 'x=y' is not of the form KEY=NUMBER"),
        (("--label", "x"), "--label: 'x' is not of the form KEY=VALUE"),
        (("--label", "a=1", "--label", "a=2"), "two values"),
        (("--nots", "x"), "--note"),
        (("--input", "absent.txt"), "absent.txt"),
        (("--input", "/etc/passwd"), "outside"),
    ],
)
def test_wrong_use_ends_with_2_and_a_remedy(cli: Cli, args: tuple[str, ...], words: str) -> None:
    flags = RUN if args and args[0].startswith("--") and args[0] != "--batch" else ()
    ended = cli("record", *flags, *args)
    assert ended.code == 2
    assert ended.err.startswith("gitprov: GPV-422-ARGUMENT: ")
    assert words in ended.err
    assert ended.err.count("\n") == 1
    same = cli("record", *flags, *args, "--json")
    assert (same.code, same.json["schema"]) == (2, "gitprov.error/v1")
    assert same.err == ""


def test_files_are_found_from_where_the_program_works(cli: Cli) -> None:
    folder = cli.path / "sub"
    folder.mkdir()
    (folder / "in.txt").write_text("x")
    here = cli.at(folder)("record", *RUN, "--dry-run", "--input", "in.txt")
    there = cli.at(cli.path.parent)(
        "-C", "repo", "-C", "sub", "record", *RUN, "--dry-run", "--input", "in.txt"
    )
    assert '- path: "sub/in.txt"' in here.lines
    assert '- path: "sub/in.txt"' in there.lines


def test_a_locked_key_makes_the_record_wait(cli: Cli) -> None:
    nowhere = {"GNUPGHOME": str(cli.path)}
    ended = cli("record", *RUN, **nowhere)
    assert ended.code == 0
    assert ended.out.startswith("waiting ")
    assert ended.err.startswith("gitprov: warning: GPV-")
    strict = cli("record", *RUN, "--strict", "--json", **nowhere)
    assert (strict.code, strict.json["state"]) == (3, "spooled")
    assert (strict.json["entry"], strict.json["height"]) == (None, None)
    assert strict.json["warnings"][0]["code"].startswith("GPV-")
    flushed = cli("flush", "--json").json
    assert [receipt["state"] for receipt in flushed["records"]] == ["recorded"] * 2
    assert cli("flush").err == "gitprov: nothing waits in the spool\n"
    quiet = cli("flush", "--json")
    assert (quiet.json["records"], quiet.err) == ([], "")
    assert cli.git("rev-list", "--count", "refs/gitprov/ledger") == "2"


def test_a_flag_that_is_missing_is_named(cli: Cli) -> None:
    refused = cli("record", *RUN[:-2])
    assert refused.code == 2
    assert "GPV-422-SCHEMA: status_after is missing; say it with --after" in refused.err
