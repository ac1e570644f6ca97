"""``gitprov log`` as a reader calls it."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.cli_inside import Inside
from tests.support.cli_world import ENTRY, RUN, Cli
from tests.support.git import Git
from tests.support.keys import KeyRing
from tests.support.record_texts import JOB, WORKFLOW

AI = ("--actor", "ai", "--job-id", JOB, "--workflow-id", WORKFLOW)


@pytest.fixture(scope="module")
def world(founded: Path, keys: KeyRing, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Five runs of all sorts; nothing may change them."""
    path = tmp_path_factory.mktemp("logged") / "repo"
    shutil.copytree(founded, path)
    git = Git(path)
    git.commit({"docs/SPEC.md": "spec\n", "out/report.md": "report\n"})
    cli = Cli(path, {"GNUPGHOME": str(keys.home)})
    common = ("--status", "SUCCESS", "--before", "A", "--after", "B")
    for flags in (
        ("--agent", "4_DOCUMENTS", "--actor", "human", "--input", "docs/SPEC.md", *common,
         "--started", "2026-01-02T03:00:00Z", "--finished", "2026-01-02T04:00:00Z"),
        ("--agent", "4_DOCUMENTS", *AI, "--output", "out/report.md", "--commit", "HEAD", *common),
        ("--agent", "5_TESTS", *AI, "--status", "FAILED", "--before", "A", "--after", "A",
         "--error", "the disk is full", "--label", "team=x"),
        ("--agent", "=cmd|'x'!A0", "--actor", "human", "--note", "odd | <b>name</b>", *common),
        ("--agent", "\u202eevil", "--actor", "human", *common),
    ):  # fmt: skip
        ended = cli("record", *flags)
        if ended.code == 2:
            assert "agent_name" in ended.err  # bidirectional characters are refused at the door
        else:
            assert (ended.code, ended.err) == (0, "")
    return cli


@pytest.fixture
def inside(world: Cli, capfd: pytest.CaptureFixture[str]) -> Inside:
    """The same, called without a process of its own."""
    return Inside(world, capfd)


def agents(inside: Inside, *flags: str) -> list[str]:
    ended = inside("log", "--jsonl", *flags)
    assert (ended.code, ended.err) == (0, "")
    return [json.loads(line)["agent_name"] for line in ended.lines]


ALL = ["=cmd|'x'!A0", "5_TESTS", "4_DOCUMENTS", "4_DOCUMENTS"]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ((), ALL),
        (("-n", "2"), ALL[:2]),
        (("-n", "0"), []),
        (("--agent", "4_*"), ALL[2:]),
        (("--agent", "?_TESTS"), ["5_TESTS"]),
        (("--status", "failed"), ["5_TESTS"]),
        (("--status", "FAILED", "--status", "SKIPPED"), ["5_TESTS"]),
        (("--actor", "ai"), ["5_TESTS", "4_DOCUMENTS"]),
        (("--since", "1h ago"), ALL[:3]),
        (("--since", "2026-01-03"), ALL[:3]),
        (("--until", "2026-01-02T03:00:00Z"), ["4_DOCUMENTS"]),
        (("--since", "2026-01-02T03:30:00Z", "--until", "2026-01-02T03:40:00Z"), ["4_DOCUMENTS"]),
        (("--input", "docs/SPEC.md"), ["4_DOCUMENTS"]),
        (("--input", "docs"), ["4_DOCUMENTS"]),
        (("--input", "*.md"), ["4_DOCUMENTS"]),
        (("--input", "out"), []),
        (("--output", "./out/../out/report.md"), ["4_DOCUMENTS"]),
        (("--commit", "HEAD"), ["4_DOCUMENTS"]),
        (("--commit", "main"), ["4_DOCUMENTS"]),
        (("--commit", "1234567"), []),
        (("--job", JOB.upper()), ["5_TESTS", "4_DOCUMENTS"]),
        (("--signer", "Bot"), ["5_TESTS", "4_DOCUMENTS"]),
        (("--label", "team=x"), ["5_TESTS"]),
        (("--label", "team="), []),
        (("--grep", "DISK"), ["5_TESTS"]),
        (("--grep", "nothing"), []),
        (("--grep=-x",), []),
        (("--actor", "human", "--agent", "4_*"), ["4_DOCUMENTS"]),
    ],
)
def test_filters_narrow_the_log(
    inside: Inside, flags: tuple[str, ...], expected: list[str]
) -> None:
    assert agents(inside, *flags) == expected


