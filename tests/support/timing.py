"""Time limits that hold on a busy machine and under coverage.

They catch what is quadratic or worse; figures of merit are for the benchmarks.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import process_time

TRACING = 30
"""How much slower code runs while each line is traced."""


def takes_less_than(seconds: float, action: Callable[[], object], tries: int = 3) -> bool:
    """Whether the fastest of some tries stays below that much processor time."""
    limit = seconds if sys.gettrace() is None else seconds * TRACING
    for _ in range(tries):
        started = process_time()
        action()
        if process_time() - started < limit:
            return True
    return False
