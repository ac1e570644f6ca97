"""Errors of a file's content say which file it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gitprov.errors import RecordError, SignatureError


@contextmanager
def named(path: str) -> Iterator[None]:
    """Put the file's name before what is wrong with its content.

    Raises:
        RecordError, SignatureError: as the block raised them, with the path.
    """
    try:
        yield
    except (RecordError, SignatureError) as reason:
        details = {**reason.details, "path": path}
        raise type(reason)(reason.code, f"{path}: {reason.message}", **details) from reason
