"""A Python that has gitprov even under ``-I``, as a server's has it."""

from __future__ import annotations

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
    lent.write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return str(folder / "bin" / "python")
