"""One pusher of the benchmark of many: ``python -m tests.benchmarks.pusher COUNT``.

It says that it is ready, waits for a line, then records and pushes that many times; a push that
others overtook too often is tried again. It prints run ids and how many attempts each push took.
"""

from __future__ import annotations

import json
import sys

import gitprov
from gitprov.app.push import push
from gitprov.errors import RefMovedError
from gitprov.model.overrides import Overrides
from gitprov.wiring.workspace import open_workspace
from tests.benchmarks.samples import draft


def record_and_push(count: int) -> list[tuple[str, int]]:
    """Do it so many times in the current folder; return (run id, attempts) pairs."""
    print("ready", flush=True)
    sys.stdin.readline()
    return [(_record(), _push()) for _ in range(count)]


def _record() -> str:
    with gitprov.open_ledger() as ledger:
        return ledger.append(draft()).run_id


def _push() -> int:
    attempts = 0
    while True:
        try:
            return attempts + push(open_workspace(Overrides()), None).attempts
        except RefMovedError:
            attempts += 30


if __name__ == "__main__":
    print(json.dumps(record_and_push(int(sys.argv[1]))))
