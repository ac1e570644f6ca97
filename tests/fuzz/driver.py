"""Runs targets until time or number is reached, and keeps what breaks one."""

from __future__ import annotations

import contextlib
import hashlib
import resource
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from tests.fuzz.mutator import Mutator
from tests.fuzz.target import BrokenPropertyError, Target

MEMORY = 1 << 30
"""Bytes that a run may need on top of what it begins with: an input that needs more breaks it."""
SECONDS_PER_INPUT = 10
_LONGEST_WAIT = 60
_CLOCK_EVERY = 64


@dataclass
class Outcome:
    """What a run of one target came to.

    Args:
        target: its name.
        seed: the row of inputs.
        inputs: how many were checked.
        seconds: how long that took.
        answers: accepted, or a code -> how many.
        broken: the input that broke it, None if none did.
        why: what happened then.
    """

    target: str
    seed: int
    inputs: int = 0
    seconds: float = 0.0
    answers: Counter[str] = field(default_factory=Counter)
    broken: bytes | None = None
    why: str = ""

    def line(self) -> str:
        """Render it for people."""
        rate = self.inputs / self.seconds if self.seconds else 0.0
        top = ", ".join(f"{count} {answer}" for answer, count in self.answers.most_common(6))
        return (
            f"{self.target}: {self.inputs:,} inputs in {self.seconds:.0f} s ({rate:,.0f}/s),"
            f" {int(self.broken is not None)} broken: {top}"
        )


def run(target: Target, seed: int, *, seconds: float | None, runs: int | None) -> Outcome:
    """Check inputs until time or number is reached, or one breaks the target.

    Args:
        target: what to check.
        seed: chooses the inputs; the same seed and number give the same inputs.
        seconds: when to stop; None is never.
        runs: how many inputs; None is not a limit.
    """
    outcome = Outcome(target.name, seed)
    mutator = Mutator(target.seeds(), target.words, seed, target.longest)
    start = time.monotonic()
    with _bounded():
        while runs is None or outcome.inputs < runs:
            if outcome.inputs % _CLOCK_EVERY == 0:
                outcome.seconds = time.monotonic() - start
                if seconds is not None and outcome.seconds >= seconds:
                    break
                _restart_clocks()
            data = mutator.make(outcome.inputs)
            try:
                answer = target.run(data)
            except Exception as reason:  # noqa: BLE001 - whatever comes out is the find
                outcome.broken, outcome.why = data, f"{type(reason).__name__}: {reason}"
                break
            outcome.answers[answer] += 1
            outcome.inputs += 1
    outcome.seconds = time.monotonic() - start
    return outcome


def keep(target: Target, data: bytes) -> str:
    """Put an input that broke a target into its corpus, where the tests replay it for ever."""
    path = target.folder / f"found-{hashlib.sha256(data).hexdigest()[:12]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return str(path)


def _address_space() -> int:
    """Return what this process has already, in bytes."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return MEMORY  # a system without /proc: leave room enough
    return pages * resource.getpagesize()


def _restart_clocks(work: int = SECONDS_PER_INPUT, wait: int = _LONGEST_WAIT) -> None:
    """Give the next inputs so many seconds of work; how long that takes, a busy machine decides."""
    signal.setitimer(signal.ITIMER_PROF, work)
    signal.alarm(wait)


@contextlib.contextmanager
def _bounded() -> Iterator[None]:
    """Turn a hang and a hunger for memory into an exception within the check."""

    def expire(_signal: int, _frame: FrameType | None) -> None:
        text = f"{_CLOCK_EVERY} inputs took more than {SECONDS_PER_INPUT} s of work, or hang"
        raise BrokenPropertyError(text)

    before = {clock: signal.signal(clock, expire) for clock in (signal.SIGALRM, signal.SIGPROF)}
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + MEMORY, hard))
    try:
        yield
    finally:
        _restart_clocks(0, 0)
        for clock, handler in before.items():
            signal.signal(clock, handler)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
