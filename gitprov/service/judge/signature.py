"""Steps V4 to V6 for one entry: the signature, the key that made it, the name it uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from gitprov.codec.armour import dearmour
from gitprov.codec.openpgp import parse_signature
from gitprov.errors import Code, GitprovError, RecordError, SignatureUnknownError
from gitprov.guard.authority import check_identity, check_key, find_signer
from gitprov.guard.signature_form import check_signature_form
from gitprov.model.entry import CertificateFacts, CommitForm, KeyFacts, SignatureForm
from gitprov.model.finding import Finding, Severity, error
from gitprov.model.policy import SignerRule
from gitprov.service.judge.stages import Stages
from gitprov.service.ledger.view import Authority, Certificate, LedgerView
from gitprov.service.ports.signatures import SignatureEngine


@dataclass(frozen=True, slots=True)
class SignedBy:
    """Who signed an entry, as far as it could be found out.

    Args:
        signer: the policy's entry of the key; None if there is none.
        key: the primary key or subkey that made the signature; None if unknown.
        created: the signature's own time, Unix seconds.
        findings: what is wrong with it.
    """

    signer: SignerRule | None
    key: KeyFacts | None
    created: int
    findings: tuple[Finding, ...]


def _read_form(commit: CommitForm) -> SignatureForm | Finding:
    if commit.signature is None:
        return error(Code.UNSIGNED, "the entry is not signed; only signed entries are accepted")
    try:
        return parse_signature(dearmour(commit.signature, "SIGNATURE", code=Code.SIGNATURE_FORM))
    except RecordError as reason:
        return error(reason.code, reason.message)


def _issuer(form: SignatureForm) -> str:
    """Return the fingerprint or key id of the key that a signature names."""
    return form.issuer_fingerprint or form.issuer_key_id or ""


@dataclass(frozen=True, slots=True)
class _Basis:
    """A certificate that may judge a signature.

    Args:
        primary: whose it is.
        certificate: the file.
        in_force: facts of the one in force.
        is_earlier: it is an older file; what has happened to the key since counts as well.
    """

    primary: str
    certificate: Certificate
    in_force: CertificateFacts
    is_earlier: bool = False


def _bases(
    view: LedgerView,
    form: SignatureForm,
    authority: Authority,
    renewal: Mapping[str, Certificate],
) -> Iterator[_Basis]:
    """Yield the certificates with the signing key in them, the usual one first (V5)."""
    issuer = _issuer(form)
    listed = authority.issuers.get(issuer)
    for primary in authority.certificates if listed is None else (listed,):
        certificate = authority.certificates[primary]
        is_late = form.created >= certificate.facts.bound or primary not in authority.earlier
        basis = _Basis(primary, certificate, certificate.facts)
        if not is_late:
            basis = _earlier(view, form.created, authority, basis)
        if basis.certificate.facts.find(issuer) is not None:
            yield basis
        renewed = renewal.get(primary)
        if renewed is None or renewed.facts.fingerprint != primary:
            continue
        if certificate.facts.keys[0].revoked:
            continue
        known = certificate.facts.find(issuer)
        # A renewal may leave out that a subkey was revoked; that stays so.
        is_revoked = known is not None and known.revoked
        if not is_revoked and renewed.facts.find(issuer) is not None:
            yield _Basis(primary, renewed, renewed.facts)


def _earlier(view: LedgerView, created: int, authority: Authority, basis: _Basis) -> _Basis:
    """Return the newest file that was bound when the signature was made, else the oldest."""
    found = basis.certificate
    for number, oid in authority.earlier[basis.primary]:
        found = view.certificate(oid, number)
        if found.facts.bound <= created:
            break
    return _Basis(basis.primary, found, basis.in_force, is_earlier=True)


def _check_key(
    form: SignatureForm, signer: SignerRule, key: KeyFacts, basis: _Basis, also_at: Sequence[int]
) -> list[Finding]:
    facts = basis.certificate.facts
    if not basis.is_earlier:
        return check_key(signer, facts, key, (form.created, *also_at))
    findings = check_key(signer, facts, key, (form.created,))
    now = basis.in_force.find(key.fingerprint)
    if now is None and also_at:
        text = f"the key {signer.key} of {signer.name!r} has no subkey {key.fingerprint} any more"
        findings.append(error(Code.UNKNOWN_KEY, text))
    since = check_key(signer, basis.in_force, now or basis.in_force.keys[0], tuple(also_at))
    findings += [f for f in since if (also_at and now) or f.code is Code.KEY_REVOKED]
    return list(dict.fromkeys(findings))


def judge_signature(
    view: LedgerView,
    commit: CommitForm,
    authority: Authority,
    engine: SignatureEngine,
    renewal: Mapping[str, Certificate] = MappingProxyType({}),
    also_at: Sequence[int] = (),
) -> Stages[SignedBy]:
    """Judge an entry's signature against the authority in force, in stages as EntryJudge does.

    Args:
        view: reads the earlier files of a key.
        commit: the entry.
        renewal: certificates that this entry itself brings; the signer's own may judge it too.
        also_at: further moments (Unix seconds) at which the key must be alive.
    """
    form = _read_form(commit)
    if isinstance(form, Finding):
        return SignedBy(None, None, commit.seconds, (form,))
    findings = check_signature_form(form, commit.seconds)
    if findings:
        return SignedBy(None, None, form.created, tuple(findings))
    first = None
    for basis in _bases(view, form, authority, renewal):
        signed = yield from _judge_by(basis, form, commit, authority, engine, also_at)
        if not signed.findings:
            return signed
        first = first or signed
    if first is not None:
        return first
    text = f"the policy in force lists no key {_issuer(form)}; an owner must add it"
    return SignedBy(None, None, form.created, (error(Code.UNKNOWN_KEY, text),))


def _judge_by(
    basis: _Basis,
    form: SignatureForm,
    commit: CommitForm,
    authority: Authority,
    engine: SignatureEngine,
    also_at: Sequence[int],
) -> Stages[SignedBy]:
    signer = find_signer(authority.policy, basis.primary)
    if signer is None:
        text = f"the policy in force lists no key {basis.primary}"
        return SignedBy(None, None, form.created, (error(Code.UNKNOWN_KEY, text),))
    certificate = basis.certificate
    key = certificate.facts.find(_issuer(form))
    if key is None:
        text = f"the certificate of {basis.primary} has no such key"
        return SignedBy(signer, None, form.created, (error(Code.UNKNOWN_KEY, text),))
    findings = _check_key(form, signer, key, basis, also_at)
    # An engine refuses a dead or revoked key's signature too, but cannot say why.
    if key in certificate.facts.signing_keys(form.created):
        yield
        findings += _check_mathematics(commit, certificate, engine, form.created)
    findings += check_identity(signer, commit.name, commit.email)
    return SignedBy(signer, key, form.created, tuple(findings))


def _check_mathematics(
    commit: CommitForm, certificate: Certificate, engine: SignatureEngine, created: int
) -> list[Finding]:
    signature = commit.signature or b""
    try:
        good = engine.is_good(commit.payload, signature, certificate.armoured, created)
    except SignatureUnknownError as reason:
        return [Finding(reason.code, reason.message, severity=Severity.UNKNOWN)]
    except GitprovError as reason:
        return [error(Code.BAD_SIGNATURE, reason.message)]
    if good:
        return []
    return [error(Code.BAD_SIGNATURE, "the signature does not fit the entry's bytes")]
