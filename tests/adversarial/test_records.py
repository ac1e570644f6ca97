# ruff: noqa: N802 - a case's name carries its id
"""The form of records: the cases R-00 to R-22, on a ledger and in the writer's admission."""

from __future__ import annotations

import pytest

from gitprov.errors import Code
from tests.adversarial.pair import test_admission, test_engines_agree, test_outcome
from tests.support import record_texts as texts
from tests.support.attacks import Surface
from tests.support.bad_records import BadRecords
from tests.support.history import HistoryBuilder

pytestmark = [pytest.mark.git, pytest.mark.gpg]
SURFACE = Surface(__name__)
refused, accepted = SURFACE.refused, SURFACE.accepted
FORM, LIMIT = Code.RECORD_FORM, Code.LIMIT
KIND = 'kind: "run"\n'
AGENT = 'agent_name: "4_DOCUMENTS"\n'
JOB = f'job_id: "{texts.JOB}"'
LAUGHS = 'a0: &a0 "ha"\n' + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)
)
DEEP = "".join("  " * depth + "a:\n" for depth in range(20))


@accepted()
def case_R_00_record_of_a_person(history: HistoryBuilder) -> None:
    """A canonical record of a person."""
    history.append(history.run())


@accepted()
def case_R_00_record_of_a_machine(history: HistoryBuilder) -> None:
    """A canonical record of an AI that names its job and its workflow."""
    history.append(history.run("bot"), by="bot")


@accepted()
def case_R_00_every_kind_of_work(history: HistoryBuilder) -> None:
    """A run, a state, an artifact and an amendment in one entry."""
    run = history.run()
    author = history.author
    step, withdrawal = texts.state(author(), run.name), texts.amendment(author(), run.name)
    history.append(run, step, texts.artifact(author()), withdrawal)


def _replace_agent(name: str, construct: str, code: Code, text: str) -> None:
    RUN.edited(name, construct, code, AGENT, text)


