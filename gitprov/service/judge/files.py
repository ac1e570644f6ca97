"""Steps V2, V9 and V10 for the files that one entry adds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gitprov.codec.chain import sha256_hex
from gitprov.codec.message import FileFacts
from gitprov.codec.records import build_canonical, parse_mapping
from gitprov.errors import Code, RecordError, StorageError
from gitprov.guard.clock import SKEW_MS
from gitprov.guard.limits import check_entry_size, check_policy_size, check_record_size
from gitprov.guard.mutation import check_mutation
from gitprov.model.entry import AddedFile
from gitprov.model.finding import Finding, error
from gitprov.model.ids import parse_path
from gitprov.model.kinds import Document
from gitprov.model.run import RunRecord
from gitprov.model.times import format_time, time_ms
from gitprov.service.judge.stages import Stages, finish

# Files that are not records: they have no mutation, no recorded_at, and other limits.
_DOCUMENTS = frozenset({"ledger", "policy", "key"})


Answer = Document | list[Finding]
"""The model of a record, or why there is none."""


@dataclass(frozen=True, slots=True)
class JudgedFile:
    """One added file, read and judged on its own.

    Args:
        path: path in the ledger's tree.
        oid: its blob.
        kind: ledger, policy, key, run, ...
        name: what the path names: a record id, NNNN, <FPR>/NNNN.
        digest: SHA-256 of the content, 64 hex.
        size: bytes.
        record: the model; None for a certificate, and where it is not acceptable.
    """

    path: str
    oid: str
    kind: str
    name: str
    digest: str
    size: int
    record: Document | None

    @property
    def is_record(self) -> bool:
        """Whether it is a record with a mutation (no ledger.yaml, policy or certificate)."""
        return self.kind not in _DOCUMENTS

    def facts(self) -> FileFacts:
        """Return what the entry's message needs to know."""
        name = getattr(self.record, "ledger_id", "") if self.kind == "ledger" else self.name
        if not isinstance(self.record, RunRecord):
            return FileFacts(self.path, self.kind, name)
        label = f"{self.record.run_status} {self.record.agent_name} "
        commits = tuple(c.commit for c in self.record.code_commits or ())
        return FileFacts(self.path, self.kind, name, label, commits)


class RecordJudge:
    """Judges records on their own: form, guard, schema, and that the path is theirs (V9, V10).

    The answer follows from the bytes and the path alone, so it may be remembered: a writer
    meets the same bytes when a record comes in, when its turn comes, and twice around the write.

    Args:
        most: how many answers to remember; a verifier meets no record twice.
    """

    def __init__(self, most: int = 0) -> None:
        self._most = most
        self._answers: OrderedDict[tuple[str, bytes], Answer] = OrderedDict()

    def judge(self, content: bytes, kind: str, name: str, path: str) -> Answer:
        """Judge the bytes of one record.

        Args:
            content: the file.
            kind: the kind that the path yields.
            name: the id that the path yields.
            path: the path, for findings.

        Returns:
            The model, or why there is none.
        """
        return finish(self.stages(content, kind, name, path))

    def stages(self, content: bytes, kind: str, name: str, path: str) -> Stages[Answer]:
        """Judge in stages, as EntryJudge does."""
        if not self._most:
            return (yield from _judge_record(content, kind, name, path))
        known = self._answers.get((path, content))
        if known is None:
            known = yield from _judge_record(content, kind, name, path)
            if len(self._answers) >= self._most:
                # The oldest alone: the others may be of the batch that is under way.
                self._answers.popitem(last=False)
            self._answers[(path, content)] = known
        return known


def _judge_record(content: bytes, kind: str, name: str, path: str) -> Stages[Answer]:
    try:
        mapping = parse_mapping(content)
        findings = check_mutation(mapping.get("mutation"), path)
        if kind == "policy":
            findings += check_policy_size(mapping, path)
        if findings:
            return findings
        misplaced = _check_place(mapping, kind, name, path)
        if misplaced:
            return misplaced
        yield
        return build_canonical(mapping, content, kind)
    except RecordError as reason:
        return [error(reason.code, reason.message, path)]


