"""Which of git's settings endanger a ledger; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gitprov.guard.globs import glob_matches
from gitprov.model.diagnosis import Diagnosis, Health
from gitprov.model.words import closest
from gitprov.service.diagnose.refspecs import (
    DangerousRefspec,
    GitSettings,
    dangerous_refspecs,
    mirror_settings,
)

SECTION = "settings"
_TRUE = frozenset({"true", "yes", "on", "1"})
_HIDING = ("transfer.hiderefs", "receive.hiderefs", "uploadpack.hiderefs")
_CLOSE = 0.8  # all of them begin alike
_AT_ONCE = frozenset({"now", "all", "0", "0.seconds.ago", "0.days.ago"})


def diagnose_settings(
    settings: GitSettings, ref: str, notes_ref: str, known: Collection[str]
) -> list[Diagnosis]:
    """Judge git's settings.

    Args:
        settings: those that hold for the repository.
        ref: the ledger's ref.
        notes_ref: the notes' ref.
        known: the settings that gitprov has.
    """
    found = [
        *_check_refspecs(settings, ref, notes_ref),
        *_check_mirrors(settings),
        *_check_remote(settings),
        *_check_hidden(settings, ref),
        *_check_pruning(settings),
        *_check_display(settings, notes_ref),
        *_check_names(settings, known),
    ]
    return found or [Diagnosis(SECTION, Health.GOOD, "nothing in git config endangers the ledger")]


def diagnose_server_settings(settings: GitSettings, ref: str) -> list[Diagnosis]:
    """Judge the settings of a repository that others push to."""
    return [
        *_check_hidden(settings, ref),
        *_check_pruning(settings),
        *_check_shallow_pushes(settings),
    ]


def _check_shallow_pushes(settings: GitSettings) -> Iterator[Diagnosis]:
    """A push of code must not add a history whose root looks like an entry (V0)."""
    values = settings.get("receive.shallowupdate", ())
    # A key without a value is true as well.
    if values and values[-1].lower() in {*_TRUE, ""}:
        text = "receive.shallowUpdate lets any pusher add to the shallow file; one that names an"
        remedy = "git config receive.shallowUpdate false, and remove foreign lines from shallow"
        yield Diagnosis(
            SECTION, Health.PROBLEM, f"{text} entry stops every push of the ledger", remedy
        )


def _check_refspecs(settings: GitSettings, ref: str, notes_ref: str) -> Iterator[Diagnosis]:
    """A fetch must not move these refs by itself: by force it would drop what is new here."""
    for found in dangerous_refspecs(settings, (ref, notes_ref)):
        what = f"{found.name} = {found.value}"
        is_ledger = found.ref == ref
        if found.loses:
            how = "overwrite" if found.is_forced else "delete"
            text = f"{what} lets every git fetch {how} {found.ref}"
            health = Health.PROBLEM if is_ledger else Health.WARNING
        elif is_ledger:
            text = f"{what} makes git fetch fail where the remote has no ledger"
            health = Health.WARNING
        else:
            continue
        yield Diagnosis(SECTION, health, text, _remedy(found))


def _remedy(found: DangerousRefspec) -> str:
    if found.exclusion is None:
        return f"git config --fixed-value --unset-all {found.name} '{found.value}'"
    return f"git config --add {found.name} '{found.exclusion}'"


def _check_mirrors(settings: GitSettings) -> Iterator[Diagnosis]:
    for name in mirror_settings(settings):
        text = f"{name} is set: the next fetch or push overwrites whole sets of refs"
        remedy = "record in an ordinary clone, or make this one ordinary: gitprov doctor --fix"
        yield Diagnosis(SECTION, Health.PROBLEM, text, remedy)


def _check_remote(settings: GitSettings) -> Iterator[Diagnosis]:
    """There is one accepting remote (gitprov.remote); others are mirrors."""
    wanted = _last(settings, "gitprov.remote")
    remotes = [
        name.removeprefix("remote.").removesuffix(".url")
        for name in settings
        if name.startswith("remote.") and name.endswith(".url")
    ]
    if wanted and wanted not in remotes:
        text = f"gitprov.remote names {wanted!r}, which is no remote of this repository"
        yield Diagnosis(SECTION, Health.WARNING, text, f"git remote add {wanted} URL")
    elif not wanted and len(remotes) > 1:
        taken = "origin" if "origin" in remotes else None
        does = f"takes {taken}" if taken else "does not know which one to take"
        text = f"several remotes, and none is chosen to accept the ledger: gitprov push {does}"
        yield Diagnosis(
            SECTION,
            Health.NOTE if taken else Health.WARNING,
            text,
            f"git config gitprov.remote {taken or remotes[0]}",
        )


def _check_hidden(settings: GitSettings, ref: str) -> Iterator[Diagnosis]:
    for name in _HIDING:
        is_hidden = False
        for value in settings.get(name, ()):
            prefix = value.removeprefix("!").removeprefix("^").rstrip("/")
            if ref == prefix or ref.startswith(f"{prefix}/"):
                is_hidden = not value.startswith("!")
        if is_hidden:
            text = f"{name} hides {ref}: the ledger cannot be fetched from or pushed to here"
            yield Diagnosis(SECTION, Health.WARNING, text, f"git config --add {name} '!{ref}'")


def _check_pruning(settings: GitSettings) -> Iterator[Diagnosis]:
    """A writer's objects lie without a ref for a moment; pruned at once, they are lost (F-21)."""
    value = _last(settings, "gc.pruneexpire")
    if value is not None and value.strip().lower() in _AT_ONCE:
        text = f"gc.pruneExpire = {value}: git gc may delete entries while they are written"
        yield Diagnosis(SECTION, Health.PROBLEM, text, "git config --unset-all gc.pruneExpire")


def _check_display(settings: GitSettings, notes_ref: str) -> Iterator[Diagnosis]:
    shown = settings.get("notes.displayref", ())
    if not any(glob_matches(value, notes_ref) for value in shown):
        remedy = f"git config --add notes.displayRef {notes_ref}"
        yield Diagnosis(SECTION, Health.NOTE, "git log does not show the runs of commits", remedy)


def _check_names(settings: GitSettings, known: Collection[str]) -> Iterator[Diagnosis]:
    plain = {name.lower(): name for name in known}
    for name in settings:
        if name.startswith("gitprov.") and name.lower() not in plain:
            close = closest(name, known, _CLOSE)
            meant = "" if close is None else f"; did you mean {close}?"
            text = f"{name} is not a setting of gitprov{meant}"
            yield Diagnosis(SECTION, Health.WARNING, text, f"git config --unset-all {name}")


def _last(settings: GitSettings, name: str) -> str | None:
    values = settings.get(name)
    return values[-1] if values else None
