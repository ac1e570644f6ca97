"""Writes docs/faults.md from the cases and tests: ``python -m tests.support.generate_faults``."""

from __future__ import annotations

from tests.support.fault_cases import CASES, FaultCase, named_tests
from tests.support.source_tree import ROOT

DOCUMENT = ROOT / "docs" / "faults.md"
_HEAD = """# Faults and what comes of them

This page is generated from the tests: `python -m tests.support.generate_faults`.

Every case is run for real: processes are killed at chosen system calls (`strace`), disks are full
or read-only, agents are stopped, writers and pushers compete. After each of them Git must be
content, the tip must be the old or the new one, what was acknowledged must be there once, and the
next append must work without a human.

`make soak` mixes them at random for as long as you like, from a seed that it prints:
[CONTRIBUTING.md](../CONTRIBUTING.md#soak) says how.

| case | fault | expected | tests |
| --- | --- | --- | --- |
"""


def render() -> str:
    """Return the whole page."""
    tests = named_tests()
    lines = [_line(case, tests.get(case.case_id, [])) for case in CASES]
    return _HEAD + "\n".join(lines) + "\n"


def _line(case: FaultCase, tests: list[str]) -> str:
    shown = "<br>".join(f"`{test.removeprefix('tests/')}`" for test in tests)
    cells = (case.case_id, case.fault, case.expected, shown or f"none: {case.reason}")
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    DOCUMENT.write_text(render(), encoding="utf-8")
