"""Which subkey signs is gitprov's choice: one that the ledger's certificate lists and is alive."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.support.cli_world import RUN, Cli
from tests.support.keys import KeyRing, new_ring

LEDGER = "refs/gitprov/ledger"


@pytest.fixture
def ring() -> Iterator[KeyRing]:
    """A ring of its own: its keys change."""
    with new_ring() as made:
        yield made


@pytest.fixture
def owned(bare_cli: Cli, ring: KeyRing) -> Cli:
    """A ledger whose only key is Olga's: a primary that certifies, and one signing subkey."""
    ring.make("olga", usage="cert")
    ring.add_subkey("olga", "sign")
    cli = Cli(bare_cli.path, {"GNUPGHOME": str(ring.home)})
    made = cli("init", "--key", ring["olga"].fingerprint, "--agent-key", "none")
    assert (made.code, made.err) == (0, "")
    return cli


def signed_by(cli: Cli) -> str:
    """Return the fingerprint of the key that signed the ledger's tip."""
    return cli.git.attempt("log", "-1", "--format=%GF", LEDGER).stdout.decode().strip()


def tip_key(cli: Cli, ring: KeyRing) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNUPGHOME", str(ring.home))
        return signed_by(cli)


def delete_secret(ring: KeyRing, label: str, keep: str) -> None:
    """Leave only one subkey's secret part in the ring; the primary key is offline then."""
    kept = ring.gpg("--export-secret-subkeys", f"{keep}!")
    public = ring.gpg("--export", ring[label].fingerprint)
    ring.gpg("--delete-secret-and-public-key", ring[label].fingerprint)
    ring.gpg("--import", stdin=public)
    ring.gpg("--import", stdin=kept)


def test_a_rotation_never_blocks_recording(owned: Cli, ring: KeyRing) -> None:
    first = ring.fingerprints("olga")[1]
    second = ring.add_subkey("olga", "sign", at=int(time.time()) - 60)
    assert owned("record", *RUN).err == ""
    assert tip_key(owned, ring) == first
    found = owned("doctor")
    assert "does not know yet: " + second in found.out
    command = f"gpg --armor --export {ring['olga'].fingerprint} | gitprov key renew -"
    assert command in found.out
    assert owned.shell(command).code == 0
    assert owned("record", *RUN).err == ""
    assert tip_key(owned, ring) == second
    assert owned("verify").code == 0
    assert owned("verify", "--engine", "gpg").code == 0


def test_an_owner_who_has_lost_the_old_subkey_renews_with_the_new_one(
    owned: Cli, ring: KeyRing
) -> None:
    second = ring.add_subkey("olga", "sign", at=int(time.time()) - 60)
    certificate = ring.certificate("olga")
    delete_secret(ring, "olga", second)
    waits = owned("record", *RUN)
    assert waits.code == 0
    assert "that the ledger knows is here" in waits.err
    assert "| gitprov key renew -" in waits.err
    problem = owned("doctor")
    assert (problem.code, "its records wait" in problem.out) == (1, True)
    assert owned("key", "renew", "-", stdin=certificate).code == 0
    assert owned("flush").code == 0
    assert tip_key(owned, ring) == second
    assert owned("verify").code == 0


def test_an_owner_whose_subkey_has_expired_renews(bare_cli: Cli, ring: KeyRing) -> None:
    olga = ring.make("olga", usage="cert")
    ring.add_subkey("olga", "sign", expires="seconds=4", at=int(time.time()))
    cli = Cli(bare_cli.path, {"GNUPGHOME": str(ring.home)})
    assert cli("init", "--key", olga.fingerprint, "--agent-key", "none").code == 0
    time.sleep(4)
    late = cli("record", *RUN)
    assert (late.code, "GPV-403-KEY-EXPIRED" in late.err) == (1, True)
    second = ring.add_subkey("olga", "sign", at=int(time.time()))
    assert cli("key", "renew", "-", stdin=ring.certificate("olga")).code == 0
    assert tip_key(cli, ring) == second
    assert cli("record", *RUN).err == ""
    assert cli("verify").code == 0


