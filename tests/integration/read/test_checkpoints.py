"""Checkpoints: what is not a good one is refused; only proof speaks against a ledger (V16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from gitprov.codec.checkpoint import checkpoint_file, parse_checkpoint, signed_payload
from gitprov.errors import (
    Code,
    GitprovError,
    RecordError,
    RefusedError,
    SignatureError,
    StorageError,
)
from gitprov.model.checkpoint import Checkpoint
from gitprov.model.finding import Verdict
from gitprov.service.verify.checkpoint import NO_AUDIT_LOG, CheckedCheckpoint, Checkpoints
from tests.support.history import HistoryBuilder
from tests.support.judgement import engine_of, verify
from tests.support.people import DAY
from tests.support.reading import entries_of

pytestmark = [pytest.mark.git, pytest.mark.gpg]


class RingSigner:
    """Signs with the keys of the test, at a time of the test's choosing."""

    def __init__(self, history: HistoryBuilder, at: int | None = None) -> None:
        self._history = history
        self._at = history.seconds if at is None else at

    def sign(self, payload: bytes, fingerprint: str, keys: Sequence[str] = ()) -> bytes:
        del keys
        held = self._history.people.ring.keys.items()
        label = next(name for name, key in held if key.fingerprint == fingerprint)
        return self._history.people.ring.sign(payload, label, at=self._at)


def checkpoints(history: HistoryBuilder, engine: str = "sequoia") -> Checkpoints:
    return Checkpoints(entries_of(history), engine_of(engine), history.tip)


def write(history: HistoryBuilder, by: str = "alice", audit: str | None = None) -> bytes:
    key = history.people.fingerprint(by)
    now = history.seconds * 1000
    return checkpoints(history).write(RingSigner(history), key, now, audit).content


def forge(history: HistoryBuilder, content: bytes, by: str = "alice", **changes: Any) -> bytes:
    """Sign an altered checkpoint again."""
    old = parse_checkpoint(content).checkpoint
    new = Checkpoint.model_validate({**old.to_mapping(), **changes})
    signature = history.people.ring.sign(signed_payload(new), by, at=history.seconds)
    return checkpoint_file(new, signature)


def check(history: HistoryBuilder, content: bytes) -> CheckedCheckpoint:
    return checkpoints(history).check(content, "the checkpoint")


def refusal(history: HistoryBuilder, content: bytes) -> GitprovError:
    with pytest.raises((RecordError, SignatureError)) as caught:
        check(history, content)
    return caught.value


def codes(checked: CheckedCheckpoint) -> set[Code]:
    return {finding.code for finding in checked.findings}


def test_a_checkpoint_states_the_tip(history: HistoryBuilder) -> None:
    stated = parse_checkpoint(write(history)).checkpoint
    claims = history.claims[history.tip]
    assert (stated.tip, stated.height, stated.chain) == (history.tip, 2, claims.chain)
    assert stated.ledger_id == history.ledger_id
    assert stated.genesis == next(iter(history.claims))
    assert stated.signer == history.people.fingerprint("alice")
    assert (stated.audit_head, stated.remote) == (None, None)


def test_the_head_of_an_audit_log_is_stated_if_there_is_one(history: HistoryBuilder) -> None:
    assert parse_checkpoint(write(history, audit=NO_AUDIT_LOG)).checkpoint.audit_head is None
    assert parse_checkpoint(write(history, audit="4d" * 32)).checkpoint.audit_head == "4d" * 32


@pytest.mark.parametrize("engine", ["sequoia", "gpg"])
def test_it_holds_on_the_same_ledger_and_on_every_later_one(
    history: HistoryBuilder, engine: str
) -> None:
    content = write(history, by="bot")
    for _ in range(3):
        checked = checkpoints(history, engine).check(content, "the checkpoint")
        assert (checked.verdict, checked.findings) == (Verdict.PASS, ())
        assert checked.signer.key == history.people.fingerprint("bot")
        history.append(history.run())


def test_it_holds_where_its_tip_came_in_by_a_merge(history: HistoryBuilder) -> None:
    base = history.tip
    history.append(history.run())
    content = write(history)
    ours = history.tip
    history.rewind(base)
    history.append(history.run("bot"), by="bot")
    history.merge(ours, by="bot")
    assert check(history, content).verdict is Verdict.PASS


def test_the_tip_of_a_remote_must_stay_on_the_mainline(history: HistoryBuilder) -> None:
    base = history.tip
    history.append(history.run())
    content = forge(history, write(history), remote="origin")
    assert check(history, content).verdict is Verdict.PASS
    ours = history.tip
    history.rewind(base)
    history.append(history.run("bot"), by="bot")
    history.merge(ours, by="bot")
    assert codes(check(history, content)) == {Code.SPLIT_VIEW}


def test_v_12_a_ledger_that_was_cut_off_is_a_rollback(history: HistoryBuilder) -> None:
    base = history.tip
    history.append(history.run())
    content = write(history)
    history.rewind(base)
    checked = check(history, content)
    assert (checked.verdict, codes(checked)) == (Verdict.FAIL, {Code.ROLLBACK})
    assert (checked.checkpoint.height, checked.height) == (3, 2)


def test_a_ledger_that_was_replaced_is_a_split_view(history: HistoryBuilder) -> None:
    base = history.tip
    history.append(history.run())
    content = write(history)
    history.rewind(base)
    for _ in range(3):
        history.append(history.run())
    assert codes(check(history, content)) == {Code.SPLIT_VIEW}


def test_another_genesis_is_a_rollback(history: HistoryBuilder) -> None:
    content = forge(history, write(history), genesis="1a" * 20)
    assert codes(check(history, content)) == {Code.ROLLBACK}


