"""What a row says once it is measured, in words and numbers for people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.benchmarks.measure import Pair
from tests.benchmarks.world import Bench

_MILLISECOND = 1e-3
_SECOND = 1.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure, ready for print.

    Args:
        what: what was measured, and at which size.
        ours: its value with its unit.
        baseline: what it is compared with, and that value; empty if it is a plain count.
        ratio: ours against the baseline; empty if it is a plain count.
        reach: what is to be reached; empty for a figure that is there for information.
        met: whether it was reached; None where nothing was to be reached or measured.
    """

    what: str
    ours: str
    baseline: str
    ratio: str
    reach: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the benchmarks; the docstring of its module says how it is measured.

    Args:
        name: P1, P2, ...
        title: what it is about.
        measure: measures it.
    """

    name: str
    title: str
    measure: Callable[[Bench], list[Figure]]


def seconds(value: float) -> str:
    """Write a time: ``1.23 s``, ``45.6 ms`` or ``89 us``."""
    if value >= _SECOND:
        return f"{value:.2f} s"
    if value >= _MILLISECOND:
        return f"{value * 1e3:.1f} ms"
    return f"{value * 1e6:.0f} us"


def times(pair: Pair) -> str:
    """Write a ratio with what single repetitions gave: ``1.43 times (1.38 to 1.51)``."""
    low, high = pair.spread
    return f"{pair.ratio:.2f} times ({low:.2f} to {high:.2f})"


def times_faster(pair: Pair) -> str:
    """Write how many times faster than the baseline ours is."""
    low, high = pair.spread
    return f"{1 / pair.ratio:.1f} times faster ({1 / high:.1f} to {1 / low:.1f})"


def line(row: str, figure: Figure) -> str:
    """Write a figure as one line for a terminal."""
    compared = f"; {figure.baseline}; {figure.ratio}" if figure.baseline else ""
    reach = f" [reach: {figure.reach}: {verdict(figure)}]" if figure.reach else ""
    return f"{row}  {figure.what}: {figure.ours}{compared}{reach}"


def verdict(figure: Figure) -> str:
    """Say whether the figure was reached."""
    if figure.met is None:
        return "not measured" if figure.reach else "-"
    return "yes" if figure.met else "NO"
