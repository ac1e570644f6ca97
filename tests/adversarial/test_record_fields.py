# ruff: noqa: N802 - a case's name carries its id
"""The guard, and the fields of records: the cases R-12, R-24 to R-36, and more of their kind."""

from __future__ import annotations

import pytest

from gitprov.errors import Code
from gitprov.model.finding import Severity, Verdict
from tests.adversarial.pair import test_admission, test_engines_agree, test_outcome
from tests.support import record_texts as texts
from tests.support.attacks import Surface
from tests.support.bad_records import BadRecords
from tests.support.history import HistoryBuilder
from tests.support.judgement import verify

pytestmark = [pytest.mark.git, pytest.mark.gpg]
SURFACE = Surface(__name__)
refused, accepted = SURFACE.refused, SURFACE.accepted
FORM, SCHEMA, SILENT = Code.RECORD_FORM, Code.SCHEMA, Code.SILENT_EDIT
KIND = 'kind: "run"\n'
JOB = f'job_id: "{texts.JOB}"'
WORKFLOW = f'workflow_id: "{texts.WORKFLOW}"'
RUN, BOT = BadRecords(SURFACE), BadRecords(SURFACE, "bot")


def _time(words: str, time: str) -> None:
    """Take in a case of a start at a time that is none."""

    def build(history: HistoryBuilder) -> None:
        run = history.run()
        started = f'started_at: "{texts.stated(run, "started_at")}"'
        history.append(run.edited(started, f'started_at: "{time}"'))

    build.__name__ = f"case_R_12_{words}"
    build.__doc__ = f"started_at: {time}."
    refused(SCHEMA)(build)


_time("no_zone", "2024-10-27T03:35:20.000")
_time("minus_zero", "2024-10-27T03:35:20.000-00:00")
_time("other_zone", "2024-10-27T03:35:20.000+00:00")
_time("no_fraction", "2024-10-27T03:35:20Z")
_time("microseconds", "2024-10-27T03:35:20.000000Z")
_time("leap_second", "2024-10-27T03:35:60.000Z")
_time("year_0000", "0000-10-27T03:35:20.000Z")
_time("february_30", "2024-02-30T03:35:20.000Z")
_time("words", "yesterday")
_time("line_feed", "2024-10-27T03:35:20.000Z\\n")

for _words, _actor in (
    ("small", "ai"),
    ("space", " AI"),
    ("line_feed", "AI\\n"),
    ("agent", "agent"),
    ("full_width", "ＡＩ"),
):
    _construct = f"actor_kind: {_actor!r}."
    BOT.edited(f"24_{_words}", _construct, SCHEMA, '_kind: "AI"', f'_kind: "{_actor}"')
BOT.edited("25_no_job", "An AI without a job.", SILENT, f"  {JOB}\n", "")
BOT.edited("25_no_workflow", "An AI without a workflow.", SILENT, f"  {WORKFLOW}\n", "")
for _number, _nothing in enumerate(('""', '"  "', '"\\t"', "0", "0.0", "false", "[]", "{}")):
    _construct = f"job_id: {_nothing}."
    BOT.edited(f"27_nothing_{_number}", _construct, SILENT, JOB, f"job_id: {_nothing}")
BOT.edited("27_null", "job_id: null.", FORM, JOB, "job_id: null")
for _number, _word in enumerate(("n/a", "none", "-", "unknown", "TBD", " None ", "N/A")):
    _construct = f"workflow_id: {_word!r}."
    BOT.edited(f"28_placeholder_{_number}", _construct, SILENT, WORKFLOW, f'workflow_id: "{_word}"')
_NIL, _MAX = (f'job_id: "{c * 8}-{c * 4}-{c * 4}-{c * 4}-{c * 12}"' for c in "0f")
BOT.edited("28_nil", "The nil UUID as the job.", SILENT, JOB, _NIL)
BOT.edited("28_max", "The greatest UUID as the job.", SILENT, JOB, _MAX)
BOT.edited("29_number", "A job of digits.", SCHEMA, JOB, "job_id: 7")
BOT.edited(
    "29_capitals", "A job in capitals.", SCHEMA, JOB, JOB.upper().replace("JOB_ID", "job_id")
)
BOT.edited("29_braces", "A job in braces.", SCHEMA, JOB, f'job_id: "{{{texts.JOB}}}"')
RUN.edited("29_human_nil", "A person's job is nil.", SCHEMA, '"HUMAN"\n', f'"HUMAN"\n  {_NIL}\n')

for _number, _code in enumerate(("1.0", "true", '"0"', "[]")):
    _more = f'command:\n  argv:\n  - "true"\n  exit_code: {_code}\n'
    RUN.extended(f"31_exit_code_{_number}", f"exit_code: {_code}.", SCHEMA, _more)


