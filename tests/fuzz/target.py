"""What a fuzz target is: seeds, words worth putting in, and a check that holds for any bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from gitprov.errors import Code, GitprovError
from tests.support.source_tree import ROOT

CORPUS = ROOT / "tests" / "data" / "corpus"
ACCEPTED = "accepted"


class BrokenPropertyError(AssertionError):
    """Something that has to hold for any input does not."""


@dataclass(frozen=True)
class Target:
    """One target.

    Args:
        name: its name, and its folder's below the corpus.
        check: takes any bytes; returns ACCEPTED or the code of the refusal, raises otherwise.
        codes: every code that a refusal may have.
        words: bytes that mean something to it.
        more_seeds: seeds that are made instead of stored.
        longest: the longest input worth trying, in bytes.
    """

    name: str
    check: Callable[[bytes], str]
    codes: frozenset[Code]
    words: tuple[bytes, ...] = ()
    more_seeds: Callable[[], Iterable[bytes]] = field(default=tuple)
    longest: int = 16_384

    @property
    def folder(self) -> Path:
        """Where its corpus lies."""
        return CORPUS / self.name

    def stored(self) -> list[Path]:
        """Return the files of its corpus, what was found earlier included."""
        return sorted(path for path in self.folder.glob("*") if path.is_file())

    def seeds(self) -> list[bytes]:
        """Return what mutations begin with, always in the same order."""
        return [*(path.read_bytes() for path in self.stored()), *self.more_seeds()]

    def run(self, data: bytes) -> str:
        """Check one input.

        Raises:
            BrokenPropertyError: a refusal with a code that the target does not have.
        """
        answer = self.check(data)
        if answer != ACCEPTED and answer not in self.codes:
            text = f"refused with {answer}, which {self.name} has no reason for"
            raise BrokenPropertyError(text)
        return answer


def require(holds: object, what: str) -> None:
    """Raise if something does not hold; unlike assert it also does so under ``python -O``.

    Raises:
        BrokenPropertyError: what does not hold.
    """
    if not holds:
        raise BrokenPropertyError(what)


def code_of(reason: GitprovError) -> str:
    """Return a refusal's code, after a look at the refusal itself."""
    require(isinstance(reason.code, Code), f"an undocumented code {reason.code!r}")
    require(reason.message.strip(), "a refusal without a sentence")
    require(len(reason.message) < 4096, "a refusal that repeats the input at length")
    return str(reason.code)
