"""Two people write one ledger: an owner lets the second one in, and out again."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.support.cli_world import RUN
from tests.support.hooked_remote import HookedRemote
from tests.support.joinable import BRANCH, LEDGER, Joinable, found_joinable
from tests.support.keys import KeyRing, new_ring

pytestmark = [pytest.mark.git, pytest.mark.gpg]


def test_two_writers_with_two_keyrings(server: Joinable, nobody: KeyRing) -> None:
    """From founding to a ledger that both wrote, with plain git in between."""
    second = server.clone("second", nobody)
    joined = second("init", "--generate-key", "Bob B. <bob@example.org>")
    assert (joined.code, joined.err) == (0, "")
    assert second("record", *RUN).code == 1
    exporting = re.search(
        r"^  (gpg --armor --export [0-9A-F]{40} > (\S+))$", joined.out, re.MULTILINE
    )
    adding = re.search(r"^  (gitprov key add \S+ --name 'Bob B\.')$", joined.out, re.MULTILINE)
    assert exporting is not None
    assert adding is not None
    assert second.shell(exporting[1]).code == 0
    certificate = second.path / exporting[2]

    owner = server.owner
    shutil.move(certificate, owner.path / exporting[2])
    assert owner.shell(adding[1]).code == 0
    assert owner("push").code == 0

    assert second("pull").code == 0
    recorded = second("record", *RUN, "--json").json
    assert (recorded["state"], recorded["height"]) == ("recorded", 3)
    second.git("push", "--quiet", "origin", LEDGER)
    assert second("init").out.startswith("there is a ledger")

    assert owner("pull").code == 0
    assert owner("verify", "--genesis", server.genesis).code == 0
    names = owner.git("log", "--format=%an", LEDGER).splitlines()
    assert names == ["Bob B.", "Alice", "Alice", "Alice"]
    policies = owner.git("log", "--format=%(trailers:key=Gitprov-Policy,valueonly)", LEDGER)
    assert policies.split() == ["2", "1", "1", "1"]


def test_a_change_of_policy_stands_on_the_remotes_last_entry(
    server: Joinable, keys: KeyRing
) -> None:
    """Beside it, it could never land: no merge brings a policy."""
    clone = server.clone("clone", keys)
    assert clone("init").code == 0
    assert server.owner("record", *RUN, "--commit", "HEAD").code == 0
    assert server.owner("push").code == 0
    with new_ring("carol", "dave") as ring:
        carol, dave = ring.certificate("carol"), ring.certificate("dave")
        added = clone("key", "add", "-", stdin=carol)
        assert (added.code, "at height 3" in added.out) == (0, True)
        assert "gitprov push" in added.err
        assert clone("notes", "check").code == 0
        assert clone("push").code == 0

        assert server.owner("record", *RUN).code == 0
        before = server.owner.git("rev-parse", LEDGER)
        refused = server.owner("key", "add", "-", stdin=dave)
        assert (refused.code, "GPV-409-NON-FF" in refused.err) == (1, True)
        assert server.owner.git("rev-parse", LEDGER) == before
        assert server.owner("push").code == 0
        assert server.owner("key", "add", "-", stdin=dave).code == 0
        assert server.owner("push").code == 0

        clone.git("remote", "set-url", "origin", str(server.folder / "gone.git"))
        gone = ("key", "revoke", "Carol", "--from-height", "1", "--reason", "lost")
        unsure = clone(*gone)
        assert (unsure.code, "--offline" in unsure.err) == (3, True)
        assert clone(*gone, "--offline").code == 0
    assert server.owner("verify").code == 0


@pytest.mark.parametrize("ref", [LEDGER, BRANCH])
def test_a_guarded_server_takes_what_an_owner_decides(
    ref: str, keys: KeyRing, nobody: KeyRing, tmp_path: Path
) -> None:
    """The hook judges every push: a key counts from its entry on, and until it is revoked."""
    server = found_joinable(tmp_path, keys, "--ref", ref, ref=ref)
    guard = HookedRemote(server.git.path)
    genesis = server.git("rev-list", "--max-parents=0", ref)
    guard.install(ref=ref, genesis=genesis, is_measured=False)
    second = server.clone("second", nobody)
    assert second("init", "--generate-key", "Bob <bob@example.org>").code == 0
    bob = nobody.gpg("--armor", "--export", "bob@example.org")

    assert server.owner("key", "add", "-", "--name", "Bob", stdin=bob).code == 0
    pushed = server.owner("push")
    assert (pushed.code, pushed.err) == (0, "")
    assert second("pull").code == 0
    assert second("record", *RUN).code == 0
    assert second("push").code == 0

    assert second("record", *RUN).code == 0
    gone = ("key", "revoke", "Bob", "--from-height", "1", "--reason", "left")
    assert server.owner(*gone).code == 0
    assert server.owner("push").code == 0
    tip = server.git("rev-parse", ref)
    late = second("push")
    assert (late.code, "GPV-403-KEY-REVOKED" in late.err) == (1, True)
    forced = second.git.attempt("push", "--force", "origin", ref)
    assert forced.returncode != 0
    assert server.git("rev-parse", ref) == tip
    verdict = server.owner("verify", "--json").json
    assert {finding["severity"] for finding in verdict["findings"]} == {"warning"}


def test_of_several_keys_at_hand_a_person_chooses(server: Joinable, keys: KeyRing) -> None:
    added = server.owner("key", "add", "-", "--name", "Olaf", stdin=keys.certificate("o1"))
    assert added.code == 0
    assert server.owner("push").code == 0
    clone = server.clone("clone", keys)
    joined = clone("init")
    assert (joined.code, "choose one: git config gitprov.key FINGERPRINT" in joined.out) == (
        0,
        True,
    )
    unclear = clone("record", *RUN)
    assert (unclear.code, "git config gitprov.key" in unclear.err) == (2, True)
    clone.git("config", "gitprov.key", keys["o1"].fingerprint)
    assert clone("init", "--json").json["owner"] == keys["o1"].fingerprint
    assert clone("record", *RUN).code == 0
    assert clone.git("log", "-1", "--format=%an", LEDGER) == "Olaf"
