# ruff: noqa: N802 - a case's name carries its id
"""Merges again: what a second parent may bring, and under whose rules it is judged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitprov.errors import Code
from gitprov.model.finding import Verdict
from tests.adversarial.pair import test_engines_agree, test_outcome
from tests.support.attacks import Outcome, Surface
from tests.support.history import HistoryBuilder
from tests.support.judgement import verify
from tests.support.people import DAY, EXPIRY

pytestmark = [pytest.mark.git, pytest.mark.gpg]
SURFACE = Surface(__name__)
refused, accepted = SURFACE.refused, SURFACE.accepted
PASS = Outcome(Verdict.PASS)


@refused(Code.COMMIT_FORM)
def case_T_100_octopus(history: HistoryBuilder) -> None:
    """A merge of three."""
    one, two = history.branch(history.run()), history.branch(history.run())
    history.append(history.run())
    draft = history.draft(merge=one)
    draft.parents = (*draft.parents, two)
    history.commit(draft)


@refused(Code.NON_FF)
def case_T_101_merge_of_an_ancestor(history: HistoryBuilder) -> None:
    """A merge whose second parent is an ancestor of the first."""
    old = history.tip
    history.append(history.run())
    history.merge(old)


@refused(Code.NON_FF)
def case_T_102_merge_forwards(history: HistoryBuilder) -> None:
    """A merge whose first parent is an ancestor of the second."""
    ahead = history.branch(history.run())
    history.merge(ahead)


@refused(Code.MERGE_REWRITE)
def case_T_103_criss_cross(history: HistoryBuilder) -> None:
    """Two merges of the same two entries, one each way, and then a merge of both."""
    one, two = history.branch(history.run()), history.branch(history.run())
    crossed = history.commit(history.draft(on=two, merge=one))
    history.rewind(one)
    history.merge(two)
    history.merge(crossed)


@accepted()
def case_T_104_merge_on_a_branch(history: HistoryBuilder) -> None:
    """A branch that has a merge of its own is merged."""
    tip = history.tip
    inner = history.branch(history.run())
    history.append(history.run())
    side = history.merge(inner)
    history.rewind(tip)
    history.append(history.run())
    history.merge(side)


@accepted()
def case_T_105_same_record_by_both_sides(history: HistoryBuilder) -> None:
    """Both sides add the same bytes of one record, and each one more."""
    run = history.run()
    side = history.branch(run, history.run())
    history.append(run, history.run())
    history.merge(side)


def test_case_T_105_same_record_is_counted_once(history: HistoryBuilder) -> None:
    """A record that comes by both sides belongs to the first parent's: it counts once."""
    case_T_105_same_record_by_both_sides(history)
    runs = [path for path in history.objects.files(history.trees[history.tip]) if "runs/" in path]
    report = verify(history)
    assert report.findings == ()
    assert report.records == {"run": len(runs)}


@refused(Code.MERGE_REWRITE)
def case_T_106_second_side_brings_nothing(history: HistoryBuilder) -> None:
    """The second side's only record is already there."""
    run = history.run()
    side = history.branch(run)
    history.append(run, history.run())
    history.merge(side)


@refused(Code.MERGE_REWRITE)
def case_T_107_branch_brings_a_policy(history: HistoryBuilder) -> str:
    """A branch changes the policy by the book, and is merged."""
    tip, mine = history.tip, history.policy_file
    enacted = history.change(history.policy.with_signer(history.signer("alice")))
    history.rewind(tip)
    history.policy_file = mine
    history.append(history.run())
    history.merge(enacted)
    return enacted


@refused(Code.MERGE_REWRITE)
def case_T_108_branch_brings_a_proposal(history: HistoryBuilder) -> str:
    """A branch holds a proposal."""
    _, plan = history.planned(history.policy.with_signer(history.signer("alice")))
    side = history.branch(history.propose(plan), by="o1")
    history.append(history.run())
    history.merge(side)
    return side


