"""The commands on ledgers with a history: branches, amendments, decisions, damage."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from tests.support import record_texts as texts
from tests.support.cli_inside import Inside
from tests.support.cli_world import Cli
from tests.support.history import HistoryBuilder
from tests.support.judgement import put_on_ref

pytestmark = [pytest.mark.git, pytest.mark.gpg]


@pytest.fixture
def inside(history: HistoryBuilder, capfd: pytest.CaptureFixture[str]) -> Inside:
    """The program in the ledger's own bare repository."""
    return Inside(Cli(history.path), capfd)


def test_an_amended_run_shows_both_values(history: HistoryBuilder, inside: Inside) -> None:
    run = history.run()
    history.append(run)
    good = texts.amendment(history.author(), run.name, '  agent_version: "2"\n')
    bad = texts.amendment(history.author(), run.name, '  error:\n    message: "x"\n')
    carrier = history.append(good, bad)
    put_on_ref(history)
    ended = inside("show", run.name)
    assert ended.code == 0
    assert ended.lines[0] == f"run        {run.name} [amended]"
    assert f"amendment  {good.name} AMEND" in ended.lines
    assert f"amendment  {bad.name} AMEND (not applied: it would break the rules of a run)" in (
        ended.lines
    )
    assert "  agent_version: 2" in ended.lines
    assert "reason     it was wrong" in ended.lines
    content = inside("show", run.name, "--json").json
    assert content["record"].get("agent_version") is None
    assert content["current"]["agent_version"] == "2"
    (first, _) = content["amendments"]
    assert (first["amendment_id"], first["entry"]["oid"]) == (good.name, carrier)
    assert "SUCCESS amended" in inside("log", "-n", "1").out
    line = json.loads(inside("log", "-n", "1", "--jsonl").out)
    assert line["amendments"] == 1


def test_a_branch_says_where_it_was_accepted(history: HistoryBuilder, inside: Inside) -> None:
    run = history.run()
    side = history.branch(run)
    history.append(history.run("bot"), by="bot")
    history.merge(side)
    put_on_ref(history)
    ended = inside("show", run.name)
    assert ended.lines[1] == f"entry      {side[:12]} at height 3, accepted at 4"
    assert inside("show", side, "--json").json["entry"]["accepted_height"] == 4


def test_marks_are_shown(history: HistoryBuilder, inside: Inside) -> None:
    artifact, run = texts.artifact(history.author()), history.run()
    height = history.claims[history.append(artifact, run)].height
    history.append(texts.amendment(history.author(), run.name))
    proposal = history.carry(texts.expunge(f"sha256:{texts.DIGEST}"))
    history.enact(proposal, texts.tombstone(history.author("o1"), proposal))
    key = history.people.fingerprint("alice")
    signer = next(s for s in history.policy.signers if s.key == key)
    history.change(history.policy.with_signer(replace(signer, revoked_from=height)))
    put_on_ref(history)
    ended = inside("show", artifact.name)
    assert ended.lines[0] == f"artifact   {artifact.name} [disputed] [expunged]"
    assert f"expunged   its payload was deleted by proposal {proposal.name}" in ended.lines
    assert any("disputed: its key is revoked" in line for line in ended.lines)
    assert inside("show", run.name).lines[0] == f"run        {run.name} [withdrawn] [disputed]"
    also = inside("show", proposal.name).lines
    assert f"also       tombstone:{proposal.name}" in also
    assert inside("show", f"enactment:{proposal.name}").code == 0
    ended = inside("log")
    assert ended.err == "gitprov: not shown: 1 disputed; --all shows them\n"
    assert "SUCCESS withdrawn disputed" in inside("log", "--all").out


def test_a_withdrawn_range_is_told_at_its_entries(history: HistoryBuilder, inside: Inside) -> None:
    tip = history.tip
    history.enact(history.carry(texts.withdraw_range(2, 2)))
    put_on_ref(history)
    assert any("(withdrawn by the owners)" in line for line in inside("show", tip).lines)


