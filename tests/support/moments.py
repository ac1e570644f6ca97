"""The moments at which a program can be hit, found by watching it once.

Between two calls that change the disk nothing changes, so each such call stands for the moment
before it. Calls of one kind at one kind of place (nine objects written one after the other) are
alike; of those the first and the last are taken, unless all are asked for (FAULTS=all).
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CALLS = (
    *("write", "ftruncate", "fsync", "fdatasync", "rename", "renameat", "renameat2"),
    *("link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat"),
)
_LINE = re.compile(r"(\d+) +(\w+)\((.*)$")
_FOLDER = re.compile(r"(?<=objects/)[0-9a-f]{2}(?=[/\">])")
_ID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-f-]{27}|[0-9a-fA-F]{38,64}|\d{2,}|_\d+\b|\b\d+(?=<)")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_EVERY = os.environ.get("FAULTS") == "all"


@dataclass(frozen=True)
class Moment:
    """The n-th call of a kind, counted for each process by itself.

    Args:
        call: the system call.
        number: from 1.
        place: what it works on, with everything that is unique taken out.
    """

    call: str
    number: int
    place: str

    def __str__(self) -> str:
        return f"{self.call} {self.number} ({self.place})"


def known_calls() -> str:
    """Return the calls as strace lists them; the mark lets it skip what a machine lacks."""
    return ",".join(f"?{call}" for call in CALLS)


def read_trace(trace: Path, pid: int) -> list[Moment]:
    """Return every moment of the traced program itself, in order (``strace -f -y -o``).

    A call that failed changed nothing; it only counts. Threads and other programs are left out.
    """
    found = []
    numbers: dict[str, int] = defaultdict(int)
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        match = _LINE.match(line)
        if match is None or int(match[1]) != pid:
            continue
        numbers[match[2]] += 1
        if ") = -1 " not in match[3]:
            found.append(Moment(match[2], numbers[match[2]], _place(match[2], match[3])))
    return found


def _place(call: str, arguments: str) -> str:
    if call == "write":
        arguments = _STRING.sub("", arguments)
    return _ID.sub("#", _FOLDER.sub("xx", arguments.rpartition(") = ")[0]))


def chosen(moments: Sequence[Moment], *, without: Sequence[str] = ()) -> list[Moment]:
    """Return the first and the last moment of each kind, or all of them.

    Args:
        moments: as a program met them.
        without: calls that are left out unless all moments are asked for.
    """
    if _EVERY:
        return list(moments)
    moments = [moment for moment in moments if moment.call not in without]
    sites: dict[tuple[str, str], list[Moment]] = defaultdict(list)
    for moment in moments:
        sites[moment.call, moment.place].append(moment)
    kept = {id(m) for alike in sites.values() for m in (alike[0], alike[-1])}
    return [moment for moment in moments if id(moment) in kept]
