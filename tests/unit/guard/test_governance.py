"""V12: proposals, approvals, enactments and their effects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gitprov.codec.records import build
from gitprov.errors import Code
from gitprov.guard.governance import (
    EntryContext,
    GovernanceFile,
    check_approval,
    check_effect,
    check_enactment,
    check_no_effect,
    check_owner_signed,
    check_proposal,
    count_approvals,
    planned_files,
    planned_tombstone,
)
from gitprov.model.governance import Approval, Enactment, Proposal
from gitprov.model.times import format_time, time_ms
from tests.support.authorities import (
    ALICE,
    BOB,
    CAROL,
    LEDGER,
    NOW,
    SPARE,
    facts,
    key_facts,
    plain,
    policy,
    rule,
)

MS = NOW * 1_000
ID = "0192cc00-0000-7e97-b00d-000000000001"
APPROVAL_ID = "0192cc00-0000-7e97-b00d-00000000000a"
OTHER_ID = "0192cc00-0001-7e97-b00d-00000000000b"
DIGEST, OTHER_DIGEST = "sha256:" + "1" * 64, "sha256:" + "2" * 64
KEY_FILE = f"keys/{CAROL}/0001.asc"
POLICY = policy(
    rule(ALICE, "Alice"),
    rule(BOB, "Bob"),
    rule(SPARE, "Alice"),
    rule(CAROL, "Carol"),
    owners={"alice": (ALICE, SPARE), "bob": (BOB,)},
    threshold=2,
)
CERTIFICATES = {key: plain(key) for key in (ALICE, BOB, SPARE, CAROL)}
PLACE = EntryContext(LEDGER, POLICY, CERTIFICATES, ALICE, NOW, 20)


def head(kind: str, record_id: str) -> dict[str, Any]:
    return {
        "schema_version": "v1.0",
        "kind": kind,
        f"{kind}_id": record_id,
        "recorded_at": format_time(time_of(record_id)),
        "mutation": {
            "actor_kind": "HUMAN",
            "edit_event_id": "5f0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f3",
            "resource_id": f"{kind}:{record_id}",
        },
    }


def time_of(record_id: str) -> int:
    return int(record_id[:8] + record_id[9:13], 16)


def propose(action: str = "withdraw-range", **plan: Any) -> Proposal:
    made = build(
        {
            **head("proposal", ID),
            "action": action,
            "base_policy": 1,
            "plan": plan or {"from_height": 1, "to_height": 20},
            "plan_digest": DIGEST,
            "reason": "why",
            "expires_at": format_time(MS + 1_000),
        },
        "proposal",
    )
    assert isinstance(made, Proposal)
    return made


def approve(
    approver: str = ALICE, decision: str = "APPROVE", record_id: str = APPROVAL_ID
) -> Approval:
    made = build(
        {
            **head("approval", record_id),
            "proposal_id": ID,
            "plan_digest": DIGEST,
            "approver": approver,
            "decision": decision,
        },
        "approval",
    )
    assert isinstance(made, Approval)
    return made


def enact(digest: str = DIGEST) -> Enactment:
    made = build({**head("enactment", ID), "plan_digest": digest}, "enactment")
    assert isinstance(made, Enactment)
    return made


PROPOSAL = propose()


@pytest.mark.parametrize(
    ("kind", "actor_kind", "signer", "count"),
    [
        ("policy", None, ALICE, 0),
        ("policy", None, CAROL, 1),
        ("approval", "HUMAN", SPARE, 0),
        ("approval", "AI", ALICE, 1),
        ("tombstone", "SYSTEM", CAROL, 2),
        ("proposal", "HUMAN", CAROL, 0),
        ("proposal", "AI", CAROL, 1),
    ],
)
def test_governance_is_an_owners_act_as_a_person(
    kind: str, actor_kind: str | None, signer: str, count: int
) -> None:
    found = check_owner_signed(replace(PLACE, signer=signer), kind, actor_kind, "x")
    assert [(f.code, f.path) for f in found] == [(Code.QUORUM, "x")] * count


def test_a_proposal_rests_on_the_policy_in_force_and_its_own_plan() -> None:
    assert check_proposal(PROPOSAL, PLACE, DIGEST, "x") == []
    assert [f.code for f in check_proposal(PROPOSAL, PLACE, OTHER_DIGEST, "x")] == [Code.QUORUM]
    later = replace(PLACE, policy=POLICY.model_copy(update={"version": 2}))
    assert [f.code for f in check_proposal(PROPOSAL, later, DIGEST, "x")] == [Code.QUORUM]


def test_a_good_approval_has_no_findings() -> None:
    assert check_approval(approve(), PROPOSAL, PLACE, "x") == []
    at_the_end = replace(PLACE, seconds=time_ms(PROPOSAL.expires_at) // 1_000)
    assert check_approval(approve(), PROPOSAL, at_the_end, "x") == []


@pytest.mark.parametrize(
    ("approval", "place"),
    [
        (approve(BOB), PLACE),
        (approve().model_copy(update={"plan_digest": OTHER_DIGEST}), PLACE),
        (approve(), replace(PLACE, policy=POLICY.model_copy(update={"version": 2}))),
        (approve(record_id=OTHER_ID), PLACE),
        (approve(), replace(PLACE, seconds=NOW + 2)),
    ],
)
def test_any_other_approval_is_refused(approval: Approval, place: EntryContext) -> None:
    found = check_approval(approval, PROPOSAL, place, "x")
    assert [(f.code, f.path) for f in found] == [(Code.QUORUM, "x")]


def test_an_approval_of_nothing_is_a_broken_link() -> None:
    assert [f.code for f in check_approval(approve(), None, PLACE, "x")] == [Code.LINK]


@pytest.mark.parametrize(
    ("approvals", "count"),
    [
        ([], 0),
        ([approve()], 1),
        ([approve(), approve(BOB)], 2),
        ([approve(), approve(SPARE)], 1),
        ([approve(), approve()], 1),
        ([approve(CAROL)], 0),
        ([approve(), approve(decision="REJECT")], 0),
        ([approve(), approve(SPARE, "REJECT"), approve(BOB)], 1),
        ([approve(CAROL, "REJECT"), approve(BOB)], 1),
        ([approve().model_copy(update={"plan_digest": OTHER_DIGEST})], 0),
        ([approve().model_copy(update={"proposal_id": OTHER_ID})], 0),
    ],
)
def test_persons_are_counted_not_keys(approvals: list[Approval], count: int) -> None:
    assert count_approvals(PROPOSAL, approvals, PLACE) == count


def test_only_usable_keys_are_counted() -> None:
    dead = {**CERTIFICATES, BOB: facts(key_facts(BOB, expires=NOW))}
    both = [approve(), approve(BOB)]
    assert count_approvals(PROPOSAL, both, replace(PLACE, certificates=dead)) == 1
    revoked = POLICY.model_copy(
        update={"signers": (*POLICY.signers[:1], rule(BOB, revoked_from=1))}
    )
    assert count_approvals(PROPOSAL, both, replace(PLACE, policy=revoked)) == 1


QUORUM = [approve(), approve(BOB)]


def test_a_good_enactment_has_no_findings() -> None:
    assert check_enactment(enact(), PROPOSAL, QUORUM, PLACE, "x") == []
    hold = propose("legal-hold", scope={"run_id": ID}, release=False)
    assert check_enactment(enact(), hold, QUORUM, PLACE, "x") == []


@pytest.mark.parametrize(
    ("enactment", "approvals", "place"),
    [
        (enact(OTHER_DIGEST), QUORUM, PLACE),
        (enact(), QUORUM, replace(PLACE, policy=POLICY.model_copy(update={"version": 2}))),
        (enact(), QUORUM, replace(PLACE, seconds=NOW + 2)),
        (enact(), QUORUM, replace(PLACE, now=NOW + 2)),
        (enact(), QUORUM[:1], PLACE),
        (enact(), [], PLACE),
        (enact(), QUORUM, replace(PLACE, height=19)),
    ],
)
def test_any_other_enactment_is_refused(
    enactment: Enactment, approvals: list[Approval], place: EntryContext
) -> None:
    found = check_enactment(enactment, PROPOSAL, approvals, place, "x")
    assert [(f.code, f.path) for f in found] == [(Code.QUORUM, "x")]


def test_an_enactment_of_nothing_is_refused() -> None:
    found = check_enactment(enact(), None, QUORUM, PLACE, "x")
    assert [f.code for f in found] == [Code.QUORUM]


def file(kind: str, path: str = "x", name: str = ID, digest: str = DIGEST) -> GovernanceFile:
    return GovernanceFile(path, kind, name, digest)


CHANGE = propose(
    "policy-change", policy_version=2, policy_digest=DIGEST, keys={KEY_FILE: OTHER_DIGEST}
)
EFFECT = [
    file("enactment"),
    file("policy", "policy/0002.yaml", "0002"),
    file("key", KEY_FILE, f"{CAROL}/0001", OTHER_DIGEST),
]
OWN = frozenset({APPROVAL_ID})


def test_a_change_holds_exactly_what_was_planned() -> None:
    assert check_effect(EFFECT, ID, CHANGE, frozenset()) == []
    own = [*EFFECT, file("proposal"), file("approval", name=APPROVAL_ID)]
    assert check_effect(own, ID, CHANGE, OWN) == []


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (EFFECT[:2], [Code.QUORUM]),
        (EFFECT[:1], [Code.QUORUM, Code.QUORUM]),
        ([EFFECT[0], replace(EFFECT[1], digest=OTHER_DIGEST), EFFECT[2]], [Code.QUORUM]),
        ([*EFFECT, file("key", "keys/y")], [Code.QUORUM]),
        ([*EFFECT, file("tombstone")], [Code.QUORUM]),
        ([*EFFECT, file("run")], [Code.TREE_FORM]),
        ([*EFFECT, file("proposal", name=OTHER_ID)], [Code.TREE_FORM]),
        ([*EFFECT, file("approval", name=OTHER_ID)], [Code.TREE_FORM]),
        ([*EFFECT, file("enactment", name=OTHER_ID)], [Code.TREE_FORM]),
    ],
)
def test_anything_else_in_a_change_is_refused(
    files: list[GovernanceFile], expected: list[Code]
) -> None:
    assert [f.code for f in check_effect(files, ID, CHANGE, OWN)] == expected


def test_certificates_alone_can_be_planned() -> None:
    renewal = propose("policy-change", keys={KEY_FILE: OTHER_DIGEST})
    assert planned_files(renewal) == {KEY_FILE: OTHER_DIGEST}
    assert check_effect([EFFECT[0], EFFECT[2]], ID, renewal, OWN) == []
    assert planned_files(CHANGE) == {KEY_FILE: OTHER_DIGEST, "policy/0002.yaml": DIGEST}
    assert planned_files(PROPOSAL) == {}


@pytest.mark.parametrize("action", ["expunge", "retention"])
def test_a_removal_leaves_one_tombstone(action: str) -> None:
    removal = propose(action, artifacts=[DIGEST])
    assert planned_tombstone(removal)
    assert check_effect([file("enactment"), file("tombstone")], ID, removal, OWN) == []
    found = check_effect([file("enactment")], ID, removal, OWN)
    assert [f.code for f in found] == [Code.QUORUM]
    found = check_effect([file("enactment"), file("tombstone", name=OTHER_ID)], ID, removal, OWN)
    assert [f.code for f in found] == [Code.QUORUM]


def test_a_withdrawal_leaves_no_file() -> None:
    assert not planned_tombstone(PROPOSAL)
    assert check_effect([file("enactment")], ID, PROPOSAL, OWN) == []
    found = check_effect([file("enactment"), *EFFECT[1:]], ID, PROPOSAL, OWN)
    assert [f.code for f in found] == [Code.QUORUM, Code.QUORUM]


def test_without_an_enactment_there_is_no_effect() -> None:
    kinds = ("policy", "key", "tombstone", "proposal", "approval", "run")
    found = check_no_effect([file(kind, kind) for kind in kinds])
    assert [(f.code, f.path) for f in found] == [(Code.QUORUM, kind) for kind in kinds[:3]]
