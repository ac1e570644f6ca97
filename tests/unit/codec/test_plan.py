"""The digest that approvals and enactments are bound to."""

from __future__ import annotations

import re
from hashlib import sha256

import pytest

from gitprov.codec.plan import plan_digest
from gitprov.codec.records import parse_record
from gitprov.errors import Code, RecordError
from gitprov.model.governance import Proposal
from tests.support.sample_records import DIGEST, LEDGER_ID, VECTORS


def test_the_digest_of_the_vector() -> None:
    proposal = parse_record((VECTORS / "proposal.yaml").read_bytes(), "proposal")
    assert isinstance(proposal, Proposal)
    plan = proposal.plan.to_mapping()
    digest = plan_digest(LEDGER_ID, proposal.action, proposal.base_policy, plan)
    assert digest == proposal.plan_digest
    for name in ("approval", "enactment"):
        text = (VECTORS / f"{name}.yaml").read_text(encoding="utf-8")
        assert re.findall(r'^plan_digest: "(.*)"$', text, flags=re.MULTILINE) == [digest]


def test_the_digest_is_of_the_canonical_statement() -> None:
    text = (
        f'ledger_id: "{LEDGER_ID}"\naction: "expunge"\nbase_policy: 3\n'
        f'plan:\n  artifacts:\n  - "{DIGEST}"\n'
    )
    digest = plan_digest(LEDGER_ID, "expunge", 3, {"artifacts": [DIGEST]})
    assert digest == f"sha256:{sha256(text.encode()).hexdigest()}"


def test_k04_each_part_changes_the_digest() -> None:
    plan = {"artifacts": [DIGEST]}
    digests = {
        plan_digest(LEDGER_ID, "expunge", 3, plan),
        plan_digest("3d0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7aa", "expunge", 3, plan),
        plan_digest(LEDGER_ID, "retention", 3, plan),
        plan_digest(LEDGER_ID, "expunge", 4, plan),
        plan_digest(LEDGER_ID, "expunge", 3, {"artifacts": []}),
    }
    assert len(digests) == 5


def test_a_plan_without_canonical_form_has_no_digest() -> None:
    with pytest.raises(RecordError) as caught:
        plan_digest(LEDGER_ID, "expunge", 3, {"artifacts": None})
    assert caught.value.code is Code.RECORD_FORM
