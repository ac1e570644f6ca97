"""Soaks gitprov: ``python -m tests.soak [--seconds N] [--seed N] [--writers N]``."""

from __future__ import annotations

import argparse
import sys
from random import SystemRandom

from tests.soak.driver import Soak, SoakFailedError
from tests.soak.world import new_world


def main() -> int:
    """Soak; returns the exit code: 0 all is well, 1 something is wrong."""
    parser = argparse.ArgumentParser("tests.soak", description="Mix writers with every trouble.")
    parser.add_argument("--seconds", type=float, default=60, help="how long to write")
    parser.add_argument("--seed", type=int, default=None, help="decides every choice")
    parser.add_argument("--writers", type=int, default=6, help="how many at a time")
    parser.add_argument("--pushers", type=int, default=3, help="how many, each with a clone")
    given = parser.parse_args()
    seed = SystemRandom().randrange(1_000_000) if given.seed is None else given.seed
    who = f"{given.writers} writers, {given.pushers} pushers"
    sys.stdout.write(f"soak: seed {seed}, {given.seconds:g} s, {who}\n")
    sys.stdout.flush()
    with new_world(seed, given.pushers) as world:
        try:
            summary = Soak(world, given.writers, given.pushers).run(given.seconds)
        except SoakFailedError as reason:
            again = f"--seed {seed} --seconds {given.seconds:g} --writers {given.writers}"
            again += f" --pushers {given.pushers}"
            sys.stdout.write(f"{reason}\nsoak: FAILED; again: python -m tests.soak {again}\n")
            return 1
    sys.stdout.write(summary.line() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
