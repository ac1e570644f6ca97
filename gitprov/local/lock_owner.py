"""Says who holds a lock, and proves, or fails to prove, that its owner is dead (F-02).

Proof needs the same machine. There a process is dead if its number is gone, is a zombie, or
belongs to a process that started at another time; or if the machine has booted since.
Anything less is not a proof.
"""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PROCESSES = Path("/proc")
_MACHINE_ID = Path("/etc/machine-id")
_START_FIELD = 19  # of /proc/<pid>/stat behind the name; proc(5) counts it as 22
_DEAD_STATES = frozenset({"Z", "X", "x"})


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that holds, or held, a lock; empty text where the system does not say.

    Args:
        pid: process id.
        host: node name.
        machine: the installation's id.
        boot: id of the machine's current boot.
        started: when the process started, in clock ticks since boot.
        refs: the refs it may be about to move.
    """

    pid: int
    host: str
    machine: str
    boot: str
    started: str
    refs: tuple[str, ...] = ()

    def to_line(self) -> bytes:
        """Return the owner as one line of JSON."""
        return json.dumps(asdict(self), sort_keys=True).encode() + b"\n"

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


def parse_owner(line: bytes) -> Owner | None:
    """Read a line of a lock file; None if it names no owner."""
    try:
        value = json.loads(line)
        owner = Owner(**{**value, "refs": tuple(value["refs"])})
    except (ValueError, TypeError, KeyError):
        return None
    texts = (owner.host, owner.machine, owner.boot, owner.started, *owner.refs)
    is_process = type(owner.pid) is int and owner.pid > 0
    return owner if is_process and all(isinstance(text, str) for text in texts) else None


def current_owner(refs: tuple[str, ...] = ()) -> Owner:
    """Return this process as an owner."""
    pid = os.getpid()
    return Owner(
        pid=pid,
        host=platform.node(),
        machine=_first_line(_MACHINE_ID),
        boot=_first_line(_BOOT_ID),
        started=_state_and_start(pid)[1],
        refs=refs,
    )


def is_proven_dead(owner: Owner, here: Owner) -> bool:
    """Whether the owner cannot be alive any more, as seen by the process ``here``."""
    if owner.host != here.host or owner.machine != here.machine:
        return False
    if owner.boot != here.boot:
        return bool(owner.machine and owner.boot and here.boot)
    try:
        os.kill(owner.pid, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        pass  # alive under another account, or no process number at all
    state, started = _state_and_start(owner.pid)
    if state in _DEAD_STATES:
        return True
    return bool(started and owner.started) and started != owner.started


def _first_line(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace").partition("\n")[0].strip()
    except OSError:
        return ""


def _state_and_start(pid: int) -> tuple[str, str]:
    try:
        text = (_PROCESSES / str(pid) / "stat").read_text("utf-8", "replace")
    except OSError:
        return "", ""
    fields = text.rpartition(")")[2].split()  # the name before it may hold anything
    return (fields[0], fields[_START_FIELD]) if len(fields) > _START_FIELD else ("", "")
