"""Steps V4 to V6 for one entry: the signature, the key that made it, the name it uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gitprov.codec.armour import dearmour
from gitprov.codec.openpgp import parse_signature
from gitprov.errors import Code, GitprovError, RecordError, SignatureUnknownError
from gitprov.guard.authority import check_identity, check_key, find_signer
from gitprov.guard.signature_form import check_signature_form
from gitprov.model.entry import CommitForm, KeyFacts, SignatureForm
from gitprov.model.finding import Finding, Severity, error
from gitprov.model.policy import SignerRule
from gitprov.service.judge.stages import Stages
from gitprov.service.ledger.view import Authority, Certificate
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


def _issuer_key(form: SignatureForm, authority: Authority) -> tuple[str, KeyFacts] | None:
    issuer = form.issuer_fingerprint or form.issuer_key_id
    primary = authority.issuers.get(issuer or "")
    if primary is None:
        return None
    for key in authority.certificates[primary].facts.keys:
        if issuer in {key.fingerprint, key.key_id}:
            return primary, key
    return None


def _renewed(
    authority: Authority, key: str, seconds: int, renewal: Mapping[str, Certificate]
) -> Authority:
    primary = authority.certificates[key].facts.keys[0]
    if primary.revoked or authority.certificates[key].facts.signing_keys(seconds):
        return authority
    return authority.with_certificate(key, renewal[key])


def judge_signature(
    commit: CommitForm,
    authority: Authority,
    engine: SignatureEngine,
    renewal: Mapping[str, Certificate] | None = None,
    also_at: Sequence[int] = (),
) -> Stages[SignedBy]:
    """Judge an entry's signature against the authority in force, in stages as EntryJudge does.

    Args:
        commit: the entry.
        authority: policy and certificates in force.
        engine: checks the mathematics.
        renewal: certificates that this entry itself brings; the signer's own counts where the
            one in force has expired.
        also_at: further moments (Unix seconds) at which the key must be alive.
    """
    form = _read_form(commit)
    if isinstance(form, Finding):
        return SignedBy(None, None, commit.seconds, (form,))
    findings = check_signature_form(form, commit.seconds)
    if findings:
        return SignedBy(None, None, form.created, tuple(findings))
    found = _issuer_key(form, authority)
    if found is not None and found[0] in (renewal or {}):
        authority = _renewed(authority, found[0], form.created, renewal or {})
        found = _issuer_key(form, authority)
    if found is None:
        issuer = form.issuer_fingerprint or form.issuer_key_id
        text = f"the policy in force lists no key {issuer}; an owner must add it"
        return SignedBy(None, None, form.created, (error(Code.UNKNOWN_KEY, text),))
    primary, key = found
    signer = find_signer(authority.policy, primary)
    if signer is None:
        text = f"the policy in force lists no key {primary}"
        return SignedBy(None, None, form.created, (error(Code.UNKNOWN_KEY, text),))
    certificate = authority.certificates[primary]
    findings = check_key(signer, certificate.facts, key, (form.created, *also_at))
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
