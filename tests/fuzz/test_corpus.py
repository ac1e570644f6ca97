"""Whatever was ever found stays mended, and a short row of inputs breaks nothing.

``make fuzz SECONDS=600`` looks much further.
"""

from __future__ import annotations

import pytest

from gitprov.errors import Code, GitprovError, RecordError
from tests.fuzz import driver
from tests.fuzz.__main__ import main
from tests.fuzz.catalog import TARGETS
from tests.fuzz.mutator import Mutator
from tests.fuzz.target import ACCEPTED, CORPUS, BrokenPropertyError, Target, code_of

pytestmark = pytest.mark.git
SHORT = {"agreement": 300, "certificate": 1_000}
ENOUGH = 2_000


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_and_a_short_row_of_inputs_break_nothing(name: str) -> None:
    target = TARGETS[name]()
    stored = target.stored()
    assert {target.run(path.read_bytes()) for path in stored} or name == "agreement"
    outcome = driver.run(target, 20_261_120, seconds=None, runs=SHORT.get(name, ENOUGH))
    assert outcome.broken is None, outcome.why
    assert outcome.inputs == SHORT.get(name, ENOUGH)
    assert outcome.answers[ACCEPTED] > 0, "nothing good was tried"
    assert len(outcome.answers) > 1, "nothing bad was tried"


def test_every_folder_of_the_corpus_has_its_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} <= TARGETS.keys()


def test_the_same_seed_makes_the_same_inputs() -> None:
    seeds = [b"one\ntwo\n", b"three", b""]
    rows = [Mutator(seeds, (b"word",), seed, 100) for seed in (7, 7, 8)]
    made = [[row.make(number) for number in range(500)] for row in rows]
    assert made[0] == made[1] != made[2]
    assert made[0][:3] == seeds
    assert rows[0].make(400) == made[0][400], "an input depends on those before it"
    assert max(map(len, made[0])) <= 100


def broken_by_b(data: bytes) -> str:
    if b"b" in data:
        raise ZeroDivisionError(data)
    return ACCEPTED


def refuses(reason: GitprovError) -> str:
    return code_of(reason)


def test_what_breaks_a_target_is_kept_and_replayed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.fuzz.target.CORPUS", tmp_path)
    target = Target("new", broken_by_b, frozenset(), (b"b",), more_seeds=lambda: [b"a"])
    monkeypatch.setitem(TARGETS, "new", lambda: target)
    assert main(["--seed", "3", "--runs", "10000", "new"]) == 1
    (kept,) = target.stored()
    assert b"b" in kept.read_bytes()
    told = capsys.readouterr().out
    assert "ZeroDivisionError" in told
    assert str(kept) in told
    kept.unlink()
    again = next(line for line in told.splitlines() if "again:" in line).split("tests.fuzz ")[1]
    assert main(again.split()) == 1
    assert target.stored() == [kept]
    assert main(["--seconds", "0.1", "new"]) == 1
    assert "1 broken" in capsys.readouterr().out


@pytest.mark.parametrize(
    "reason",
    [
        RecordError("GPV-999-NEW", "odd"),  # type: ignore[arg-type]
        RecordError(Code.LIMIT, " "),
        RecordError(Code.LIMIT, "x" * 5000),
    ],
)
def test_a_refusal_without_a_good_code_or_sentence_breaks_a_target(reason: RecordError) -> None:
    with pytest.raises(BrokenPropertyError):
        refuses(reason)


def test_a_code_that_a_target_does_not_have_breaks_it() -> None:
    target = Target("x", lambda _: str(Code.POLICY), frozenset({Code.LIMIT}))
    with pytest.raises(BrokenPropertyError):
        target.run(b"")
    outcome = driver.run(
        Target("x", lambda _: str(Code.POLICY), frozenset(), more_seeds=lambda: [b"a"]),
        1,
        seconds=None,
        runs=5,
    )
    assert (outcome.inputs, outcome.broken) == (0, b"a")


def test_an_unknown_target_is_wrong_use() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["no-such"])
    assert ended.value.code == 2