def _check_place(mapping: Mapping[str, object], kind: str, name: str, path: str) -> list[Finding]:
    stated = mapping.get("kind")
    if isinstance(stated, str) and stated != kind and stated in _ID_FIELDS:
        return [error(Code.TREE_FORM, f"a record of kind {stated!r} is here", path)]
    stated_id = mapping.get(_ID_FIELDS.get(kind, ""))
    if isinstance(stated_id, str) and stated_id != name:
        return [error(Code.TREE_FORM, f"the record's id is {stated_id[:40]!r}", path)]
    return []


_ID_FIELDS = {
    "run": "run_id",
    "state": "state_id",
    "artifact": "artifact_id",
    "log": "log_id",
    "amendment": "amendment_id",
    "proposal": "proposal_id",
    "approval": "approval_id",
    "enactment": "enactment_id",
    "tombstone": "tombstone_id",
}


def judge_files(
    blob: Callable[[str], bytes],
    records: RecordJudge,
    added: list[AddedFile],
    max_record_bytes: int,
    seconds: int,
) -> Stages[tuple[list[JudgedFile], list[Finding]]]:
    """Read and judge every file that an entry adds, in stages as EntryJudge does.

    Args:
        blob: reads a file by its object id.
        records: judges each on its own.
        max_record_bytes: the limit of the policy in force.
        seconds: the entry's Unix seconds.
    """
    files: list[JudgedFile] = []
    findings: list[Finding] = []
    for file in added:
        place = parse_path(file.path)
        if place is None:
            findings.append(error(Code.TREE_FORM, "no record may be at this path", file.path))
            continue
        try:
            content = blob(file.oid)
        except (RecordError, StorageError) as reason:
            findings.append(error(reason.code, reason.message, file.path))
            continue
        yield
        judged, reasons = yield from _judge_file(records, file, place, content, max_record_bytes)
        if judged.is_record and not reasons:
            reasons = check_recorded_at(judged.record, judged.path, seconds)
        files.append(judged)
        findings += reasons
    findings += check_entry_size([file.size for file in files])
    findings += check_event_ids((event_id(file), file.path) for file in files)
    return files, findings


def _judge_file(
    records: RecordJudge,
    file: AddedFile,
    place: tuple[str, str],
    content: bytes,
    max_record_bytes: int,
) -> Stages[tuple[JudgedFile, list[Finding]]]:
    kind, name = place
    reasons: list[Finding] = []
    record: Document | None = None
    if kind != "key":
        answer = yield from records.stages(content, kind, name, file.path)
        if isinstance(answer, list):
            reasons = answer
        else:
            record = answer
    if kind not in _DOCUMENTS:
        reasons = check_record_size(len(content), max_record_bytes, file.path) + reasons
    digest = sha256_hex(content)
    return JudgedFile(file.path, file.oid, kind, name, digest, len(content), record), reasons


def check_recorded_at(record: Document | None, path: str, seconds: int) -> list[Finding]:
    """Judge whether a record is from the future of its entry (V9).

    Args:
        record: the record; None, or one without a time, has nothing to judge.
        path: its path, for the finding.
        seconds: the entry's Unix seconds.
    """
    recorded_at = getattr(record, "recorded_at", None)
    if recorded_at is None or time_ms(recorded_at) <= seconds * 1000 + SKEW_MS:
        return []
    entry = format_time(seconds * 1000)
    text = f"recorded_at {recorded_at} is more than 10 minutes later than its entry, {entry}"
    remedy = "set the clock, and write a local time with its offset: Z is UTC"
    return [error(Code.SCHEMA, f"{text}; {remedy}", path)]


def event_id(file: JudgedFile) -> str | None:
    """Return the record's edit_event_id, None where there is no readable record."""
    mutation = getattr(file.record, "mutation", None)
    return None if mutation is None else str(mutation.edit_event_id)


def check_event_ids(events: Iterable[tuple[str | None, str]]) -> list[Finding]:
    """Judge whether every edit_event_id is unique within an entry (V9).

    Args:
        events: (edit_event_id, path) of each record; None where none can be read.
    """
    seen: set[str] = set()
    findings = []
    for event, path in events:
        if event is not None and event in seen:
            text = f"edit_event_id {event} appears twice in this entry"
            findings.append(error(Code.DUPLICATE, text, path))
        if event is not None:
            seen.add(event)
    return findings