@refused(Code.TREE_FORM)
def case_R_33_other_id(history: HistoryBuilder) -> None:
    """A record whose id is not that of its path."""
    run = history.run()
    history.append(run.with_text(run.text.replace(run.name.encode(), history.run().name.encode())))


@refused(Code.TREE_FORM)
def case_R_33_other_kind(history: HistoryBuilder) -> None:
    """A state at the path of a run."""
    run = history.run()
    history.append(run.with_text(texts.state(history.author(), run.name).text))


for _words, _digest in (
    ("md5", "d41d8cd98f00b204e9800998ecf8427e"),
    ("short", "6f" * 31),
    ("capitals", "6F" * 32),
    ("named", "sha256:" + "6f" * 32),
    ("empty", ""),
):

    def _bad_digest(history: HistoryBuilder, digest: str = _digest) -> None:
        history.append(texts.artifact(history.author(), digest))

    _bad_digest.__name__ = f"case_R_34_digest_{_words}"
    _bad_digest.__doc__ = f"An artifact whose digest is {_digest[:40]!r}."
    refused(SCHEMA)(_bad_digest)


def test_case_R_36_code_commit_that_is_gone(history: HistoryBuilder) -> None:
    """A run names a code commit that is not in this repository: reported, not failed."""
    history.append(texts.run(history.author(), commits=["ab" * 20, "cd" * 20]))
    report = verify(history, has_code_commit=lambda oid: oid.startswith("ab"))
    assert [(f.code, f.severity) for f in report.findings] == [(Code.LINK, Severity.WARNING)]
    assert report.verdict is Verdict.PASS


SHA, OID = "6f" * 32, "2e" * 20


def files(*paths: str) -> str:
    """Return the text of input files."""
    items = (f'- path: "{path}"\n  sha256: "{SHA}"\n  size: 1\n' for path in paths)
    return "input_files:\n" + "".join(items)


RUN.extended("61_unknown_field", "A field of no schema.", SCHEMA, 'colour: "red"\n')
RUN.extended("61_error", "SUCCESS with an error.", SCHEMA, 'error:\n  message: "no"\n')
RUN.extended("61_no_metric", "A metric in quotes.", SCHEMA, 'metrics:\n  a: "1"\n')
RUN.extended("61_currency", "A currency that is none.", SCHEMA, "cost:\n  amount: 1\n")
RUN.extended("61_blank_notes", "Notes that show nothing.", SCHEMA, 'notes: "  "\n')
RUN.extended("62_unsorted", "Input files out of order.", SCHEMA, files("b", "a"))
RUN.extended("62_twice", "An input file twice.", SCHEMA, files("a", "a"))
RUN.extended("62_upwards", "A path that leads upwards.", SCHEMA, files("../a"))
RUN.extended("62_absolute", "An absolute path.", SCHEMA, files("/etc/passwd"))
RUN.extended("62_backslash", "A path with a backslash.", SCHEMA, files("a\\\\b"))
RUN.extended("62_drive", "A path with a drive.", SCHEMA, files("C:a"))
RUN.extended("62_decomposed", "A path that is not NFC.", SCHEMA, files("u\u0308"))
RUN.extended(
    "62_null_commit",
    "The null object id as a code commit.",
    SCHEMA,
    f'code_commits:\n- commit: "{"0" * 40}"\n  tree: "{OID}"\n',
)
RUN.edited("63_status", "A status that is none.", SCHEMA, '"SUCCESS"', '"DONE"')
RUN.edited("63_skipped", "SKIPPED without a reason.", SCHEMA, '"SUCCESS"', '"SKIPPED"')
RUN.edited("63_partial", "PARTIAL without an output.", SCHEMA, '"SUCCESS"', '"PARTIAL"')
RUN.edited("63_failed", "FAILED without a reason.", SCHEMA, '"SUCCESS"', '"FAILED"')
RUN.edited("63_resource", "A mutation of another record.", SCHEMA, '"run:0', '"run:1')
RUN.edited("63_version", "A version of no schema.", SCHEMA, '"v1.0"', '"1.0"')
RUN.edited("64_long_agent", "An agent of 201 letters.", SCHEMA, "4_DOCUMENTS", "4" * 201)
RUN.edited("64_empty_agent", "An empty agent.", SCHEMA, "4_DOCUMENTS", "")
RUN.edited("64_space", "An agent that ends in a space.", SCHEMA, "4_DOCUMENTS", "4_DOCUMENTS ")
RUN.edited("64_joiner", "An invisible letter.", FORM, "4_DOCUMENTS", "4_\u200bDOCUMENTS")
RUN.edited("64_escaped_joiner", "The same, escaped.", SCHEMA, "4_DOCUMENTS", "4_\\u200bDOCUMENTS")
