"""Turns a partial draft into a run record: ids, times, digests, input context (docs/cli.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitprov.codec.input_context import context_digest
from gitprov.codec.records import build
from gitprov.errors import Code, RecordError, RefusedError, UsageError
from gitprov.guard.mutation import check_mutation
from gitprov.model.run import RunRecord
from gitprov.model.run_parts import ContextMethod
from gitprov.model.text import UNBORN
from gitprov.model.times import format_time
from gitprov.service.ports.clock import Clock, Ids
from gitprov.service.ports.code import CodeRepository, WorkFiles
from gitprov.service.write.audit_trail import AuditTrail

DEFAULT_METHOD = ContextMethod.COMPOSITE
_CONTEXT_FIELDS = frozenset({"method", "digest", "head_commit", "dirty"})
_OID_LENGTH = 40


@dataclass(frozen=True, slots=True)
class DraftDefaults:
    """Defaults from the environment, for fields that a draft leaves out.

    Args:
        actor_kind: HUMAN, AI or SYSTEM, None if it is not stated; it is never guessed.
        job_id: of an AI.
        workflow_id: of an AI.
    """

    actor_kind: str | None = None
    job_id: str | None = None
    workflow_id: str | None = None


class Drafting:
    """Completes the drafts of one call, all of them as of the HEAD that the first one met.

    Args:
        code: the repository that the ledger documents.
        files: reads the files that a run names.
        ids: makes ids.
        defaults: what the surroundings say.
        audit: notes what the guard refuses.
    """

    def __init__(
        self,
        code: CodeRepository,
        files: WorkFiles,
        clock: Clock,
        ids: Ids,
        defaults: DraftDefaults,
        audit: AuditTrail,
    ) -> None:
        self._audit = audit
        self._code = code
        self._files = files
        self._clock = clock
        self._ids = ids
        self._defaults = defaults
        self._head: str | None = None

    def complete(self, draft: Mapping[str, Any], method: str | None = None) -> RunRecord:
        """Fill in what a draft leaves out, and build the record.

        Args:
            draft: RunRecord fields; files may be named by path alone, commits by any revision.
            method: composite, files or git-head; None is composite.

        Raises:
            RefusedError: HSK-403-SILENT-EDIT.
            RecordError: GPV-422-SCHEMA with the field.
            UsageError: GPV-422-ARGUMENT; a file or revision cannot be read.
        """
        now = format_time(self._clock.now_ms())
        fields = {key: value for key, value in draft.items() if value is not None}
        fields.setdefault("schema_version", "v1.0")
        fields.setdefault("kind", "run")
        fields.setdefault("recorded_at", now)
        if "run_id" not in fields:
            fields["run_id"] = self._ids.uuid7(self._clock.now_ms())
        self._fill_times(fields, now)
        fields["mutation"] = self._mutation(fields)
        refused = check_mutation(fields["mutation"])
        if refused:
            reason = RefusedError(refused[0].code, refused[0].message, field="mutation")
            self._audit.refused(reason, "AI")
            raise reason
        for name in ("input_files", "output_files"):
            if name in fields:
                fields[name] = self._digests(name, fields[name])
        if "code_commits" in fields:
            fields["code_commits"] = self._commits(fields["code_commits"])
        self._fill_context(fields, method)
        record = build(_in_order(fields), "run")
        if not isinstance(record, RunRecord):
            raise RecordError(Code.SCHEMA, f"a draft is a run, not a {record.kind}", field="kind")
        return record

    def _fill_times(self, fields: dict[str, Any], now: str) -> None:
        start, end = fields.get("started_at"), fields.get("finished_at")
        fields["started_at"] = start or end or now
        fields["finished_at"] = end or (now if not isinstance(start, str) else max(start, now))

    def _mutation(self, fields: Mapping[str, Any]) -> Any:  # noqa: ANN401 - raw, the guard judges
        given = fields.get("mutation", {})
        if not isinstance(given, Mapping):
            return given
        mutation = {key: value for key, value in given.items() if value is not None}
        kind = mutation.get("actor_kind", self._defaults.actor_kind)
        if kind is None:
            text = "who acted is not known: pass --actor human|ai|system or set GITPROV_ACTOR"
            raise UsageError(Code.ARGUMENT, text, field="mutation.actor_kind")
        mutation["actor_kind"] = kind
        if kind == "AI":
            for name in ("job_id", "workflow_id"):
                value = mutation.get(name, getattr(self._defaults, name))
                if value is not None:
                    mutation[name] = value
        mutation.setdefault("edit_event_id", self._ids.uuid4())
        mutation.setdefault("resource_id", f"run:{fields['run_id']}")
        order = ("actor_kind", "actor_id", "job_id", "workflow_id", "edit_event_id", "resource_id")
        known = {name: mutation.pop(name) for name in order if name in mutation}
        return {**known, **mutation}

    def _digests(self, field: str, named: object) -> object:
        if not isinstance(named, Sequence) or isinstance(named, str):
            return named
        files: dict[str, Any] = {}
        for item in named:
            entry = {"path": item} if isinstance(item, str) else item
            if not isinstance(entry, Mapping) or not isinstance(entry.get("path"), str):
                return named
            path = str(entry["path"])
            if isinstance(item, str) or "sha256" not in entry:
                digest, size = self._files.digest(path)
                path = self._files.relative(path)
                entry = {**entry, "path": path, "sha256": digest, "size": size}
            if path in files and files[path] != entry:
                text = f"{field} names {path!r} twice, with different content"
                raise RecordError(Code.SCHEMA, text, field=field)
            files[path] = _ordered(entry, ("path", "sha256", "size", "git_oid"))
        return [files[path] for path in sorted(files, key=_utf8)]

    def _commits(self, named: object) -> object:
        if not isinstance(named, Sequence) or isinstance(named, str):
            return named
        commits: dict[str, Any] = {}
        for item in named:
            link = item
            if isinstance(item, str) or (isinstance(item, Mapping) and "tree" not in item):
                rev = item if isinstance(item, str) else str(item.get("commit"))
                found = self._code.resolve_commit(rev)
                if len(found.commit) != _OID_LENGTH:
                    text = f"{rev!r} is a SHA-256 commit, which a record of v1.0 cannot name"
                    raise UsageError(Code.ARGUMENT, text, field="code_commits")
                link = {"commit": found.commit, "tree": found.tree, "patch_id": found.patch_id}
            if not isinstance(link, Mapping) or not isinstance(link.get("commit"), str):
                return named
            kept = {key: value for key, value in link.items() if value is not None}
            commits[link["commit"]] = _ordered(kept, ("commit", "tree", "patch_id"))
        return [commits[commit] for commit in sorted(commits)]

    def _fill_context(self, fields: dict[str, Any], method: str | None) -> None:
        """Compute what the draft does not say of its context; what it says must be so."""
        given = fields.get("input_context", {})
        if not isinstance(given, Mapping) or given.keys() >= _CONTEXT_FIELDS:
            return
        chosen = _context_method(given.get("method", method))
        listed: dict[str, str] = {}
        files = fields.get("input_files")
        for item in files if isinstance(files, Sequence) else ():
            if isinstance(item, Mapping):
                listed[str(item.get("path"))] = str(item.get("sha256"))
        head = given.get("head_commit") or self._current_head()
        if not isinstance(head, str):
            return  # the schema says why
        is_dirty = bool(listed) and self._is_dirty(list(listed), head)
        if head != UNBORN and len(head) != _OID_LENGTH:
            # A SHA-256 head fits no field of v1.0; it is kept where additions may be.
            fields["extensions"] = {**(fields.get("extensions") or {}), "head_sha256": head}
            head = UNBORN
            is_dirty = True
        computed = {
            "method": str(chosen),
            "digest": context_digest(chosen, head, listed),
            "head_commit": head,
            "dirty": is_dirty,
        }
        if given.get("digest", computed["digest"]) != computed["digest"]:
            text = (
                f"the draft states the input context {str(given['digest'])[:64]}; computed by "
                f"the method {chosen} it is {computed['digest']}"
            )
            raise RecordError(Code.SCHEMA, text, field="input_context.digest")
        fields["input_context"] = {**given, **computed}

    def _is_dirty(self, paths: list[str], head: str) -> bool:
        """Whether a file differs from a commit; from one that is not here, every file does."""
        is_known = head == UNBORN or self._code.has_commit(head)
        return not is_known or self._code.is_dirty(paths, head)

    def _current_head(self) -> str:
        if self._head is None:
            self._head = self._code.head()
        return self._head


def _context_method(name: object) -> ContextMethod:
    try:
        return ContextMethod(str(name or DEFAULT_METHOD))
    except ValueError:
        text = f"{name!r} is not a context method: {', '.join(ContextMethod)}"
        raise UsageError(Code.ARGUMENT, text, field="input_context.method") from None


def _utf8(path: str) -> bytes:
    return path.encode("utf-8", "surrogatepass")


def _ordered(mapping: Mapping[str, Any], order: Sequence[str]) -> dict[str, Any]:
    known = {name: mapping[name] for name in order if name in mapping}
    return {**known, **{key: value for key, value in mapping.items() if key not in known}}


def _in_order(fields: Mapping[str, Any]) -> dict[str, Any]:
    return _ordered(fields, tuple(RunRecord.model_fields))
