"""What was promised: one file a writer, one line a promise, readable whenever its writer died."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitprov.model.receipt import RecordState


@dataclass(frozen=True, slots=True)
class Promise:
    """One answer to a writer.

    Args:
        started: when the records were first handed in, nanoseconds on the machine's one clock.
        ended: when the answer came.
        state: on the ledger, or durable and waiting.
        run_ids: of which records.
    """

    started: int
    ended: int
    state: RecordState
    run_ids: tuple[str, ...]

    @property
    def is_on_ledger(self) -> bool:
        """Whether the answer said that the records are on the ledger."""
        return self.state is not RecordState.SPOOLED


class Journal:
    """The file of one writer.

    Args:
        path: the file; several lives of a writer share it.
    """

    def __init__(self, path: Path) -> None:
        # The line of a life that was killed while writing ends here and does not count.
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(self._file, b"\n")

    def write(self, started: int, ended: int, state: RecordState, ids: Sequence[str]) -> None:
        """Add a promise; one about no record is none."""
        if not ids:
            return
        line = f"{started} {ended} {state} {','.join(ids)} end\n"
        os.write(self._file, line.encode())


def read_promises(folder: Path) -> Iterator[Promise]:
    """Yield every promise of every writer."""
    for path in sorted(folder.iterdir()):
        for line in path.read_text(encoding="ascii").splitlines():
            fields = line.split(" ")
            if len(fields) == 5 and fields[4] == "end":
                started, ended, state, ids, _ = fields
                state_of = RecordState(state)
                yield Promise(int(started), int(ended), state_of, tuple(ids.split(",")))