@refused(Code.MERGE_REWRITE)
def case_T_109_mainline_put_aside(history: HistoryBuilder) -> str:
    """A merge whose first parent is the branch: the policy change is now the branch."""
    side = history.branch(history.run())
    revoked = next(s for s in history.policy.signers if s.name == "Alice")
    policy = history.policy.with_signer(replace(revoked, revoked_from=1))
    enacted = history.change(policy)
    history.rewind(side)
    history.append(history.run())
    history.commit(history.draft(by="o1", merge=enacted))
    return enacted


@refused(Code.UNKNOWN_KEY)
def case_T_110_merged_by_a_stranger(history: HistoryBuilder) -> None:
    """A merge signed by a key that the policy does not list."""
    side = history.branch(history.run())
    history.append(history.run())
    history.merge(side, by="mallory")


@accepted()
def case_T_111_merged_by_a_machine(history: HistoryBuilder) -> None:
    """A merge of a person's records, signed by a machine: any signer may merge."""
    side = history.branch(history.run())
    history.append(history.run())
    history.merge(side, by="bot")


def branch_then_policy(history: HistoryBuilder, label: str, **changes: object) -> str:
    """Branch with a run of that signer, change the signer's rule on the mainline, merge."""
    side = history.branch(history.run(label), by=label)
    name = history.people.ring[label].name
    rule = next(s for s in history.policy.signers if s.name == name)
    history.change(history.policy.with_signer(replace(rule, **changes)))  # type: ignore[arg-type]
    history.old = history.tip
    history.merge(side, by="o1")
    return side


@refused(Code.KEY_REVOKED)
def case_T_112_branch_of_a_revoked_key(history: HistoryBuilder) -> str:
    """Entries of a branch are signed by a key that is revoked when they are merged."""
    return branch_then_policy(history, "alice", revoked_from=100)


@refused(Code.IDENTITY)
def case_T_113_branch_of_a_forbidden_agent(history: HistoryBuilder) -> str:
    """The policy of the merge lets the signer record for other agents only."""
    return branch_then_policy(history, "bot", agents=("5_*",))


@refused(Code.IDENTITY)
def case_T_114_branch_of_a_forbidden_kind(history: HistoryBuilder) -> str:
    """The policy of the merge lets the signer add other kinds only."""
    return branch_then_policy(history, "bot", kinds=("state",))


@refused(Code.IDENTITY)
def case_T_115_branch_of_a_renamed_signer(history: HistoryBuilder) -> str:
    """The policy of the merge knows the key under another name."""
    return branch_then_policy(history, "bot", name="Robot")


@refused(Code.LIMIT)
def case_T_116_branch_of_a_large_record(history: HistoryBuilder) -> str:
    """A record of a branch is larger than the policy of the merge allows."""
    notes = f'notes: "{"x" * 9_000}"\n'
    side = history.branch(history.run(more=notes))
    history.change(replace(history.policy, max_record_bytes=4_096))
    history.merge(side)
    return side


@refused(Code.KEY_EXPIRED)
def case_T_117_branch_of_an_expired_key(history: HistoryBuilder) -> str:
    """The branch's key was alive when it signed, and has expired at the time of the merge."""
    side = history.branch(history.run(), by="passing")
    history.seconds = EXPIRY + DAY
    history.now = EXPIRY + 2 * DAY
    history.append(history.run())
    history.merge(side)
    return side


@SURFACE.case(PASS, None)
def case_T_118_branch_of_a_renewed_key(history: HistoryBuilder) -> str:
    """The branch's key expired after it signed, and was renewed before the merge."""
    side = history.branch(history.run(), by="passing")
    history.seconds = EXPIRY + 2 * DAY
    history.now = EXPIRY + 4 * DAY
    history.change(None, history.certificate("passing", 2, "renewed"))
    history.merge(side)
    return side


@refused(Code.UNKNOWN_KEY)
def case_T_119_authority_from_a_branch(history: HistoryBuilder) -> str:
    """A stranger's entry on a branch is merged after the policy has listed the stranger."""
    side = history.branch(history.run("mallory"), by="mallory")
    history.change(
        history.policy.with_signer(history.signer("mallory")), history.certificate("mallory")
    )
    history.merge(side)
    return side


