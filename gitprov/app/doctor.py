"""Examines a repository and its surroundings for ``gitprov doctor``, section by section.

One part that cannot be looked at hides none of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gitprov.app.compare_remotes import compare_seen
from gitprov.app.doctor_facts import (
    gather_disk,
    gather_locks,
    gather_refused,
    gather_signing,
    gather_spool,
    gather_versions,
)
from gitprov.app.fetch_refspecs import narrow
from gitprov.app.ledger_branch import checked_out_in
from gitprov.app.probe_remote import probe_remote
from gitprov.app.recover import lost_entries, lost_text
from gitprov.errors import Code, GitprovError, UsageError
from gitprov.git.repository import check_supported
from gitprov.local.push_outcome import BackgroundPushLog
from gitprov.model.diagnosis import Diagnosis, Health
from gitprov.model.overrides import Overrides
from gitprov.model.policy import Policy, SignerRule
from gitprov.model.refs import NOTES_REF, PARKED
from gitprov.model.words import counted
from gitprov.service.diagnose.branch import diagnose_branch
from gitprov.service.diagnose.keys import choose_all, diagnose_keys
from gitprov.service.diagnose.ledger import (
    diagnose_clock,
    diagnose_notes,
    diagnose_pin,
    diagnose_tip,
)
from gitprov.service.diagnose.machine import diagnose_disk, diagnose_versions
from gitprov.service.diagnose.remotes import diagnose_parked, diagnose_pushes, diagnose_remotes
from gitprov.service.diagnose.settings import diagnose_settings
from gitprov.service.diagnose.spool import diagnose_locks, diagnose_spool
from gitprov.service.ledger.read_entries import EntryReader
from gitprov.service.ledger.view import Authority
from gitprov.sign.keys import find_secret_keys
from gitprov.wiring.remotes import accepting_remote, open_remotes
from gitprov.wiring.workspace import Workspace, open_workspace

_PROBLEMS = frozenset({Code.NO_LEDGER, Code.REPO_UNSUPPORTED, Code.ARGUMENT, Code.STORE_CORRUPT})


def fix(overrides: Overrides) -> list[str]:
    """Change what the doctor may change by itself; return what was changed.

    Raises:
        GitprovError: the repository or its configuration cannot be used.
    """
    return narrow(open_workspace(overrides))


def run_doctor(overrides: Overrides, *, probe: bool = False) -> list[Diagnosis]:
    """Look at everything that could be wrong.

    Args:
        overrides: what flags say.
        probe: try a push that the accepting remote must refuse.
    """
    found = list(diagnose_versions(gather_versions()))
    try:
        workspace = open_workspace(overrides)
    except GitprovError as reason:
        return [*found, _failure("repository", reason)]
    return [*found, *_Doctor(workspace).run(probe=probe)]


class _Doctor:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._found: list[Diagnosis] = []

    def run(self, *, probe: bool) -> list[Diagnosis]:
        workspace = self._workspace
        self._add("repository", self._repository)
        self._add("file system", lambda: diagnose_disk(gather_disk(workspace.ledger_dir)))
        self._add("settings", self._settings)
        self._add("locks", lambda: diagnose_locks(gather_locks(workspace)))
        self._add("audit", self._audit)
        self._add("lost", self._lost)
        self._add("ledger", self._ledger)
        self._add("remotes", self._remotes)
        if probe:
            self._add("probe", lambda: probe_remote(workspace))
        return self._found

    def _add(self, section: str, look: Callable[[], Iterable[Diagnosis]]) -> None:
        try:
            self._found += look()
        except GitprovError as reason:
            self._found.append(_failure(section, reason))

    def _repository(self) -> Iterable[Diagnosis]:
        workspace = self._workspace
        place = workspace.ledger_place
        replaced = check_supported(place, lambda _: False)
        for name in replaced:
            text = f"{name} shows git another object than gitprov reads"
            yield Diagnosis("repository", Health.WARNING, text, f"git update-ref -d {name}")
        where = "" if place == workspace.place else ", a repository of its own"
        text = f"the ledger lives in {str(workspace.ledger_dir)!r}{where}"
        yield Diagnosis("repository", Health.GOOD, text)
        if place.is_shallow:
            text = "the clone is shallow; the ledger itself must be whole, verify looks at that"
            yield Diagnosis("repository", Health.NOTE, text)

    def _settings(self) -> Iterable[Diagnosis]:
        workspace = self._workspace
        rows = workspace.settings.rows()
        configuration = workspace.settings.configuration
        values = {name: [v.value for v in found] for name, found in configuration.items()}
        yield from diagnose_settings(values, workspace.ref, NOTES_REF, [row.name for row in rows])
        for row in rows:
            if row.value is not None and not workspace.settings.is_default(row.name):
                text = f"{row.name} = {row.value} ({row.origin})"
                yield Diagnosis("settings", Health.GOOD, text)

    def _audit(self) -> Iterable[Diagnosis]:
        report = self._workspace.audit.check()
        remedy = "keep the files as they are and find out who changed them"
        for problem in report.problems:
            yield Diagnosis("audit", Health.PROBLEM, problem, remedy)
        if not report.problems:
            yield Diagnosis("audit", Health.GOOD, f"{counted(report.lines, 'line')}, none changed")

    def _lost(self) -> Iterable[Diagnosis]:
        for lost in lost_entries(self._workspace):
            text, _, remedy = lost_text(lost, self._workspace.ref).partition("; ")
            yield Diagnosis("lost", Health.PROBLEM, text, remedy.partition(": ")[2])

    def _ledger(self) -> Iterable[Diagnosis]:
        workspace = self._workspace
        now = workspace.clock.now()
        tip = workspace.refs.get(workspace.ref)
        if tip is None:
            text = f"there is no ledger at {workspace.ref}"
            yield Diagnosis("ledger", Health.PROBLEM, text, "make or join one with: gitprov init")
            yield from diagnose_clock(now, None)
            self._add("spool", lambda: self._spool(None))
            return
        reader = EntryReader(workspace.view)
        entry = reader.entry(tip)
        yield from diagnose_clock(now, entry.seconds if entry.commit is not None else None)
        yield from diagnose_tip(reader, workspace.engine, tip, now)
        yield from diagnose_branch(workspace.ref, checked_out_in(workspace))
        yield diagnose_pin(reader, tip, workspace.settings.get("gitprov.genesis"))
        if entry.tree is None:
            return
        yield diagnose_notes(reader, entry.tree, workspace.notes)
        authority = workspace.view.authority(entry.tree)
        self._add("spool", lambda: self._spool(authority.policy))
        self._add("keys", lambda: self._keys(authority, now))

    def _remotes(self) -> Iterable[Diagnosis]:
        workspace = self._workspace
        yield from diagnose_pushes(BackgroundPushLog(workspace.state_dir).read())
        tip = workspace.refs.get(workspace.ref)
        if tip is None:
            return
        yield from diagnose_parked(workspace.refs.names(PARKED))
        remotes = open_remotes(workspace)
        try:
            accepting = accepting_remote(workspace, remotes) if remotes.names() else None
        except UsageError:
            return  # several, and none is chosen: the section on settings says so
        ours = compare_seen(workspace, tip)
        accepted = next((stand.tip for stand in ours if stand.remote == accepting), None)
        mirrors = compare_seen(workspace, accepted) if accepted is not None else ()
        others = [stand for stand in mirrors if stand.remote != accepting]
        yield from diagnose_remotes(accepting, ours, others)

    def _spool(self, policy: Policy | None) -> Iterable[Diagnosis]:
        workspace = self._workspace
        waiting = gather_spool(workspace, policy)
        return diagnose_spool(waiting, gather_refused(workspace), workspace.clock.now_ms())

    def _keys(self, authority: Authority, now: int) -> Iterable[Diagnosis]:
        workspace = self._workspace
        keys = workspace.signing_keys()
        held = find_secret_keys(workspace.gpg)
        chosen = choose_all(keys, authority, now)
        yield from diagnose_keys(chosen, keys, authority, held, now)
        here = {key.fingerprint for key in held if key.can_sign}
        signers = {s.key: s for s in chosen.values() if isinstance(s, SignerRule)}
        for fingerprint in signers:
            if fingerprint not in here:
                continue
            reason = gather_signing(
                workspace, fingerprint, authority.signing_keys(fingerprint, now)
            )
            if reason is not None:
                text = f"it cannot sign unattended: {reason.message}"
                yield Diagnosis("keys", Health.WARNING, f"the key {fingerprint}: {text}")


def _failure(section: str, reason: GitprovError) -> Diagnosis:
    health = Health.PROBLEM if reason.code in _PROBLEMS else Health.UNKNOWN
    remedy = reason.details.get("remedy")
    if remedy is not None and remedy in reason.message:
        remedy = None  # most messages end with it
    return Diagnosis(section, health, f"{reason.code}: {reason.message}", remedy)