@pytest.mark.parametrize("changes", [{"chain": "9f" * 32}, {"height": 1}])
def test_one_object_id_with_two_contents_is_a_split_view(
    history: HistoryBuilder, changes: dict[str, Any]
) -> None:
    content = forge(history, write(history), **changes)
    assert codes(check(history, content)) == {Code.SPLIT_VIEW}


def test_a_verification_is_held_against_its_pin(history: HistoryBuilder) -> None:
    base = history.tip
    history.append(history.run())
    pin = checkpoints(history).pin(write(history), "c.txt")
    assert (pin.tip, pin.height, pin.mainline, pin.origin) == (history.tip, 3, False, "c.txt")
    assert verify(history, pins=(pin,)).verdict is Verdict.PASS
    history.rewind(base)
    assert [f.code for f in verify(history, pins=(pin,)).findings] == [Code.ROLLBACK]


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"height: 2", b"height: 1"), (b"tip: ", b"tip:  "), (b"2024", b"2023"), (b"=", b"==")],
)
def test_v_15_an_altered_checkpoint_is_refused(
    history: HistoryBuilder, old: bytes, new: bytes
) -> None:
    content = write(history)
    assert old in content
    assert refusal(history, content.replace(old, new, 1)).code.startswith("GPV-40")


def test_v_15_an_altered_text_is_a_bad_signature(history: HistoryBuilder) -> None:
    content = write(history).replace(b"height: 2", b"height: 1")
    assert refusal(history, content).code is Code.BAD_SIGNATURE


def test_v_15_a_key_that_the_policy_does_not_list_signs_no_checkpoint(
    history: HistoryBuilder,
) -> None:
    key = history.people.fingerprint("mallory")
    content = forge(history, write(history), by="mallory", signer=key)
    assert refusal(history, content).code is Code.UNKNOWN_KEY


def test_a_signer_that_is_not_the_named_one_is_refused(history: HistoryBuilder) -> None:
    content = forge(history, write(history), by="bot")
    assert refusal(history, content).code is Code.BAD_SIGNATURE


def test_a_revoked_key_counts_no_more(history: HistoryBuilder) -> None:
    content = write(history)
    key = history.people.fingerprint("alice")
    signer = next(s for s in history.policy.signers if s.key == key)
    history.change(history.policy.with_signer(replace(signer, revoked_from=99)))
    assert refusal(history, content).code is Code.KEY_REVOKED


def test_a_key_that_expired_since_still_counts(history: HistoryBuilder) -> None:
    content = write(history, by="passing")
    history.seconds += 10 * DAY
    history.append(history.run())
    assert check(history, content).verdict is Verdict.PASS
    late = forge(history, write(history), signer=history.people.fingerprint("alice"))
    assert check(history, late).verdict is Verdict.PASS


def test_a_signature_of_another_time_than_the_text_is_refused(history: HistoryBuilder) -> None:
    content = forge(history, write(history), created_at="2024-01-02T00:00:00.000Z")
    assert refusal(history, content).code is Code.SIGNATURE_FORM


def test_a_signature_without_the_domain_is_none(history: HistoryBuilder) -> None:
    stated = parse_checkpoint(write(history))
    bare = signed_payload(stated.checkpoint).partition(b"\n")[2]
    signature = history.people.ring.sign(bare, "alice", at=history.seconds)
    assert refusal(history, bare + signature + b"\n").code is Code.BAD_SIGNATURE


def test_an_entrys_signature_does_not_make_a_checkpoint(history: HistoryBuilder) -> None:
    draft = history.draft(history.run())
    block = history.sign(draft.payload, "alice")
    stated = parse_checkpoint(write(history)).checkpoint
    assert refusal(history, checkpoint_file(stated, block)).code is Code.BAD_SIGNATURE


def test_v_15_another_ledgers_checkpoint_is_refused_not_found(history: HistoryBuilder) -> None:
    other = "0d0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7bb"
    error = refusal(history, forge(history, write(history), ledger_id=other))
    assert (error.code, isinstance(error, RecordError)) == (Code.REPLAY, True)


@pytest.mark.parametrize("content", [b"", b"\x00", b"hello\n", b"a" * 100_000])
def test_v_15_what_is_no_checkpoint_says_nothing_about_the_ledger(
    history: HistoryBuilder, content: bytes
) -> None:
    assert isinstance(refusal(history, content), RecordError)


def test_v_15_a_checkpoint_that_is_too_old_is_refused(history: HistoryBuilder) -> None:
    content = write(history)
    made = parse_checkpoint(content).checkpoint.created_at
    assert checkpoints(history).check(content, "c", made).verdict is Verdict.PASS
    with pytest.raises(RecordError, match="too old") as caught:
        checkpoints(history).check(content, "c", "2026-01-01T00:00:00.000Z")
    assert caught.value.code is Code.CLOCK


def test_a_bad_tip_gets_no_checkpoint(history: HistoryBuilder) -> None:
    history.append(history.run(), by="mallory")
    with pytest.raises(RefusedError, match="not a good entry"):
        write(history)


def test_a_key_of_no_use_makes_no_checkpoint(history: HistoryBuilder) -> None:
    with pytest.raises(SignatureError) as caught:
        write(history, by="mallory")
    assert caught.value.code is Code.UNKNOWN_KEY


def test_an_ancestor_that_cannot_be_read_is_no_proof(history: HistoryBuilder) -> None:
    content = write(history)
    oid = history.tip
    history.append(history.run())
    history.objects.file_of(oid).unlink()
    with pytest.raises(StorageError):
        check(history, content)
