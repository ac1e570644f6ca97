"""Who signed a document that is not an entry: judged like an entry's signature (V4, V5)."""

from __future__ import annotations

from gitprov.codec.openpgp import dearmour, parse_signature
from gitprov.errors import Code, SignatureError
from gitprov.guard.authority import check_key, find_signer
from gitprov.guard.signature_form import check_signature_form
from gitprov.model.entry import KeyFacts, SignatureForm
from gitprov.model.finding import Finding
from gitprov.model.policy import SignerRule
from gitprov.service.ledger.view import Authority
from gitprov.service.ports.signatures import SignatureEngine


def require_signed(
    payload: bytes,
    signature: bytes,
    seconds: int,
    authority: Authority,
    engine: SignatureEngine,
) -> SignerRule:
    """Return who signed these bytes.

    Args:
        payload: the signed bytes.
        signature: the canonical armoured block.
        seconds: when the document says it was made, Unix seconds.
        authority: policy and certificates to judge by.
        engine: checks the mathematics.

    Raises:
        RecordError: GPV-401-SIGNATURE-FORM, no such block or packet.
        SignatureError: GPV-401-SIGNATURE-FORM, -BAD-SIGNATURE, GPV-403-UNKNOWN-KEY,
            -KEY-EXPIRED, -KEY-REVOKED.
        SignatureUnknownError: the engine could not find out.
    """
    form = parse_signature(dearmour(signature))
    _require(check_signature_form(form, seconds))
    signer, key = _signing_key(form, authority)
    certificate = authority.certificates[signer.key]
    _require(check_key(signer, certificate.facts, key, (form.created,)))
    if not engine.is_good(payload, signature, certificate.armoured, form.created):
        text = "the signature does not fit the bytes: the document was altered"
        raise SignatureError(Code.BAD_SIGNATURE, text)
    return signer


def _signing_key(form: SignatureForm, authority: Authority) -> tuple[SignerRule, KeyFacts]:
    issuer = form.issuer_fingerprint or form.issuer_key_id or ""
    primary = authority.issuers.get(issuer)
    signer = None if primary is None else find_signer(authority.policy, primary)
    if primary is None or signer is None:
        raise SignatureError(Code.UNKNOWN_KEY, f"the ledger's policy lists no key {issuer}")
    keys = authority.certificates[primary].facts.keys
    return signer, next(key for key in keys if issuer in {key.fingerprint, key.key_id})


def _require(findings: list[Finding]) -> None:
    if findings:
        raise SignatureError(findings[0].code, findings[0].message)
