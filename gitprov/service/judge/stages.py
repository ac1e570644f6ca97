"""Judging in stages, so that many entries can go through each stage side by side.

Each stage has code and tables of its own, which the processor keeps at hand if it runs for
several entries before the next one begins; one entry after the other took a third more time.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
Stages = Generator[None, None, T]
"""Comes to a result, and stops after every stage but the last."""


def finish(stages: Stages[T]) -> T:
    """Run all stages at once; returns what they come to."""
    while True:
        try:
            next(stages)
        except StopIteration as end:
            result: T = end.value
            return result
