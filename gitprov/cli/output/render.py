"""How results, warnings and errors look: data on standard output, all else on standard error.

Whatever comes from a record, a ref or a file is passed through `safe`, so that no text of
somebody else steers the reader's terminal. JSON is pure ASCII for the same reason.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass

from gitprov.cli.output.streams import done, terminal_width, write
from gitprov.cli.output.table import table_lines
from gitprov.errors import GitprovError
from gitprov.model.receipt import Notice
from gitprov.present.text import safe


def out(line: str = "") -> bool:
    """Print one line of data; False once the reader has gone."""
    return write(f"{line}\n".encode(sys.stdout.encoding, "backslashreplace"))


def out_bytes(content: bytes) -> bool:
    """Print bytes as they are; False once the reader has gone."""
    return write(content)


def tell(message: str) -> None:
    """Print a message of one line for people on standard error."""
    try:
        sys.stderr.write(f"gitprov: {safe(message)}\n")
        sys.stderr.flush()
    except OSError:
        return  # standard error is closed, and there is no other place to say so


def warn(message: str) -> None:
    """Print a warning on standard error."""
    tell(f"warning: {message}")


def to_json(content: object) -> str:
    """Render JSON in one line of ASCII; dataclasses become objects, tuples lists."""
    return json.dumps(content, default=_plain)


def print_json(command: str, content: Mapping[str, object]) -> bool:
    """Print ``{"schema": "gitprov.<command>/v1", ...}`` in one line."""
    return out(to_json({"schema": f"gitprov.{command}/v1", **content}))


def print_result(
    command: str,
    content: Mapping[str, object],
    lines: Iterable[str],
    *,
    as_json: bool,
    is_done: bool = False,
) -> None:
    """Print what a command did: as one JSON object, or in lines for people.

    Args:
        command: its name.
        content: of the object.
        lines: for people.
        as_json: which of the two.
        is_done: it has changed something for good, whatever becomes of the output.
    """
    if is_done:
        lines = [safe(line) for line in lines]
        done(*lines)
    if as_json:
        print_json(command, content)
        return
    for line in lines:
        out(safe(line))


def print_jsonl(command: str, items: Iterable[Mapping[str, object]]) -> None:
    """Print one such document per item, lazily, until the reader has gone."""
    for item in items:
        if not print_json(command, item):
            break


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print columns that fit the terminal, made safe; piped output is never cut."""
    cells = [[safe(cell) for cell in row] for row in rows]
    for line in table_lines(headers, cells, terminal_width()):
        if not out(line):
            break


def warn_notices(notices: Iterable[Notice]) -> None:
    """Say what did not stop a command, but should be known."""
    for notice in notices:
        warn(f"{notice.code}: {notice.message}")


def print_error(error: GitprovError, *, as_json: bool) -> None:
    """Print an error where its reader looks: JSON on standard output, text on standard error."""
    if as_json:
        content = {"code": error.code, "message": error.message, "details": error.details}
        print_json("error", content)
        return
    tell(str(error))
    for finding in error.details.get("findings", ()):
        line = getattr(finding, "line", None)
        tell(f"  {line() if callable(line) else finding}")


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)