@pytest.mark.parametrize("setting", ["user.signingKey", "gitprov.key"])
@pytest.mark.parametrize("form", ["{0}!", "0x{1}!"])
def test_a_chosen_subkey_is_honoured(bare_cli: Cli, ring: KeyRing, setting: str, form: str) -> None:
    ring.make("olga", usage="cert")
    first = ring.add_subkey("olga", "sign")
    ring.add_subkey("olga", "sign", at=int(time.time()) - 60)
    cli = Cli(bare_cli.path, {"GNUPGHOME": str(ring.home)})
    cli.git("config", setting, form.format(first, first[-16:]))
    assert cli("init", "--agent-key", "none").code == 0
    assert tip_key(cli, ring) == first
    assert cli("record", *RUN).err == ""
    assert tip_key(cli, ring) == first
    assert cli("key", "list").code == 0
    assert cli("doctor").code == 0


def test_init_remembers_the_subkey_that_it_was_given(bare_cli: Cli, ring: KeyRing) -> None:
    ring.make("olga", usage="cert")
    first = ring.add_subkey("olga", "sign")
    ring.add_subkey("olga", "sign", at=int(time.time()) - 60)
    cli = Cli(bare_cli.path, {"GNUPGHOME": str(ring.home)})
    made = cli("init", "--key", f"{first}!", "--agent-key", "none", "--json")
    assert made.code == 0, made.err
    assert tip_key(cli, ring) == first
    assert cli.git("config", "gitprov.key") == f"{first}!"
    assert cli("record", *RUN).err == ""
    assert tip_key(cli, ring) == first


def test_a_chosen_subkey_that_the_ledger_does_not_know_waits_with_the_command(
    owned: Cli, ring: KeyRing
) -> None:
    second = ring.add_subkey("olga", "sign", at=int(time.time()) - 60)
    owned.git("config", "user.signingKey", f"{second}!")
    waits = owned("record", *RUN)
    assert waits.code == 0
    assert f"{second}!, which git config chooses" in waits.err
    assert "| gitprov key renew -" in waits.err
    assert owned("key", "renew", "-", stdin=ring.certificate("olga")).code == 0
    assert owned("flush").code == 0
    assert tip_key(owned, ring) == second


def test_another_persons_choice_in_git_config_is_nothing_to_us(owned: Cli, ring: KeyRing) -> None:
    other = ring.make("other")
    owned.git("config", "user.signingKey", f"{other.fingerprint}!")
    assert owned("record", *RUN).err == ""
    assert tip_key(owned, ring) == ring.fingerprints("olga")[1]


def test_of_several_subkeys_a_dead_one_is_left_out(bare_cli: Cli, ring: KeyRing) -> None:
    olga = ring.make("olga", usage="cert")
    good = ring.add_subkey("olga", "sign")
    ring.add_subkey("olga", "encr")
    ring.add_subkey("olga", "sign", expires="seconds=60", at=int(time.time()) - 3600)
    ring.add_subkey("olga", "sign", at=int(time.time()) - 60)
    ring.revoke_subkey("olga", 4, 1)
    cli = Cli(bare_cli.path, {"GNUPGHOME": str(ring.home)})
    assert cli("init", "--key", olga.fingerprint, "--agent-key", "none").code == 0
    assert cli("record", *RUN).err == ""
    assert tip_key(cli, ring) == good
    assert cli("verify", "--engine", "gpg").code == 0


def test_with_an_offline_primary_the_subkey_signs(bare_cli: Cli, ring: KeyRing) -> None:
    olga = ring.make("olga")  # its primary key could sign as well
    subkey = ring.add_subkey("olga", "sign")
    delete_secret(ring, "olga", subkey)
    cli = Cli(bare_cli.path, {"GNUPGHOME": str(ring.home)})
    assert cli("init", "--key", olga.fingerprint, "--agent-key", "none").code == 0
    assert cli("record", *RUN).err == ""
    assert tip_key(cli, ring) == subkey
    assert cli("doctor").code == 0


def test_a_checkpoint_is_signed_with_a_key_that_the_ledger_knows(owned: Cli, ring: KeyRing) -> None:
    ring.add_subkey("olga", "sign", at=int(time.time()) - 60)
    assert owned("record", *RUN).code == 0
    assert owned("checkpoint", "write", "c.txt").code == 0
    assert owned("verify", "--checkpoint", "c.txt").code == 0