def test_paths_are_those_of_the_current_folder(inside: Inside) -> None:
    assert agents(inside.at("docs"), "--input", "SPEC.md") == ["4_DOCUMENTS"]
    assert agents(inside.at("docs"), "--input", "../docs") == ["4_DOCUMENTS"]


def test_each_line_of_json_has_its_stable_shape(inside: Inside, keys: KeyRing) -> None:
    line = json.loads(inside("log", "--jsonl", "--commit", "HEAD").lines[0])
    assert line == {
        "schema": "gitprov.log/v1",
        "run_id": line["run_id"],
        "run_status": "SUCCESS",
        "agent_name": "4_DOCUMENTS",
        "actor_kind": "AI",
        "started_at": line["started_at"],
        "finished_at": line["finished_at"],
        "code_commits": [inside.cli.git("rev-parse", "HEAD")],
        "entry": inside.cli.git("rev-parse", "refs/gitprov/ledger~2"),
        "height": 2,
        "signer": keys["bot"].name,
        "withdrawn": False,
        "disputed": False,
        "amendments": 0,
    }


def test_one_document_of_json_holds_all_runs(inside: Inside) -> None:
    content = inside("log", "--json").json
    assert content["schema"] == "gitprov.log/v1"
    assert [run["agent_name"] for run in content["runs"]] == ALL
    assert content["unlisted"] == {"disputed": 0, "withdrawn": 0, "unreadable": 0}


def test_a_pipe_gets_all_columns_uncut(world: Cli) -> None:
    ended = world("log")
    head, *rows = ended.lines
    assert head.split() == [
        "RUN",
        "STATUS",
        "AGENT",
        "ACTOR",
        "FINISHED",
        "COMMIT",
        "ENTRY",
        "SIGNER",
    ]
    assert len(rows) == 4
    assert rows[2].split()[5] == world.git("rev-parse", "HEAD")[:12]


@pytest.mark.parametrize(("columns", "kept"), [(200, 8), (80, 6), (60, 5)])
def test_a_terminal_gets_what_fits(world: Cli, columns: int, kept: int) -> None:
    lines = on_terminal(world, columns, "log", "--agent", "4_*")
    assert len(lines[0].split()) == kept
    assert all(len(line) <= columns for line in lines)


def on_terminal(cli: Cli, columns: int, *args: str) -> list[str]:
    """Run the program with its output on a terminal of that width."""
    parent, child = pty.openpty()
    os.set_blocking(parent, True)
    subprocess.run(["stty", "cols", str(columns), "rows", "50"], stdin=child, check=True)
    done = subprocess.run(
        [*ENTRY, *args], cwd=cli.path, env=cli.environment(), stdout=child, check=False, timeout=60
    )
    os.close(child)
    shown = b""
    try:
        while chunk := os.read(parent, 4096):
            shown += chunk
    except OSError:
        pass  # Linux says so when the other end is closed
    os.close(parent)
    assert done.returncode == 0
    return shown.decode().replace("\r\n", "\n").splitlines()


def test_short_ids_lead_to_their_runs(world: Cli) -> None:
    short = [line.split()[0] for line in world("log").lines[1:]]
    whole = [json.loads(line)["run_id"] for line in world("log", "--jsonl").lines]
    assert len(set(short)) == 4
    assert [run.startswith(text) for run, text in zip(whole, short, strict=True)] == [True] * 4
    assert world("show", short[1], "--json").json["record"]["run_id"] == whole[1]


def test_x_16_csv_holds_no_formula(inside: Inside) -> None:
    head, *rows = csv.reader(io.StringIO(inside("log", "--csv").out))
    assert head == ["run_id", "run_status", "agent_name", "actor_kind", "finished_at",
                    "code_commits", "entry", "signer"]  # fmt: skip
    assert [row[2] for row in rows] == ["'=cmd|'x'!A0", *ALL[1:]]
    assert all(len(row[0]) == 36 for row in rows)


