"""The project's own files, for tests that judge them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "gitprov"
TESTS = ROOT / "tests"


@cache
def project_files() -> tuple[Path, ...]:
    """Return every file that is tracked, or would be if it were added now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert listed.returncode == 0, listed.stderr.decode()
    names = listed.stdout.decode().split("\0")
    return tuple(sorted(path for name in names if name and (path := ROOT / name).is_file()))


def text_files() -> Iterator[tuple[str, str]]:
    """Yield (relative name, text) of every project file that is text."""
    for path in project_files():
        content = path.read_bytes()
        if b"\0" not in content:
            yield name_of(path), content.decode("utf-8", "replace")


@cache
def modules(folder: Path) -> tuple[Path, ...]:
    """Return every Python file below a folder; a folder without any is a mistake."""
    found = tuple(sorted(folder.rglob("*.py")))
    assert found, f"no Python file below {folder}"
    return found


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a Python file."""
    return ast.parse(path.read_bytes(), str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function of a file, nested ones and methods included."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def name_of(path: Path) -> str:
    """Return a path relative to the project, with slashes."""
    return path.relative_to(ROOT).as_posix()


def require_none(found: Iterable[str]) -> None:
    """Fail with every find on a line of its own."""
    lines = sorted(found)
    assert not lines, "\n".join(["", *lines])
