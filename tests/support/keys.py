"""Real keys for tests: one ring a session, made with gpg in a home with a short path.

Everything here drives the gpg program directly, never through gitprov, so that a test can hold
gitprov against it. Keys were born on 1 January 2024, so signatures may be dated since then.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

BORN = 1_704_067_200
"""Unix seconds at which the keys of a ring were made."""
PEOPLE = ("alice", "bot", "o1", "o2", "o3", "mallory")
_LIMIT = 120


class GpgFailedError(AssertionError):
    """gpg ended with an exit code that the test did not expect."""


@dataclass(frozen=True)
class Key:
    """A key of a ring."""

    name: str
    email: str
    fingerprint: str

    @property
    def user_id(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass
class KeyRing:
    """A gpg home with secret keys; ``ring["alice"]`` is one of them.

    Args:
        home: the gpg home.
        keys: label -> key.
    """

    home: Path
    keys: dict[str, Key] = field(default_factory=dict)

    def __getitem__(self, label: str) -> Key:
        return self.keys[label]

    @property
    def env(self) -> Mapping[str, str]:
        """The environment in which gpg uses this ring by default."""
        return {**os.environ, "GNUPGHOME": str(self.home)}

    def gpg(self, *args: str, stdin: bytes = b"", at: int | None = None) -> bytes:
        """Run gpg on this ring, at that time; it must succeed. Return its output."""
        done = self.attempt(*args, stdin=stdin, at=at)
        if done.returncode:
            message = f"gpg {' '.join(args)}: exit {done.returncode}\n{done.stderr.decode()}"
            raise GpgFailedError(message)
        return done.stdout

    def attempt(
        self, *args: str, stdin: bytes = b"", at: int | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run gpg on this ring whatever its exit code will be."""
        clock = () if at is None else ("--faked-system-time", f"{at}!")
        options = ("--no-options", "--homedir", str(self.home), "--batch", "--quiet", "--yes")
        return subprocess.run(
            ["gpg", *options, "--no-tty", *clock, *args],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=_LIMIT,
        )

    def make(
        self,
        label: str,
        algorithm: str = "ed25519",
        usage: str = "sign,cert",
        expires: str = "never",
        passphrase: str = "",
        *options: str,
        at: int = BORN,
    ) -> Key:
        """Make a key, known here by its label."""
        key = Key(label.capitalize(), f"{label}@example.org", "")
        made = self.gpg(
            *("--pinentry-mode", "loopback", "--passphrase", passphrase, "--status-fd", "1"),
            *(*options, "--quick-generate-key", key.user_id, algorithm, usage, expires),
            at=at,
        )
        created = next(line for line in made.decode().splitlines() if "KEY_CREATED" in line)
        self.keys[label] = Key(key.name, key.email, created.split()[3])
        return self.keys[label]

    def add_subkey(
        self, label: str, usage: str, expires: str = "never", at: int = BORN, algorithm: str = ""
    ) -> str:
        """Give a key a subkey, of Ed25519 or Curve25519 unless said; return its fingerprint."""
        algorithm = algorithm or ("cv25519" if usage == "encr" else "ed25519")
        self.gpg(
            *("--pinentry-mode", "loopback", "--passphrase", ""),
            *("--quick-add-key", self[label].fingerprint, algorithm, usage, expires),
            at=at,
        )
        return self.fingerprints(label)[-1]

    def fingerprints(self, label: str) -> list[str]:
        """Return the fingerprints of a key and its subkeys."""
        listed = self.gpg("--with-colons", "--list-keys", "--", self[label].fingerprint).decode()
        return [line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:")]

    def revoke(self, label: str, reason: int, at: int | None = None) -> None:
        """Revoke a key: reason 0 (none) and 1 (compromised) are hard, 2 and 3 soft."""
        answers = f"y\n{reason}\nthe reason\n\ny\n".encode()
        revocation = self._converse("--gen-revoke", self[label].fingerprint, stdin=answers, at=at)
        self.gpg("--import", stdin=revocation)

    def revoke_subkey(self, label: str, number: int, reason: int, at: int | None = None) -> None:
        """Revoke the subkey of that number, from 1."""
        answers = f"key {number}\nrevkey\ny\n{reason}\n\ny\nsave\n".encode()
        self._converse("--edit-key", self[label].fingerprint, stdin=answers, at=at)

    def _converse(self, *args: str, stdin: bytes, at: int | None) -> bytes:
        options = ("--pinentry-mode", "loopback", "--passphrase", "", "--no-batch")
        return self.gpg(*options, "--command-fd", "0", *args, stdin=stdin, at=at)

    def expire(self, label: str, expires: str, at: int | None = None) -> None:
        """Change when a key expires: its self-signature is then from that moment."""
        protection = ("--pinentry-mode", "loopback", "--passphrase", "")
        self.gpg(*protection, "--quick-set-expire", self[label].fingerprint, expires, at=at)

    def forbid_signing(self, label: str, at: int | None = None) -> None:
        """Take the ability to sign data from a primary key; it keeps certifying."""
        answers = b"change-usage\ns\nq\nsave\n"
        self._converse("--expert", "--edit-key", self[label].fingerprint, stdin=answers, at=at)

    def sign(
        self, payload: bytes, label: str, *options: str, at: int | None = None, by: str = ""
    ) -> bytes:
        """Return a detached signature as gpg armours it, without the final LF.

        Args:
            payload: what to sign.
            label: whose key signs.
            options: further options of gpg.
            at: when, Unix seconds; now if absent.
            by: fingerprint of the very subkey that signs.
        """
        who = f"{by}!" if by else self[label].fingerprint
        args = ("--pinentry-mode", "loopback", "--passphrase", "", "--local-user", who, *options)
        return self.gpg(*args, "--armor", "--detach-sign", stdin=payload, at=at).rstrip(b"\n")

    def certificate(self, label: str) -> bytes:
        """Return the public certificate as a ledger's certificate file holds it."""
        fingerprint = self[label].fingerprint
        return self.gpg("--armor", "--export", fingerprint)

    def stop_agent(self) -> None:
        """End the agent; gpg starts another one when it needs one."""
        subprocess.run(
            ["gpgconf", "--homedir", str(self.home), "--kill", "all"], check=True, timeout=_LIMIT
        )


@contextmanager
def new_ring(*labels: str) -> Iterator[KeyRing]:
    """Make a ring with these keys; agent and home are gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="g", dir="/tmp"))  # TMPDIR may be too long
    # Else each agent first measures how long it can make whoever guesses a passphrase wait.
    (home / "gpg-agent.conf").write_text("s2k-count 65536\n", encoding="ascii")
    ring = KeyRing(home)
    try:
        for label in labels:
            ring.make(label)
        yield ring
    finally:
        ring.stop_agent()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def keys() -> Iterator[KeyRing]:
    """Alice (a person), bot (a machine), the owners o1 to o3, and mallory. Change none of them."""
    with new_ring(*PEOPLE) as ring:
        yield ring
