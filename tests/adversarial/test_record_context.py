# ruff: noqa: N802 - a case's name carries its id
"""Records in their entry and on their ledger: who may add which, when, and how often."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitprov.errors import Code
from gitprov.model.finding import Severity, Verdict
from tests.adversarial.pair import test_engines_agree, test_outcome
from tests.support import record_texts as texts
from tests.support.attacks import Outcome, Surface
from tests.support.history import HistoryBuilder
from tests.support.judgement import verify
from tests.support.record_texts import File

pytestmark = [pytest.mark.git, pytest.mark.gpg]
SURFACE = Surface(__name__)
refused, accepted = SURFACE.refused, SURFACE.accepted


def run_as(history: HistoryBuilder, actor_kind: str) -> File:
    """Write a run of another kind of actor."""
    return texts.run(history.author(actor_kind=actor_kind))


@refused(Code.IDENTITY)
def case_R_70_machine_as_a_person(history: HistoryBuilder) -> None:
    """A machine's key signs a record of a person."""
    history.append(run_as(history, "HUMAN"), by="bot")


@refused(Code.IDENTITY)
def case_R_70_person_as_a_machine(history: HistoryBuilder) -> None:
    """A person's key signs a record of an AI."""
    history.append(run_as(history, "AI"))


@accepted()
def case_R_70_machine_as_a_system(history: HistoryBuilder) -> None:
    """A machine's key signs a record of a system, as the policy lets it."""
    history.append(run_as(history, "SYSTEM"), by="bot")


@refused(Code.IDENTITY)
def case_R_71_other_agent(history: HistoryBuilder) -> None:
    """A machine that may record for 4_* records for another agent."""
    history.append(history.run("bot", agent="5_DOCUMENTS"), by="bot")


@refused(Code.IDENTITY)
def case_R_71_agent_in_small_letters(history: HistoryBuilder) -> None:
    """A glob compares letters by their case: X_* is not x_*."""
    rule = next(s for s in history.policy.signers if s.name == "Bot")
    history.policy = history.policy.with_signer(replace(rule, agents=("X_*",)))
    history.change(history.policy)
    history.append(history.run("bot", agent="x_1"), by="bot")


@accepted()
def case_R_71_brackets_are_literal(history: HistoryBuilder) -> None:
    """A glob knows * and ? only: brackets stand for themselves."""
    rule = next(s for s in history.policy.signers if s.name == "Bot")
    history.policy = history.policy.with_signer(replace(rule, agents=("[ab]?",)))
    history.change(history.policy)
    history.append(history.run("bot", agent="[ab]1"), by="bot")


@refused(Code.IDENTITY)
def case_R_71_agent_of_an_amended_run(history: HistoryBuilder) -> None:
    """A machine amends a run of an agent that it may not record for."""
    run = history.run(agent="5_DOCUMENTS")
    history.append(run)
    history.append(texts.amendment(history.author("bot"), run.name), by="bot")


@refused(Code.IDENTITY)
def case_R_72_kind_that_is_not_allowed(history: HistoryBuilder) -> None:
    """A signer adds a kind that the policy does not list for it."""
    rule = next(s for s in history.policy.signers if s.name == "Alice")
    history.policy = history.policy.with_signer(replace(rule, kinds=("run",)))
    history.change(history.policy)
    history.append(texts.artifact(history.author()))


@refused(Code.IDENTITY)
def case_R_72_one_of_three(history: HistoryBuilder) -> None:
    """Of three records, one is of an agent that the signer may not record for."""
    runs = [history.run("bot", agent=f"{number}_DOCUMENTS") for number in (4, 5, 4)]
    history.append(*runs, by="bot")


@refused(Code.SCHEMA)
def case_R_73_recorded_in_the_future(history: HistoryBuilder) -> None:
    """A record that was recorded eleven minutes after the entry that carries it."""
    run = texts.run(replace(history.author(), seconds=history.seconds + 660))
    history.append(run)


@accepted()
def case_R_73_recorded_ten_minutes_later(history: HistoryBuilder) -> None:
    """A record that was recorded ten minutes after the entry that carries it."""
    run = texts.run(replace(history.author(), seconds=history.seconds + 600))
    history.append(run)


@accepted()
def case_R_73_recorded_long_ago(history: HistoryBuilder) -> None:
    """A record that waited a year for its entry."""
    run = texts.run(replace(history.author(), seconds=history.seconds - 366 * 86_400))
    history.append(run)


@refused(Code.SCHEMA)
def case_R_74_id_of_another_day(history: HistoryBuilder) -> None:
    """A run whose id is more than a day older than its start."""
    run = history.run()
    older = texts.uuid7(history.seconds - 2 * 86_400, 900)
    moved = run.with_text(run.text.replace(run.name.encode(), older.encode()))
    history.append(replace(moved, path=texts.path_of("run", older), name=older))


