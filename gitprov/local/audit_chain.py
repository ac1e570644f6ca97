"""Reads the audit log: its files, its lines, and whether they are still one chain (6.5)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gitprov.disk.durable import unreadable
from gitprov.model.audit_report import AuditReport

START: Final = "0" * 64
"""The ``previous`` of the first line."""
CURRENT: Final = "audit.jsonl"
HEADS: Final = "audit.heads"
PRUNE: Final = "prune"
_ROTATED = re.compile(r"audit\.[0-9]{6,}\.jsonl")
_BROKEN = "does not follow the line before: something was edited, removed or put in"
_HEAD = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line of one file, as it is.

    Args:
        file: the file's name.
        number: of the line in its file, from 1.
        content: the line with its LF.
        fields: what it says; None if it is torn or damaged.
    """

    file: str
    number: int
    content: bytes
    fields: dict[str, Any] | None


def audit_files(folder: Path) -> list[Path]:
    """Return the files of the log, oldest first."""
    names = (path.name for path in folder.iterdir()) if folder.exists() else ()
    rotated = sorted((n for n in names if _ROTATED.fullmatch(n)), key=lambda n: (len(n), n))
    files = [folder / name for name in rotated]
    return [*files, folder / CURRENT] if (folder / CURRENT).exists() else files


def line_digest(line: bytes) -> str:
    """Return the SHA-256 of a line, its LF included; START for no line."""
    return hashlib.sha256(line).hexdigest() if line else START


def iter_lines(files: Collection[Path]) -> Iterator[AuditLine]:
    """Yield every line, oldest first.

    Raises:
        StorageError: GPV-500-INTERNAL, a file cannot be read.
    """
    for path in files:
        try:
            with path.open("rb") as stream:
                for number, line in enumerate(stream, 1):
                    yield AuditLine(path.name, number, line, _fields(line))
        except OSError as error:
            raise unreadable(error, path) from error


def signed_heads(folder: Path) -> list[str]:
    """Return the heads that checkpoints of this repository have signed, oldest first.

    Raises:
        StorageError: GPV-500-INTERNAL.
    """
    try:
        text = (folder / HEADS).read_text(errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise unreadable(error, folder / HEADS) from error
    return [line for line in text.split("\n") if _HEAD.fullmatch(line)]


def check_chain(folder: Path, known: Collection[str]) -> AuditReport:
    """Go through all files and find edited, removed and torn lines.

    Args:
        folder: of the log.
        known: heads that were signed earlier; each must be the digest of a line, or be named by
            a line of `prune`. Else the log was cut or replaced since.

    Raises:
        StorageError: GPV-500-INTERNAL, a file cannot be read.
    """
    problems: list[str] = []
    pruned = {START}
    seen: set[str] = set()
    first: AuditLine | None = None
    lines, last = 0, b""
    for line in iter_lines(audit_files(folder)):
        if first is None:
            first = line
        fields = line.fields or {}
        if line.fields is None:
            problems.append(f"{line.file} line {line.number}: torn or damaged")
        elif line is not first and fields.get("previous") != line_digest(last):
            problems.append(f"{line.file} line {line.number}: {_BROKEN}")
        if fields.get("action") == PRUNE:
            pruned |= {str(fields.get("old")), *str(fields.get("reason")).split()}
        lines, last = lines + 1, line.content
        seen.add(line_digest(last))
    if first is not None and first.fields and first.fields.get("previous") not in pruned:
        problems.insert(0, f"{first.file} line {first.number}: {_BROKEN}")
    gone = [head for head in dict.fromkeys(known) if head not in seen | pruned]
    problems += [f"{CURRENT}: the earlier head {head} is gone" for head in gone]
    return AuditReport(lines, line_digest(last), tuple(problems))


def _fields(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if line.endswith(b"\n") and isinstance(value, dict) else None
