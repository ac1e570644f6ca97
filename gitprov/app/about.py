"""Answers that need no ledger: versions, settings, schemas."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from gitprov.codec.json_schema import json_schema
from gitprov.codec.versions import CURRENT
from gitprov.errors import GitprovError, UnsupportedRepositoryError
from gitprov.git.discovery import discover
from gitprov.git.program import GitProgram
from gitprov.git.repository import LIBGIT2_VERSION
from gitprov.model.overrides import Overrides
from gitprov.sign.program import GpgProgram
from gitprov.wiring.settings import Settings, load_settings
from gitprov.wiring.system import environment

_GPG_VERSION = re.compile(rb"^gpg \([^)]*\) ([0-9][0-9A-Za-z.-]*)", re.MULTILINE)


def installed_versions() -> dict[str, str | None]:
    """Return the versions of the format, git, gpg and libgit2; None for what is missing."""
    return {
        "format": CURRENT,
        "git": _version_or_none(_git_version),
        "gpg": _version_or_none(_gpg_version),
        "libgit2": LIBGIT2_VERSION,
    }


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a kind of document."""
    return json_schema(kind)


def settings_here(overrides: Overrides) -> Settings:
    """Look up every setting, in a repository or outside of one."""
    git = GitProgram(environment())
    try:
        place = discover(overrides.path, environment())
    except UnsupportedRepositoryError:
        return load_settings(overrides, git, None)
    return load_settings(overrides, git, place.git_dir)


def _version_or_none(find: Callable[[], str | None]) -> str | None:
    try:
        return find()
    except GitprovError:
        return None


def _git_version() -> str:
    return ".".join(map(str, GitProgram(environment()).version()))


def _gpg_version() -> str | None:
    found = _GPG_VERSION.search(GpgProgram(env=environment()).run(["--version"]).octets)
    return None if found is None else found[1].decode("ascii")
