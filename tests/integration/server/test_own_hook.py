"""gitprov server pre-receive as somebody's own hook, and gitprov server keyring for gpgv."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.adversarial.test_commit_and_signature import revoke_alice
from tests.support.cli_world import Cli
from tests.support.git import Git
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import HookedRemote
from tests.support.judgement import put_on_ref
from tests.support.people import People
from tests.support.server_caretaker import Caretaker, write_hook

pytestmark = [pytest.mark.git, pytest.mark.gpg]


@pytest.fixture
def server(bare: Git, server_python: str) -> HookedRemote:
    """A server whose hook is two lines."""
    text = f'#!/bin/sh\nexec "{server_python}" -I -m gitprov server pre-receive\n'
    write_hook(bare.path / "hooks/pre-receive", text)
    return HookedRemote(bare.path)


def test_it_judges_as_the_hook_does(server: HookedRemote, history: HistoryBuilder) -> None:
    server.accept(history)
    assert server.push(history, f"+{history.tip}~1:{LEDGER}").codes == ["GPV-409-NON-FF"]
    assert server.push(history, f":{LEDGER}").codes == ["GPV-409-REF-DELETE"]
    unsigned = history.objects.put("commit", history.draft(history.run()).payload)
    assert "GPV-401-UNSIGNED" in server.push(history, f"{unsigned}:{LEDGER}").codes
    assert server.push(history, f"{history.tip}:refs/heads/any").accepted
    actions = [line["action"] for line in server.audit()]
    assert actions == ["push-judged", "push-landed"] + 3 * ["push-refused"]


def test_another_genesis_than_the_pinned_one_is_refused(
    server: HookedRemote, history: HistoryBuilder
) -> None:
    hook = server.path / "hooks/pre-receive"
    text = hook.read_text(encoding="utf-8").rstrip()
    hook.write_text(f"{text} --genesis {'ab' * 20}\n", encoding="utf-8")
    assert "GPV-409-ROLLBACK" in server.push(history).codes


def test_gitlab_shows_its_users_why_a_push_is_refused(
    server: HookedRemote, history: HistoryBuilder
) -> None:
    server.accept(history)
    hook = server.path / "hooks/pre-receive"
    hook.write_text(f"{hook.read_text().rstrip()} --kind gitlab\n", encoding="utf-8")
    refused = server.push(history, f"+{history.tip}~1:{LEDGER}")
    assert not refused.accepted
    assert "GL-HOOK-ERR: gitprov: GPV-409-NON-FF" in refused.text
    assert "GL-HOOK-ERR: gitprov: refused, nothing has changed" in refused.text


def test_outside_of_a_push_it_refuses(bare: Git, caretaker: Caretaker) -> None:
    cli = Cli(bare.path)
    ended = cli("server", "pre-receive", stdin=b"")
    assert ended.code != 0
    assert "GPV-500-INTERNAL" in ended.err
    assert caretaker("pre-receive", "--kind", "none").code == 2


def test_a_keyring_holds_every_signer_and_serves_gpgv(
    history: HistoryBuilder, people: People, tmp_path: Path, caretaker: Caretaker
) -> None:
    put_on_ref(history)
    ring = tmp_path / "ring.gpg"
    ended = caretaker("keyring", str(history.path), "-o", str(ring))
    assert sorted(ended.lines) == sorted(
        people.fingerprint(label) for label in ("o1", "o2", "o3", "alice", "bot", "passing")
    )
    payload, signature = tmp_path / "payload", tmp_path / "signature"
    payload.write_bytes(b"anything")
    for label, code in (("alice", 0), ("mallory", 2)):
        signature.write_bytes(people.ring.sign(b"anything", label))
        command = ["gpgv", "--keyring", str(ring), str(signature), str(payload)]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == code, done.stderr


def test_a_revoked_key_is_left_out(
    history: HistoryBuilder, people: People, tmp_path: Path, caretaker: Caretaker
) -> None:
    revoke_alice(history, 3)
    put_on_ref(history)
    keys = caretaker("keyring", str(history.path), "-o", str(tmp_path / "ring"), "--json").json
    assert people.fingerprint("alice") not in keys["keys"]
    assert people.fingerprint("bot") in keys["keys"]


def test_a_keyring_needs_a_ledger_and_a_free_place(
    history: HistoryBuilder, bare: Git, tmp_path: Path, caretaker: Caretaker
) -> None:
    assert "GPV-404-NO-LEDGER" in caretaker("keyring", str(bare.path)).err
    put_on_ref(history)
    taken = tmp_path / "taken"
    taken.write_bytes(b"mine")
    assert caretaker("keyring", str(history.path), "-o", str(taken)).code == 2
    assert taken.read_bytes() == b"mine"
    assert caretaker("keyring", str(history.path), "--json").code == 2
    assert caretaker("keyring", str(history.path), "-o", str(taken), "--force").code == 0


def test_a_keyring_goes_to_standard_output(history: HistoryBuilder, tmp_path: Path) -> None:
    put_on_ref(history)
    ended = Cli(tmp_path).shell(f'gitprov server keyring "{history.path}" > ring && wc -c < ring')
    assert (ended.code, ended.err) == (0, "")
    assert int(ended.out) > 500
