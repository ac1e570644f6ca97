"""Processes that share a piece of work and start at the same moment."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path


def work_together(module: str, folders: Sequence[Path], amount: int) -> tuple[float, list[str]]:
    """Let one process a folder do its share; return the seconds and what each printed.

    Args:
        module: run with its share as the only argument; it says that it is ready and waits for
            a line before it begins.
        folders: where each process works; the same folder may be there often.
        amount: the whole work, divided as evenly as it goes.
    """
    count = len(folders)
    shares = [amount // count + (n < amount % count) for n in range(count)]
    with ExitStack() as stack:
        children = [
            stack.enter_context(_start(module, path, share))
            for path, share in zip(folders, shares, strict=True)
        ]
        for child in children:
            assert child.stdout is not None
            child.stdout.readline()
        started = time.perf_counter()
        for child in children:
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.flush()
        outputs = [child.communicate()[0] for child in children]
        return time.perf_counter() - started, outputs


def pairs_of(outputs: Sequence[str]) -> list[tuple[str, int]]:
    """Read the (run id, number) pairs that such processes printed as JSON."""
    return [(run_id, number) for output in outputs for run_id, number in json.loads(output)]


def _start(module: str, path: Path, share: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, str(share)],
        cwd=path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
