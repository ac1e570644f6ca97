"""Things that would make a row of docs/requirements.md untrue, each done in a copy of the tree.

`tests/support/mutate_claims.py` does them one at a time and runs the tests that the rows name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Edit:
    """A change of one file of the tree.

    Args:
        path: the file, relative to the project.
        pattern: what is replaced everywhere in it, as a regular expression over lines.
        new: what stands there afterwards, as `re.sub` takes it.
    """

    path: str
    pattern: str
    new: str

    def apply(self, root: Path) -> None:
        """Change the file below a root; the pattern must be there."""
        path = root / self.path
        text = path.read_text(encoding="utf-8")
        changed, count = re.subn(self.pattern, self.new, text, flags=re.MULTILINE)
        assert count, f"{self.path} no longer holds {self.pattern!r}"
        assert changed != text, f"{self.path} stays as it is"
        path.write_text(changed, encoding="utf-8")


@dataclass(frozen=True)
class Mutation:
    """One thing that makes rows untrue.

    Args:
        name: its id.
        what: what is done, in a few words.
        rows: ids of the rows that are untrue then.
        edits: how it is done.
    """

    name: str
    what: str
    rows: tuple[str, ...]
    edits: tuple[Edit, ...]


def _one(name: str, what: str, rows: str, path: str, pattern: str, new: str) -> Mutation:
    return Mutation(name, what, tuple(rows.split()), (Edit(path, pattern, new),))


_SCHEMA = "docs/schema-reference.md"
_GATES = "docs/gate-log.md"
_THREATS = "docs/threat-model.md"
_GOVERNANCE = "docs/governance.md"
_EVOLUTION = "docs/schema-evolution.md"
_JUDGE = "gitprov/service/judge/files.py"
_DRAFTING = "gitprov/service/write/drafting.py"
_ENVELOPE = "gitprov/service/write/envelope.py"
_AUDIT = "gitprov/app/audit.py"

_PRODUCT = (
    _one(
        *("M1", "the guard is taken out of the judge", "D-16 D-26 D-30", _JUDGE),
        *(r'check_mutation\(mapping\.get\("mutation"\), path\)', "[]"),
    ),
    _one(
        *("M2", "a repeated edit_event_id is no longer refused", "D-23", _JUDGE),
        *(r"^    findings \+= check_event_ids\(.*\n", ""),
    ),
    _one(
        *("M7a", "digests of files are recorded reversed", "A-83", _DRAFTING),
        *(r'"sha256": digest,', '"sha256": digest[::-1],'),
    ),
    _one(
        *("M7b", "the digest of the input is recorded reversed", "A-84", _DRAFTING),
        *(r"context_digest\(chosen, head, listed\)", r"\g<0>[::-1]"),
    ),
    _one(
        *("M8", "drafts are digested by files unless they say more", "A-19", _DRAFTING),
        *(r"ContextMethod\.COMPOSITE$", "ContextMethod.FILES"),
    ),
    _one(
        *("M9", "removed files pass the judge", "A-46 A-105", "gitprov/service/judge/shape.py"),
        *(r" for path in change\.removed\]", r" for path in change.removed[:0]]"),
    ),
    _one(
        *("M10", "nothing is read back", "A-52 A-54", "gitprov/service/write/append_entry.py"),
        *(r"^        found = Overlay\(reader\)$", "        return ()"),
    ),
    _one(
        *("M11", "a full disk keeps the record from waiting elsewhere", "A-50 A-62 A-87"),
        *("gitprov/local/spool_fallback.py", r"if reason\.code is not Code\.STORAGE or .*:$"),
        "if reason.code:",
    ),
    _one(
        *("M12", "a newer draft is read as if it were of today", "A-106"),
        *("gitprov/codec/drafts.py", r"^( +)refuse_newer\(kind, \w+\)$", r"\1_ = kind"),
    ),
    _one(
        *("M13", "the first record founds nothing", "A-47", "gitprov/app/record.py"),
        *(
            r"outcome = found_or_wait\(workspace, records\)",
            r'found_or_wait, outcome = None, ""  # type: ignore[assignment]',
        ),
    ),
    _one(
        *("M14", "records that pile up are not said", "A-133", "gitprov/model/spooled.py"),
        *(r"^WAITING_ALARM = 3$", "WAITING_ALARM = 300"),
    ),
    _one(
        *("M15", "any number of owners is enough", "B-23 B-24 B-39"),
        *("gitprov/guard/governance.py", r"count < place\.policy\.owners\.threshold", "count < 0"),
    ),
    _one(
        *("M16", "what a checkpoint signed is not looked for", "B-21", _AUDIT),
        *(r"audit\.check\(\*\w+\)", "audit.check()"),
    ),
    _one(
        *("M17", "audit lines do not say the commit", "B-34"),
        *("gitprov/service/write/audit_trail.py", r'"commit": .*,$', '"commit": "",'),
    ),
    _one(
        *("M18", "what the guard returned is not stored", "D-34", _ENVELOPE),
        *(r"\*\*metadata\.mutation\.to_mapping\(\)", r'\g<0>, "edit_event_id": self._ids.uuid7(0)'),
    ),
    _one(
        *("M19", "a draft may bring its own edit_event_id", "D-22", _ENVELOPE),
        *(r"^( +)raise _own_event\(\)$", r"\1pass"),
    ),
    _one(
        *("M20", "a UUID of one digit is a job", "D-14 D-33", "gitprov/guard/mutation.py"),
        *(r" or _REPEATED\.fullmatch\(plain\) is not None", ""),
    ),
    _one(
        *("M21", "only runs can be recorded", "C-06", _ENVELOPE),
        *(r"^DRAFTED_KINDS: Final = .*$", 'DRAFTED_KINDS: Final = ("run",)'),
    ),
    _one(
        *("M22", "a model cannot be imported", "C-12", "gitprov/__init__.py"),
        *(r'"ArtifactRecord"', '"ArtifactNote"'),
    ),
    _one(
        *("M27", "audit files may be removed at once", "B-13 B-33", _AUDIT),
        *(r"^LEAST_DAYS = 180$", "LEAST_DAYS = 0"),
    ),
    _one(
        *("M28", "a policy cannot say how long logs are kept", "C-08", "gitprov/model/policy.py"),
        *(r'Literal\["artifact", "log"\]', 'Literal["artifact"]'),
    ),
    _one(
        *("M29", "an AI may leave out its workflow", "D-21 D-24", "gitprov/guard/mutation.py"),
        *(r'in \("job_id", "workflow_id"\)', 'in ("job_id",)'),
    ),
    _one(
        *("M47", "a state need not say who made it", "D-15", "gitprov/model/state.py"),
        *(r"mutation: Mutation = Field\(", "mutation: Mutation | None = Field(default=None, "),
    ),
    _one(
        *("M23", "a use case knows an adapter", "C-15 C-30", _DRAFTING),
        *(r"^from gitprov\.errors import", r"from gitprov.git.program import *\n\g<0>"),
    ),
    _one(
        *("M24", "something talks to a network", "A-98", _DRAFTING),
        *(r"^from gitprov\.errors import", r"import socket\n\g<0>"),
    ),
    _one(
        *("M25", "make test leaves out the lint", "A-03 C-25 C-37"),
        *("Makefile", r"^test: lint ", r"test: "),
    ),
    _one(
        *("M26", "types are checked loosely", "C-36", "pyproject.toml"),
        *(r"^strict = true$", "strict = false"),
    ),
)

_DOCUMENTS = (
    _one(
        *("M3a", "the reference gives a field another type", "A-17", _SCHEMA),
        *(r"^\| `input_files` \| list of files ", "| `input_files` | banana "),
    ),
    _one(
        *("M3b", "the reference has other values of RunStatus", "A-18", _SCHEMA),
        *(r"`SUCCESS`, `PARTIAL`, `FAILED`, `SKIPPED`; see", "`OK`, `KO`; see"),
    ),
    _one(
        *("M3c", "the reference has another default", "A-19", _SCHEMA),
        *(r"`composite`, or `--context-method`", "`files`, or `--context-method`"),
    ),
    _one(
        *("M3d", "the reference has another source", "A-20", _SCHEMA),
        *(r"A `InputFiles`", "C `InputFiles`"),
    ),
    _one(
        *("M4a", "the gate log's options are emptied", "A-05 A-24 A-28 A-35 A-36 A-37 A-38"),
        *(_GATES, r"^\| [^|\n]+ \| [^|\n]+ \| [^|\n]+ \| (?:yes|no|on request)[^|\n]* \|$"),
        "| | | | |",
    ),
    _one(
        *("M4b", "the gate log's reasons are emptied", "A-24 A-39 A-40 A-112 A-113", _GATES),
        *(r"^\*\*Reason\.\*\* .*\n(?:\w.*\n)*", "**Reason.**\n"),
    ),
    _one(
        *(
            "M4c",
            "the gate log names somebody else",
            "A-25 A-32 A-41 A-42 A-114 A-125 A-126 B-45",
            _GATES,
        ),
        *(r"\| (?:commissioner|maintainers) \| 2026", "| everybody | 2026"),
    ),
    _one(
        *("M4d", "the register of dependencies is not weighed", "A-08", _GATES),
        *(r"^\| `RegisterSchemaVersion` .*\n", ""),
    ),
    _one(
        *("M4e", "the conventions for snapshots are gone", "A-06", _GATES),
        *(r"^\| `_LATEST\.md` .*\n", ""),
    ),
    _one(
        *("M4f", "nothing is said of the graph's digest", "A-10", _GATES),
        *(r"^\| 6 \| .*\n", ""),
    ),
    Mutation(
        "M5",
        "the threat model loses promises, classes, assets and risks",
        ("B-17",),
        tuple(Edit(_THREATS, rf"^\| {part} \| .*\n", "") for part in (r"S\d", r"AC\d+", "A[2-8]")),
    ),
    _one(
        *("M5b", "one residual risk is gone", "B-17", _THREATS),
        *(r"^\| R10 \| .*\n", ""),
    ),
    _one(
        *("M5c", "a class of attacks names a case without a test", "B-17", _THREATS),
        *(r"C-01, C-03", "C-01, C-99"),
    ),
    _one(
        *("M6", "the record's file is called otherwise in one document", "A-27", _SCHEMA),
        *(r"`runs/<year>[^`]*`", "`records/<run_id>.yml`"),
    ),
    _one(
        *("M30", "the gap analysis does not say what is captured", "A-12 A-13 A-15", _SCHEMA),
        *(r"^\*\*Captured\*\*: .*\n", ""),
    ),
    _one(
        *("M31", "a gap is not closed by anything", "A-14", _SCHEMA),
        *(r"(\| unknown what was read \|) .* \|$", r"\1 - |"),
    ),
    _one(
        *("M32", "K-PROV-1 lacks an aspect", "A-99", "docs/k-prov-1.md"),
        *(r"^\| in which state .*\n", ""),
    ),
    _one(
        *("M33", "the evolution guide lists another version", "A-108 A-109", _EVOLUTION),
        *(r"^\| `v1\.0` \| all", "| `v0.9` | all"),
    ),
    _one(
        *("M34", "nobody approves a change of the schema", "A-110", _EVOLUTION),
        *(r"^\| approve \| .*\n", ""),
    ),
    _one(
        *("M35", "a change need not bring a golden file", "A-102 A-104 A-130", _EVOLUTION),
        *(r"^4\. .*\n", ""),
    ),
    _one(
        *("M36", "a privileged path is missing", "B-30", _GOVERNANCE),
        *(r"^\| PP3 \| .*\n", ""),
    ),
    _one(
        *("M37", "nobody has the authority in an emergency", "B-23 B-24", _GOVERNANCE),
        *(r"^\*\*Authority for an emergency rollback\*\*.*\n", ""),
    ),
    _one(
        *("M39", "the reference does not say where records are", "A-01 A-26", _SCHEMA),
        *(r"^- \*\*Place\*\*.*\n", ""),
    ),
    _one(
        *("M40", "the reference loses a status", "A-01 A-23 A-111 A-124", _SCHEMA),
        *(r"^\| `PARTIAL` \| .*\n", ""),
    ),
    _one(
        *("M41", "an invariant is read otherwise", "A-07", _SCHEMA),
        *(r"^\| K-STALE-1 \| [^|]*", "| K-STALE-1 | old results are old "),
    ),
    _one(
        *("M42", "a review is claimed without a date", "A-134", _SCHEMA),
        *(r"^\| `v1\.0` \| open \|", "| `v1.0` | everybody |"),
    ),
    _one(
        *("M43", "nothing is asked of a reviewer", "A-132", "CONTRIBUTING.md"),
        *(r"^- (?:Does|Can|Is) .*\n", ""),
    ),
    _one(
        *("M44", "the risks of waiting are not said", "A-133", "docs/architecture.md"),
        *(r"^\| gaps that nobody sees .*\n", ""),
    ),
    _one(
        *("M45", "the glossary has a word twice", "C-32", "docs/glossary.md"),
        *(r"^\| adapter \| .*\n", r"\g<0>\g<0>"),
    ),
    _one(
        *("M46", "the standards are empty", "C-04", "CONTRIBUTING.md"),
        *(r"^- Imports point down[\s\S]*?^## Review", "## Review"),
    ),
    _one(
        *("M38", "the audit log's page misses a field", "B-32", "docs/audit-log.md"),
        *(r"^\| `runner` \| .*\n", ""),
    ),
)

MUTATIONS: Final = (*_PRODUCT, *_DOCUMENTS)
"""Every mutation; ids never change."""
