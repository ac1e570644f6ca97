"""Makes signatures with the user's own keys, agent or smart card, through gpg."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NoReturn

from gitprov.errors import Code, RecordError, SignatureError
from gitprov.sign.armour import Armour
from gitprov.sign.colons import ListedKey, parse_colons
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


_NOT_THIS_KEY: Final = frozenset({SigningFailure.NO_SECRET_KEY, SigningFailure.UNUSABLE_KEY})


class GpgSigner:
    """Signs with the keys in gpg's home; satisfies the port Signer.

    Args:
        gpg: the program and its home.
        armour: the OpenPGP codec.
        preferred: settings that choose a key or subkey, as ``FINGERPRINT!``; others say nothing.
    """

    def __init__(self, gpg: GpgProgram, armour: Armour, preferred: Sequence[str] = ()) -> None:
        self._gpg = gpg
        self._armour = armour
        self._preferred = [_digits(spec) for spec in preferred if spec.strip().endswith("!")]

    def sign(self, payload: bytes, fingerprint: str, keys: Sequence[str] = ()) -> bytes:
        """Return the canonical armoured block over ``payload``.

        Args:
            payload: the bytes to sign.
            fingerprint: the primary key, 40 hex digits.
            keys: those of its keys and subkeys that may sign, in the order to try them; a
                preferred one among them is the only one. None leaves the choice to gpg.

        Raises:
            SignatureError: GPV-403-KEY-EXPIRED, -KEY-REVOKED, -UNKNOWN-KEY; the key is at fault.
            SignatureUnknownError: GPV-503-SIGNER; gpg, its agent or the passphrase is.
            UsageError: GPV-422-ARGUMENT; the passphrase file is no use.
        """
        answer = self._try(self._chosen(fingerprint, keys) or (fingerprint,), payload)
        if not answer.octets or not answer.has("SIG_CREATED"):
            self._refuse(fingerprint, keys, answer)
        try:
            return self._armour.signature_block(answer.octets)
        except RecordError as cause:
            raise self._gpg.unknown(
                f"gpg made a signature of a form that gitprov refuses: {cause.message}"
            ) from cause

    def _try(self, specs: Sequence[str], payload: bytes) -> GpgResult:
        """Sign with the first of these keys that is here and able to."""
        answers = (
            # --default-key would fall back to any other key; --local-user does not.
            self._gpg.sign(payload, ["--local-user", spec, *_OPTIONS])
            for spec in specs
        )
        answer = next(answers)
        while signing_failure(answer.status) in _NOT_THIS_KEY:
            following = next(answers, None)
            if following is None:
                break
            answer = following
        return answer

    def _chosen(self, fingerprint: str, keys: Sequence[str]) -> Sequence[str]:
        """Return what gpg should try: the preferred subkey alone, where one of this signer is.

        With a mark behind it gpg takes no other subkey.
        """
        for digits in self._preferred:
            found = [key for key in keys if key.endswith(digits)]
            if found:
                return [f"{key}!" for key in found]
            here = self._listed(fingerprint)
            if any(key.fingerprint.endswith(digits) for key in here):
                text = f"the subkey {digits}!, which git config chooses, is not one that the ledger"
                raise SignatureError(
                    Code.UNKNOWN_KEY, f"{text} knows as able to sign now; {_renewal(fingerprint)}"
                )
        return [f"{key}!" for key in keys]

    def _listed(self, fingerprint: str) -> Sequence[ListedKey]:
        found = parse_colons(self._gpg.run(["--list-secret-keys", "--", fingerprint]).octets)
        return found[0].keys if found else ()

    def _refuse(self, fingerprint: str, keys: Sequence[str], answer: GpgResult) -> NoReturn:
        failure = signing_failure(answer.status)
        if failure in _NOT_THIS_KEY:
            listed = self._listed(fingerprint)
            if not listed:
                raise _no_secret_key(fingerprint)
            if any(_is_able(key) and key.fingerprint not in keys for key in listed):
                text = f"none of the signing keys of {fingerprint} that the ledger knows is here"
                raise SignatureError(Code.UNKNOWN_KEY, f"{text}; {_renewal(fingerprint)}")
            raise why_unusable(listed)
        remedy = _REMEDIES.get(failure) or answer.text or "gpg gave no reason"
        raise self._gpg.unknown(f"gpg could not sign with the key {fingerprint}: {remedy}")


def _digits(spec: str) -> str:
    return spec.strip().removesuffix("!").replace(" ", "").upper().removeprefix("0X")


def _is_able(key: ListedKey) -> bool:
    return "s" in key.usage and not key.absent and key.validity not in {"e", "r"}


def _renewal(fingerprint: str) -> str:
    export = f"gpg --armor --export {fingerprint}"
    return f"bring the newer certificate to the ledger: {export} | gitprov key renew -"


def why_unusable(keys: Sequence[ListedKey]) -> SignatureError:
    """Make the error for a secret key that gpg will not sign with; the primary is first."""
    primary, fingerprint = keys[0], keys[0].fingerprint
    signing = [key for key in keys if "s" in key.usage]
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
