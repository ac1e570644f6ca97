"""What goes wrong around gpg is told apart from bad keys, and never hangs (F-11 to F-15)."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitprov.codec import openpgp
from gitprov.errors import Code, SignatureUnknownError
from gitprov.sign.gpg import GpgSigner
from gitprov.sign.gpg_engine import GpgEngine, _remove
from gitprov.sign.keys import find_secret_keys, generate_key
from gitprov.sign.program import GpgProgram
from tests.support.keys import KeyRing, new_ring
from tests.support.processes import agent_pid, hanging_agent

pytestmark = pytest.mark.gpg

PAYLOAD = b"payload"


@pytest.fixture
def ring() -> Iterator[KeyRing]:
    with new_ring("alice") as made:
        yield made


def signer(ring: KeyRing, timeout: float = 20) -> GpgSigner:
    return GpgSigner(GpgProgram(home=ring.home, timeout=timeout), openpgp)


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def refusal(program: GpgProgram) -> str:
    with pytest.raises(SignatureUnknownError) as caught:
        GpgSigner(program, openpgp).sign(PAYLOAD, "A" * 40)
    assert caught.value.code is Code.SIGNER
    return caught.value.message


def test_f11_a_missing_agent_is_started(ring: KeyRing) -> None:
    ring.stop_agent()
    assert signer(ring).sign(PAYLOAD, ring["alice"].fingerprint)


def test_f12_a_killed_agent_is_replaced(ring: KeyRing) -> None:
    os.kill(agent_pid(ring.home), signal.SIGKILL)
    assert signer(ring).sign(PAYLOAD, ring["alice"].fingerprint)


def test_f13_a_stopped_agent_ends_at_the_time_limit(ring: KeyRing) -> None:
    with hanging_agent(ring.home):
        start = time.monotonic()
        with pytest.raises(SignatureUnknownError, match="longer than 1 seconds") as caught:
            signer(ring, timeout=1).sign(PAYLOAD, ring["alice"].fingerprint)
        assert 0.9 < time.monotonic() - start < 10
        assert caught.value.code is Code.SIGNER
        assert "gpgconf --kill gpg-agent" in caught.value.message
    assert signer(ring).sign(PAYLOAD, ring["alice"].fingerprint)


@pytest.mark.parametrize("way", ["argument", "environment"])
def test_f14_a_home_with_a_long_path_is_explained(ring: KeyRing, tmp_path: Path, way: str) -> None:
    home = tmp_path / ("h" * 120)
    home.mkdir(mode=0o700)
    for name in ("pubring.kbx", "trustdb.gpg"):
        (home / name).write_bytes((ring.home / name).read_bytes())
    shutil.copytree(ring.home / "private-keys-v1.d", home / "private-keys-v1.d")
    program = GpgProgram(home=home)
    if way == "environment":
        program = GpgProgram(env={**os.environ, "GNUPGHOME": str(home)})
    if Path(f"/run/user/{os.getuid()}").exists():  # gpg keeps its sockets there: no problem
        assert GpgSigner(program, openpgp).sign(PAYLOAD, ring["alice"].fingerprint)
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)
        return
    with pytest.raises(SignatureUnknownError) as caught:
        GpgSigner(program, openpgp).sign(PAYLOAD, ring["alice"].fingerprint)
    assert caught.value.code is Code.SIGNER
    assert "too long" in caught.value.message
    assert "gpg-agent" in caught.value.message


def test_f15_a_stale_lock_stops_no_signature_and_no_check(ring: KeyRing) -> None:
    lock = ring.home / "pubring.kbx.lock"
    lock.write_text("     12345\nanother-host\n")
    block = signer(ring).sign(PAYLOAD, ring["alice"].fingerprint)
    created = openpgp.parse_signature(openpgp.dearmour(block)).created
    certificate = ring.certificate("alice")
    engine = GpgEngine(openpgp, env={**os.environ, "GNUPGHOME": str(ring.home)})
    assert engine.is_good(PAYLOAD, block, certificate, created)
    with pytest.raises(SignatureUnknownError) as caught:
        generate_key(GpgProgram(home=ring.home, timeout=1.5), "New", "new@example.org")
    assert caught.value.code is Code.SIGNER
    lock.unlink()


def test_a_missing_gpg_is_said() -> None:
    message = refusal(GpgProgram("no-such-gpg"))
    assert "no-such-gpg cannot be started (No such file or directory); install" in message


def test_a_gpg_that_is_none_is_said(tmp_path: Path) -> None:
    program = script(tmp_path / "gpg", "echo broken >&2; exit 3")
    assert refusal(GpgProgram(program)).endswith(": broken")


def test_a_gpg_that_goes_away_is_said(tmp_path: Path) -> None:
    path = tmp_path / "gpg"
    program = GpgProgram(script(path, "exit 0"))
    find_secret_keys(program)
    path.unlink()
    assert "cannot be started" in refusal(program)


def test_a_home_that_is_none_is_said(tmp_path: Path) -> None:
    assert "is not a folder" in refusal(GpgProgram(home=tmp_path / "none"))


def test_a_gpg_that_says_nothing_is_said(tmp_path: Path) -> None:
    program = script(tmp_path / "gpg", "cat >/dev/null; exit 2")
    assert "gave no reason" in refusal(GpgProgram(program))


def test_what_gpg_says_to_people_is_passed_on(tmp_path: Path) -> None:
    words = "echo '[GNUPG:] FAILURE sign 83918950' >&2; echo 'gpg: a strange device' >&2"
    program = script(tmp_path / "gpg", f"cat >/dev/null; {words}; exit 2")
    assert refusal(GpgProgram(program)).endswith(": a strange device")


@pytest.mark.parametrize("output", ["nonsense", "'\\210\\001\\004'"])
def test_a_signature_of_another_form_is_never_handed_on(tmp_path: Path, output: str) -> None:
    lines = f"echo '[GNUPG:] SIG_CREATED D 22 8 00 1 A' >&2; printf {output}"
    program = script(tmp_path / "gpg", f"cat >/dev/null; {lines}")
    assert "a form that gitprov refuses" in refusal(GpgProgram(program))


def test_output_without_a_created_signature_is_refused(tmp_path: Path) -> None:
    program = script(tmp_path / "gpg", "cat >/dev/null; echo text")
    assert "could not sign" in refusal(GpgProgram(program))


def test_the_limit_ends_children_that_hold_the_pipes(tmp_path: Path) -> None:
    program = script(tmp_path / "gpg", "sleep 600 &\nsleep 600")
    start = time.monotonic()
    assert "longer than 0.5 seconds" in refusal(GpgProgram(program, timeout=0.5))
    assert time.monotonic() - start < 10


def test_a_gpg_that_reads_nothing_breaks_nothing(tmp_path: Path) -> None:
    program = script(tmp_path / "gpg", "exec <&-; exit 2")
    signing = GpgSigner(GpgProgram(program), openpgp)
    with pytest.raises(SignatureUnknownError) as caught:
        signing.sign(b"x" * 1_000_000, "A" * 40)
    assert caught.value.code is Code.SIGNER


def test_an_interrupt_leaves_no_gpg_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """X-09: Ctrl-C arrives while gpg waits."""
    program = GpgProgram(script(tmp_path / "gpg", "exec sleep 600"))
    started: list[subprocess.Popen[bytes]] = []

    def interrupted(process: subprocess.Popen[bytes], *_: object, **__: object) -> None:
        started.append(process)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        program.run(["--list-secret-keys"])
    (process,) = started
    assert process.returncode == -signal.SIGKILL


def test_a_daemon_that_holds_the_pipes_is_not_waited_for(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    daemon = f"setsid sh -c 'echo $$ >{pid}; exec sleep 600' &\nsleep 600"
    program = script(tmp_path / "gpg", daemon)
    start = time.monotonic()
    assert "longer than 1 seconds" in refusal(GpgProgram(program, timeout=1))
    assert time.monotonic() - start < 10
    os.kill(int(pid.read_text()), signal.SIGKILL)


class TestGpgEngine:
    """The second engine says "could not find out" where it could not."""

    def unknown(self, program: str, timeout: float = 20) -> str:
        engine = GpgEngine(openpgp, program, timeout=timeout)
        with pytest.raises(SignatureUnknownError) as caught:
            engine.read_certificate(b"x")
        assert caught.value.code is Code.SIGNER
        assert "--engine sequoia" in caught.value.message
        return caught.value.message

    def test_missing(self) -> None:
        assert "cannot be started" in self.unknown("no-such-gpg")

    def test_slow(self, tmp_path: Path) -> None:
        program = script(tmp_path / "gpg", "exec sleep 600")
        assert "longer than 0.5 seconds" in self.unknown(program, 0.5)

    def test_killed(self, tmp_path: Path) -> None:
        assert "signal 9" in self.unknown(script(tmp_path / "gpg", "kill -9 $$"))

    def test_fatal(self, tmp_path: Path) -> None:
        program = script(tmp_path / "gpg", "echo 'gpg: Fatal: out of secure memory' >&2; exit 2")
        assert "out of secure memory" in self.unknown(program)

    def test_silent(self, ring: KeyRing, tmp_path: Path) -> None:
        block = ring.sign(PAYLOAD, "alice")
        created = openpgp.parse_signature(openpgp.dearmour(block)).created
        only_listing = 'case "$*" in *--show-keys*) exec gpg "$@";; esac\nexit 0'
        engine = GpgEngine(openpgp, script(tmp_path / "gpg", only_listing))
        with pytest.raises(SignatureUnknownError, match="could not judge"):
            engine.is_good(PAYLOAD, block, ring.certificate("alice"), created)

    def test_gone_after_the_first_look(self, ring: KeyRing, tmp_path: Path) -> None:
        block = ring.sign(PAYLOAD, "alice")
        with pytest.raises(SignatureUnknownError, match="cannot be started"):
            GpgEngine(openpgp, str(tmp_path / "none")).is_good(
                PAYLOAD, block, ring.certificate("alice"), 0
            )

    def test_the_home_goes_with_the_engine(self, ring: KeyRing) -> None:
        engine = GpgEngine(openpgp)
        engine.read_certificate(ring.certificate("alice"))
        home = engine._home
        assert home.is_dir()
        _remove(str(home), os.getpid() + 1)  # as a forked child would
        assert home.is_dir()
        del engine
        gc.collect()
        assert not home.exists()
