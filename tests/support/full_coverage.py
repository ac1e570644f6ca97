"""Holds chosen packages to 100 % branch coverage, within the test run itself.

``--require-full-coverage=gitprov/guard`` (repeatable) works beside ``--cov`` and reports before
the closing line of pytest, which stays the last line.
"""

from __future__ import annotations

import io
from collections.abc import Generator

import pytest
from coverage import Coverage
from coverage.exceptions import NoDataError

_failures = pytest.StashKey[list[str]]()
FULL = 100.0


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--require-full-coverage",
        action="append",
        default=[],
        metavar="FOLDER",
        help="fail unless every line and branch below FOLDER was run (with --cov)",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Judge the data that pytest-cov has combined; being outermost, this runs after it."""
    result = yield
    config = session.config
    folders = config.getoption("--require-full-coverage")
    if folders and not hasattr(config, "workerinput"):
        failures = [text for folder in folders if (text := shortfall(folder))]
        config.stash[_failures] = failures
        session.testsfailed += len(failures)
    return result


def shortfall(folder: str) -> str | None:
    """Return the report of a folder that is not covered in full, None if it is."""
    coverage = Coverage()
    coverage.load()
    report = io.StringIO()
    try:
        total = coverage.report(include=[f"{folder}/*"], show_missing=True, file=report)
    except NoDataError:
        return f"nothing below {folder} was measured"
    return None if total >= FULL else f"{folder} must be covered in full:\n{report.getvalue()}"


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print what is missing, and let the closing line of pytest count it as an error."""
    for text in config.stash.get(_failures, []):
        terminalreporter.section("full coverage", red=True)
        terminalreporter.write_line(text)
        _count(terminalreporter, text.partition(":")[0])
    measured = config.pluginmanager.getplugin("_cov")
    floor = measured.options.cov_fail_under if measured else None
    if floor and (measured.cov_total or 0) < floor:
        _count(terminalreporter, f"total coverage must reach {floor:g} %")


def _count(terminalreporter: pytest.TerminalReporter, what: str) -> None:
    report = pytest.TestReport(
        nodeid=what,
        location=(what, None, what),
        keywords={},
        outcome="failed",
        longrepr=None,
        when="teardown",
    )
    terminalreporter.stats.setdefault("error", []).append(report)
