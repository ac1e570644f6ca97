"""``python -m tests.fuzz [--seconds S] [--runs N] [--seed N] [TARGET...]``: feeds it any bytes."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence

from tests.fuzz import driver
from tests.fuzz.catalog import TARGETS
from tests.fuzz.target import Target


def main(argv: Sequence[str] | None = None) -> int:
    """Run the targets that are named, or all; 0 if none was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=float, help="for all targets together (default 60)")
    parser.add_argument("--runs", type=int, help="inputs for each target")
    parser.add_argument("--seed", type=int, help="replays a run; chance by default")
    parser.add_argument(
        "--guided", action="store_true", help="one target, guided by coverage (needs atheris)"
    )
    given = parser.parse_args(argv)
    unknown = sorted(set(given.targets) - TARGETS.keys())
    if unknown:
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    names = given.targets or list(TARGETS)
    if given.guided:
        from tests.fuzz.guided import run_guided  # noqa: PLC0415 - optional

        return run_guided(TARGETS[names[0]](), given.seconds or 60, given.runs)
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(1 << 32)
    total = given.seconds if given.seconds or given.runs else 60.0
    seconds = None if total is None else total / len(names)
    broken = 0
    for name in names:
        broken += _run(TARGETS[name](), seed, seconds, given.runs)
    return 1 if broken else 0


def _run(target: Target, seed: int, seconds: float | None, runs: int | None) -> bool:
    outcome = driver.run(target, seed, seconds=seconds, runs=runs)
    print(outcome.line(), flush=True)
    if outcome.broken is None:
        return False
    path = driver.keep(target, outcome.broken)
    print(f"  broken by {path}: {outcome.why}")
    replay = f"python -m tests.fuzz --seed {seed} --runs {outcome.inputs + 1} {target.name}"
    print(f"  again: {replay}")
    return True


if __name__ == "__main__":
    sys.exit(main())