@refused(Code.CLOCK)
def case_T_120_merge_before_its_second_parent(history: HistoryBuilder) -> None:
    """A merge that is dated before its second parent."""
    history.seconds += 3_600
    side = history.branch(history.run())
    history.seconds -= 3_600
    history.append(history.run())
    draft = history.draft(merge=side, seconds=history.claims[history.tip].seconds)
    history.commit(draft)


@refused(Code.CLOCK)
def case_T_121_branch_dated_back(history: HistoryBuilder) -> str:
    """An entry of a branch that is dated before its parent."""
    seconds = history.claims[history.tip].seconds - 1
    tip = history.tip
    bad = history.commit(history.draft(history.run(), seconds=seconds))
    history.rewind(tip)
    history.append(history.run())
    history.merge(bad)
    return bad


@refused(Code.TREE_FORM)
def case_T_122_branch_brings_a_ledger_document(history: HistoryBuilder) -> str:
    """An entry of a branch adds a file that only a genesis has."""
    tip = history.tip
    draft = history.draft(history.run())
    blob = history.objects.put("blob", b"x")
    draft.tree = history.objects.add(draft.tree, "ledger2.yaml", blob)
    bad = history.commit(draft)
    history.rewind(tip)
    history.append(history.run())
    history.merge(bad)
    return bad


@refused(Code.APPEND_ONLY)
def case_T_123_branch_removes_and_merge_restores(history: HistoryBuilder) -> str:
    """An entry of a branch drops an old record; the merge's tree has it again."""
    old = history.run()
    tip = history.append(old, history.run())
    folder, _, name = old.path.rpartition("/")
    draft = history.draft(history.run())
    draft.tree = history.objects.edit(
        draft.tree, folder, lambda items: [i for i in items if i[1] != name.encode()]
    )
    bad = history.commit(draft)
    history.rewind(tip)
    history.append(history.run())
    history.merge(bad)
    return bad


@refused(Code.REPLAY)
def case_T_124_merge_claims_the_wrong_height(history: HistoryBuilder) -> None:
    """A merge claims the height that follows from its shorter side."""
    side = history.branch(history.run())
    history.append(history.run())
    history.append(history.run())
    draft = history.draft(merge=side)
    right, wrong = draft.claims.height, history.claims[side].height + 1
    draft.message = draft.message.replace(b"Height: %d" % right, b"Height: %d" % wrong)
    history.commit(draft)


@refused(Code.REPLAY)
def case_T_125_chain_of_one_parent(history: HistoryBuilder) -> None:
    """A merge whose chain value leaves out the second parent."""
    side = history.branch(history.run())
    history.append(history.run())
    draft = history.draft(merge=side)
    alone = history.draft(seconds=draft.claims.seconds)
    draft.message = draft.message.replace(draft.claims.chain.encode(), alone.claims.chain.encode())
    history.commit(draft)


@refused(Code.COMMIT_FORM)
def case_T_126_subject_of_another_merge(history: HistoryBuilder) -> None:
    """A merge whose subject names its first parent."""
    side = history.branch(history.run())
    history.append(history.run())
    draft = history.draft(merge=side)
    draft.message = draft.message.replace(side[:12].encode(), history.tip[:12].encode())
    history.commit(draft)


@refused(Code.MERGE_REWRITE)
def case_T_127_enactment_in_a_merge(history: HistoryBuilder) -> None:
    """A merge that enacts a policy: governance never comes with a merge."""
    policy = history.policy.with_signer(history.signer("mallory"))
    effect, plan = history.planned(policy, history.certificate("mallory"))
    proposal = history.propose(plan)
    side = history.branch(history.run())
    history.append(proposal, history.approve(proposal, "o1"), by="o1")
    history.append(history.approve(proposal, "o2"), by="o2")
    draft = history.draft(by="o1", merge=side)
    for file in effect:
        blob = history.objects.put("blob", file.text)
        draft.tree = history.objects.add(draft.tree, file.path, blob)
    history.commit(draft)
