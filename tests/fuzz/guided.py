"""The same targets under atheris, which is guided by coverage: ``pip install -e .[fuzz]``."""

from __future__ import annotations

import gc
import importlib
import sys
from types import FunctionType
from typing import Any

from tests.fuzz import driver
from tests.fuzz.target import Target


def run_guided(target: Target, seconds: float, runs: int | None) -> int:
    """Run one target until time or number is reached; atheris ends the process.

    What was new to it stays in ``.fuzz/<target>``, where the next run goes on.
    """
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        sys.stderr.write("atheris is missing; type: pip install -e '.[fuzz]'\n")
        return 2
    found = target.folder.parents[3] / ".fuzz" / target.name
    found.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (found / f"seed-{number:04}").write_bytes(seed)

    def check(data: bytes) -> None:
        try:
            target.run(data)
        except Exception:
            driver.keep(target, data)
            raise

    limits = [f"-max_total_time={int(seconds)}", f"-max_len={target.longest}", "-rss_limit_mb=2048"]
    limits += ["-timeout=10"] + ([] if runs is None else [f"-runs={runs}"])
    atheris.Setup([sys.argv[0], *limits, str(found)], check)
    for function in [each for each in gc.get_objects() if isinstance(each, FunctionType)]:
        if str(function.__module__).startswith("gitprov."):
            atheris.instrument_func(function)
    atheris.Fuzz()
    return 0
