"""What one append brings to the disk: strace watches it once."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.support.source_tree import ROOT

_CALL = re.compile(r"^\d+ +(\w+)\((?:AT_FDCWD(?:<[^>]*>)?, )?(?:(\d+)<([^>]*)>|\"([^\"]*)\")(.*)$")
_RESULT = re.compile(r"= (-?\d+)")
_MARK = "/gitprov-mark"
_TRACED = "trace=access,faccessat,faccessat2,write,pwrite64,fsync,fdatasync"
_WARM_APPENDS = 3


@dataclass(frozen=True, slots=True)
class Synced:
    """One fsync.

    Args:
        size: bytes of the file; None for a folder.
    """

    size: int | None


def watch_append(path: Path, scratch: Path) -> list[Synced] | None:
    """Return the fsyncs of one append by a warm ledger in order; None without strace."""
    strace = shutil.which("strace")
    if strace is None:
        return None
    trace = scratch / "trace"
    script = (
        "import os, gitprov\n"
        "from tests.benchmarks.samples import draft\n"
        "with gitprov.open_ledger() as ledger:\n"
        f"    for _ in range({_WARM_APPENDS}): ledger.append(draft())\n"
        f"    os.access({_MARK!r}, os.F_OK)\n"
        "    assert ledger.append(draft()).state == 'recorded'\n"
        f"    os.access({_MARK!r}, os.F_OK)\n"
    )
    child = (sys.executable, "-c", script)
    subprocess.run(
        [*(strace, "-f", "-qq", "-y", "-s", "32", "-e", _TRACED, "-o", str(trace)), *child],
        cwd=path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    return read_trace(trace.read_text(encoding="utf-8", errors="replace"))


def read_trace(text: str) -> list[Synced]:
    """Return the fsyncs between the two marks; a path that nobody wrote to is a folder."""
    written: dict[str, int] = {}
    found: list[Synced] = []
    marks = 0
    for line in text.splitlines():
        match = _CALL.match(line)
        if match is None:
            continue
        name, _, path, argument, _ = match.groups()
        marks += argument == _MARK
        if path is None:
            continue
        if name in {"write", "pwrite64"}:
            result = _RESULT.search(line[match.start(5) :])
            written[path] = written.get(path, 0) + (int(result[1]) if result else 0)
        elif marks == 1 and name in {"fsync", "fdatasync"}:
            found.append(Synced(written.pop(path, None)))
    return found


def repeat(syncs: list[Synced], folder: Path) -> None:
    """Do the same fsyncs on new files and folders, and nothing else."""
    for synced in syncs:
        if synced.size is None:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        else:
            descriptor = tempfile.mkstemp(dir=folder)[0]
            os.write(descriptor, os.urandom(synced.size))
        os.fsync(descriptor)
        os.close(descriptor)