@refused(Code.DUPLICATE)
def case_R_75_event_twice_in_an_entry(history: HistoryBuilder) -> None:
    """Two records of one entry with the same edit_event_id."""
    one, two = history.run(), history.run()
    event = one.text.split(b'edit_event_id: "')[1][:36]
    other = two.text.split(b'edit_event_id: "')[1][:36]
    history.append(one, two.edited(other, event))


@SURFACE.case(
    Outcome(Verdict.PASS, Code.DUPLICATE),
    Outcome(Verdict.PASS),
)
def case_R_75_event_of_an_earlier_entry(history: HistoryBuilder) -> None:
    """A record with the edit_event_id of an earlier entry: verify warns."""
    one = history.run()
    history.append(one)
    two = history.run()
    event = one.text.split(b'edit_event_id: "')[1][:36]
    other = two.text.split(b'edit_event_id: "')[1][:36]
    history.append(two.edited(other, event))


@SURFACE.case(
    Outcome(Verdict.PASS, Code.DUPLICATE),
    Outcome(Verdict.PASS),
)
def case_R_75_source_of_an_earlier_run(history: HistoryBuilder) -> None:
    """A run with the source of an earlier one: verify warns."""
    source = 'source:\n  system: "ci"\n  session_id: "7"\n'
    started = "started_at:"
    history.append(history.run().edited(started, source + started))
    history.append(history.run().edited(started, source + started))


@refused(Code.LINK)
def case_R_76_amendment_of_nothing(history: HistoryBuilder) -> None:
    """An amendment of a run that is not on the ledger."""
    history.append(texts.amendment(history.author(), history.run().name))


@refused(Code.LINK)
def case_R_76_amendment_of_a_state(history: HistoryBuilder) -> None:
    """An amendment that names a state where a run belongs."""
    step = texts.state(history.author(), history.run().name)
    history.append(step)
    history.append(texts.amendment(history.author(), step.name))


@accepted()
def case_R_76_amendment_beside_its_run(history: HistoryBuilder) -> None:
    """A run and its amendment in one entry."""
    run = history.run()
    history.append(run, texts.amendment(history.author(), run.name, '  notes: "late"\n'))


@refused(Code.SCHEMA)
def case_R_76_amendment_of_an_identity(history: HistoryBuilder) -> None:
    """An amendment that changes its run's id."""
    run = history.run()
    changes = f'  run_id: "{run.name}"\n'
    history.append(run, texts.amendment(history.author(), run.name, changes))


@SURFACE.case(Outcome(Verdict.UNKNOWN, Code.NEWER_SCHEMA), None)
def case_R_77_newer_schema(history: HistoryBuilder) -> None:
    """A run of a schema that is newer than this reader: it cannot be found out."""
    history.append(history.run().edited('"v1.0"', '"v1.7"'))


@refused(Code.SCHEMA)
def case_R_77_schema_that_never_was(history: HistoryBuilder) -> None:
    """A run of a schema version that no release has written."""
    history.append(history.run().edited('"v1.0"', '"v0.9"'))


@refused(Code.LIMIT)
def case_R_78_larger_than_the_policy_allows(history: HistoryBuilder) -> None:
    """A record larger than the policy's limit, though smaller than the format's."""
    history.change(replace(history.policy, max_record_bytes=4_096))
    history.append(history.run(more=f'notes: "{"x" * 5_000}"\n'))


def test_case_R_79_order_of_precedence(history: HistoryBuilder) -> None:
    """An entry with everything wrong says the code that counts first."""
    old = history.run()
    history.append(old)
    draft = history.draft(history.run("bot", agent="5_X").edited('"SUCCESS"', '"DONE"'))
    other = history.objects.put("blob", old.edited("CHECKED", "x").text)
    draft.tree = history.objects.add(draft.tree, old.path, other)
    draft.by = "bot"
    bad = history.commit(draft)
    found = [f.code for f in verify(history).findings if f.entry == bad]
    assert found == [Code.IDENTITY, Code.SCHEMA, Code.APPEND_ONLY]


def test_case_R_79_every_bad_entry_is_reported(history: HistoryBuilder) -> None:
    """A bad entry does not hide later ones."""
    bad = [history.append(history.run().edited('"SUCCESS"', f'"{n}"')) for n in range(3)]
    good = history.append(history.run())
    report = verify(history)
    assert [f.entry for f in report.findings] == bad
    assert all(f.severity is Severity.ERROR for f in report.findings)
    assert good not in bad
