"""Compares notes with what the ledger yields, in constant memory (V17)."""

from __future__ import annotations

from hashlib import blake2b

_MODULUS = 1 << 128


def note_line(run_id: str, run_status: str, agent: str, *, withdrawn: bool) -> str:
    """Render one line of a note (2.9).

    Args:
        agent: the agent's name as a canonical string, quotes included.
        withdrawn: the run was withdrawn.
    """
    return f"run {run_id} {run_status} {agent}" + (" withdrawn" if withdrawn else "")


class NoteSum:
    """A sum over (commit, line) pairs that does not depend on their order.

    Two sets of pairs with the same sum are the same set but for a chance of 2**-128, as long as
    the ledger's lines and the notes cannot be chosen to collide; notes are never evidence.
    """

    def __init__(self, value: int = 0) -> None:
        self.value = value

    def add(self, commit: str, line: str) -> None:
        """Count a line in."""
        self.value = (self.value + _digest(commit, line)) % _MODULUS

    def remove(self, commit: str, line: str) -> None:
        """Count a line out."""
        self.value = (self.value - _digest(commit, line)) % _MODULUS


def _digest(commit: str, line: str) -> int:
    raw = blake2b(f"{commit} {line}".encode(), digest_size=16).digest()
    return int.from_bytes(raw, "big")
