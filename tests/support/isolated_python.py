"""A Python that has gitprov even under ``-I``, as a server's has it."""

from __future__ import annotations

import os
import sys
import sysconfig
import venv
from pathlib import Path

from tests.support.source_tree import ROOT


def make_isolated_python(folder: Path) -> str:
    """Make an environment that has this checkout and lends all else; return its interpreter.

    A server runs the hook isolated, where neither PYTHONPATH nor the current folder counts.
    """
    venv.create(folder, symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    lent = folder / "lib" / version / "site-packages" / "lent.pth"
    lines = [str(ROOT), sysconfig.get_path("purelib")]
    measured = os.environ.get("COVERAGE_PROCESS_CONFIG")
    if measured:
        # Isolated and without an environment, it would not be measured.
        name = "COVERAGE_PROCESS_CONFIG"
        lines.append(
            f"import os; os.environ[{name!r}] = {measured!r};"
            " import coverage; coverage.process_startup()"
        )
    lent.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(folder / "bin" / "python")
