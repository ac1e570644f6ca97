"""Writes docs/attacks.md from the cases: ``python -m tests.support.generate_attacks``."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from gitprov.errors import Code
from gitprov.model.finding import Verdict
from tests.support.attacks import Attack, Outcome, Surface
from tests.support.source_tree import ROOT

DOCUMENT = ROOT / "docs" / "attacks.md"
FOLDER = "tests/adversarial"
_DIRECT = re.compile(r"test_case_([A-Z])_([0-9]{2,3})_([A-Za-z0-9_]+)")
_CODE = re.compile(r"\bCode\.([A-Z_]+)")
_SURFACES = {
    "C": "Commits and signatures",
    "T": "Trees and merges",
    "R": "Records and the guard",
    "K": "Policy, keys and quorum",
    "P": "Pushes to a server with the hook",
    "N": "Pushes of notes to a server with the hook",
    "V": "Offline verification",
    "X": "Command line and writer",
}
_HEAD = """# Attacks and their answers

This page is generated from the tests: `python -m tests.support.generate_attacks`.

Every case builds a real ledger with real signatures, does one thing to it, and holds gitprov to
the one code that answers it: offline, as `gitprov verify` judges, and, where an entry would be let
in, as the writer and the pre-receive hook judge. Both signature engines must say the same. The
numbered cases are pushed to a server with the hook as well, which must say the same again.
`tests/support/history.py` builds the ledgers without any code of gitprov's.

Where offline verification and letting in differ, both answers are in the table, in this order.
"disputed" and other warnings do not fail a ledger. A test without an answer of its own names the
codes that it asks for.
"""
_ELSEWHERE = """
## Cases that have no test here

- T-18: payloads are in stores outside the ledger, so a missing one is a case of the stores; what a
  tombstone needs is K-89.
- X-12, X-13, X-15: they are cases of the index, which is derived and which `verify` never reads.
"""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    case_id: str
    construct: str
    answer: str
    test: str


def modules() -> Iterator[ModuleType]:
    """Yield every module of attacks."""
    for path in sorted((ROOT / FOLDER).glob("test_*.py")):
        yield importlib.import_module(f"{FOLDER.replace('/', '.')}.{path.stem}")


def rows() -> list[Row]:
    """Return every case, in the order of the ids."""
    found = []
    for module in modules():
        surface = getattr(module, "SURFACE", None)
        if isinstance(surface, Surface):
            found += [_attack_row(attack) for attack in surface.attacks]
        found += _direct_rows(module)
    order = list(_SURFACES)
    return sorted(found, key=lambda r: (order.index(r.case_id[0]), int(r.case_id[2:]), r.test))


def _file_of(module: str) -> str:
    return module.rpartition(".")[2] + ".py"


def _attack_row(attack: Attack) -> Row:
    answers = [_answer(outcome) for outcome in (attack.offline, attack.accepting) if outcome]
    test = f"{_file_of(attack.module)}::{attack.name}"
    return Row(attack.case_id, attack.construct, ", ".join(dict.fromkeys(answers)), test)


def _answer(outcome: Outcome) -> str:
    if outcome.code is None:
        return "accepted"
    marks = {Verdict.PASS: " (warning)", Verdict.UNKNOWN: " (unknown)", Verdict.FAIL: ""}
    return f"{outcome.code}{marks[outcome.verdict]}"


def _direct_rows(module: ModuleType) -> Iterator[Row]:
    for name, function in inspect.getmembers(module, inspect.isfunction):
        match = _DIRECT.fullmatch(name)
        if match is None or function.__module__ != module.__name__:
            continue
        construct = " ".join((function.__doc__ or "").split())
        codes = dict.fromkeys(_CODE.findall(inspect.getsource(function)))
        answer = ", ".join(Code[code] for code in codes) or "see the test"
        test = f"{_file_of(module.__name__)}::{name}"
        yield Row(f"{match[1]}-{match[2]}", construct, answer, test)


def render() -> str:
    """Return the whole page."""
    listed = rows()
    parts = [_HEAD]
    for surface, title in _SURFACES.items():
        lines = [_line(row) for row in listed if row.case_id[0] == surface]
        head = "| case | construct | answer | test |\n| --- | --- | --- | --- |"
        parts.append(f"\n## {title}\n\n{head}\n" + "\n".join(lines) + "\n")
    return "".join(parts) + _ELSEWHERE


def _line(row: Row) -> str:
    cells = (row.case_id, row.construct, row.answer, f"`{row.test}`")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    DOCUMENT.write_text(render(), encoding="utf-8")
