"""One writer of the benchmark of many: ``python -m tests.benchmarks.writer COUNT``.

It says that it is ready, waits for a line, appends, and prints (run id, state) pairs.
"""

from __future__ import annotations

import json
import sys

import gitprov
from tests.benchmarks.samples import draft


def write(count: int) -> list[tuple[str, str]]:
    """Append so many records to the ledger of the current folder, one by one."""
    done = []
    with gitprov.open_ledger() as ledger:
        _ = ledger.height  # opens the repository
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(count):
            receipt = ledger.append(draft())
            done.append((receipt.run_id, str(receipt.state)))
    return done


if __name__ == "__main__":
    print(json.dumps(write(int(sys.argv[1]))))
