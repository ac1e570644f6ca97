"""What doctor says of remotes, mirrors, pushes in the background, and old entries."""

from __future__ import annotations

import pytest

from gitprov.model.diagnosis import Health
from gitprov.model.report import RemoteComparison
from gitprov.service.diagnose.remotes import diagnose_parked, diagnose_pushes, diagnose_remotes

OID = "ab" * 20


def stand(remote: str, how: str, ours: int = 0, theirs: int = 0) -> RemoteComparison:
    return RemoteComparison(remote, how, OID, 3, ours, theirs)


def test_no_remote_is_no_problem() -> None:
    (only,) = diagnose_remotes(None, [], [])
    assert only.health is Health.NOTE


def test_a_remote_that_was_never_looked_at() -> None:
    (only,) = diagnose_remotes("origin", [stand("other", "equal")], [])
    assert (only.health, only.remedy) == (Health.NOTE, "gitprov push")


@pytest.mark.parametrize(
    ("how", "health"),
    [
        ("equal", Health.GOOD),
        ("ahead", Health.NOTE),
        ("behind", Health.NOTE),
        ("beside", Health.PROBLEM),
        ("unrelated", Health.PROBLEM),
        ("unknown", Health.NOTE),
    ],
)
def test_mirrors_are_held_against_the_accepting_remote(how: str, health: Health) -> None:
    ours = [stand("origin", "equal")]
    good, mirror = diagnose_remotes("origin", ours, [stand("shadow", how, 2, 2)])
    assert good.health is Health.GOOD
    assert mirror.health is health
    assert "shadow" in mirror.message


@pytest.mark.parametrize(
    ("outcome", "health"),
    [
        ({"time": "t", "sent": 3, "warnings": ""}, Health.GOOD),
        ({"time": "t", "sent": 3, "warnings": "GPV-409-STALE: notes"}, Health.WARNING),
        ({"code": "GPV-507-STORAGE", "message": "away"}, Health.WARNING),
    ],
)
def test_the_last_push_in_the_background(outcome: dict[str, object], health: Health) -> None:
    (only,) = diagnose_pushes(outcome)
    assert only.health is health
    assert list(diagnose_pushes(None)) == []


def test_parked_entries_are_named() -> None:
    (only,) = diagnose_parked(["refs/gitprov/parked/a", "refs/gitprov/parked/b"])
    assert only.message.endswith("refs/gitprov/parked/b")
    assert list(diagnose_parked([])) == []
