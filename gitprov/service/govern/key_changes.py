"""Adds, renews and revokes keys: what each of them changes, seen from one tip (6.3)."""

from __future__ import annotations

from gitprov.errors import Code, RefusedError, UsageError
from gitprov.guard.authority import find_signer
from gitprov.model.ids import RECORD_KINDS, key_path
from gitprov.model.key_request import KeyRequest
from gitprov.model.policy import Policy
from gitprov.model.text import email_problem, name_problem
from gitprov.service.govern.enact_change import Change, Enacted, Enactor
from gitprov.service.govern.identity import first_identity
from gitprov.service.govern.offered_certificate import OfferedCertificate, require_able
from gitprov.service.govern.policy_edits import (
    NewSigner,
    require_unlisted,
    with_revocation,
    with_signer,
)
from gitprov.service.ledger.tip import Tip
from gitprov.service.ledger.view import Authority, Certificate
from gitprov.service.ports.clock import Clock

WRITER_KINDS = ("run", "state", "artifact", "log", "amendment")
"""The kinds that a key may add by default."""
OWNER_KINDS = frozenset({"approval", "enactment", "tombstone"})
"""Kinds that count only with an owner's signature."""


class KeyChanges:
    """Changes which keys a ledger lists.

    Args:
        enactor: appends a change to the ledger.
        clock: tells whether a certificate is alive.
    """

    def __init__(self, enactor: Enactor, clock: Clock) -> None:
        self._enactor = enactor
        self._clock = clock

    def add(self, offered: OfferedCertificate, request: KeyRequest, *, dry_run: bool) -> Enacted:
        """List a key that the policy does not list yet.

        Raises:
            RefusedError: GPV-409-DUPLICATE, it is listed; and as Enactor.enact.
            UsageError: GPV-422-ARGUMENT; no name or email, or a request that makes no sense.
            SignatureError: the key could not sign.
        """
        require_able(offered, self._clock.now_ms() // 1000)

        def plan(_: Tip, before: Authority) -> Change:
            require_unlisted(before.policy, offered.fingerprint)
            new = _new_signer(before.policy, offered, request)
            policy = with_signer(before.policy, before.digest, new)
            path = key_path(offered.fingerprint, 1)
            reason = request.reason or f"add the key {offered.fingerprint} of {new.name}"
            return Change(reason, offered.fingerprint, policy, {path: offered.content})

        return self._enactor.enact(plan, dry_run=dry_run)

    def renew(self, offered: OfferedCertificate, reason: str | None, *, dry_run: bool) -> Enacted:
        """Bring the newer certificate of a key that the policy lists.

        It may also be one that carries a revocation; the key then signs nothing any more.

        Raises:
            RefusedError: GPV-403-UNKNOWN-KEY, GPV-409-DUPLICATE; and as Enactor.enact.
            SignatureError: no key in it is alive.
        """
        fingerprint = offered.fingerprint
        keys = offered.facts.keys
        is_revoked = keys[0].revoked or not any(k.can_sign and not k.revoked for k in keys)
        if not is_revoked:
            require_able(offered, self._clock.now_ms() // 1000)

        def plan(_: Tip, before: Authority) -> Change:
            known = before.certificates.get(fingerprint)
            signer = find_signer(before.policy, fingerprint)
            if known is None or signer is None:
                text = f"the policy does not list the key {fingerprint}"
                raise RefusedError(
                    Code.UNKNOWN_KEY, f"{text}; add it: gitprov key add FILE --name NAME"
                )
            if known.armoured == offered.content:
                text = f"the ledger has this very certificate of {fingerprint}"
                raise RefusedError(Code.DUPLICATE, f"{text}; export the renewed one")
            if known.facts.keys[0].revoked:
                text = f"the certificate of {fingerprint} on the ledger revokes its primary key"
                raise RefusedError(Code.POLICY, f"{text}, which is final; add another key")
            number = known.number + 1
            renewed = Certificate(number, offered.content, offered.facts)
            word = "show the revocation of" if is_revoked else "renew"
            why = reason or f"{word} the key {fingerprint} of {signer.name}"
            content = {key_path(fingerprint, number): offered.content}
            return Change(why, fingerprint, None, content, {fingerprint: renewed})

        return self._enactor.enact(plan, dry_run=dry_run)

    def revoke(self, wanted: str, from_height: int, reason: str, *, dry_run: bool) -> Enacted:
        """Mark a key as revoked; its entries from a height on count as disputed.

        Args:
            wanted: fingerprint or the end of it, or a signer's name.
            from_height: the first acceptance height that is disputed.
            reason: why, for the policy and the proposal.
            dry_run: judge it only.

        Raises:
            RefusedError: GPV-403-UNKNOWN-KEY, GPV-409-DUPLICATE; and as Enactor.enact.
            UsageError: GPV-422-ARGUMENT; the key is not clear, or the height lies ahead.
        """

        def plan(tip: Tip, before: Authority) -> Change:
            following = tip.claims.height + 1
            if from_height > following:
                text = f"height {from_height} lies ahead; the next entry's height is {following}"
                remedy = "give that one if nothing earlier is in doubt"
                raise UsageError(Code.ARGUMENT, f"{text}, {remedy}")
            key = find_listed(before.policy, wanted)
            policy = with_revocation(before.policy, before.digest, key, from_height, reason)
            return Change(reason, key, policy)

        return self._enactor.enact(plan, dry_run=dry_run)


def find_listed(policy: Policy, wanted: str) -> str:
    """Return the fingerprint of the listed key that a person means.

    Raises:
        RefusedError: GPV-403-UNKNOWN-KEY.
        UsageError: GPV-422-ARGUMENT; several keys fit.
    """
    digits = wanted.replace(" ", "").removeprefix("0x").upper()
    is_key = len(digits) >= 16 and not set(digits) - set("0123456789ABCDEF")  # noqa: PLR2004
    found = [s for s in policy.signers if is_key and s.key.endswith(digits)]
    found = found or [s for s in policy.signers if s.name == wanted]
    if not found:
        text = f"the policy lists no key {wanted[:80]!r}"
        raise RefusedError(Code.UNKNOWN_KEY, f"{text}; gitprov key list shows all")
    if len(found) > 1:
        keys = ", ".join(signer.key for signer in found)
        text = f"{wanted[:80]!r} may mean several keys; name one by its fingerprint: {keys}"
        raise UsageError(Code.ARGUMENT, text)
    return found[0].key


def _new_signer(policy: Policy, offered: OfferedCertificate, request: KeyRequest) -> NewSigner:
    name, email = _identity(policy, offered, request)
    kinds = request.kinds
    if kinds is None:
        kinds = RECORD_KINDS if request.is_owner else WRITER_KINDS
    useless = sorted(OWNER_KINDS & set(kinds))
    if useless and not request.is_owner:
        text = f"records of kind {', '.join(useless)} count only if an owner signs them"
        raise UsageError(Code.ARGUMENT, f"{text}; leave them out, or make it an owner: --owner")
    if request.is_owner and ("HUMAN" not in request.actor_kinds or "approval" not in kinds):
        text = "an owner's key has to be allowed the actor kind HUMAN and the kind approval"
        raise UsageError(Code.ARGUMENT, text)
    return NewSigner(
        name,
        email,
        offered.fingerprint,
        request.actor_kinds,
        request.agents,
        kinds,
        request.is_owner,
    )


def _identity(policy: Policy, offered: OfferedCertificate, request: KeyRequest) -> tuple[str, str]:
    """Take from the certificate what was not said; who wrote it may have lied there."""
    stated = first_identity(offered.facts.user_ids)
    if stated is None and (request.name is None or request.email is None):
        text = "no user id of the certificate has the form Name <email>"
        raise UsageError(Code.ARGUMENT, f"{text}; give --name NAME and --email EMAIL")
    name, email = stated or ("", "")
    folded = name.casefold()
    if request.name is None and any(s.name.casefold() == folded for s in policy.signers):
        text = f"the certificate says {name!r}, and the policy lists another key of that name"
        raise UsageError(Code.ARGUMENT, f"{text}; say whose it is: --name NAME")
    name, email = request.name or name, request.email or email
    for what, problem in (("name", name_problem(name)), ("email", email_problem(email))):
        if problem is not None:
            text = f"the {what} {problem}; give another one: --{what}"
            raise UsageError(Code.ARGUMENT, text)
    return name, email
