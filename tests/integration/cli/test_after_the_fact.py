"""What is durable never reads as if nothing had been done, whatever happens afterwards."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.cli_world import RUN, Cli, Ended
from tests.support.processes import hanging_agent

pytestmark = [pytest.mark.git, pytest.mark.gpg]
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
AWAY = {"closed": ">&-", "full": ">/dev/full", "dead pipe": "| true", "all closed": ">&- 2>&-"}


def runs(cli: Cli) -> set[str]:
    listed = cli.git("ls-tree", "-r", "--name-only", "refs/gitprov/ledger", "--", "runs")
    return {Path(line).stem for line in listed.splitlines()}


def in_shell(cli: Cli, command: str, away: str) -> Ended:
    """Run a command whose output goes away; the exit code is its own, not the pipe's."""
    return cli.shell(f"set -o pipefail; {command} {AWAY[away]}")


@pytest.mark.parametrize("away", AWAY)
@pytest.mark.parametrize("how", ["", "--json", "--batch", "--batch --jsonl"])
def test_a_record_is_recorded_though_nobody_reads_it(cli: Cli, how: str, away: str) -> None:
    draft = ' - <<< \'{"notes": "x"}\'' if "batch" in how else ""
    ended = in_shell(cli, f"gitprov record {' '.join(RUN)} {how}{draft}", away)
    (run_id,) = runs(cli)
    assert ended.code == 0, ended
    if away != "all closed":
        assert ID.findall(ended.err)[0] == run_id, ended


@pytest.mark.parametrize("away", ["closed", "full", "dead pipe"])
def test_a_record_that_waits_is_named_too(cli: Cli, away: str) -> None:
    cli.git("update-ref", "-d", "refs/gitprov/ledger")
    cli.git("remote", "add", "origin", "/nowhere")
    ended = in_shell(cli, f"gitprov record {' '.join(RUN)}", away)
    assert ended.code == 0, ended
    assert "waiting" in ended.err
    (waits,) = (cli.path / ".git/gitprov/spool").rglob("*.yaml")
    assert ID.findall(ended.err)[-1] in waits.read_text()


@pytest.mark.parametrize("away", ["closed", "full", "dead pipe"])
@pytest.mark.parametrize(
    "command", ["checkpoint write ../point", "notes rebuild", "flush", "key list"]
)
def test_other_commands_say_what_they_did(cli: Cli, command: str, away: str) -> None:
    assert cli("record", *RUN).code == 0
    ended = in_shell(cli, f"gitprov {command}", away)
    if command == "key list":  # it only reads: a full disk is its failure
        assert ended.code == (3 if away == "full" else 0), ended
        return
    assert ended.code == 0, ended
    if command.startswith("checkpoint"):
        assert (cli.path.parent / "point").exists()
        assert "wrote ../point" in ended.err


def test_what_only_reads_still_ends_quietly_at_a_dead_pipe(cli: Cli) -> None:
    assert cli("record", *RUN).code == 0
    assert in_shell(cli, "gitprov log", "dead pipe") == Ended(0, "", "")


PLACES = {
    "in the spool": "gitprov.local.spool:FileSpool.claim",
    "on the ledger": "gitprov.git.ref_updates:PygitRefs.swap",
    "out of the spool": "gitprov.local.spool:FileSpool.drop",
    "receipts are made": "gitprov.app.record:_submit",
    "the verb has ended": "gitprov.cli.commands.record:record",
    "printed": "gitprov.cli.commands.record:_print",
    "the command has ended": "gitprov.cli.main:cli.main",
    "written": "gitprov.cli.main:finish",
    "Python ends": "exit",
}


