"""The command line as a whole: it starts quickly, explains itself, and its page is true."""

from __future__ import annotations

import os
import subprocess
import sys

import click
import pytest

from gitprov.cli.catalog import COMMANDS
from tests.support.generate_cli_docs import PAGE, commands, render
from tests.support.source_tree import ROOT

HEAVY = ("pygit2", "pydantic", "ruamel", "gnupg", "pysequoia", "rich", "multiprocessing")
PROMISED = (
    *("init", "record", "flush", "show", "log", "verify", "notes", "context", "checkpoint"),
    *("key", "pull", "push", "reappend", "recover", "audit", "server"),
    *("doctor", "schema", "config", "version", "completion"),
)
"""What the README says is in this release."""


def python(script: str) -> subprocess.CompletedProcess[str]:
    """Run a script that sees what a user's Python would load, and no measuring tool."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )


def loaded_by(*args: str) -> tuple[set[str], str]:
    """Run the program; return the top-level modules that it loaded, and its output."""
    script = (
        "import sys\n"
        f"sys.argv = ['gitprov', *{args!r}]\n"
        "from gitprov.cli.main import main\n"
        "try:\n    main()\n"
        "finally:\n    print(*sorted(sys.modules), file=sys.stderr)\n"
    )
    done = python(script)
    return set(done.stderr.split()), done.stdout


@pytest.mark.parametrize("args", [("--help",), ("-h",), ("--version",)])
def test_help_and_version_load_nothing_heavy(args: tuple[str, ...]) -> None:
    modules, out = loaded_by(*args)
    assert modules.isdisjoint(HEAVY)
    assert {"click", "gitprov"} <= modules
    assert out


def test_a_command_that_is_not_called_is_not_loaded() -> None:
    modules, out = loaded_by("--help")
    assert all(name in out for name in COMMANDS)
    assert not {f"gitprov.cli.commands.{name}" for name in COMMANDS} & modules


def test_importing_the_package_costs_next_to_nothing() -> None:
    script = "import sys, gitprov; print(*sorted(sys.modules))"
    done = python(script)
    loaded = {name for name in done.stdout.split() if name.startswith(("gitprov", *HEAVY, "click"))}
    assert loaded == {"gitprov", "gitprov.version"}


def test_the_commands_are_those_that_were_promised() -> None:
    assert sorted(COMMANDS) == sorted(PROMISED)
    status = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Status")[2]
    named = next(row for row in status.splitlines() if row.startswith("| `init`")).split("|")[1]
    assert [name for name in PROMISED if f"`{name}`" not in named] == []


@pytest.mark.parametrize(("name", "command"), [pytest.param(*c, id=c[0]) for c in commands()])
def test_every_command_explains_itself(name: str, command: click.Command) -> None:
    assert command.help, name
    first = command.help.partition("\n\n")[0].strip()
    assert first.endswith("."), first
    assert command.epilog is not None
    assert f"  {name.removesuffix(' gitprov')}" in command.epilog or name == "gitprov completion"
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts}"


@pytest.mark.parametrize(("name", "command"), [pytest.param(*c, id=c[0]) for c in commands()])
def test_json_is_never_called_otherwise(name: str, command: click.Command) -> None:
    flags = {option for parameter in command.params for option in parameter.opts}
    assert "--jsonl" not in flags or "--json" in flags, name
    without = {"gitprov", "gitprov completion", "gitprov server pre-receive"}
    assert "--json" in flags or isinstance(command, click.Group) or name in without


def test_the_page_about_the_commands_is_true() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == render(), "run: python -m tests.support.generate_cli_docs"
