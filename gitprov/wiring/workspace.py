"""Builds everything that one call of gitprov works with, from where it runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path

from gitprov.codec import openpgp as armour
from gitprov.disk.posix import require_locks
from gitprov.errors import Code, GitprovError, UsageError
from gitprov.git.checked_packs import CheckedPacks
from gitprov.git.code_repository import GitCodeRepository
from gitprov.git.config_writer import ConfigFile
from gitprov.git.discovery import (
    without_repository,
)
from gitprov.git.gc import GitMaintenance
from gitprov.git.location import RepositoryLocation
from gitprov.git.loose import LooseWriter
from gitprov.git.notes_ref import NotesRef
from gitprov.git.objects import PygitObjects
from gitprov.git.pack import PackWriter
from gitprov.git.program import GitProgram
from gitprov.git.ref_updates import PygitRefs
from gitprov.git.repository import open_ledger_repository
from gitprov.git.tree_editor import TreeEditor
from gitprov.guard.mutation import StorageGuard
from gitprov.local.audit_log import FileAuditLog
from gitprov.local.source_index import FileSourceIndex
from gitprov.local.spool import FileSpool
from gitprov.local.work_files import WorkTreeFiles
from gitprov.local.writer_lock import CONFIG, FileLock
from gitprov.model.overrides import Overrides
from gitprov.model.refs import NOTES_REF
from gitprov.model.times import format_time
from gitprov.service.judge.files import RecordJudge
from gitprov.service.ledger.access import LedgerAccess
from gitprov.service.ledger.tip import read_tip
from gitprov.service.ledger.view import LedgerView
from gitprov.service.notes.noted_runs import NotedRuns
from gitprov.service.notes.update import NoteUpdater
from gitprov.service.ports.signatures import SignatureEngine
from gitprov.service.write.append_entry import AppendPorts
from gitprov.service.write.audit_trail import AuditedPlace, AuditTrail
from gitprov.service.write.drafting import Drafting
from gitprov.service.write.envelope import DraftDefaults, Envelope
from gitprov.service.write.record_run import Recorder
from gitprov.service.write.recorder_ports import RecorderPorts
from gitprov.service.write.signing_key import SigningKeys
from gitprov.sign.gpg import GpgSigner
from gitprov.sign.keys import find_secret_keys, resolve_key
from gitprov.sign.program import GpgProgram
from gitprov.wiring.ledger_access import access_opener, open_engine
from gitprov.wiring.repositories import find_repositories
from gitprov.wiring.settings import Settings
from gitprov.wiring.spool_folders import SpoolFolders
from gitprov.wiring.system import (
    RandomIds,
    SystemClock,
    environment,
    is_interactive,
    user_and_host,
    variable,
)

STATE_FOLDER = "gitprov"
_REMEMBERED = 20_000
_TRUE = frozenset({"true", "yes", "on", "1"})


class Workspace:
    """The adapters of one call, built when they are first needed.

    Args:
        place: the code repository.
        ledger: the repository that holds the ledger; the same one where it can.
        git: the git program, for the code repository.
    """

    def __init__(
        self,
        place: RepositoryLocation,
        ledger: RepositoryLocation,
        settings: Settings,
        git: GitProgram,
    ) -> None:
        self.place = place
        self.ledger_place = ledger
        self.settings = settings
        self.clock = SystemClock()
        self.ids = RandomIds()
        self._packs_end = False
        self.guard = StorageGuard(self.ids.uuid4, lambda: format_time(self.clock.now_ms()))
        self.code_git = git
        is_shared = ledger.common_dir == place.common_dir
        self.git = git if is_shared else GitProgram(without_repository(environment()))

    @property
    def ref(self) -> str:
        """The ledger's ref."""
        return self.settings.require("gitprov.ref")

    @property
    def ledger_dir(self) -> Path:
        """The git directory that holds the ledger."""
        return self.ledger_place.common_dir

    @property
    def state_dir(self) -> Path:
        """The folder for spool, lock, audit log and pins."""
        return self.place.common_dir / STATE_FOLDER

    @cached_property
    def objects(self) -> PygitObjects:
        """The ledger's objects, for reading and writing."""
        ledger = self.ledger_place
        self._require_ending_packs()
        self._repository = open_ledger_repository(ledger.common_dir, ledger.further_objects)
        return PygitObjects(
            self._repository,
            folders=(ledger.common_dir / "objects", *ledger.further_objects),
            is_partial=ledger.is_partial,
            loose=LooseWriter(ledger.objects, ledger.sharing),
            pack=PackWriter(ledger.common_dir, ledger.objects, self.git),
        )

    @cached_property
    def trees(self) -> TreeEditor:
        """Builds trees."""
        return TreeEditor(lambda oid: self.objects.read(oid, 32 * 1024 * 1024)[1])

    @cached_property
    def lock(self) -> FileLock:
        """Serialises this repository's writers."""
        return self.lock_for()

    def lock_for(self, *further: str) -> FileLock:
        """Return the same lock for a holder that may move further refs."""
        return FileLock(
            self.state_dir,
            (self.ref, NOTES_REF, CONFIG, *further),
            common=self.ledger_dir,
            on_recovery=self._on_recovery,
            sharing=self.place.sharing,
        )

    @cached_property
    def config_file(self) -> ConfigFile:
        """The code repository's configuration, for init."""
        patience = self.settings.number("gitprov.lockTimeout")
        clear_dead = partial(self.lock.clear_dead, CONFIG)
        return ConfigFile(self.place.common_dir, self.git, clear_dead, patience)

    @cached_property
    def refs(self) -> PygitRefs:
        """The ledger's refs."""
        return self.refs_under(self.lock)

    def refs_under(self, lock: FileLock) -> PygitRefs:
        """Return the ledger's refs for whoever moves them under that lock."""
        _ = self.objects
        return PygitRefs(
            self._repository,
            self.ledger_dir,
            patience=self.settings.number("gitprov.lockTimeout"),
            clear_dead=lock.clear_dead,
            sharing=self.ledger_place.sharing,
        )

    @cached_property
    def engine(self) -> SignatureEngine:
        """Checks signatures."""
        return open_engine(self.settings.require("gitprov.engine"))

    @cached_property
    def records(self) -> RecordJudge:
        """The judge of records, which remembers for all writes of this call."""
        return RecordJudge(_REMEMBERED)

    @cached_property
    def view(self) -> LedgerView:
        """A window on the ledger."""
        return LedgerView(self.objects, self.engine)

    @cached_property
    def audit(self) -> FileAuditLog:
        """The local audit log."""
        most = int(self.settings.number("gitprov.auditMaxBytes", 4096))
        return FileAuditLog(self.state_dir, most, self.place.sharing)

    @property
    def trail(self) -> AuditTrail:
        """The audit log as the use cases write it."""
        place = AuditedPlace(self.ref, user_and_host()[1], self.code.head)
        return AuditTrail(self.audit, self.clock, place)

    @property
    def spool_folders(self) -> SpoolFolders:
        """The folders where records may wait."""
        return SpoolFolders(self.place.common_dir, self.state_dir / "spool", self.place.sharing)

    @cached_property
    def spool(self) -> FileSpool:
        """Keeps records until they are on the ledger."""
        return self.spool_folders.open()

    @cached_property
    def code(self) -> GitCodeRepository:
        """Reads the code repository."""
        self._require_ending_packs()
        return GitCodeRepository(self.place, self.code_git)

    @cached_property
    def notes(self) -> NotesRef:
        """The notes on code commits."""
        return NotesRef(self.objects, self.trees, self.refs, NOTES_REF)

    @cached_property
    def gpg(self) -> GpgProgram:
        """The user's own gpg."""
        home = variable("GNUPGHOME")
        if home is not None and not Path(home).is_dir():
            text = f"GNUPGHOME names {home!r}, which is not a folder; make it: mkdir -m 700 {home}"
            raise UsageError(Code.ARGUMENT, text)
        passphrase = self.settings.get("gitprov.passphraseFile")
        return GpgProgram(
            env=environment(),
            timeout=self.settings.number("gitprov.signTimeout", 0.1),
            passphrase_file=Path(passphrase) if passphrase else None,
            interactive=is_interactive(),
        )

    @cached_property
    def signer(self) -> GpgSigner:
        """Signs with the user's own keys."""
        return GpgSigner(self.gpg, armour, self.preferred_keys())

    def preferred_keys(self) -> list[str]:
        """Return the settings that name keys to sign with, git's own among them."""
        named = [self.settings.get("gitprov.key"), self.settings.get("gitprov.agentKey")]
        if (self.settings.git("gpg.format") or "openpgp") == "openpgp":
            named.append(self.settings.git("user.signingkey"))
        return [name for name in named if name]

    def append_ports(self) -> AppendPorts:
        """Return what appending needs."""
        return AppendPorts(
            reader=self.objects,
            writer=self.objects,
            trees=self.trees,
            refs=self.refs,
            engine=self.engine,
            signer=self.signer,
            clock=self.clock,
            records=self.records,
        )

    def recorder(self) -> Recorder:
        """Return what appends records to the ledger.

        Raises:
            UsageError: GPV-422-ARGUMENT, in a mirror, whose next fetch would drop the records.
        """
        require_locks()
        if (self.settings.git("remote.origin.mirror") or "").lower() in _TRUE:
            text = "this is a mirror clone: the next fetch would overwrite what is recorded here"
            remedy = "record in an ordinary clone, or make this one ordinary: gitprov doctor --fix"
            raise UsageError(Code.ARGUMENT, f"{text}; {remedy}")
        ports = RecorderPorts(
            append=self.append_ports(),
            view=self.view,
            spool=self.spool,
            lock=self.lock,
            audit=self.trail,
            sources=FileSourceIndex(self.state_dir / "sources", self.place.sharing),
            notes=NoteUpdater(self.notes, self.clock, self.noted_runs),
            maintenance=GitMaintenance(self.ledger_dir, self.git),
            ids=self.ids,
        )
        patience = self.settings.number("gitprov.lockTimeout")
        return Recorder(ports, self.signing_keys(), self.ref, patience)

    def signing_keys(self) -> SigningKeys:
        """Return which keys this machine signs with."""
        return SigningKeys(
            self.settings.get("gitprov.key"),
            self.settings.get("gitprov.agentKey"),
            lambda: [key.fingerprint for key in find_secret_keys(self.gpg)],
            lambda spec: resolve_key(self.gpg, spec),
        )

    def drafting(self) -> Drafting:
        """Return what completes drafts."""
        here = Path.cwd()
        root = self.place.work_tree or here
        actor = self.settings.get("gitprov.actor")
        defaults = DraftDefaults(
            None if actor is None else actor.upper(),
            self.settings.get("gitprov.jobId"),
            self.settings.get("gitprov.workflowId"),
        )
        envelope = Envelope(self.guard, self.clock, self.ids, defaults, self.trail)
        return Drafting(self.code, WorkTreeFiles(root, here), self.clock, envelope)

    def noted_runs(self) -> NotedRuns:
        """Return the runs of the ledger as it is, as notes show them."""
        tip = self.refs.get(self.ref)
        return NotedRuns(self.view, None if tip is None else read_tip(self.view, tip).commit.tree)

    def access_opener(self) -> Callable[[], LedgerAccess]:
        """Return what opens the ledger for reading, in this process or another."""
        readable = self.place.object_format == "sha1" and self.place.ref_format == "files"
        code = self.place if readable else None
        return access_opener(self.ledger_place, code, self.engine.name)

    def last_acknowledged(self) -> str | None:
        """Return the newest entry that the audit log knows; None if it knows none."""
        try:
            last = self.audit.last(("append", "enact"), self.ref)
        except GitprovError:
            return None  # doctor says why it cannot be read
        return None if last is None else str(last.get("new"))

    def _require_ending_packs(self) -> None:
        """Refuse a prepared repository on which libgit2 would never end."""
        if self._packs_end:
            return
        places = dict.fromkeys((self.ledger_place, self.place))
        folders = [
            f for place in places for f in (place.common_dir / "objects", *place.further_objects)
        ]
        CheckedPacks(self.state_dir / "packs", self.place.sharing).require_ending(folders)
        self._packs_end = True

    def _on_recovery(self, what: str, owner: object) -> None:
        self.trail.lock_recovered(what, str(owner))


def open_workspace(
    overrides: Overrides, *, create_store: bool = False, nearest: bool = False
) -> Workspace:
    """Find the repository and build what works on it.

    Args:
        overrides: what flags say.
        create_store: make the ledger's own repository where it needs one.
        nearest: take no repository around a submodule (init only).

    Raises:
        UnsupportedRepositoryError: GPV-501-REPO-UNSUPPORTED.
        UsageError: GPV-404-NO-LEDGER, the ledger's own repository is not there.
    """
    found = find_repositories(overrides, create_store=create_store, nearest=nearest)
    return Workspace(found.code, found.ledger, found.settings, found.git)
