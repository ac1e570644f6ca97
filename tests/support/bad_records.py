"""Cases about records: one run with one thing wrong, on a ledger and before the writer."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from gitprov.errors import Code, RecordError, RefusedError
from gitprov.service.judge.files import RecordJudge
from gitprov.service.write.admission import admit_bytes
from tests.support.attacks import Attack, Surface
from tests.support.history import HistoryBuilder
from tests.support.record_texts import File

SECONDS = 0.5
"""Processor time that a bad record may cost."""


@dataclass(frozen=True)
class BadRecords:
    """Takes in cases of runs.

    Args:
        surface: where the cases go.
        by: who records: "alice", a person, or "bot", an AI with job and workflow.
    """

    surface: Surface
    by: str = "alice"

    def edited(self, name: str, construct: str, code: Code, old: str, new: str | bytes) -> None:
        """Take in a case that replaces a part of the text.

        Args:
            name: number and words, "01_key_twice" for one.
            construct: what is wrong, in one sentence.
            code: what it comes to.
            old: the part, which must be there.
            new: what is there instead.
        """

        def build(history: HistoryBuilder) -> None:
            history.append(history.run(self.by).edited(old, new), by=self.by)

        self._take(build, name, construct, code)

    def extended(self, name: str, construct: str, code: Code, more: str) -> None:
        """Take in a case of a run with further fields behind its input context."""

        def build(history: HistoryBuilder) -> None:
            history.append(history.run(self.by, more=more), by=self.by)

        self._take(build, name, construct, code)

    def _take(self, build: object, name: str, construct: str, code: Code) -> None:
        assert callable(build)
        build.__name__ = f"case_R_{name}"  # type: ignore[attr-defined]  # it is a function
        build.__doc__ = construct
        self.surface.refused(code)(build)


def check_admission(
    attack: Attack, history: HistoryBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hold the writer's answer to the same bytes against the verifier's, and its time."""
    appended: list[File] = []
    monkeypatch.setattr(history, "append", lambda *files, **_by: appended.extend(files))
    attack.build(history)
    began = time.process_time()
    codes = {_answer(file) for file in appended}
    assert time.process_time() - began < SECONDS * len(appended)
    assert attack.offline is not None
    assert codes == {attack.offline.code}


def _answer(file: File) -> Code | None:
    try:
        admit_bytes(file.text, file.kind, file.name, RecordJudge())
    except (RecordError, RefusedError) as reason:
        return reason.code
    return None
