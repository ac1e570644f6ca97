"""Tests that need a program: a failure in CI, a named gap in the summary elsewhere."""

from __future__ import annotations

import os
import shutil

import pytest

PROGRAMS = ("fcgiwrap", "git", "gitolite", "gpg", "nginx", "shellcheck", "sshd", "strace")
_OFF_THE_PATH = ("/usr/sbin", "/sbin")  # where users do not look, but servers lie


def missing_program(markers: set[str], path: str | None = None) -> str | None:
    """Return the first program that the markers ask for and that is not there."""
    if path is None:
        path = os.pathsep.join((os.environ.get("PATH", os.defpath), *_OFF_THE_PATH))
    wanted = (name for name in PROGRAMS if name in markers)
    return next((name for name in wanted if shutil.which(name, path=path) is None), None)


def is_promised(environ: dict[str, str] | os._Environ[str]) -> bool:
    """Whether this machine promised to have every program, as CI machines do."""
    return environ.get("CI", "").lower() not in {"", "0", "false"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that takes a fixture named like a program."""
    for item in items:
        for name in set(PROGRAMS).intersection(getattr(item, "fixturenames", ())):
            item.add_marker(name)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail or skip a test whose program is missing, before its fixtures run."""
    marks = {mark.name for mark in item.iter_markers()}
    program = missing_program(marks)
    if program is not None:
        reason = f"needs the program {program}, which is not installed"
    elif "root" in marks and os.geteuid() != 0:
        reason = "needs root, to mount a disk or to become somebody else"
    else:
        return
    if is_promised(os.environ):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name every test that was not run, so that no gap goes unseen."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section(f"{len(skipped)} tests were NOT run", yellow=True)
        for report in skipped:
            terminalreporter.write_line(report.nodeid)
