"""Spoils product and documents on purpose: ``python -m tests.support.mutate_claims [ID...]``.

Each mutation is done in a copy of the tree. The tests that the untrue rows of
docs/requirements.md name are run there, row by row, and one of each row must fail. At the end the
tests that failed are run in a copy without any mutation, where they must pass. Exit code 1 if a
row was missed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.claim_mutations import MUTATIONS, Mutation
from tests.support.source_tree import ROOT, project_files

WORKERS = 2
_LIMIT = 600  # seconds for the tests of one row
_ROW = re.compile(r"^\| ([A-D]-\d+) \| .* \| (.*?) \| \w+ \|$", re.MULTILINE)
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?::\w+(?:\[.*?\])?)(?= - |$)", re.MULTILINE)
_PASSED, _SOME_FAILED = 0, 1


@dataclass(frozen=True)
class Outcome:
    """How the tests of one row took a mutation.

    Args:
        mutation: which one.
        row: the row that is untrue then.
        caught_by: the first test that failed; None if all passed.
        trouble: why neither can be said, such as a test that is not there.
    """

    mutation: Mutation
    row: str
    caught_by: str | None
    trouble: str = ""

    def line(self) -> str:
        """Return what is printed of it."""
        word = "caught" if self.caught_by else "MISSED"
        by = self.caught_by or self.trouble or "every named test passed"
        return f"{word}  {self.mutation.name:4} {self.row:6} {self.mutation.what}: {by}"


def proofs(root: Path = ROOT) -> dict[str, tuple[str, ...]]:
    """Return row -> the tests that it names."""
    text = (root / "docs/requirements.md").read_text(encoding="utf-8")
    return {row: tuple(re.findall(r"`([^`]+)`", cell)) for row, cell in _ROW.findall(text)}


@contextmanager
def copy_of_the_tree() -> Iterator[Path]:
    """Make a copy of the project's files, in a repository of its own."""
    with tempfile.TemporaryDirectory(prefix="gitprov-claims-") as folder:
        root = Path(folder) / "tree"
        for path in project_files():
            target = root / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
        subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
        yield root


def run_tests(root: Path, tests: Sequence[str]) -> tuple[int, str]:
    """Run tests in a copy up to the first that fails; return exit code and output."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_LIMIT,
    )
    return done.returncode, done.stdout + done.stderr


def try_mutation(mutation: Mutation) -> list[Outcome]:
    """Do a mutation in a copy and run what each of its rows names."""
    with copy_of_the_tree() as root:
        for edit in mutation.edits:
            edit.apply(root)
        known: dict[tuple[str, ...], tuple[str | None, str]] = {}
        outcomes = []
        for row in mutation.rows:
            tests = proofs(root)[row]
            if tests not in known:
                known[tests] = _caught(*run_tests(root, tests))
            outcomes.append(Outcome(mutation, row, *known[tests]))
        return outcomes


def _caught(code: int, output: str) -> tuple[str | None, str]:
    if code == _PASSED:
        return None, ""
    failed = _FAILED.search(output)
    if code == _SOME_FAILED and failed:
        return failed[1], ""
    return None, f"pytest ended with {code}: {output.strip().splitlines()[-1:]}"


def without_mutation(tests: Sequence[str]) -> str:
    """Run tests in an unchanged copy; return what is wrong, empty if they pass."""
    with copy_of_the_tree() as root:
        code, output = run_tests(root, sorted(set(tests)))
        return "" if code == _PASSED else output


def main(mutations: Sequence[Mutation]) -> int:
    """Try mutations, print a line for each of their rows, return the exit code."""
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for found in pool.map(try_mutation, mutations):
            outcomes += found
            for outcome in found:
                print(outcome.line(), flush=True)  # noqa: T201 - its purpose
    caught = [outcome.caught_by for outcome in outcomes if outcome.caught_by]
    wrong = without_mutation(caught) if caught else ""
    missed = len(outcomes) - len(caught)
    if wrong:
        print(f"without a mutation, tests fail as well:\n{wrong}")  # noqa: T201
    print(f"{len(mutations)} mutations, {len(caught)} caught, {missed} missed")  # noqa: T201
    return 1 if missed or wrong else 0


if __name__ == "__main__":
    asked = sys.argv[1:]
    sys.exit(main([m for m in MUTATIONS if not asked or m.name in asked]))
