"""Too little of something for the block: room in a file, or file descriptors."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

_PART = 0.03


@contextmanager
def scarcity(chance: Random) -> Iterator[None]:
    """Limit what this process and its children may use, sometimes."""
    draw = chance.random()
    if draw < _PART:
        with _limited(resource.RLIMIT_FSIZE, chance.randint(0, 20_000)):
            yield
    elif draw < 2 * _PART:
        with _limited(resource.RLIMIT_NOFILE, _open_files() + chance.randint(0, 12)):
            yield
    else:
        yield


def _open_files() -> int:
    """Return the first number that no descriptor of this process has."""
    return 1 + max(int(path.name) for path in Path("/dev/fd").iterdir())


@contextmanager
def _limited(what: int, most: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most, hard))
    # Python keeps a module that it could write in part only, and everybody fails to import it.
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    try:
        yield
    finally:
        del os.environ["PYTHONDONTWRITEBYTECODE"]
        sys.dont_write_bytecode = False
        resource.setrlimit(what, (soft, hard))
