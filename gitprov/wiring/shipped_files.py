"""Finds the hooks and templates that gitprov ships, in a wheel and in a checkout."""

from __future__ import annotations

from pathlib import Path

from gitprov.errors import Code, StorageError

_PACKAGE = Path(__file__).parent.parent
_INSTALLED = _PACKAGE / "_shipped"


def read_shipped(name: str) -> bytes:
    """Return a shipped file.

    Args:
        name: its path in the repository: ``hooks/pre-receive``.

    Raises:
        StorageError: GPV-500-INTERNAL, the installation lacks it.
    """
    path = (_INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent) / name
    try:
        return path.read_bytes()
    except OSError as error:
        text = f"gitprov's own file {str(path)!r} cannot be read; install gitprov again"
        raise StorageError(Code.INTERNAL, text, path=str(path)) from error
