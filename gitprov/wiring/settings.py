"""Settings: flag > ``GITPROV_*`` > git config ``gitprov.*`` > default, each with its origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gitprov.errors import Code, UsageError
from gitprov.git.configuration import Configuration, read_configuration
from gitprov.git.program import GitProgram
from gitprov.model.overrides import Overrides
from gitprov.model.refs import LEDGER_REF
from gitprov.wiring.system import environment

_DEFAULT = "default"

# Name of the setting -> (environment variable, default).
_KNOWN: Mapping[str, tuple[str, str | None]] = {
    "gitprov.ref": ("GITPROV_REF", LEDGER_REF),
    "gitprov.store": ("GITPROV_STORE", None),
    "gitprov.genesis": ("GITPROV_GENESIS", None),
    "gitprov.key": ("GITPROV_KEY", None),
    "gitprov.agentKey": ("GITPROV_AGENT_KEY", None),
    "gitprov.remote": ("GITPROV_REMOTE", None),
    "gitprov.autopush": ("GITPROV_AUTOPUSH", "off"),
    "gitprov.engine": ("GITPROV_ENGINE", "sequoia"),
    "gitprov.actor": ("GITPROV_ACTOR", None),
    "gitprov.jobId": ("GITPROV_JOB_ID", None),
    "gitprov.workflowId": ("GITPROV_WORKFLOW_ID", None),
    "gitprov.lockTimeout": ("GITPROV_LOCK_TIMEOUT", "10"),
    "gitprov.signTimeout": ("GITPROV_SIGN_TIMEOUT", "15"),
    "gitprov.networkTimeout": ("GITPROV_NETWORK_TIMEOUT", "600"),
    "gitprov.pushEntries": ("GITPROV_PUSH_ENTRIES", "1000"),
    "gitprov.auditMaxBytes": ("GITPROV_AUDIT_MAX_BYTES", "16777216"),
    "gitprov.auditKeep": ("GITPROV_AUDIT_KEEP", "forever"),
    "gitprov.passphraseFile": ("GITPROV_PASSPHRASE_FILE", None),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its value and where the value comes from."""

    name: str
    value: str | None
    origin: str


class Settings:
    """Every setting, looked up once.

    Args:
        rows: name -> setting.
        configuration: git's, for settings that are not ours.
    """

    def __init__(self, rows: Mapping[str, Setting], configuration: Configuration) -> None:
        self._rows = dict(rows)
        self.configuration = configuration

    def get(self, name: str) -> str | None:
        """Return a setting's value."""
        return self._rows[name].value

    def require(self, name: str) -> str:
        """Return the value of a setting that has a default."""
        value = self._rows[name].value
        if value is None:
            raise UsageError(Code.ARGUMENT, f"the setting {name} has no value")
        return value

    def number(self, name: str, least: float = 0) -> float:
        """Return a setting as a number.

        Raises:
            UsageError: GPV-422-ARGUMENT; it is none, or below ``least``.
        """
        row = self._rows[name]
        try:
            value = float(row.value or "")
        except ValueError:
            value = least - 1
        if not value >= least:
            text = f"{name} is {row.value!r} ({row.origin}); give a number of at least {least:g}"
            raise UsageError(Code.ARGUMENT, text)
        return value

    def is_default(self, name: str) -> bool:
        """Whether a setting has its default."""
        return self._rows[name].origin == _DEFAULT

    def replaced(self, name: str, value: str) -> Settings:
        """Return the same settings with another value of one of them."""
        return Settings({**self._rows, name: Setting(name, value, "found")}, self.configuration)

    def git(self, name: str) -> str | None:
        """Return a value of git's own configuration (lower-case name), None if unset."""
        values = self.configuration.get(name)
        return None if values is None else values[-1].value

    def rows(self) -> list[Setting]:
        """Return all settings by name."""
        return [self._rows[name] for name in sorted(self._rows)]


def load_settings(overrides: Overrides, git: GitProgram, git_dir: Path | None) -> Settings:
    """Look up every setting.

    Args:
        overrides: what flags say.
        git: reads git's configuration.
        git_dir: the worktree's own git directory; None outside of a repository.

    Raises:
        UnsupportedRepositoryError, StorageError: git's configuration cannot be read.
    """
    configuration = read_configuration(git, git_dir)
    rows = {name: _look_up(name, overrides, configuration) for name in _KNOWN}
    return Settings(rows, configuration)


def _look_up(name: str, overrides: Overrides, configuration: Configuration) -> Setting:
    variable, default = _KNOWN[name]
    flag = overrides.value(name)
    if flag is not None:
        return Setting(name, flag, "flag")
    from_environment = environment().get(variable)
    if from_environment:
        return Setting(name, from_environment, f"environment {variable}")
    configured = configuration.get(name.lower())
    if configured is not None and configured[-1].value:
        return Setting(name, configured[-1].value, configured[-1].origin)
    return Setting(name, default, _DEFAULT)
