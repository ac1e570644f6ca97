"""Settings of git that endanger a ledger are found, each with its remedy."""

from __future__ import annotations

import pytest

from gitprov.model.diagnosis import Diagnosis, Health
from gitprov.service.diagnose.settings import diagnose_settings

REF, NOTES = "refs/gitprov/ledger", "refs/notes/gitprov"
SHOWN = {"notes.displayref": [NOTES]}
KNOWN = ("gitprov.ref", "gitprov.agentKey", "gitprov.remote")


def judged(settings: dict[str, list[str]], ref: str = REF) -> list[Diagnosis]:
    return diagnose_settings({**SHOWN, **settings}, ref, NOTES, KNOWN)


def test_usual_settings_are_good() -> None:
    usual = {
        "remote.origin.fetch": ["+refs/heads/*:refs/remotes/origin/*"],
        "gc.pruneexpire": ["2.weeks.ago"],
        "gitprov.ref": [REF],
        "gitprov.agentkey": ["A1"],
        "transfer.hiderefs": ["refs/pull"],
        "remote.origin.mirror": ["false"],
        "core.bare": ["false"],
    }
    assert [found.health for found in judged(usual)] == [Health.GOOD]


@pytest.mark.parametrize(
    ("value", "health"),
    [
        ("+refs/*:refs/*", Health.PROBLEM),
        ("+refs/gitprov/*:refs/gitprov/*", Health.PROBLEM),
        ("+refs/gitprov/ledger:refs/gitprov/ledger", Health.PROBLEM),
        ("refs/gitprov/ledger:refs/gitprov/ledger", Health.WARNING),
        ("+refs/notes/*:refs/notes/*", Health.WARNING),
        ("refs/notes/*:refs/notes/*", Health.GOOD),
        ("+refs/gitprov/*:refs/gitprov/remotes/origin/*", Health.GOOD),
        ("refs/gitprov/ledger", Health.GOOD),
        ("^refs/heads/x", Health.GOOD),
        ("", Health.GOOD),
    ],
)
def test_a_fetch_must_not_move_the_ledger_by_itself(value: str, health: Health) -> None:
    found = judged({"remote.origin.fetch": [value]})[0]
    assert found.health is health
    if health is not Health.GOOD:
        assert "git config --add remote.origin.fetch '^refs/" in (found.remedy or "")


@pytest.mark.parametrize(
    ("values", "health"),
    [
        (["+refs/*:refs/*", "^refs/gitprov/*", "^refs/notes/*"], Health.GOOD),
        (["+refs/*:refs/*", f"^{REF}", "^refs/notes/gitprov"], Health.GOOD),
        (["+refs/*:refs/*", "^refs/heads/*"], Health.PROBLEM),
        (["+refs/heads/main:refs/gitprov/ledger", f"^{REF}"], Health.PROBLEM),
    ],
)
def test_a_refspec_may_be_kept_away(values: list[str], health: Health) -> None:
    assert judged({"remote.origin.fetch": values})[0].health is health


@pytest.mark.parametrize("name", ["fetch.prune", "remote.origin.prune"])
@pytest.mark.parametrize("value", ["true", "", "1"])
def test_a_fetch_that_prunes_deletes(name: str, value: str) -> None:
    settings = {"remote.origin.fetch": ["refs/gitprov/*:refs/gitprov/*"], name: [value]}
    (found,) = judged(settings)
    assert (found.health, "delete" in found.message) == (Health.PROBLEM, True)
    off = {**settings, "remote.origin.prune": ["false"]}
    assert judged(off)[0].health is Health.WARNING


def test_a_ledger_on_a_branch_is_looked_for_by_its_own_name() -> None:
    settings = {"remote.o.fetch": ["+refs/heads/*:refs/heads/*"]}
    assert judged(settings)[0].health is Health.GOOD
    assert judged(settings, "refs/heads/gitprov-ledger")[0].health is Health.PROBLEM


@pytest.mark.parametrize("value", ["true", "Yes", "on", "1"])
def test_a_mirror_is_no_place_to_record(value: str) -> None:
    (found,) = judged({"remote.Up.mirror": [value]})
    assert (found.health, found.message.split()[0]) == (Health.PROBLEM, "remote.Up.mirror")


@pytest.mark.parametrize(
    ("wanted", "remotes", "health"),
    [
        (None, [], Health.GOOD),
        ("origin", ["origin"], Health.GOOD),
        ("origin", ["upstream"], Health.WARNING),
        ("origin", [], Health.WARNING),
        (None, ["upstream"], Health.GOOD),
        (None, ["upstream", "origin"], Health.NOTE),
        (None, ["upstream", "mirror"], Health.WARNING),
    ],
)
def test_the_accepting_remote_is_one_that_is_there(
    wanted: str | None, remotes: list[str], health: Health
) -> None:
    settings = {f"remote.{name}.url": ["../x"] for name in remotes}
    if wanted is not None:
        settings["gitprov.remote"] = [wanted]
    (found,) = judged(settings)
    assert found.health is health


@pytest.mark.parametrize(
    ("values", "is_hidden"),
    [
        (["refs/gitprov"], True),
        (["refs/gitprov/"], True),
        (["refs"], True),
        (["^refs/gitprov/ledger"], True),
        (["refs/git"], False),
        (["refs/gitprov", "!refs/gitprov/ledger"], False),
        (["!refs/gitprov/ledger", "refs/gitprov"], True),
    ],
)
@pytest.mark.parametrize("name", ["transfer.hiderefs", "receive.hiderefs", "uploadpack.hiderefs"])
def test_a_hidden_ledger_is_found(name: str, values: list[str], *, is_hidden: bool) -> None:
    (found,) = judged({name: values})
    assert (found.health is Health.WARNING) is is_hidden


@pytest.mark.parametrize("value", ["now", "NOW", "all", "0"])
def test_pruning_at_once_is_a_problem(value: str) -> None:
    (found,) = judged({"gc.pruneexpire": ["never", value]})
    assert found.health is Health.PROBLEM
    assert "git config --unset-all gc.pruneExpire" in (found.remedy or "")


@pytest.mark.parametrize(("shown", "count"), [([], 1), (["refs/notes/*"], 0), (["refs/x"], 1)])
def test_notes_that_git_log_does_not_show_are_worth_a_note(shown: list[str], count: int) -> None:
    found = diagnose_settings({"notes.displayref": shown}, REF, NOTES, ())
    assert [each.health for each in found] == ([Health.NOTE] if count else [Health.GOOD])


def test_a_misspelt_setting_is_answered_with_the_nearest() -> None:
    (found,) = judged({"gitprov.agentkye": ["A1"]})
    assert found.health is Health.WARNING
    assert "did you mean gitprov.agentKey?" in found.message
    (foreign,) = judged({"gitprov.zzz": ["x"]})
    assert "did you mean" not in foreign.message


def test_everything_wrong_is_told_at_once() -> None:
    found = diagnose_settings(
        {"remote.a.fetch": ["+refs/*:refs/*"], "gc.pruneexpire": ["now"], "gitprov.x": [""]},
        REF,
        NOTES,
        (),
    )
    assert [each.health for each in found] == [
        Health.PROBLEM,
        Health.WARNING,
        Health.PROBLEM,
        Health.NOTE,
        Health.WARNING,
    ]
