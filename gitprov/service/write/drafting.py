"""Turns a partial draft into a run record: ids, times, digests, input context (docs/cli.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gitprov.codec.input_context import context_digest
from gitprov.errors import Code, RecordError, UsageError
from gitprov.model.kinds import Record
from gitprov.model.run import RunRecord
from gitprov.model.run_parts import ContextMethod
from gitprov.model.text import UNBORN
from gitprov.model.times import format_time
from gitprov.service.ports.clock import Clock
from gitprov.service.ports.code import CodeRepository, WorkFiles
from gitprov.service.write.envelope import DRAFTED_KINDS, Envelope

DEFAULT_METHOD = ContextMethod.COMPOSITE
_CONTEXT_FIELDS = frozenset({"method", "digest", "head_commit", "dirty"})
_OID_LENGTH = 40


class Drafting:
    """Completes the drafts of one call, all of them as of the HEAD that the first one met.

    Args:
        code: the repository that the ledger documents.
        files: reads the files that a run names.
        clock: for the times that a draft leaves out.
        envelope: gives each draft its id and its mutation.
    """

    def __init__(
        self, code: CodeRepository, files: WorkFiles, clock: Clock, envelope: Envelope
    ) -> None:
        self._code = code
        self._files = files
        self._clock = clock
        self._envelope = envelope
        self._head: str | None = None

    def complete(self, draft: Mapping[str, Any], method: str | None = None) -> RunRecord:
        """Fill in what the draft of a run leaves out, and build the record.

        Args:
            draft: RunRecord fields; files may be named by path alone, commits by any revision.
            method: composite, files or git-head; None is composite.

        Raises:
            RefusedError: HSK-403-SILENT-EDIT.
            RecordError: GPV-422-SCHEMA with the field.
            UsageError: GPV-422-ARGUMENT; a file or revision cannot be read.
        """
        now = format_time(self._clock.now_ms())
        fields = self._envelope.open(draft, "run", now)
        _fill_times(fields, now)
        self._fill_links(fields)
        self._fill_context(fields, method)
        record = self._envelope.seal(fields, draft, "run")
        if not isinstance(record, RunRecord):
            raise RecordError(Code.SCHEMA, f"a draft is a run, not a {record.kind}", field="kind")
        return record

    def complete_other(self, draft: Mapping[str, Any], kind: str) -> Record:
        """Fill in what the draft of a state, artifact, log or amendment leaves out.

        Args:
            draft: the record's fields; in an amendment's changes as for a run.
            kind: the kind of the record.

        Raises:
            GitprovError: as complete; GPV-422-ARGUMENT, owners make records of that kind.
        """
        if kind not in DRAFTED_KINDS:
            text = f"a {kind} is not drafted; {', '.join(DRAFTED_KINDS)} are"
            raise UsageError(Code.ARGUMENT, text, field="kind")
        fields = self._envelope.open(draft, kind, format_time(self._clock.now_ms()))
        changes = fields.get("changes")
        if kind == "amendment" and isinstance(changes, Mapping):
            fields["changes"] = dict(changes)
            self._fill_links(fields["changes"])
        return self._envelope.seal(fields, draft, kind)

    def _fill_links(self, fields: dict[str, Any]) -> None:
        for name in ("input_files", "output_files"):
            if name in fields:
                fields[name] = self._digests(name, fields[name])
        if "code_commits" in fields:
            fields["code_commits"] = self._commits(fields["code_commits"])

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


def _fill_times(fields: dict[str, Any], now: str) -> None:
    start, end = fields.get("started_at"), fields.get("finished_at")
    fields["started_at"] = start or end or now
    fields["finished_at"] = end or (now if not isinstance(start, str) else max(start, now))


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
