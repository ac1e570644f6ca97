"""Talks to remotes with the git program: what they have, what they give, what they take.

Nothing here moves a ref of this repository, and nothing is forced. Fetched objects land as a
pack that no ref names: it is judged first, two fetches at once cannot disturb each other, and a
fetch that was killed leaves nothing behind but objects, which gc removes in time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from gitprov.disk.durable import mapped, sync_folder
from gitprov.errors import Code, StorageError, UnsupportedRepositoryError, UsageError
from gitprov.git.program import CommandResult, GitProgram, Route, check_argument
from gitprov.git.ref_files import check_ref_name
from gitprov.model.remote import PushAnswer, PushState, RemoteTips

_LISTED = re.compile(r"([0-9a-f]{40})\t(refs/\S+)")
_REFUSED = re.compile(r"!\t[^\t]*\t\[[^\]]*\](?: \((.*)\))?")
_CONTROLS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x1f\x7f-\x9f]")
_MOST_LINES = 50
_LONGEST_LINE = 500
# Receive-pack and the client word a lost race differently from version to version.
_RACE = re.compile(
    "fetch first|non-fast-forward|stale info|failed to update ref|cannot lock ref|failed to lock"
    "|incorrect old value|reference already exists|unable to create .*lock|atomic push failed"
)
# A proxy's limit for a request, git's own receive.maxInputSize, or a connection that was cut: some
# servers do that in place of an answer.
_TOO_LARGE = re.compile(
    "HTTP 413|(?:Entity|Content|Payload) Too Large|pack exceeds maximum allowed size"
)
_CUT = re.compile("RPC failed; (?:curl [0-9]+|HTTP (?:408|5[0-9][0-9]))")
_FORBIDDEN = re.compile(r"transport '[^']*' not allowed|[Uu]nable to find remote helper")
_OTHER_FORMAT = re.compile(
    "does not support this repository's hash algorithm|mismatched algorithms"
)
_REMEDIES = (
    (
        re.compile(
            "does not appear to be a git repository|[Rr]epository .*not found|not a git repository"
        ),
        "look at the URL: git remote get-url {remote}",
    ),
    (
        re.compile("does not support push options"),
        "this repository sends some: git config --show-origin --get-all push.pushOption",
    ),
)
_LAST_REMEDY = "check the network and your access, then try again; nothing was changed here"
# Git's reason first; what follows from it, and its advice, last.
_WEIGHTS = (
    re.compile("(?:fatal|error): (?!the remote end hung up)"),
    re.compile("(?!hint:|warning:)"),
)

_SECTIONS = frozenset({"credential", "http", "protocol", "ssh", "url"})
_CORE = frozenset({"core.sshcommand", "core.gitproxy", "core.askpass"})
_REMOTE_KEYS = frozenset(
    {
        "proxy",
        "proxyauthmethod",
        "pushurl",
        "receivepack",
        "serveroption",
        "uploadpack",
        "url",
        "vcs",
    }
)


class GitRemotes:
    """The remotes of a repository.

    Args:
        route: where commands start from; its repository is the ledger's.
        list_names: returns the names of the remotes that are set up.
        timeout: seconds that one command may take.
    """

    def __init__(
        self,
        git: GitProgram,
        route: Route,
        list_names: Callable[[], Sequence[str]],
        timeout: float,
    ) -> None:
        self._git = git
        self._route = route
        self._list_names = list_names
        self._timeout = timeout

    def names(self) -> list[str]:
        """Return the names of the remotes, sorted.

        Raises:
            StorageError: git's configuration cannot be read.
        """
        return sorted(self._list_names())

    def tips(self, remote: str, refs: Sequence[str]) -> RemoteTips:
        """Ask a remote for the tips of these refs.

        Raises:
            UsageError: GPV-422-ARGUMENT, there is no such remote, or its protocol is not allowed.
            StorageError: GPV-507-STORAGE, it cannot be reached; GPV-408-TIMEOUT.
        """
        self.require(remote)
        answer = self._talk(["ls-remote", "--quiet", "--refs", "--", remote, *refs])
        if answer.exit_code:
            self._fail(remote, answer)
        found = {
            match[2]: match[1]
            for line in answer.output.splitlines()
            if (match := _LISTED.fullmatch(line)) is not None
        }
        return RemoteTips(remote, {ref: found[ref] for ref in refs if ref in found})

    def fetch(self, remote: str, refs: Sequence[str]) -> None:
        """Bring everything behind these refs of a remote here; no ref of ours is moved.

        Durable when this returns.

        Raises:
            UsageError, StorageError: as tips; also where the remote has lost such a ref.
        """
        self.require(remote)
        options = ["--quiet", "--no-tags", "--refmap=", "--no-write-fetch-head", "--no-prune"]
        options += ["--no-recurse-submodules", "--no-auto-maintenance", "--no-filter"]
        answer = self._talk(["fetch", *options, "--", remote, *map(check_ref_name, refs)])
        if answer.exit_code:
            self._fail(remote, answer)
        folder = self._route.git_dir / "objects" / "pack"
        with mapped("write", folder):
            sync_folder(folder)

    def push(self, remote: str, oid: str, ref: str) -> PushAnswer:
        """Ask a remote to move a ref forward to an object of ours.

        Raises:
            UsageError, StorageError: as tips; whether it was accepted is then not known.
        """
        self.require(remote)
        options = ["--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no"]
        refspec = f"{check_argument(oid, 'object id')}:{check_ref_name(ref)}"
        # A remote that is set up as a mirror takes no refspec otherwise.
        plain = ((f"remote.{remote}.mirror", "false"),)
        answer = self._talk(["push", *options, "--", remote, refspec], plain)
        if not answer.exit_code:
            return PushAnswer(PushState.ACCEPTED, lines=_remote_lines(answer.messages))
        reasons = [
            m[1] or "" for line in answer.output.splitlines() if (m := _REFUSED.fullmatch(line))
        ]
        for pattern, state in ((_TOO_LARGE, PushState.TOO_LARGE), (_CUT, PushState.CUT_OFF)):
            found = pattern.search(answer.messages)
            if found is not None:
                line = next(li for li in answer.messages.splitlines() if found[0] in li)
                return PushAnswer(state, _plain(line))
        if not reasons:
            self._fail(remote, answer)
        lines = _remote_lines(answer.messages)
        is_race = any(_RACE.search(text) for text in (*reasons, *lines))
        is_declined = any("declined" in reason or "hook" in reason for reason in reasons)
        state = PushState.RACED if is_race and not is_declined else PushState.REFUSED
        return PushAnswer(state, _plain(reasons[0]), lines)

    def remove(self, remote: str, ref: str) -> None:
        """Delete a ref of a remote.

        Raises:
            UsageError, StorageError: as tips; it may be there still.
        """
        self.require(remote)
        refspec = f":{check_ref_name(ref)}"
        plain = ((f"remote.{remote}.mirror", "false"),)
        answer = self._talk(["push", "--quiet", "--no-verify", "--", remote, refspec], plain)
        if answer.exit_code:
            self._fail(remote, answer)

    def require(self, remote: str) -> None:
        """Refuse a name that is no remote here, before anything else is done.

        Raises:
            UsageError: GPV-422-ARGUMENT, there is no such remote.
        """
        check_argument(remote, "remote")
        names = self.names()
        if remote in names:
            return
        known = ", ".join(names) or "none"
        text = f"there is no remote {remote[:200]!r} here (known: {known})"
        remedy = "add it: git remote add NAME URL"
        raise UsageError(Code.ARGUMENT, f"{text}; {remedy}", argument="remote", remedy=remedy)

    def _talk(
        self, args: Sequence[str], further: tuple[tuple[str, str], ...] = ()
    ) -> CommandResult:
        # One pack for each fetch: single objects would need a sync of 256 folders.
        settings = (*self._route.settings, ("fetch.unpackLimit", "1"), *further)
        route = Route(self._route.git_dir, self._route.folder, settings)
        return self._git.talk(args, route, self._timeout)

    def _fail(self, remote: str, answer: CommandResult) -> NoReturn:
        lines = _by_weight(_plain(line) for line in answer.messages.splitlines())
        words = " ".join(lines)[:_LONGEST_LINE] or "no reason given"
        if _FORBIDDEN.search(words):
            text = f"the URL of the remote {remote!r} needs a transport that is not allowed"
            raise UsageError(Code.ARGUMENT, f"{text}: {words}", argument="remote", remote=remote)
        if _OTHER_FORMAT.search(words):
            remedy = "name a remote that stores SHA-1: git config gitprov.remote NAME"
            text = f"the remote {remote!r} stores SHA-256 objects, and a ledger has SHA-1 ones"
            raise UnsupportedRepositoryError(
                Code.REPO_UNSUPPORTED, f"{text}; {remedy}", remote=remote, remedy=remedy
            )
        found = (remedy for pattern, remedy in _REMEDIES if pattern.search(words))
        remedy = next(found, _LAST_REMEDY).format(remote=remote)
        raise StorageError(
            Code.STORAGE,
            f"the remote {remote!r} cannot be used: {words}; {remedy}",
            remote=remote,
            exit_code=answer.exit_code,
            remedy=remedy,
        )


def read_remotes(git: GitProgram, git_dir: Path) -> list[str]:
    """Return the names of the remotes that git's configuration sets up.

    Raises:
        StorageError: GPV-507-STORAGE, it cannot be read.
    """
    return git.run(["remote"], git_dir=git_dir).decode("utf-8", "surrogateescape").splitlines()


def transport_settings(git: GitProgram, git_dir: Path) -> tuple[tuple[str, str], ...]:
    """Return the settings of a code repository that reaching its remotes needs.

    For a ledger in a repository of its own: remotes, rewritten URLs, ssh, proxies, credentials.
    Never what says how that repository is stored, nor what a partial clone would leave out.

    Raises:
        StorageError: GPV-507-STORAGE, they cannot be read.
    """
    # The file alone: an older git refuses a repository whose storage it does not know.
    args = ["config", "--file", str(git_dir / "config"), "--includes", "--null", "--list"]
    text = git.run(args).decode("utf-8", "surrogateescape")
    found = (item.partition("\n") for item in text.split("\0") if item)
    return tuple((name, value) for name, _, value in found if _is_transport(name))


def named_remotes(settings: Sequence[tuple[str, str]]) -> list[str]:
    """Return the names of the remotes that such settings set up."""
    names = (name for name, _ in settings if name.startswith("remote.") and name.endswith(".url"))
    return sorted({name.removeprefix("remote.").removesuffix(".url") for name in names})


def _is_transport(name: str) -> bool:
    section, _, key = name.partition(".")
    if section == "remote":
        return key.rpartition(".")[2] in _REMOTE_KEYS
    return section in _SECTIONS or name in _CORE


def _by_weight(lines: Iterable[str]) -> list[str]:
    """Return git's lines, its reason first."""
    return sorted(filter(None, lines), key=lambda line: [not w.match(line) for w in _WEIGHTS])


def _remote_lines(messages: str) -> tuple[str, ...]:
    """Return the lines of the remote: git puts ``remote: `` before each of them."""
    mark = "remote: "
    said = (line.removeprefix(mark) for line in messages.splitlines() if line.startswith(mark))
    return tuple(text for line in said if (text := _plain(line)))[:_MOST_LINES]


def _plain(text: str) -> str:
    # Less what would turn the reading direction or take no room: a remote may say anything.
    shown = "".join(c for c in _CONTROLS.sub("", text[: 4 * _LONGEST_LINE]) if c.isprintable())
    return shown.strip()[:_LONGEST_LINE]
