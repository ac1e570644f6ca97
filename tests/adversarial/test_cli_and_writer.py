# ruff: noqa: N802 - a case's name carries its id
"""The command line and the writer: the cases X-01 to X-16."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from gitprov.errors import Code, UsageError
from gitprov.sign.keys import generate_key
from gitprov.sign.program import GpgProgram
from tests.support.cli_world import ENTRY, RUN, Cli
from tests.support.history import LEDGER
from tests.support.people import People

pytestmark = [pytest.mark.git, pytest.mark.gpg]
HOSTILE = ("--upload-pack=id", "-rf", "-", "--", "ext::sh -c id", "$(id)", "`id`", "a;id", "a\nb")


def tip(cli: Cli) -> str:
    return cli.git("rev-parse", LEDGER)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "args",
    [("show",), ("verify", "--ref"), ("verify", "--genesis"), ("record", *RUN, "--commit")],
    ids=lambda args: args[0] + args[-1],
)
def test_case_X_01_value_like_an_option(cli: Cli, args: tuple[str, ...], value: str) -> None:
    """An id, ref or revision that begins with a dash or names a program: GPV-422-ARGUMENT."""
    before = cli.git("for-each-ref"), sorted(cli.path.iterdir())
    ended = cli(*args, value)
    assert ended.code in {1, 2, 3}
    assert "uid=" not in ended.out + ended.err
    assert "Traceback" not in ended.err
    if value.startswith("--u"):
        assert Code.ARGUMENT in ended.err
        assert ended.code == 2
    assert (cli.git("for-each-ref"), sorted(cli.path.iterdir())) == before


@pytest.mark.parametrize("name", ["a\0b", "<a", "a>", "a" * 5_000, "", " a", "a\nb", "-a"])
def test_case_X_03_name_of_a_key(people: People, name: str) -> None:
    """A name with NUL, brackets, a line feed or 5,000 characters: GPV-422-ARGUMENT."""
    home = {**os.environ, "GNUPGHOME": str(people.ring.home)}
    with pytest.raises(UsageError) as caught:
        generate_key(GpgProgram(env=home), name, "a@example.org")
    assert caught.value.code is Code.ARGUMENT


@pytest.mark.parametrize("agent", ["a\\0b", "a\\u0000b", "", " a", "a" * 201, "a\\nb", "\\u202ea"])
def test_case_X_03_name_of_an_agent(cli: Cli, agent: str) -> None:
    """A draft whose agent has such a name: nothing is written."""
    before = tip(cli)
    draft = cli("record", *RUN, "--dry-run").out
    ended = cli("record", "-", stdin=draft.replace('agent_name: "demo"', f'agent_name: "{agent}"'))
    assert ended.code == 2
    assert ended.err.startswith(("gitprov: GPV-422-SCHEMA", "gitprov: GPV-400-RECORD-FORM"))
    assert tip(cli) == before


@pytest.mark.parametrize("passphrase", ["a\nb", "a\rb", "a\0b", ""])
def test_case_X_04_passphrase_with_a_line_feed(people: People, passphrase: str) -> None:
    """A passphrase that gpg would read as more than one line: GPV-422-ARGUMENT."""
    home = {**os.environ, "GNUPGHOME": str(people.ring.home)}
    before = people.ring.gpg("--list-secret-keys")
    with pytest.raises(UsageError) as caught:
        generate_key(GpgProgram(env=home), "X", "x@example.org", passphrase)
    assert caught.value.code is Code.ARGUMENT
    assert people.ring.gpg("--list-secret-keys") == before


def test_case_X_04_passphrase_file_with_two_lines(cli: Cli, tmp_path: Path) -> None:
    """A passphrase file of two lines: GPV-422-ARGUMENT before gpg is asked."""
    secret = tmp_path / "secret"
    secret.write_text("a\nb\n")
    secret.chmod(0o600)
    before = tip(cli)
    ended = cli("record", *RUN, "--strict", GITPROV_PASSPHRASE_FILE=str(secret))
    assert ended.code != 0
    assert Code.ARGUMENT in ended.err
    assert tip(cli) == before


@pytest.mark.parametrize("there", ["file", "link", "dangling link", "folder"])
def test_case_X_06_output_path_is_taken(cli: Cli, there: str) -> None:
    """The path of a new checkpoint is a file, a link or a folder: GPV-422-ARGUMENT."""
    target, victim = cli.path / "out", cli.path / "victim"
    if there != "dangling link":
        victim.write_text("keep me")
    if there == "file":
        target.write_text("keep me")
    elif there == "folder":
        target.mkdir()
    else:
        target.symlink_to(victim)
    ended = cli("checkpoint", "write", "out")
    assert (ended.code, Code.ARGUMENT in ended.err) == (2, True)
    if there == "file":
        assert target.read_text() == "keep me"
    assert victim.exists() is (there != "dangling link")


def test_case_X_07_odd_surroundings(cli: Cli) -> None:
    """No HOME, LANG=C, umask 000, a folder that is gone, no standard output: no traceback."""
    for script in (
        "unset HOME; gitprov verify",
        "LANG=C LC_ALL=C gitprov verify",
        "umask 000; gitprov verify",
        "gitprov verify >&-",
        'mkdir x && cd x && rmdir "$PWD"; gitprov verify',
    ):
        ended = cli.shell(script)
        assert ended.code in {0, 3}, script
        assert "Traceback" not in ended.err


@pytest.mark.slow
@pytest.mark.parametrize("milliseconds", [0, 60, 120, 180, 240, 300, 360, 420, 500, 600])
def test_case_X_09_interrupted(cli: Cli, milliseconds: int) -> None:
    """Ctrl-C at some moment of a recording: the old state or the new one, and no lock left."""
    before = int(cli.git("rev-list", "--count", LEDGER))
    process = subprocess.Popen(
        [*ENTRY, "record", *RUN],
        cwd=cli.path,
        env=cli.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    time.sleep(milliseconds / 1000)
    os.killpg(process.pid, signal.SIGINT)
    errors = process.communicate(timeout=60)[1]
    after = int(cli.git("rev-list", "--count", LEDGER))
    # Python itself may be hit before it has run a line of ours; then it says so and ends with 1.
    is_pythons = process.returncode == 1 and b"Fatal Python error" in errors
    assert is_pythons or process.returncode in {0, 130, -signal.SIGINT}, errors
    assert after - before in {0, 1}
    assert cli("record", *RUN).code == 0
    assert not list((cli.path / ".git").rglob("ledger.lock"))
    assert cli("verify").code == 0


def test_case_X_10_key_that_the_policy_forbids(cli: Cli, people: People) -> None:
    """The policy does not list the local key: GPV-403-UNKNOWN-KEY before anything is written."""
    cli.git("config", "gitprov.key", people.fingerprint("mallory"))
    before = tip(cli), cli.git("count-objects")
    ended = cli("record", *RUN)
    assert (ended.code, Code.UNKNOWN_KEY in ended.err) == (1, True)
    assert (tip(cli), cli.git("count-objects")) == before
    assert not list((cli.path / ".git" / "gitprov").rglob("*.yaml"))


def test_case_X_16_formula_in_a_table(cli: Cli) -> None:
    """An agent named like a formula or like markup is harmless in CSV and Markdown."""
    for agent in ("=cmd|'/C calc'!A0", "@x", "+1", "<script>"):
        assert cli("record", *RUN, "--agent", agent).code == 0
    rows = list(csv.reader(io.StringIO(cli("log", "--csv").out)))
    assert all(not cell.startswith(("=", "+", "@", "\t")) for row in rows for cell in row)
    assert any("=cmd" in cell for row in rows for cell in row)
    assert "<script>" not in cli("log", "--markdown").out


@pytest.mark.parametrize(
    "secret",
    [
        "-----BEGIN OPENSSH " + "PRIVATE KEY-----",
        "ghp_" + "a1B2" * 9,
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "https://me:" + "secret@example.org/",
    ],
)
def test_case_R_37_secret_in_a_record(cli: Cli, secret: str) -> None:
    """A value with a private key or a token: GPV-422-SCHEMA in the writer, nothing is kept."""
    before = tip(cli)
    for flags in (("--note", f"see {secret}"), ("--label", f"a={secret}"), ("--error", secret)):
        ended = cli("record", *RUN, *flags)
        assert ended.code == 2
        assert Code.SCHEMA in ended.err
        assert secret not in ended.err + ended.out
    assert tip(cli) == before
    assert secret.encode() not in b"".join(
        path.read_bytes() for path in (cli.path / ".git/gitprov").rglob("*") if path.is_file()
    )
