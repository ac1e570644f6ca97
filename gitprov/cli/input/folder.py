"""``-C PATH``."""

from __future__ import annotations

import os
from collections.abc import Sequence

from gitprov.errors import Code, UsageError
from gitprov.wiring.system import forget_repository


def enter(paths: Sequence[str]) -> None:
    """Change to folders one after the other, as git does; an empty one changes nothing.

    They say which repository is meant: a hook's variables no longer count.

    Raises:
        UsageError: GPV-422-ARGUMENT.
    """
    for path in filter(None, paths):
        try:
            os.chdir(path)
        except OSError as reason:
            message = f"-C: cannot change to {path!r}: {reason.strerror}"
            raise UsageError(Code.ARGUMENT, message) from reason
        forget_repository()
