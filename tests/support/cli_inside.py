"""The program called within the test's own process: as good for its answers, and much faster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from gitprov.cli.main import run
from tests.support.cli_world import Cli, Ended


@dataclass(frozen=True)
class Inside:
    """Calls gitprov in this process, in the folder and environment of a `Cli`."""

    cli: Cli
    capture: pytest.CaptureFixture[str]

    def __call__(self, *args: str) -> Ended:
        """Run the program to its end."""
        self.capture.readouterr()
        with _place(self.cli):
            code = run(args)
        said = self.capture.readouterr()
        return Ended(code, said.out, said.err)

    def at(self, folder: str) -> Inside:
        """Call it from a folder below."""
        return Inside(self.cli.at(self.cli.path / folder), self.capture)


@contextmanager
def _place(cli: Cli) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(cli.path)
        for name, value in cli.env.items():
            if value is None:
                patch.delenv(name, raising=False)
            else:
                patch.setenv(name, value)
        yield
