"""Wires the server's hook: environment, quarantine, limits, judgement, audit log (7.1, 4.1)."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

from gitprov.app.server_landed import Landings
from gitprov.codec.commit import parse_entry
from gitprov.codec.push_lines import parse_updates
from gitprov.errors import Code, GitprovError, StorageError
from gitprov.git.location import RepositoryLocation, is_git_dir, read_location, unsupported
from gitprov.git.objects import PygitObjects
from gitprov.git.ref_files import RawRefs
from gitprov.git.repository import check_supported, open_in_hook
from gitprov.guard.push_rules import MOST_GUARDED
from gitprov.local.audit_log import FileAuditLog
from gitprov.local.sandbox import Limits, supervise
from gitprov.model.finding import Finding, Severity, error
from gitprov.model.push import RefUpdate
from gitprov.model.times import format_time
from gitprov.service.ledger.access import LedgerAccess
from gitprov.service.server.judge_push import JudgedRef, Push, PushJudge
from gitprov.wiring.ledger_access import open_engine
from gitprov.wiring.system import SystemClock, scrub_environment, set_variables, user_and_host

_MEMORY = 224 * 1024 * 1024
_OUTPUT = 16 * 1024 * 1024
_SECONDS = 300
# GitHub Enterprise Server gives all hooks together 5 s and then cuts them off without a word.
_FORGE_SECONDS = {"ghes": 4.0}
_ACTORS = {
    "gitlab": "GL_USERNAME",
    "gitea": "GITEA_PUSHER_NAME",
    "gitolite": "GL_USER",
    "ghes": "GITHUB_USER_LOGIN",
    "bare": "REMOTE_USER",
}
KINDS = tuple(sorted(_ACTORS))
_QUARANTINE = ("GIT_QUARANTINE_PATH", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")
_MOST_FINDINGS = 100
_MOST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class HookArguments:
    """The arguments that the installed hook passes on.

    Args:
        genesis: the pinned genesis, None lets any in, once.
        kind: one of KINDS.
        seconds: how long the judgement may take; None follows from the kind.
        is_companion: it runs after the push, as post-receive.
    """

    ref: str
    genesis: str | None
    kind: str
    seconds: float | None = None
    is_companion: bool = False


@dataclass(frozen=True, slots=True)
class PushVerdict:
    """The verdict on a push: its guarded refs; none if it names no guarded ref."""

    refs: tuple[JudgedRef, ...]

    @property
    def is_refused(self) -> bool:
        """Whether the push must be refused."""
        return any(each.reasons for each in self.refs)


def open_push_hook() -> PushHook:
    """Take the environment of the hook, and leave none of it to libgit2.

    Only the variables of the quarantine may reach libgit2, and only once objects are read.
    """
    return PushHook(scrub_environment(("PATH", "HOME")))


class PushHook:
    """One run of the hook, in the environment that Git gives it.

    Args:
        given: the variables that Git gave it.
    """

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self._clock = SystemClock()

    def is_for_gitlab(self, kind: str = "") -> bool:
        """Whether GitLab runs the hook: by its kind, or by the variables that GitLab sets."""
        has_its_variables = bool(self._given.get("GL_REPOSITORY")) and not self._given.get(
            "GL_USER"
        )
        return kind == "gitlab" or has_its_variables

    def judge(self, settings: HookArguments, stream: BinaryIO) -> PushVerdict:
        """Judge the push that Git describes on a stream, and write the audit log.

        Raises:
            GitprovError: the hook cannot work here; the push must be refused.
        """
        updates = _read_updates(stream)
        place = self._place()
        landings = self._landings(place, settings)
        push = Push(
            updates,
            settings.ref,
            settings.genesis,
            is_quarantined=self._is_quarantined(place, settings.kind),
            is_namespaced=bool(self._given.get("GIT_NAMESPACE")),
            landed=landings.of,
        )
        judge = PushJudge(
            push, RawRefs(place.common_dir), lambda: self._open(place), self._clock.now()
        )
        guarded = judge.guarded()
        if not guarded:
            return PushVerdict(())
        if not push.is_namespaced:
            landings.look(each.update.name for each in guarded[:MOST_GUARDED])
        seconds = settings.seconds or _FORGE_SECONDS.get(settings.kind, _SECONDS)
        try:
            answer = supervise(
                lambda: _packed(judge.judge(guarded)), Limits(seconds, _MEMORY, _OUTPUT)
            )
            verdict = PushVerdict(_unpacked(answer))
            if not verdict.is_refused:
                landings.accept(each.update for each in verdict.refs)
        except StorageError as reason:
            finding = error(reason.code, reason.message)
            verdict = PushVerdict(tuple(JudgedRef(each.update, (finding,)) for each in guarded[:1]))
        self._write_down(place, settings, verdict)
        return verdict

    def _place(self) -> RepositoryLocation:
        git_dir = Path(os.path.realpath(self._given.get("GIT_DIR") or "."))
        if not is_git_dir(git_dir):
            raise unsupported(f"{str(git_dir)!r} is not a Git repository", "run this hook from git")
        return read_location(git_dir, None)

    def _is_quarantined(self, place: RepositoryLocation, kind: str) -> bool:
        """Whether new objects wait in a folder of their own inside this repository (P-22)."""
        objects = self._given.get("GIT_OBJECT_DIRECTORY")
        # GitLab hands its hooks the folder of the new objects, but not this name of it.
        folder = self._given.get("GIT_QUARANTINE_PATH") or (objects if kind == "gitlab" else None)
        if not folder or not objects:
            return False
        path = os.path.realpath(folder)
        store = os.path.realpath(place.common_dir / "objects")
        is_inside = path.startswith(f"{store}/") and os.path.isdir(path)  # noqa: PTH112
        return is_inside and path == os.path.realpath(objects)

    def _open(self, place: RepositoryLocation) -> LedgerAccess:
        set_variables({name: self._given.get(name, "") for name in _QUARANTINE})
        reader = PygitObjects(
            open_in_hook(place.common_dir),
            folders=(place.common_dir / "objects",),
            is_partial=place.is_partial,
        )
        check_supported(place, lambda oid: _is_entry(reader, oid))
        return LedgerAccess(reader, open_engine("sequoia"), None)

    def _write_down(
        self, place: RepositoryLocation, settings: HookArguments, verdict: PushVerdict
    ) -> None:
        """Note what was judged; a push may still fail."""
        log = self._log(place)
        reasons = [reason for each in verdict.refs for reason in each.reasons]
        for each in verdict.refs:
            own = next(iter(each.reasons), reasons[0] if reasons else None)
            event = self._event(settings.kind, each.update.name)
            event |= {"old": each.update.old or "", "new": each.update.new or ""}
            event["action"] = "push-judged" if own is None else "push-refused"
            if own is not None:
                event |= {"code": own.code, "reason": own.message}
            log.append({name: value for name, value in event.items() if value})

    def note_landed(self, settings: HookArguments, stream: BinaryIO) -> None:
        """Remember the tips of the refs that Git has moved: the companion in post-receive.

        Raises:
            GitprovError: they cannot be written down; the push has landed all the same.
        """
        updates = _read_updates(stream)
        if not self._given.get("GIT_NAMESPACE"):  # its names are not the true ones
            self._landings(self._place(), settings).note(updates)

    def _landings(self, place: RepositoryLocation, settings: HookArguments) -> Landings:
        def tell(ref: str, tip: str) -> None:
            event = {**self._event(settings.kind, ref), "action": "push-landed", "new": tip}
            del event["actor"]  # who pushed it is in the line that judged it
            self._log(place).append(event)

        return Landings(place, settings.ref, tell)

    def _log(self, place: RepositoryLocation) -> FileAuditLog:
        return FileAuditLog(place.common_dir / "gitprov", sharing=place.sharing)

    def _event(self, kind: str, ref: str) -> dict[str, str | dict[str, str]]:
        return {
            "time": format_time(self._clock.now_ms()),
            "actor": {"id": self._actor(kind)},
            "ref": _printable(ref),
            "runner": user_and_host()[1],
        }

    def _actor(self, kind: str) -> str:
        named = self._given.get(_ACTORS[kind], "")
        if not named:
            try:
                named = pwd.getpwuid(os.getuid()).pw_name
            except KeyError:
                named = str(os.getuid())
        return _printable(named)


def _read_updates(stream: BinaryIO) -> Sequence[RefUpdate]:
    content = stream.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        text = f"the list of updates is larger than {_MOST_BYTES >> 20} MiB"
        raise StorageError(Code.LIMIT, f"{text}; push the ledger and its notes by themselves")
    return parse_updates(content)


def _is_entry(reader: PygitObjects, oid: str) -> bool:
    """Whether a commit that a shallow file names looks like an entry of a ledger."""
    try:
        kind, raw = reader.read(oid, 1024 * 1024)
        return kind == "commit" and parse_entry(raw)[1] is not None
    except GitprovError:
        return False


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def _packed(judged: Iterable[JudgedRef]) -> bytes:
    """Make one text of a verdict, for the way out of the process that judged."""
    listed = []
    for each in judged:
        first = list(each.reasons[:_MOST_FINDINGS])
        more = len(each.reasons) - len(first)
        if more:
            first.append(error(first[0].code, f"{more} more findings are not listed"))
        warnings = [f for f in each.findings if f.severity is Severity.WARNING]
        kept = replace(each, findings=(*first, *warnings[:_MOST_FINDINGS]))
        listed.append(asdict(kept))
    return json.dumps(listed).encode()


def _unpacked(answer: bytes) -> tuple[JudgedRef, ...]:
    return tuple(
        JudgedRef(
            RefUpdate(**each["update"]),
            tuple(
                Finding(**{**f, "code": Code(f["code"]), "severity": Severity(f["severity"])})
                for f in each["findings"]
            ),
            each["entries"],
        )
        for each in json.loads(answer)
    )
