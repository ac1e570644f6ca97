"""Checks signatures with the gpg program: the independent second opinion.

Guarantees: every call sees an empty home and the one pinned certificate, whatever GNUPGHOME,
gpg.conf and keyservers there are; no agent, no network; the clock is at the signature's
time. The verdict is read off status lines, never off the exit code.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import count
from pathlib import Path
from typing import Final

from gitprov.errors import Code, RecordError, SignatureError, SignatureUnknownError
from gitprov.model.entry import CertificateFacts, KeyFacts
from gitprov.process.child import ChildCommand, Ended, run_child
from gitprov.sign.algorithms import ACCEPTED_KEYS, is_accepted
from gitprov.sign.armour import Armour
from gitprov.sign.colons import ListedKey, parse_colons
from gitprov.sign.status import Judgement, judge_status, parse_status

_RECIPE: Final = (
    "--no-options",
    "--batch",
    "--no-tty",
    "--no-auto-check-trustdb",
    "--trust-model",
    "direct",  # trust counts for nothing here; with "always" gpg 2.2 dies of a missing trustdb
    "--no-auto-key-retrieve",
    "--auto-key-locate",
    "clear",
    "--disable-dirmngr",
    "--no-autostart",
    "--no-default-keyring",
    "--weak-digest",
    "SHA1",
    "--weak-digest",
    "RIPEMD160",
    "--status-fd",
    "1",
)
_CACHED: Final = 1024

DEFAULT_TIMEOUT: Final = 30.0
"""Seconds that one check may take."""


class GpgEngine:
    """The independent engine; satisfies the port SignatureEngine. About 5 ms a signature.

    Args:
        armour: the OpenPGP codec.
        program: name or path of gpg.
        env: the environment of the process; None hands on the caller's.
        timeout: seconds that one process may take.
    """

    name = "gpg"

    def __init__(
        self,
        armour: Armour,
        program: str = "gpg",
        env: Mapping[str, str] | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        self._armour = armour
        self._program = program
        self._env = env
        self._timeout = timeout
        self._numbers = count()
        self._facts = lru_cache(_CACHED)(self._read)

    def read_certificate(self, armoured: bytes) -> CertificateFacts:
        """Take a certificate file apart.

        Raises:
            SignatureError: GPV-422-POLICY; it is not a certificate, or no self-signature of it
                counts.
            SignatureUnknownError: GPV-503-SIGNER.
        """
        return self._facts(armoured)

    def is_good(self, payload: bytes, signature: bytes, certificate: bytes, seconds: int) -> bool:
        """Whether the one signature over ``payload`` is by a key of the one certificate.

        The key must be bound to the certificate, able to sign and alive when the signature was
        made; that it was revoked does not count here.

        Args:
            payload: the signed bytes.
            signature: the canonical block, or its packets.
            certificate: the certificate file.
            seconds: the signature's creation time.

        Raises:
            SignatureUnknownError: GPV-503-SIGNER; gpg is missing, took too long or could not
                judge the signature.
        """
        try:
            packets = self._armour.signature_packets(signature)
            if not self._armour.matches_digest_prefix(packets, payload):
                return False
            keyring = self._keyring(certificate)
            facts = self.read_certificate(certificate)
        except RecordError:
            return False
        except SignatureUnknownError:
            raise
        except SignatureError:
            return False
        said = self._verify(payload, packets, keyring, seconds)
        checked = judge_status(parse_status(said))
        if checked.judgement is Judgement.UNKNOWN:
            raise self._unknown("gpg could not judge the signature")
        signers = {key.fingerprint for key in facts.keys if key.can_sign and key.alive_at(seconds)}
        return (
            checked.judgement is Judgement.GOOD
            and checked.primary_key == facts.fingerprint
            and checked.signing_key in signers
        )

    def _verify(self, payload: bytes, packets: bytes, keyring: Path, seconds: int) -> str:
        signature = self._home / f"{os.getpid()}-{next(self._numbers)}.sig"
        signature.write_bytes(packets)
        try:
            clock = ("--faked-system-time", f"{seconds}!")
            files = ("--keyring", str(keyring), "--verify", "--", str(signature), "-")
            done = self._run(("--lock-never", *clock, *files), payload)
            return done.output.decode("utf-8", "replace")
        finally:
            signature.unlink()

    def _keyring(self, certificate: bytes) -> Path:
        """Return a keyring that holds the certificate, less its revocations, and nothing else."""
        path = self._home / f"{hashlib.sha256(certificate).hexdigest()}.gpg"
        if not path.exists():
            packets = self._armour.certificate_packets(certificate)
            draft = path.with_suffix(f".{os.getpid()}-{next(self._numbers)}")
            draft.write_bytes(self._armour.without_revocations(packets))
            draft.replace(path)
        return path

    def _read(self, certificate: bytes) -> CertificateFacts:
        done = self._run(("--with-colons", "--show-keys"), certificate)
        listed = parse_colons(done.output)
        if done.exit_code or not listed or not _is_sound(listed[0].keys[0]):
            raise SignatureError(
                Code.POLICY,
                "the certificate file holds no certificate, no valid self-signature, or a key that"
                f" cannot serve: {ACCEPTED_KEYS}",
            )
        keys = listed[0].keys
        revoked = keys[0].validity == "r"
        packets = self._packets(certificate)
        return CertificateFacts(
            keys=tuple(_facts(key, revoked=revoked) for key in keys),
            has_secret=any(key.secret for found in listed for key in found.keys),
            certificates=len(listed),
            canonical=packets is not None,
            user_ids=tuple(listed[0].user_ids),
            bound=0 if packets is None else self._armour.newest_binding(packets),
        )

    def _packets(self, certificate: bytes) -> bytes | None:
        """Return the packets of a certificate file, None if it is not canonical."""
        try:
            return self._armour.certificate_packets(certificate)
        except RecordError:
            return None

    def _run(self, args: Sequence[str], octets: bytes) -> Ended:
        argv = [self._program, *_RECIPE, "--homedir", str(self._home), *args]
        try:
            done = run_child(ChildCommand(argv, self._env, timeout=self._timeout), octets)
        except TimeoutError as cause:
            raise self._unknown(f"gpg took longer than {self._timeout:g} seconds") from cause
        except OSError as cause:
            raise self._unknown(f"the program {self._program} cannot be started") from cause
        # gpg exits with 2 for bad input as well as when it cannot go on itself.
        if done.exit_code < 0 or b"gpg: Fatal:" in done.messages:
            words = done.messages.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise self._unknown(f"gpg broke off: {words or f'signal {-done.exit_code}'}")
        return done

    def _unknown(self, what: str) -> SignatureUnknownError:
        return SignatureUnknownError(
            Code.SIGNER, f"{what}; install GnuPG 2.2 or newer, or use --engine sequoia"
        )

    @cached_property
    def _home(self) -> Path:
        """Make the empty home; it goes when the engine goes, at the latest when Python ends."""
        home = tempfile.mkdtemp(prefix="gitprov-")
        weakref.finalize(self, _remove, home, os.getpid())
        return Path(home)


def _remove(home: str, owner: int) -> None:
    if os.getpid() == owner:  # a forked child shares the folder, and may end first
        shutil.rmtree(home, ignore_errors=True)


def _is_sound(key: ListedKey) -> bool:
    """Whether gpg found a valid self-signature, by an algorithm that both engines have."""
    return key.validity != "i" and is_accepted(key.algorithm, key.bits, key.curve)


def _facts(key: ListedKey, *, revoked: bool) -> KeyFacts:
    return KeyFacts(
        fingerprint=key.fingerprint,
        key_id=key.fingerprint[-16:],
        created=key.created,
        expires=key.expires,
        can_sign="s" in key.usage and _is_sound(key),
        revoked=revoked or key.validity == "r",
    )
