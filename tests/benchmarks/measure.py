"""Times two things in turn, so that a busy machine slows both alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Step = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Pair:
    """Seconds of a baseline and of ours, measured in turn.

    Args:
        baseline: of each repetition.
        ours: of each repetition.
    """

    baseline: tuple[float, ...]
    ours: tuple[float, ...]

    @property
    def seconds(self) -> tuple[float, float]:
        """The medians: (baseline, ours)."""
        return median(self.baseline), median(self.ours)

    @property
    def ratio(self) -> float:
        """How many times as long as the baseline ours takes, by the medians."""
        baseline, ours = self.seconds
        return ours / baseline

    @property
    def spread(self) -> tuple[float, float]:
        """The least and the greatest ratio of a single repetition."""
        ratios = [ours / base for base, ours in zip(self.baseline, self.ours, strict=True)]
        return min(ratios), max(ratios)

    def per(self, baseline: int, ours: int) -> Pair:
        """Return the same for one of many items that each repetition worked on."""
        return Pair(
            tuple(seconds / baseline for seconds in self.baseline),
            tuple(seconds / ours for seconds in self.ours),
        )


def seconds_of(step: Step) -> float:
    """Return how long a step takes, by the clock on the wall."""
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


def in_turn(baseline: Step, ours: Step, times: int, *, warm: int = 1) -> Pair:
    """Time baseline, ours, baseline, ours, ...

    Args:
        baseline: what is compared with.
        ours: what is measured.
        times: repetitions that count.
        warm: repetitions before, which do not count.
    """
    pairs = [(seconds_of(baseline), seconds_of(ours)) for _ in range(warm + times)][warm:]
    return Pair(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))
