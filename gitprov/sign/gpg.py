"""Makes signatures with the user's own keys, agent or smart card, through gpg."""

from __future__ import annotations

from typing import Final, NoReturn

from gitprov.errors import Code, RecordError, SignatureError
from gitprov.sign.armour import Armour
from gitprov.sign.colons import ListedCertificate, parse_colons
from gitprov.sign.program import GpgProgram, GpgResult
from gitprov.sign.status import SigningFailure, signing_failure

# SHA-256, or the next one where a key (NIST P-384, P-521) cannot sign anything shorter:
# --digest-algo SHA256 would make such keys fail.
_OPTIONS: Final = (
    "--personal-digest-preferences",
    "SHA256 SHA384 SHA512",
    "--no-emit-version",
    "--no-comments",
)

_LOCKED: Final = (
    "unlock it (sign something with gpg), or name a file with its passphrase in"
    " GITPROV_PASSPHRASE_FILE"
)
_REMEDIES: Final = {
    SigningFailure.LOCKED: f"the key is locked and no terminal can ask for it; {_LOCKED}",
    SigningFailure.CANCELLED: f"the question for the passphrase was cancelled; {_LOCKED}",
    SigningFailure.WRONG_PASSPHRASE: "the passphrase is wrong; fix the passphrase file",
    SigningFailure.NO_AGENT: "gpg-agent cannot be reached or started; try: gpgconf --launch"
    " gpg-agent",
}


class GpgSigner:
    """Signs with the keys in gpg's home; satisfies the port Signer.

    Args:
        gpg: the program and its home.
        armour: the OpenPGP codec.
    """

    def __init__(self, gpg: GpgProgram, armour: Armour) -> None:
        self._gpg = gpg
        self._armour = armour

    def sign(self, payload: bytes, fingerprint: str) -> bytes:
        """Return the canonical armoured block over ``payload``.

        Args:
            payload: the bytes to sign.
            fingerprint: the primary key, 40 hex digits; gpg picks the key or subkey of its
                certificate that signs.

        Raises:
            SignatureError: GPV-403-KEY-EXPIRED, -KEY-REVOKED, -UNKNOWN-KEY; the key is at fault.
            SignatureUnknownError: GPV-503-SIGNER; gpg, its agent or the passphrase is.
            UsageError: GPV-422-ARGUMENT; the passphrase file is no use.
        """
        # --default-key would fall back to any other key; --local-user does not.
        answer = self._gpg.sign(payload, ["--local-user", fingerprint, *_OPTIONS])
        if not answer.octets or not answer.has("SIG_CREATED"):
            self._refuse(fingerprint, answer)
        try:
            return self._armour.signature_block(answer.octets)
        except RecordError as cause:
            raise self._gpg.unknown(
                f"gpg made a signature of a form that gitprov refuses: {cause.message}"
            ) from cause

    def _refuse(self, fingerprint: str, answer: GpgResult) -> NoReturn:
        failure = signing_failure(answer.status)
        if failure is SigningFailure.NO_SECRET_KEY:
            raise _no_secret_key(fingerprint)
        if failure is SigningFailure.UNUSABLE_KEY:
            listing = self._gpg.run(["--list-secret-keys", "--", fingerprint])
            found = parse_colons(listing.octets)
            raise why_unusable(found[0]) if found else _no_secret_key(fingerprint)
        remedy = _REMEDIES.get(failure) or answer.text or "gpg gave no reason"
        raise self._gpg.unknown(f"gpg could not sign with the key {fingerprint}: {remedy}")


def why_unusable(certificate: ListedCertificate) -> SignatureError:
    """Make the error for a secret key that gpg will not sign with."""
    primary, fingerprint = certificate.keys[0], certificate.keys[0].fingerprint
    signing = [key for key in certificate.keys if "s" in key.usage]
    states = {primary.validity} & {"r", "e"} or {key.validity for key in signing}
    if "e" in states:
        return SignatureError(
            Code.KEY_EXPIRED,
            f"the key {fingerprint} has expired; renew it with gpg --quick-set-expire, then"
            " an owner runs: gitprov key renew FILE",
        )
    if "r" in states:
        return SignatureError(
            Code.KEY_REVOKED, f"the key {fingerprint} is revoked; sign with another key"
        )
    return SignatureError(
        Code.UNKNOWN_KEY,
        f"the key {fingerprint} has no secret key here that can sign; add a signing subkey or use"
        " another key",
    )


def _no_secret_key(fingerprint: str) -> SignatureError:
    return SignatureError(
        Code.UNKNOWN_KEY,
        f"gpg has no secret key {fingerprint}; see gpg --list-secret-keys, or name another home"
        " with GNUPGHOME",
    )