def test_every_kind_has_a_line_of_its_own(history: HistoryBuilder, inside: Inside) -> None:
    run = history.run()
    history.append(run, texts.state(history.author(), run.name), texts.artifact(history.author()))
    history.append(texts.amendment(history.author(), run.name, '  agent_version: "2"\n'))
    proposal = history.carry(texts.expunge(f"sha256:{texts.DIGEST}"))
    history.enact(proposal, texts.tombstone(history.author("o1"), proposal))
    put_on_ref(history)
    expected = {
        "state": "#0 WORKING",
        "artifact": "qa_report report",
        "amendment": "AMEND: it was wrong",
        "proposal": "expunge: it is needed",
        "approval": "APPROVE",
        "enactment": "sha256:",
        "tombstone": "expunged",
    }
    for kind, about in expected.items():
        ended = inside("log", "--kind", kind)
        assert ended.code == 0
        assert about in ended.lines[1]
    assert inside("log", "--kind", "log").out == ""
    ended = inside("log", "--kind", "approval", "--csv")
    assert ended.lines[1].split(",")[1] == proposal.name


def test_a_stranger_signs_for_nobody(history: HistoryBuilder, inside: Inside) -> None:
    run = history.run()
    history.append(run, by="mallory")
    put_on_ref(history)
    ended = inside("show", run.name)
    assert ended.code == 1
    assert "signer     not a signer in the current policy" in ended.lines
    line = json.loads(inside("log", "-n", "1", "--jsonl").out)
    assert line["signer"] is None
    assert inside("log", "-n", "1").lines[1].endswith("-")


def test_a_commit_of_broken_form_has_no_time(history: HistoryBuilder, inside: Inside) -> None:
    draft = history.draft(history.run())
    oid = history.land(draft.headers + b"encoding x\n\n" + draft.message, draft)
    put_on_ref(history)
    ended = inside("show", oid)
    assert ended.code == 1
    assert any(line == "time       -" for line in ended.lines)
    ended = inside("log")
    assert "unreadable entries or records: 1; run gitprov verify" in ended.err
    assert len(ended.lines) == 3


def test_a_record_that_is_none_is_shown_as_text(history: HistoryBuilder, inside: Inside) -> None:
    run = history.run().with_text(b"\xff\x1b[31m\xe2\x80\xae\n")
    history.append(run)
    put_on_ref(history)
    ended = inside("show", run.name)
    assert ended.code == 1
    assert ended.lines[-1] == "\ufffd\\u001b[31m\\u202e"
    assert inside("show", run.name, "--json").json["record"] is None
    ended = inside("context", "check", run.name)
    assert (ended.code, ended.out) == (2, "")


@pytest.mark.parametrize("command", ["log", "show", "notes check", "context check"])
def test_a_missing_object_is_not_found_out(
    history: HistoryBuilder, inside: Inside, command: str
) -> None:
    run = history.run()
    history.append(run, texts.amendment(history.author(), history.run().name))
    put_on_ref(history)
    history.objects.file_of(history.objects.put("blob", run.text)).unlink()
    text = [run.name] if command.startswith(("show", "context")) else []
    ended = inside(*command.split(), *text)
    assert (ended.code, ended.out) == (3, "")
    assert "GPV-500-STORE-CORRUPT" in ended.err


def test_a_tip_that_is_no_commit_is_told(history: HistoryBuilder, inside: Inside) -> None:
    history.tip = history.objects.put("blob", b"x")
    put_on_ref(history)
    for command in (("log",), ("show", "01a1c506"), ("notes", "check"), ("doctor",)):
        ended = inside(*command)
        assert ended.code in {1, 2, 3}
        assert "GPV-400-COMMIT-FORM" in ended.err + ended.out


def test_a_tip_without_a_tree_is_told(history: HistoryBuilder, inside: Inside) -> None:
    draft = history.draft()
    history.land(b"tree none\nparent " + history.tip.encode() + b"\n\nodd\n", draft)
    put_on_ref(history)
    for command in (("log",), ("notes", "check")):
        ended = inside(*command)
        assert ended.code in {2, 3}
        assert "names no tree" in ended.err
    assert inside("show", "01a1c506").code == 1
    assert inside("doctor").code == 1


def test_a_mirror_of_names_alone_can_be_read(history: HistoryBuilder, inside: Inside) -> None:
    """A reader needs neither a work tree nor a key, nor the right to write."""
    put_on_ref(history)
    assert os.environ["GNUPGHOME"]
    assert len(inside("log").lines) == 3
    assert inside("notes", "check").code == 0
    run_id = json.loads(inside("log", "-n", "1", "--jsonl").out)["run_id"]
    assert inside("context", "check", run_id).code == 1  # its digest is made up
