"""The usual ways to bend an honest entry; each makes the bent entry the tip."""

from __future__ import annotations

from collections.abc import Callable

from tests.support import record_texts as texts
from tests.support.history import HistoryBuilder, gpgsig
from tests.support.record_texts import File, PolicyPlan

Change = Callable[[bytes], bytes]


def signed_as_changed(history: HistoryBuilder, change: Change) -> None:
    """Change the bytes of an honest entry, then sign what came out."""
    draft = history.draft(history.run())
    payload = change(draft.payload)
    header, _, message = payload.partition(b"\n\n")
    signature = gpgsig(history.sign(payload, "alice"))
    history.land(header + b"\n" + signature + b"\n" + message, draft)


def signed_with_part(history: HistoryBuilder, old: bytes, new: bytes) -> None:
    """Replace a part of an honest entry wherever it stands, then sign what came out."""

    def change(payload: bytes) -> bytes:
        assert old in payload
        return payload.replace(old, new)

    signed_as_changed(history, change)


def changed_when_signed(history: HistoryBuilder, change: Change) -> None:
    """Sign an honest entry, then change its bytes."""
    draft = history.draft(history.run())
    signature = gpgsig(history.sign(draft.payload, "alice"))
    history.land(change(draft.headers + signature + b"\n" + draft.message), draft)


def with_message(history: HistoryBuilder, old: bytes, new: bytes) -> None:
    """Replace a part of an honest entry's message once, then sign it."""
    draft = history.draft(history.run())
    assert old in draft.message
    draft.message = draft.message.replace(old, new, 1)
    history.commit(draft)


def one_more_signer(history: HistoryBuilder) -> tuple[PolicyPlan, File]:
    """Return the policy in force with mallory as a further signer, and the certificate."""
    policy = history.policy.with_signer(history.signer("mallory", kinds=texts.WORK_KINDS))
    return policy, history.certificate("mallory")


def enact_policy(history: HistoryBuilder, policy: File, *certificates: File) -> str:
    """Enact any policy file and certificates by the book; return the entry."""
    keys = {file.path: file.digest for file in certificates}
    plan = texts.policy_change(int(policy.name), policy.digest, keys)
    return history.enact(history.carry(plan), policy, *certificates)
