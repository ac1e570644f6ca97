"""Keeps the tests away from the machine they run on: its user, its keys, its network.

`seal` is called once per process, when tests/conftest.py is imported, before anything could
look at the environment. What it sets reaches child processes too; what it watches (an audit
hook, which nothing can remove) sees this process only.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

REMOVED_PREFIXES = ("GIT_", "GITPROV_", "XDG_", "GPG_", "SSH_", "LC_")
REMOVED_NAMES = frozenset({"EMAIL", "LANG", "LANGUAGE", "NO_COLOR", "PAGER", "EDITOR", "VISUAL"})
_SECRETS = (".gnupg", ".gitconfig", ".config/git", ".config/gitprov", ".local/state/gitprov")
_INTERNET = (socket.AF_INET, socket.AF_INET6)
_TALKING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_NAMING = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})

offences: list[str] = []


class LeakError(RuntimeError):
    """A test reached for the real user's files or keys, or for a network."""


def seal() -> None:
    """Scrub the environment of this process and watch what it does from here on."""
    # A worker of pytest-xdist inherits a sealed HOME; the user database still knows the real one.
    homes = {str(Path.home()), pwd.getpwuid(os.getuid()).pw_dir}
    forbidden = tuple(f"{home}/{name}" for home in homes for name in _SECRETS)
    os.environ.update(neutral_settings(Path(_scratch())))
    for name in [name for name in os.environ if is_removed(name)]:
        del os.environ[name]
    time.tzset()
    os.umask(0o022)
    sys.addaudithook(lambda event, args: _watch(event, args, forbidden))


def is_removed(name: str) -> bool:
    """Whether a variable of the caller's shell must not reach a test."""
    kept = {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_ALLOW_PROTOCOL", "LC_ALL"}
    return name not in kept and (name in REMOVED_NAMES or name.startswith(REMOVED_PREFIXES))


def neutral_settings(scratch: Path) -> dict[str, str]:
    """Return the variables that every test finds.

    HOME is a regular file: whatever wants to look or write below it fails, for root as well.
    The same holds for git's global settings; the null device would not do, since writing
    settings replaces the file, and root may replace even a device.
    """
    home = scratch / "no-home"
    home.touch()
    keys = scratch / "keys"
    keys.mkdir(mode=0o700, exist_ok=True)
    return {
        "HOME": str(home),
        "GNUPGHOME": str(keys),
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ALLOW_PROTOCOL": "file",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }


def _scratch() -> str:
    """Make a folder with a short path: gpg-agent's sockets allow about 100 characters."""
    folder = tempfile.mkdtemp(prefix="gp-", dir="/tmp")  # TMPDIR may be long
    atexit.register(_remove, folder, os.getpid())
    return folder


def _remove(folder: str, owner: int) -> None:
    if os.getpid() != owner:
        return  # a forked child runs the same exit functions
    if any(Path(folder, "keys").glob("S.gpg-agent*")):
        subprocess.run(["gpgconf", "--homedir", f"{folder}/keys", "--kill", "all"], check=False)
    shutil.rmtree(folder, ignore_errors=True)


def _watch(event: str, args: Sequence[object], forbidden: tuple[str, ...]) -> None:
    if event == "open":
        path = args[0]
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if isinstance(path, str) and path.startswith(forbidden):
            _refuse(f"opened {path}")
    elif event in _TALKING:
        if isinstance(args[0], socket.socket) and args[0].family in _INTERNET:
            _refuse(f"connected to {args[1]}")
    elif event in _NAMING:
        _refuse(f"looked up the host {args[0]!r}")
    elif event == "subprocess.Popen":
        _check_child(str(args[0]), args[1], args[3])


def _check_child(program: str, argv: object, environ: object) -> None:
    """Refuse a gpg that would fall back to the user's own keyring."""
    if not Path(program).name.startswith("gpg") or not isinstance(environ, Mapping):
        return
    named = {os.fsdecode(name) for name in environ}
    if not named & {"GNUPGHOME", "HOME"} and "--homedir" not in str(argv):
        _refuse(f"started {program} without GNUPGHOME")


def _refuse(what: str) -> None:
    offences.append(what)
    message = f"a test {what}"
    raise LeakError(message)
