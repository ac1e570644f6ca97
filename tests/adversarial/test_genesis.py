# ruff: noqa: N802 - a case's name carries its id
"""Governance again: the genesis, certificates, renewals, revocations, tombstones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gitprov.errors import Code
from tests.adversarial.pair import test_engines_agree, test_outcome
from tests.support import record_texts as texts
from tests.support.attacks import Surface
from tests.support.history import OTHER_ID, HistoryBuilder, usual_rules
from tests.support.record_texts import File

pytestmark = [pytest.mark.git, pytest.mark.gpg]
SURFACE = Surface(__name__)
refused, accepted = SURFACE.refused, SURFACE.accepted
DIGEST = "sha256:" + texts.DIGEST


# ---------------------------------------------------------------- the genesis


def genesis(
    history: HistoryBuilder,
    *,
    policy: File | None = None,
    certificates: Sequence[File] | None = None,
    extra: Sequence[File] = (),
    document: File | None = None,
    by: str = "o1",
) -> str:
    """Make a genesis that is the usual one but for what is given."""
    history.forget()
    rules, usual = usual_rules(history)
    first = policy or rules.file(history.ledger_id, 1, None)
    ledger = document or texts.ledger_document(history.ledger_id, history.seconds)
    return history.append(ledger, first, *(certificates or usual), *extra, by=by, on="")


@accepted()
def case_K_60_usual_genesis(history: HistoryBuilder) -> None:
    """The usual genesis."""
    genesis(history)


@refused(Code.QUORUM)
def case_K_61_genesis_by_a_signer(history: HistoryBuilder) -> None:
    """A genesis that a signer has signed who owns nothing."""
    genesis(history, by="alice")


@refused(Code.UNKNOWN_KEY)
def case_K_61_genesis_by_a_stranger(history: HistoryBuilder) -> None:
    """A genesis that a stranger has signed."""
    genesis(history, by="mallory")


@refused(Code.TREE_FORM)
def case_K_62_record_in_the_genesis(history: HistoryBuilder) -> None:
    """A run in the genesis."""
    genesis(history, extra=[history.run()])


@refused(Code.POLICY)
def case_K_62_foreign_certificate_in_the_genesis(history: HistoryBuilder) -> None:
    """A certificate in the genesis whose key the policy does not list."""
    genesis(history, extra=[history.certificate("mallory")])


@refused(Code.POLICY)
def case_K_62_missing_certificate(history: HistoryBuilder) -> None:
    """A genesis without the certificate of one signer."""
    genesis(history, certificates=usual_rules(history)[1][:-1])


@refused(Code.POLICY)
def case_K_62_second_certificate_of_a_key(history: HistoryBuilder) -> None:
    """A genesis with two certificates of one key."""
    genesis(history, extra=[history.certificate("passing", 2, "renewed")])


@refused(Code.POLICY)
def case_K_63_first_policy_is_two(history: HistoryBuilder) -> None:
    """The first policy says that it is version 2."""
    rules, _ = usual_rules(history)
    file = rules.file(history.ledger_id, 2, "sha256:" + "0" * 64)
    genesis(history, policy=replace(file, path="policy/0001.yaml", name="0001"))


@refused(Code.TREE_FORM)
def case_K_63_two_policies(history: HistoryBuilder) -> None:
    """A genesis with policies 1 and 2: the second would govern, approved by nobody."""
    rules, _ = usual_rules(history)
    first = rules.file(history.ledger_id, 1, None)
    genesis(history, extra=[rules.file(history.ledger_id, 2, first.digest)])


@refused(Code.POLICY)
def case_K_63_no_policy(history: HistoryBuilder) -> None:
    """A genesis without a policy."""
    history.forget()
    _, certificates = usual_rules(history)
    document = texts.ledger_document(history.ledger_id, history.seconds)
    history.append(document, *certificates, by="o1", on="")


@refused(Code.TREE_FORM)
def case_K_63_no_ledger_document(history: HistoryBuilder) -> None:
    """A genesis without ledger.yaml."""
    history.forget()
    rules, certificates = usual_rules(history)
    first = rules.file(history.ledger_id, 1, None)
    history.append(first, *certificates, by="o1", on="")


@refused(Code.POLICY)
def case_K_64_two_ledger_ids(history: HistoryBuilder) -> None:
    """ledger.yaml and the first policy name two ledgers."""
    rules, _ = usual_rules(history)
    genesis(history, policy=rules.file(OTHER_ID, 1, None))


@refused(Code.SCHEMA)
def case_K_64_ledger_id_of_version_7(history: HistoryBuilder) -> None:
    """A ledger id that is not a UUIDv4."""
    history.ledger_id = history.ledger_id.replace("-4b33-", "-7b33-")
    genesis(history)


@refused(Code.POLICY)
def case_K_65_threshold_above_the_owners(history: HistoryBuilder) -> None:
    """A first policy whose threshold nobody can reach."""
    rules, _ = usual_rules(history)
    genesis(history, policy=replace(rules, threshold=4).file(history.ledger_id, 1, None))


@refused(Code.REPLAY)
def case_K_66_height_of_the_genesis(history: HistoryBuilder) -> None:
    """A genesis that claims height 1."""
    history.forget()
    rules, certificates = usual_rules(history)
    first = rules.file(history.ledger_id, 1, None)
    document = texts.ledger_document(history.ledger_id, history.seconds)
    draft = history.draft(document, first, *certificates, by="o1", on="")
    draft.message = draft.message.replace(b"Gitprov-Height: 0", b"Gitprov-Height: 1")
    history.commit(draft)
