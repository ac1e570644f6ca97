"""Settings: flag > ``GITPROV_*`` > git config ``gitprov.*`` > default, each with its origin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gitprov.errors import Code, UsageError
from gitprov.git.config_parser import parse_config
from gitprov.model.overrides import Overrides
from gitprov.model.refs import LEDGER_REF
from gitprov.wiring.system import environment

_DEFAULT = "default"
_CONFIG_LIMIT = 16 * 1024 * 1024

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
    "gitprov.auditMaxBytes": ("GITPROV_AUDIT_MAX_BYTES", "16777216"),
    "gitprov.passphraseFile": ("GITPROV_PASSPHRASE_FILE", None),
}
# Never taken from a configuration file: an actor is stated by whoever runs the command.
_ENVIRONMENT_ONLY = frozenset(
    {"gitprov.actor", "gitprov.jobId", "gitprov.workflowId", "gitprov.passphraseFile"}
)


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
        git: every value of git's configuration, for settings that are not ours.
    """

    def __init__(self, rows: Mapping[str, Setting], git: Mapping[str, tuple[str, str]]) -> None:
        self._rows = dict(rows)
        self._git = git

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
        return Settings({**self._rows, name: Setting(name, value, "found")}, self._git)

    def git(self, name: str) -> str | None:
        """Return a value of git's own configuration (lower-case name), None if unset."""
        found = self._git.get(name)
        return None if found is None else found[0]

    def rows(self) -> list[Setting]:
        """Return all settings by name."""
        return [self._rows[name] for name in sorted(self._rows)]


def load_settings(overrides: Overrides, config_dirs: tuple[Path, ...]) -> Settings:
    """Look up every setting.

    Args:
        overrides: what flags say.
        config_dirs: git directories whose ``config`` counts, the weakest first.
    """
    git: dict[str, tuple[str, str]] = {}
    for path in (*_user_files(), *(folder / "config" for folder in config_dirs)):
        for name, values in parse_config(_read(path)).items():
            git[name.lower()] = (values[-1], str(path))
    rows = {name: _look_up(name, overrides, git) for name in _KNOWN}
    return Settings(rows, git)


def _look_up(name: str, overrides: Overrides, git: Mapping[str, tuple[str, str]]) -> Setting:
    variable, default = _KNOWN[name]
    flag = overrides.value(name)
    if flag is not None:
        return Setting(name, flag, "flag")
    from_environment = environment().get(variable)
    if from_environment:
        return Setting(name, from_environment, f"environment {variable}")
    configured = None if name in _ENVIRONMENT_ONLY else git.get(name.lower())
    if configured is not None and configured[0]:
        return Setting(name, configured[0], configured[1])
    return Setting(name, default, _DEFAULT)


def _user_files() -> Iterator[Path]:
    """Git's system-wide and personal configuration files, the weakest first."""
    variables = environment()
    if not variables.get("GIT_CONFIG_NOSYSTEM"):
        yield Path(variables.get("GIT_CONFIG_SYSTEM") or "/etc/gitconfig")
    personal = variables.get("GIT_CONFIG_GLOBAL")
    if personal is not None:
        yield Path(personal)
        return
    home = variables.get("HOME")
    folder = variables.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else None)
    if folder:
        yield Path(folder) / "git" / "config"
    if home:
        yield Path(home) / ".gitconfig"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_CONFIG_LIMIT)
    except OSError:
        # As git does: a configuration file that cannot be read says nothing.
        return b""
