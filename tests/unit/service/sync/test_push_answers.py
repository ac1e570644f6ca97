"""What a remote's answer means: a lost race, a refusal, a ref that nobody can move."""

from __future__ import annotations

import pytest

from gitprov.errors import Code, RefusedError, StorageError
from gitprov.model.remote import PushAnswer, PushState
from gitprov.service.sync.push_answers import as_failure, as_refusal, code_of, may_be_race


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("GPV-403-UNKNOWN-KEY abc: no", Code.UNKNOWN_KEY),
        ("GL-HOOK-ERR: gitprov: HSK-403-SILENT-EDIT abc runs/x: no", Code.SILENT_EDIT),
        ("GPV-999-NEW-THING: from a newer hook", None),
        ("no code at all", None),
    ],
)
def test_the_hooks_code_is_taken_over(line: str, code: Code | None) -> None:
    answer = PushAnswer(PushState.REFUSED, "pre-receive hook declined", ("hello", line))
    assert code_of(answer) is code
    refusal = as_refusal("origin", answer)
    assert refusal.code is (code or Code.REF_FORBIDDEN)
    assert refusal.details["findings"] == ["remote: hello", f"remote: {line}"]
    assert "pre-receive hook declined" in refusal.message


def test_a_race_is_one_by_gits_word_or_the_hooks() -> None:
    assert may_be_race(PushAnswer(PushState.RACED, "fetch first"))
    assert may_be_race(PushAnswer(PushState.REFUSED, "declined", ("GPV-409-STALE: moved",)))
    assert not may_be_race(PushAnswer(PushState.REFUSED, "declined", ("GPV-409-NON-FF: no",)))


def test_a_ref_that_nobody_can_move_is_busy() -> None:
    stuck = as_failure("origin", PushAnswer(PushState.RACED, "failed to update ref"))
    assert isinstance(stuck, StorageError)
    assert stuck.code is Code.BUSY
    assert isinstance(as_failure("origin", PushAnswer(PushState.REFUSED)), RefusedError)


def test_a_long_answer_is_cut() -> None:
    answer = PushAnswer(PushState.REFUSED, "", tuple(f"line {n}" for n in range(50)))
    assert len(as_refusal("origin", answer).details["findings"]) == 20