def happens(cli: Cli, what: str, place: str, *args: str) -> Ended:
    """Run the program, to which something happens at a place."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.end_at", what, place, *args],
        cwd=cli.path,
        env=cli.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_at_any_place_after_that_ends_as_recorded(cli: Cli, name: str, place: str) -> None:
    ended = happens(cli, name, PLACES[place], "record", *RUN)
    assert ended.code == 0, ended
    assert cli("flush").code == 0
    assert runs(cli) == {ID.findall(ended.out + ended.err)[0]}


def test_a_second_signal_does_not_cut_the_message_short(cli: Cli) -> None:
    looks = "-gitprov.service.write.record_run:Recorder.find_durable"
    places = f"{PLACES['on the ledger']},{looks}"
    ended = happens(cli, "SIGTERM,SIGINT", places, "record", *RUN)
    assert ended.code == 0, ended
    assert runs(cli) == {ID.findall(ended.err)[0]}


@pytest.mark.parametrize(
    ("place", "what", "code"),
    [
        ("gitprov.app.record:branch_notices", "error", 0),
        ("gitprov.local.spool:FileSpool.drop", "defect", 70),
        ("gitprov.cli.commands.record:_print", "error", 3),
        ("gitprov.app.record:branch_notices", "defect", 70),
    ],
)
def test_a_failure_after_that_names_what_is_recorded(
    cli: Cli, place: str, what: str, code: int
) -> None:
    ended = happens(cli, what, place, "record", *RUN)
    assert ended.code == code, ended
    assert runs(cli) == {ID.findall(ended.err + ended.out)[0]}
    assert "something went wrong" in ended.err or "a defect" in ended.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_after_the_spool_leaves_a_record_that_is_named(
    cli: Cli, number: signal.Signals
) -> None:
    """The key hangs, so the record is durable in the spool when the signal comes."""
    spool = cli.path / ".git/gitprov/spool"
    strict = ["--strict"] if number == signal.SIGHUP else []
    argv = [sys.executable, "-m", "gitprov", "record", *RUN, *strict]
    with hanging_agent(Path(cli.env["GNUPGHOME"] or "")):
        running = subprocess.Popen(
            argv,
            cwd=cli.path,
            env=cli.environment(GITPROV_SIGN_TIMEOUT="120"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        end = time.monotonic() + 60
        while not list(spool.rglob("*.yaml")) and time.monotonic() < end:
            time.sleep(0.01)
        running.send_signal(number)
        out, err = running.communicate(timeout=60)
    (waits,) = spool.rglob("*.yaml")
    assert (running.returncode, out) == (3 if strict else 0, ""), err
    assert ID.findall(err)[0] in waits.read_text()
    assert "after that" in err
    assert cli("flush").code == 0
    assert runs(cli) == {ID.findall(err)[0]}


def test_a_signal_before_that_records_nothing(cli: Cli) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "gitprov", "record", "-", *RUN],
        cwd=cli.path,
        env=cli.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(0.5)
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=60)
    assert (running.returncode, err) in [(-15, b""), (143, b"\ngitprov: ended by SIGTERM\n")]
    assert runs(cli) == set()


def test_the_same_id_or_source_again_is_already_recorded(cli: Cli) -> None:
    source = "source: {system: ci, session_id: build-7}\n"
    first = cli("record", "-", *RUN, "--json", stdin=source).json
    again = cli("record", "-", *RUN, "--json", stdin=source).json
    assert (first["state"], again["state"]) == ("recorded", "already-recorded")
    assert again["run_id"] == first["run_id"]
    by_id = [cli("record", *RUN, "--id", "nightly 7", "--json").json for _ in range(2)]
    assert [one["state"] for one in by_id] == ["recorded", "already-recorded"]
    assert cli("record", *RUN, "--id", "nightly 8", "--json").json["state"] == "recorded"
    assert (
        '  system: "id"\n  session_id: "nightly 7"' in cli("show", by_id[0]["run_id"], "--raw").out
    )
    whole = cli("record", *RUN, "--dry-run").out
    states = [cli("record", "-", "--json", stdin=whole).json["state"] for _ in range(2)]
    assert states == ["recorded", "already-recorded"]
