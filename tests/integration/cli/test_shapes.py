"""The shapes that the page promises are the ones that are printed; and the small commands."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from gitprov import __version__
from tests.support.cli_world import RUN, Cli
from tests.support.generate_cli_docs import SHAPES
from tests.support.keys import KeyRing

LINE = (
    '{"agent_name": "n", "run_status": "SUCCESS", "status_before": "A", "status_after": "B", '
    '"mutation": {"actor_kind": "HUMAN"}}\n'
)


@pytest.mark.parametrize("name", SHAPES)
def test_a_promised_shape_is_printed(
    recorded: Cli, with_runs: tuple[Path, list[str]], name: str
) -> None:
    cli, (run_id, _) = recorded, with_runs[1]
    command, _, rest = name.partition(" ")
    args = {
        "error": ("show", "00000000", "--json"),
        "record": ("record", *RUN, "--json"),
        "record --batch": ("record", "--batch", "--json", "-"),
        "record --batch --jsonl": ("record", "--batch", "--jsonl", "-"),
        "show": ("show", run_id, "--json"),
        "schema KIND": ("schema", "run", "--json"),
    }.get(name, (command, *rest.split(), "--json" if "--jsonl" not in rest else "--jsonl"))
    if command == "flush":
        assert cli("record", *RUN, GNUPGHOME=str(cli.path)).code == 0
    ended = cli(*args, stdin=LINE * 2 if command == "record" and rest else "")
    assert ended.err == ""
    for line in ended.lines:
        content = json.loads(line)
        assert content["schema"] == f"gitprov.{command}/v1"
        assert [field for field in SHAPES[name] if field not in content] == []
    assert ended.lines


def test_the_version_names_what_is_used(cli: Cli) -> None:
    versions = cli("version", "--json").json
    assert versions["version"] == __version__
    assert versions["format"] == "v1.0"
    assert versions["git"] == cli.git("--version").split()[2]
    assert all(versions.values())
    assert cli("version").lines[0].split() == ["gitprov", __version__]


def test_the_version_is_told_where_programs_are_missing(cli: Cli, tmp_path: Path) -> None:
    ended = cli.at(tmp_path)("version", "--json", PATH=str(tmp_path))
    assert (ended.code, ended.err) == (0, "")
    assert (ended.json["git"], ended.json["gpg"]) == (None, None)
    assert "gpg      not found" in cli.at(tmp_path)("version", PATH=str(tmp_path)).lines


def test_settings_name_their_origin(cli: Cli, keys: KeyRing) -> None:
    cli.git("config", "gitprov.lockTimeout", "5")
    shown = cli("config", "--json", GITPROV_ENGINE="gpg").json["settings"]
    settings = {row["name"]: (row["value"], row["origin"]) for row in shown}
    assert settings["gitprov.engine"] == ("gpg", "environment GITPROV_ENGINE")
    assert settings["gitprov.ref"] == ("refs/gitprov/ledger", "default")
    assert settings["gitprov.key"][0] == keys["alice"].fingerprint
    value, origin = settings["gitprov.lockTimeout"]
    assert (value, Path(origin).name) == ("5", "config")
    assert settings["gitprov.actor"][0] is None
    plain = cli("config").lines
    assert plain[0].split() == ["SETTING", "VALUE"]
    with_origin = cli("config", "--show-origin").lines
    assert with_origin[0].split() == ["SETTING", "VALUE", "ORIGIN"]


def test_settings_are_shown_outside_of_a_repository(cli: Cli, tmp_path: Path) -> None:
    ended = cli.at(tmp_path)("config", "--json")
    assert (ended.code, len(ended.json["settings"]) > 5) == (0, True)


def test_an_actor_is_taken_from_git_config_and_never_guessed(cli: Cli) -> None:
    flags = ("record", "--agent", "a", "--status", "SUCCESS", "--before", "A", "--after", "B")
    assert cli(*flags).code == 2
    cli.git("config", "gitprov.actor", "ai")
    cli.git("config", "gitprov.jobId", "018f0000-0000-7000-8000-00000000000a")
    cli.git("config", "gitprov.workflowId", "018f0000-0000-7000-8000-00000000000b")
    recorded = cli(*flags, "--json")
    assert recorded.code == 0, recorded.err
    shown = cli("show", recorded.json["run_id"], "--json").json["record"]["mutation"]
    assert (shown["actor_kind"], shown["job_id"][-1], shown["workflow_id"][-1]) == ("AI", "a", "b")


def test_the_schema_of_a_kind_is_a_document_of_its_own(cli: Cli) -> None:
    schema = json.loads(cli("schema", "RUN").out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "run_id" in schema["properties"]
    assert "run" in cli("schema").lines


def test_a_checkpoint_holds_the_ledger(cli: Cli) -> None:
    assert cli("record", *RUN).code == 0
    written = cli("checkpoint", "write", "../c.txt")
    assert written.code == 0, written.err
    assert cli("record", *RUN).code == 0
    assert cli("verify", "--checkpoint", "../c.txt").code == 0
    cli.git("update-ref", "refs/gitprov/ledger", "refs/gitprov/ledger~2")
    cut = cli("verify", "--checkpoint", "../c.txt")
    assert cut.code == 1
    assert cut.out.startswith("GPV-409-ROLLBACK: ")


def test_a_checkpoint_of_another_ledger_is_no(cli: Cli, bare_cli: Cli, keys: KeyRing) -> None:
    made = bare_cli("init", "--key", keys["alice"].fingerprint, "--agent-key", "none")
    assert made.code == 0
    assert bare_cli("checkpoint", "write", "../c.txt").code == 0
    ended = cli("verify", "--checkpoint", "../c.txt", "--json")
    assert (ended.code, ended.json["code"]) == (1, "GPV-409-REPLAY")


def test_completion_works_in_a_real_shell(cli: Cli) -> None:
    script = """
    set -eu
    mkdir bin && printf '#!/bin/sh\\nexec "%s" -m gitprov "$@"\\n' "$PYTHON" > bin/gitprov
    chmod +x bin/gitprov
    unset -f gitprov
    PATH="$PWD/bin:$PATH"
    eval "$(gitprov completion bash)"
    COMP_WORDS=(gitprov ver) COMP_CWORD=1
    _gitprov_completion gitprov
    printf '%s\\n' "${COMPREPLY[@]}"
    """
    ended = cli.shell(script, PYTHON=sys.executable)
    assert (ended.lines, ended.err) == (["verify", "version"], "")
