"""Which names a push may not use, whatever the case of their letters."""

from __future__ import annotations

import pytest

from gitprov.guard.push_names import RefRole, role_of

BRANCH = "refs/heads/team/gitprov-ledger"
LEDGER = "refs/gitprov/ledger"


@pytest.mark.parametrize("name", [LEDGER, "refs/gitprov/ledgers/team-a", BRANCH])
def test_ledgers(name: str) -> None:
    assert role_of(name, BRANCH) is RefRole.LEDGER


def test_a_branch_is_a_ledger_only_where_it_is_configured() -> None:
    assert role_of(BRANCH, LEDGER) is RefRole.FREE


def test_the_notes() -> None:
    assert role_of("refs/notes/gitprov", LEDGER) is RefRole.NOTES


@pytest.mark.parametrize(
    "name",
    [
        "refs/gitprov",
        "refs/gitprov/else",
        "refs/gitprov/ledger/x",
        "refs/gitprov/Ledger",
        "refs/gitprov/ledgers",
        "refs/gitprov/ledgers/a/b",
        "refs/gitprov/ledgers/Team",
        "refs/gitprov/ledgers/\u00fc",
        "refs/GITPROV/runs",
        "REFS/gitprov/ledger",
        "refs/notes/GitProv",
        "refs/note\u017f/gitprov",
        "refs/notes/gitprov/x",
        "refs/notes",
        "refs/replace/" + "1" * 40,
        "refs/Replace/x",
        "refs/replace",
        "refs/heads/team",
        "refs/heads/TEAM/gitprov-ledger",
        "refs/heads/team/gitprov-ledger/x",
    ],
)
def test_names_that_may_not_exist(name: str) -> None:
    assert role_of(name, BRANCH) is RefRole.FORBIDDEN


@pytest.mark.parametrize(
    "name",
    [
        "refs/heads/main",
        "refs/heads/gitprov",
        "refs/heads/teams",
        "refs/tags/gitprov/ledger",
        "refs/gitprovenance",
        "refs/notes/gitprov2",
        "refs/notes/commits",
        "refs/replacement/x",
        "HEAD",
        "refs/heads/\udcff",
    ],
)
def test_all_other_names_are_free(name: str) -> None:
    assert role_of(name, BRANCH) is RefRole.FREE
