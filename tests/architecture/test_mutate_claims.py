"""The mutations of claims fit the tree, and the tool tells a missed one from a caught one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import mutate_claims
from tests.support.claim_mutations import MUTATIONS, Edit, Mutation
from tests.support.source_tree import ROOT

GATES = "docs/gate-log.md"
HARMLESS = Mutation(
    "H1", "a sentence is shouted", ("A-24",), (Edit(GATES, "^No gate is open", "NO GATE IS OPEN"),)
)
HARMFUL = Mutation(
    "H2", "an option is gone", ("A-24",), (Edit(GATES, r"^\| leave it out \| .*\n", ""),)
)

pytestmark = pytest.mark.git


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_fits_the_tree(mutation: Mutation, tmp_path: Path) -> None:
    for edit in mutation.edits:
        copy = tmp_path / edit.path
        copy.parent.mkdir(parents=True, exist_ok=True)
        if not copy.exists():
            copy.write_bytes((ROOT / edit.path).read_bytes())
        edit.apply(tmp_path)
    proofs = mutate_claims.proofs()
    assert all(proofs[row] for row in mutation.rows)


def test_each_claim_that_was_once_unproved_has_a_mutation() -> None:
    names = [mutation.name for mutation in MUTATIONS]
    assert len(set(names)) == len(names) >= 12
    kinds = {re.match(r"M\d+", name)[0] for name in names}  # type: ignore[index]
    assert kinds >= {f"M{number}" for number in range(1, 8)}


def test_a_missed_mutation_is_said_to_be_missed(capfd: pytest.CaptureFixture[str]) -> None:
    code = mutate_claims.main([HARMLESS, HARMFUL])
    first, second, last = capfd.readouterr().out.splitlines()
    assert code == 1
    assert first == "MISSED  H1   A-24   a sentence is shouted: every named test passed"
    assert second.startswith("caught  H2   A-24   an option is gone: tests/architecture/test_")
    assert last == "2 mutations, 1 caught, 1 missed"


def test_a_caught_mutation_is_no_failure(capfd: pytest.CaptureFixture[str]) -> None:
    assert mutate_claims.main([HARMFUL]) == 0
    assert "MISSED" not in capfd.readouterr().out


def test_a_test_that_is_not_there_catches_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mutate_claims, "proofs", lambda _: {"A-24": ("tests/nowhere.py",)})
    assert mutate_claims.main([HARMFUL]) == 1
    assert "MISSED  H2   A-24   an option is gone: pytest ended with 4" in capfd.readouterr().out


def test_what_fails_anyway_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mutate_claims, "without_mutation", lambda _: "1 failed")
    assert mutate_claims.main([HARMFUL]) == 1
    assert "without a mutation, tests fail as well" in capfd.readouterr().out


def test_an_edit_that_no_longer_fits_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text("something else\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="no longer holds"):
        Edit("x.md", "^anything", "nothing").apply(tmp_path)
