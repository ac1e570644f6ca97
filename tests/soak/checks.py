"""What must hold: acknowledged is reachable, once, in an order that real time allows."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.soak.journal import Promise
from tests.support.faults import LEDGER

_LIMIT = 3600


@dataclass(frozen=True)
class Found:
    """What the ledger holds.

    Args:
        places: run id -> number of the entry that added it.
        twice: run ids that more than one entry brought.
        others: changes that are no additions.
    """

    places: Mapping[str, int]
    twice: Sequence[str]
    others: Sequence[str]


def git(path: Path, *args: str) -> str:
    """Run git for as long as it takes."""
    argv = ["git", *args]
    done = subprocess.run(argv, cwd=path, capture_output=True, check=False, timeout=_LIMIT)
    if done.returncode:
        words = f"git {' '.join(args)}: exit {done.returncode}\n{done.stderr.decode()}"
        raise AssertionError(words + done.stdout.decode()[-2000:])
    return done.stdout.decode()


def read_ledger(path: Path, ref: str = LEDGER) -> Found:
    """Read from plain git which entry of the mainline brought which run."""
    places: dict[str, int] = {}
    twice, others = [], []
    number = -1
    shown = ("--first-parent", "-m", "--reverse", "--no-renames", "--name-status", "--format=@%H")
    for line in git(path, "log", *shown, ref, "--").splitlines():
        if line.startswith("@"):
            number += 1
        elif line:
            kind, _, name = line.partition("\t")
            if kind != "A":
                others.append(line)
            elif name.startswith("runs/"):
                run_id = name.rpartition("/")[2].removesuffix(".yaml")
                if run_id in places:
                    twice.append(run_id)
                places[run_id] = number
    return Found(places, twice, others)


def lost(found: Found, promises: Sequence[Promise]) -> list[str]:
    """Return the runs that were promised and are not there."""
    promised = {run_id for promise in promises for run_id in promise.run_ids}
    return sorted(promised - found.places.keys())


def out_of_order(found: Found, promises: Sequence[Promise]) -> Iterator[str]:
    """Yield what follows a run that was begun only after it had been acknowledged.

    Sweeps the entries from the oldest on: nothing may have been acknowledged before the latest
    beginning among older entries.
    """
    started: dict[int, int] = {}
    ended: dict[int, tuple[int, str]] = {}
    for promise in promises:
        for run_id in promise.run_ids:
            place = found.places.get(run_id)
            if place is None:
                continue
            started[place] = max(started.get(place, 0), promise.started)
            if promise.is_on_ledger:
                known = ended.get(place)
                if known is None or promise.ended < known[0]:
                    ended[place] = (promise.ended, run_id)
    latest = 0
    for place in sorted(started):
        if place in ended and ended[place][0] < latest:
            yield f"{ended[place][1]} in entry {place} was acknowledged before an older entry began"
        latest = max(latest, started[place])


def verified(path: Path, *options: str) -> str:
    """Let the program verify the ledger; return what is wrong, nothing if all is well."""
    argv = [sys.executable, "-m", "gitprov", "verify", "--json", *options]
    done = subprocess.run(argv, cwd=path, capture_output=True, check=False, timeout=_LIMIT)
    report = json.loads(done.stdout or b"{}")
    if done.returncode == 0 and report.get("verdict") == "pass" and not report.get("findings"):
        return ""
    return f"verify ended with {done.returncode}: {done.stdout.decode()} {done.stderr.decode()}"