RUN, BOT = BadRecords(SURFACE), BadRecords(SURFACE, "bot")
RUN.edited("01_key_twice", "A key twice.", FORM, KIND, KIND + 'kind: "state"\n')
BOT.edited("01_actor_twice", "Two actors.", FORM, '"AI"\n', '"AI"\n  actor_kind: "HUMAN"\n')
_replace_agent("03_anchor", "An anchor.", FORM, 'agent_name: &a "4_DOCUMENTS"\n')
_replace_agent("03_alias", "An alias.", FORM, "agent_name: *a\n")
_replace_agent("03_merge_key", "A merge key.", FORM, AGENT + "<<: *a\n")
_replace_agent("03_recursion", "A recursive alias.", FORM, "agent_name: &a [*a]\n")
_replace_agent("04_laughs", "A billion laughs, 9^8.", FORM, LAUGHS)
_replace_agent("06_nesting", "Brackets nested 200,000 deep.", LIMIT, "a: " + "[" * 400_000)
_replace_agent("06_brackets", "Brackets nested 60,000 deep.", FORM, "a: " + "[" * 60_000 + "\n")
_replace_agent("06_blocks", "Mappings nested 20 deep.", LIMIT, DEEP)
_replace_agent("07_python", "A tag of Python's.", FORM, "a: !!python/object/apply:os.system x\n")
_replace_agent("07_tag", "A local tag.", FORM, 'agent_name: !foo "x"\n')
RUN.edited("07_directive", "A directive.", FORM, "schema", "%TAG ! tag:yaml.org,2002:\nschema")
RUN.edited("09_no", "kind: no.", FORM, KIND, "kind: no\n")
RUN.edited("09_on", "kind: on.", FORM, KIND, "kind: on\n")
RUN.edited("09_y", "kind: y.", FORM, KIND, "kind: y\n")
BOT.edited("10_octal", "job_id: 0123456.", FORM, JOB, "job_id: 0123456")
BOT.edited("10_exponent", "job_id: 1.5e+10.", FORM, JOB, "job_id: 1.5e+10")
BOT.edited("10_clock", "job_id: 12:30:45.", FORM, JOB, "job_id: 12:30:45")
BOT.edited("10_hexadecimal", "job_id: 0x1F.", FORM, JOB, "job_id: 0x1F")
BOT.edited("10_underscore", "job_id: 1_000.", FORM, JOB, "job_id: 1_000")
BOT.edited("10_plain_text", "job_id: abc.", FORM, JOB, "job_id: abc")
RUN.extended("13_nan", "A metric .nan.", FORM, "metrics:\n  a: .nan\n")
RUN.extended("13_infinity", "A metric .inf.", FORM, "metrics:\n  a: .inf\n")
RUN.extended("13_digits", "An integer of 5,000 digits.", FORM, f"metrics:\n  a: {'9' * 5_000}\n")
RUN.edited("15_byte_order_mark", "A byte order mark.", FORM, "schema", "\ufeffschema")
RUN.edited("16_not_utf8", "Bytes that are not UTF-8.", FORM, "CHECKED", b"\xff\xfe")
RUN.edited("16_surrogate", "A lone surrogate, encoded.", FORM, "CHECKED", b"\xed\xa0\x80")
RUN.edited("16_nul", "A raw NUL.", FORM, "CHECKED", "CHECK\0ED")
RUN.edited("16_escaped_nul", "An escaped NUL.", FORM, "CHECKED", "CHECK\\0ED")
RUN.edited("16_nul_by_number", "A NUL by its number.", FORM, "CHECKED", "CHECK\\u0000ED")
RUN.edited("18_line_separator", "A raw U+2028.", FORM, "CHECKED", 'x"\u2028kind: "ai')
RUN.edited("18_next_line", "A raw U+0085.", FORM, "CHECKED", 'x"\x85kind: "ai')
RUN.edited("19_lone_cr", "A lone CR.", FORM, KIND, 'kind: "run"\r')
RUN.edited("21_comment", "A comment.", FORM, KIND, KIND + "# a run\n")
RUN.edited("21_comment_behind", "A comment in a line.", FORM, KIND, 'kind: "run" # a run\n')
RUN.edited("21_blank_line", "A blank line.", FORM, KIND, KIND + "\n")
RUN.edited("21_single_quotes", "Single quotes.", FORM, KIND, "kind: 'run'\n")
RUN.edited("21_no_quotes", "No quotes.", FORM, KIND, "kind: run\n")
RUN.edited("21_escape", "A letter by its number.", FORM, KIND, 'kind: "\\u0072un"\n')
RUN.edited("21_spaces", "Two spaces behind a colon.", FORM, KIND, 'kind:  "run"\n')
RUN.edited("21_trailing_space", "A space at the end.", FORM, KIND, 'kind: "run" \n')
RUN.edited("21_indentation", "An indentation of four.", FORM, "  actor_kind", "    actor_kind")
RUN.extended("21_flow_style", "Flow style.", FORM, 'labels: {a: "b"}\n')
RUN.edited("21_markers", "A document marker.", FORM, "schema", "---\nschema")
RUN.edited("21_quoted_key", "A plain key in quotes.", FORM, "kind:", '"kind":')
RUN.extended("22_digits", "A key of digits.", FORM, '1: "x"\n')
RUN.extended("22_true", "A key true.", FORM, 'true: "x"\n')
RUN.extended("22_null", "A key null.", FORM, 'null: "x"\n')
RUN.extended("22_list", "A list as a key.", FORM, '? - "a"\n: "x"\n')
RUN.extended("22_empty", "An empty key.", FORM, ': "x"\n')
RUN.extended("22_plain_no", "A plain label no.", FORM, 'labels:\n  no: "x"\n')


@refused(FORM)
def case_R_15_utf16(history: HistoryBuilder) -> None:
    """The whole file in UTF-16."""
    run = history.run()
    history.append(run.with_text(run.text.decode().encode("utf-16")))


@refused(FORM)
def case_R_19_crlf(history: HistoryBuilder) -> None:
    """Lines that end in CRLF."""
    run = history.run()
    history.append(run.with_text(run.text.replace(b"\n", b"\r\n")))


@refused(FORM)
def case_R_21_other_order(history: HistoryBuilder) -> None:
    """Two keys in another order."""
    run = history.run()
    agent = AGENT.encode()
    history.append(run.with_text(run.text.replace(agent, b"") + agent))


@refused(FORM)
def case_R_60_empty_file(history: HistoryBuilder) -> None:
    """A record of no bytes."""
    history.append(history.run().with_text(b""))


@refused(FORM)
def case_R_60_line_feed(history: HistoryBuilder) -> None:
    """A record that is one line feed."""
    history.append(history.run().with_text(b"\n"))


@refused(FORM)
def case_R_60_empty_mapping(history: HistoryBuilder) -> None:
    """A record that is an empty mapping."""
    history.append(history.run().with_text(b"{}\n"))


@refused(FORM)
def case_R_60_no_final_line_feed(history: HistoryBuilder) -> None:
    """A record without its final line feed."""
    run = history.run()
    history.append(run.with_text(run.text[:-1]))


@refused(FORM)
def case_R_60_two_documents(history: HistoryBuilder) -> None:
    """Two records in one file."""
    run = history.run()
    history.append(run.with_text(run.text + b"---\n" + history.run().text))


@refused(FORM)
def case_R_60_random_bytes(history: HistoryBuilder) -> None:
    """A compressed file."""
    history.append(history.run().with_text(b"\x1f\x8b\x08\x00" + bytes(range(256))))
