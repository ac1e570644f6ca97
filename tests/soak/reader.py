"""Reads the ledger all the while: it must never be missing, and never go back."""

from __future__ import annotations

import time

import gitprov
from tests.soak.world import SoakWorld

_PAUSE = 0.05


def watch(world: SoakWorld) -> None:
    """Read until the end, with one ledger object that stays open."""
    highest = -1
    with gitprov.open_ledger(world.repo) as ledger:
        while not world.stop.exists():
            height = ledger.height
            if height < highest:
                world.accuse(f"a reader saw height {highest}, and then {height}")
            highest = height
            time.sleep(_PAUSE)
