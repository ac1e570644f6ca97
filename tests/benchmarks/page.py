"""The page of figures: each run replaces the rows that it measured, at its size, and no others."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from tests.benchmarks.figure import Figure, Row, verdict
from tests.benchmarks.world import run
from tests.support.source_tree import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
_HEAD = """# Benchmarks

Every figure is beside its baseline of the same run, since machines differ and are shared.
`make bench` measures all rows in a few minutes; `python -m tests.benchmarks --full P8` measures
rows at full size. Each script in `tests/benchmarks/` says in its first lines what it measures.
"""
_TABLE = (
    "| row | what | gitprov | baseline | ratio | reach | met | measured |\n"
    "|---|---|---|---|---|---|---|---|\n"
)
_SECTIONS = ("Everyday sizes", "Full sizes")
_LINE = re.compile(r"^\| (P[0-9]+[bc]?) \|.*$", re.MULTILINE)


def update(text: str, results: Iterable[tuple[Row, list[Figure]]], *, is_full: bool) -> str:
    """Return the page with these rows measured again.

    Args:
        text: the page as it is; empty if there is none.
        results: what was measured.
        is_full: at full sizes.
    """
    lines = {section: _lines_below(text, section) for section in _SECTIONS}
    where = _where()
    for row, figures in results:
        lines[_SECTIONS[is_full]][row.name] = [_line(row, f, where) for f in figures]
    parts = [_HEAD]
    for section in _SECTIONS:
        rows = sorted(lines[section].items(), key=lambda item: _order(item[0]))
        if rows:
            table = "\n".join(line for _, found in rows for line in found)
            parts.append(f"\n## {section}\n\n{_TABLE}{table}\n")
    return "".join(parts)


def _where() -> str:
    machine = f"{os.cpu_count()} cores of {platform.machine()}"
    versions = f"Python {platform.python_version()}, git {_version('git')}, gpg {_version('gpg')}"
    return f"{datetime.now(UTC).date().isoformat()}, {machine}, {versions}"


def _version(program: str) -> str:
    first = run([program, "--version"], ROOT).decode().partition("\n")[0]
    return first.rpartition(" ")[2]


def _lines_below(text: str, section: str) -> dict[str, list[str]]:
    below = text.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    found: dict[str, list[str]] = {}
    for match in _LINE.finditer(below):
        found.setdefault(match[1], []).append(match[0])
    return found


def _order(name: str) -> tuple[int, str]:
    return int(name.strip("Pbc")), name


def _line(row: Row, f: Figure, where: str) -> str:
    cells = (row.name, f.what, f.ours, f.baseline, f.ratio, f.reach, verdict(f), where)
    return f"| {' | '.join(cells)} |"
