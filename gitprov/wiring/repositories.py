"""Finds the repository of the code, the one that holds the ledger, and the settings there."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from gitprov.errors import Code, UsageError
from gitprov.git.config_parser import sharing_bits
from gitprov.git.discovery import (
    discover,
    discover_upwards,
    outside_quarantine,
    without_repository,
)
from gitprov.git.location import RepositoryLocation, read_location
from gitprov.git.ownership import require_trusted
from gitprov.git.program import GitProgram
from gitprov.git.ref_files import read_ref
from gitprov.git.repository import LEDGER_STORE, create_ledger_store
from gitprov.model.overrides import Overrides
from gitprov.wiring.settings import Settings, load_settings
from gitprov.wiring.system import environment


@dataclass(frozen=True, slots=True)
class FoundRepositories:
    """The code's repository, the ledger's (mostly the same), and what goes with them.

    Args:
        settings: those that hold in the code's repository.
        git: with the variables that count there.
    """

    code: RepositoryLocation
    ledger: RepositoryLocation
    settings: Settings
    git: GitProgram


def find_repositories(
    overrides: Overrides, *, create_store: bool = False, nearest: bool = False
) -> FoundRepositories:
    """Find both repositories from where this process runs.

    An explicit path beats the variables of a hook.

    Args:
        overrides: what flags say.
        create_store: make the ledger's own repository where it needs one.
        nearest: take no repository around a submodule (init only).

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED.
        UsageError: GPV-404-NO-LEDGER, the ledger's own repository is not there.
    """
    given = environment() if overrides.path is None else without_repository(environment())
    variables = outside_quarantine(given)
    git = GitProgram(variables)
    place, settings = _find_code(overrides, variables, git, is_nearest=nearest)
    sharing = settings.git("core.sharedrepository")
    if sharing is not None:  # perhaps in another file than the repository's own
        place = replace(place, sharing=sharing_bits(sharing))
    ledger = _find_ledger(place, settings, create=create_store)
    return FoundRepositories(place, ledger, settings, git)


def _find_code(
    overrides: Overrides, variables: Mapping[str, str], git: GitProgram, *, is_nearest: bool
) -> tuple[RepositoryLocation, Settings]:
    """Return the repository, and the settings that hold in it.

    In a submodule without a ledger that is the first repository around it which has one (2.1).
    """
    place = discover(overrides.path, variables)
    if not variables.get("GIT_DIR"):
        require_trusted(place, git, variables.get("SUDO_UID"))
    settings = load_settings(overrides, git, place.git_dir)
    is_settled = is_nearest or bool(variables.get("GIT_DIR")) or not place.is_submodule
    if is_settled or _has_ledger(place, settings):
        return place, settings
    for outer in islice(discover_upwards(overrides.path, variables), 1, None):
        require_trusted(outer, git, variables.get("SUDO_UID"))
        there = load_settings(overrides, git, outer.git_dir)
        if _has_ledger(outer, there):
            return outer, there
        if not outer.is_submodule:
            break
    return place, settings


def _has_ledger(place: RepositoryLocation, settings: Settings) -> bool:
    with suppress(UsageError):  # its own repository is not there
        ledger = _find_ledger(place, settings, create=False)
        return read_ref(ledger.common_dir, settings.require("gitprov.ref")) is not None
    return False


def _find_ledger(
    place: RepositoryLocation, settings: Settings, *, create: bool
) -> RepositoryLocation:
    named = settings.get("gitprov.store")
    if named is None and place.can_hold_ledger:
        return place
    path = place.common_dir / LEDGER_STORE
    if named is not None:
        path = place.common_dir / Path(named).expanduser()
    if create:
        return create_ledger_store(path, place.sharing)
    if not path.exists():
        text = f"the ledger's own repository {str(path)!r} is not there; run gitprov init"
        raise UsageError(Code.NO_LEDGER, text)
    return read_location(path, None)