def test_x_16_markdown_holds_no_markup(inside: Inside) -> None:
    lines = inside("log", "--markdown").lines
    assert lines[1] == "|" + " --- |" * 8
    assert "=cmd\\|'x'!A0" in lines[2]
    assert all(line.count(" | ") == 7 for line in (lines[0], *lines[2:]))


@pytest.mark.parametrize(
    "flags",
    [
        ("--json", "--jsonl"),
        ("--csv", "--markdown"),
        ("-n", "-1"),
        ("-n", "x"),
        ("--kind", "rnu"),
        ("--kind", "state", "--status", "FAILED"),
        ("--status", "GREAT"),
        ("--actor", "robot"),
        ("--since", "yesterday or so"),
        ("--since", "2026-13-01"),
        ("--label", "team"),
        ("--commit", "no-such-branch"),
        ("--commit", "--upload-pack=id"),
        ("--input", "/etc/passwd"),
        ("--input", "../../outside"),
        ("--agent", ""),
        ("--job", "-x"),
        ("--ref", "ledger"),
        ("--ref", "refs/heads/../x"),
        ("extra",),
    ],
)
def test_what_cannot_be_asked_is_wrong_use(inside: Inside, flags: tuple[str, ...]) -> None:
    ended = inside("log", *flags)
    assert (ended.code, ended.out if "--json" not in flags else "") == (2, "")
    if "--json" not in flags:
        assert "GPV-422-ARGUMENT" in ended.err


def test_a_misspelt_word_is_answered_with_the_nearest(inside: Inside) -> None:
    assert "Did you mean 'run'?" in inside("log", "--kind", "rnu").err
    assert "Did you mean 'FAILED'?" in inside("log", "--status", "failde").err


def test_no_ledger_is_wrong_use(bare_cli: Cli) -> None:
    ended = bare_cli("log")
    assert (ended.code, ended.out) == (2, "")
    assert "GPV-404-NO-LEDGER" in ended.err
    assert bare_cli("log", "--json").json["code"] == "GPV-404-NO-LEDGER"


def test_a_ledger_without_runs_prints_no_row(cli: Cli) -> None:
    ended = cli("log")
    assert (ended.code, ended.out) == (0, "")
    assert cli("log", "--json").json["runs"] == []
    assert len(cli("log", "--csv").lines) == 1


def test_a_reader_that_goes_early_is_no_error(world: Cli) -> None:
    ended = world.shell('gitprov log --jsonl | head -n 1; echo "${PIPESTATUS[0]}"')
    assert (len(ended.lines), ended.lines[1], ended.err) == (2, "0", "")


def test_other_kinds_are_listed_with_their_own_columns(inside: Inside) -> None:
    ended = inside("log", "--kind", "proposal", "--json")
    assert ended.json["records"] == []
    assert inside("log", "--kind", "state", "--csv").lines == [
        "id,of,about,actor_kind,recorded_at,entry,signer"
    ]


def test_what_is_hidden_is_counted_and_shown_on_demand(cli: Cli) -> None:
    ended = cli("record", *RUN, "--json")
    run_id = ended.json["run_id"]
    assert cli("record", *RUN).code == 0
    withdraw(cli, run_id)
    ended = cli("log")
    assert len(ended.lines) == 2
    assert ended.err == "gitprov: not shown: 1 withdrawn; --all shows them\n"
    ended = cli("log", "--all")
    assert ended.err == ""
    assert "SUCCESS withdrawn" in ended.out
    assert cli("log", "--json").json["unlisted"]["withdrawn"] == 1
    (line,) = [json.loads(text) for text in cli("log", "--kind", "amendment", "--jsonl").lines]
    assert (line["record"]["run_id"], line["record"]["action"]) == (run_id, "WITHDRAW")
    assert "WITHDRAW: it was wrong" in cli("log", "--kind", "amendment").out


def withdraw(cli: Cli, run_id: str) -> None:
    """Take a run back."""
    draft = f"run_id: {run_id}\naction: WITHDRAW\nreason: it was wrong\n"
    ended = cli("record", "--kind", "amendment", "-", "--actor", "human", stdin=draft)
    assert ended.code == 0, ended


def test_an_empty_log_says_so_beside_the_data(inside: Inside) -> None:
    ended = inside("log", "--grep", "nothing")
    assert (ended.code, ended.out, ended.err) == (0, "", "gitprov: no run to show\n")
