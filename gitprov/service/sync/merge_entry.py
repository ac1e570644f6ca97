"""Makes a merge entry: the remote's tip first, ours second, the exact union of both (2.8, V14).

The entry is judged as a server would before anybody else sees it, with everything that it
brings. No ref is moved: until a remote has accepted it, a merge is a candidate and nothing more.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from gitprov.codec.chain import chain_digest
from gitprov.codec.commit import signed_commit, unsigned_commit
from gitprov.codec.message import render_message
from gitprov.errors import (
    Code,
    GitprovError,
    RefusedError,
    StorageError,
)
from gitprov.model.entry import Trailers
from gitprov.model.policy import SignerRule
from gitprov.service.judge.require_good import require_good
from gitprov.service.ledger.access import LedgerAccess
from gitprov.service.ledger.overlay import Overlay
from gitprov.service.ledger.tip import Tip, read_tip
from gitprov.service.ledger.view import Authority, LedgerView
from gitprov.service.ports.objects import ObjectReader
from gitprov.service.verify.update import Update, judge_update
from gitprov.service.write.append_entry import AppendPorts
from gitprov.service.write.signing_key import SigningKeys, choose_signer

_REMEDY = "append your own records again: gitprov reappend"
# An agent's key signs without anybody being asked.
_ASKED = ("SYSTEM", "AI", "HUMAN")


@dataclass(frozen=True, slots=True)
class MergeMaker:
    """Makes merge entries.

    Args:
        view: reads the ledger, what came from the remote included.
    """

    ports: AppendPorts
    view: LedgerView
    keys: SigningKeys

    def make(self, first: str, second: str) -> str | None:
        """Make and write a merge entry; return its id.

        Args:
            first: the remote's tip.
            second: ours, neither an ancestor of the first nor behind it.

        Returns:
            None if ours has nothing that the first lacks.

        Raises:
            RefusedError: the judge refuses the merge or what it would bring.
            StorageError: GPV-409-MERGE-REWRITE, one record with two contents; GPV-507-STORAGE.
            SignatureError, SignatureUnknownError: no signature could be made.
        """
        one, two = read_tip(self.view, first), read_tip(self.view, second)
        authority = self.view.authority(one.commit.tree)
        try:
            root, trees = self.ports.trees.union(one.commit.tree, two.commit.tree)
        except StorageError as reason:
            if reason.code is not Code.MERGE_REWRITE:
                raise
            raise _conflict(reason) from reason
        if root == one.commit.tree:
            return None
        payload, key = self._render(one, two, authority, root)
        overlay = Overlay(self.ports.reader)
        for tree in trees:
            overlay.add("tree", tree)
        keys = authority.signing_keys(key, self.ports.clock.now_ms() // 1000)
        signature = self.ports.signer.sign(payload, key, keys)
        oid = overlay.add("commit", signed_commit(payload, signature))
        self._require_good(overlay, first, oid)
        self.ports.writer.write(overlay.objects())
        return oid

    def require_good(self, first: str | None, ours: str) -> None:
        """Judge what is sent without a merge: it may have come here by a plain git fetch.

        Args:
            first: the remote's tip, None where it has no ledger.
            ours: what would follow it.

        Raises:
            RefusedError, SignatureUnknownError: as make.
        """
        self._require_good(self.ports.reader, first, ours)

    def _render(self, one: Tip, two: Tip, authority: Authority, root: str) -> tuple[bytes, str]:
        now = self.ports.clock.now_ms() // 1000
        signer = _choose_merger(self.keys, authority, now)
        seconds = max(now, one.commit.seconds, two.commit.seconds)
        height = 1 + max(one.claims.height, two.claims.height)
        chain = chain_digest(
            (one.claims.ledger_id, height, seconds),
            signer.key,
            [one.claims.chain, two.claims.chain],
            [],
        )
        claims = Trailers(one.claims.ledger_id, height, chain, authority.policy.version)
        message = render_message([], claims, two.oid)
        identity = (signer.name, signer.email)
        return unsigned_commit(root, (one.oid, two.oid), identity, seconds, message), signer.key

    def _require_good(self, reader: ObjectReader, first: str | None, oid: str) -> None:
        access = LedgerAccess(reader, self.ports.engine, None)
        now = self.ports.clock.now_ms() // 1000
        view = self.view.over(reader)
        verdict = judge_update(access, view, Update(first, oid), now, accepting=True)
        text = "what was recorded here cannot land: "
        require_good(verdict.findings, text, f"; {_REMEDY}", remedy=_REMEDY)


def _conflict(reason: StorageError) -> RefusedError:
    text = f"what was recorded here cannot be merged: {reason.message}; {_REMEDY}"
    return RefusedError(reason.code, text, path=reason.details.get("path"), remedy=_REMEDY)


def _choose_merger(keys: SigningKeys, authority: Authority, now: int) -> SignerRule:
    """Any unrevoked signer may merge, whatever the policy lets it record.

    Raises:
        GitprovError: as choose_signer; no key at hand is one of the policy's.
    """
    for actor_kind in _ASKED:
        with suppress(GitprovError):
            return choose_signer(keys, authority, actor_kind, now)
    at_hand = {key for key in (keys.agent_key, keys.key, *keys.in_keyring()) if key is not None}
    for signer in authority.policy.signers:
        certificate = authority.certificates.get(signer.key)
        is_alive = certificate is not None and bool(certificate.facts.signing_keys(now))
        if signer.key in at_hand and signer.revoked is None and is_alive:
            return signer
    return choose_signer(keys, authority, "HUMAN", now)  # says what is missing
