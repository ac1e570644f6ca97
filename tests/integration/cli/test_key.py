"""``gitprov key``: one owner changes who may record, in one entry that everybody can check."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitprov.app.key import enactor
from gitprov.codec.plan import plan_digest
from gitprov.codec.records import build, parse_record
from gitprov.model.governance import Approval, Enactment, Proposal
from gitprov.model.ids import uuid7_ms
from gitprov.model.overrides import Overrides
from gitprov.model.policy import Policy
from gitprov.service.govern.enact_change import Change
from gitprov.service.ledger.tip import Tip
from gitprov.service.ledger.view import Authority
from gitprov.wiring.workspace import open_workspace
from tests.support.cli_world import RUN, Cli
from tests.support.keys import BORN, KeyRing, new_ring

LEDGER = "refs/gitprov/ledger"
pytestmark = [pytest.mark.git, pytest.mark.gpg]


@pytest.fixture(scope="module")
def others() -> Iterator[KeyRing]:
    """Keys of people who are not on the ledger; bob is a good one."""
    with new_ring("bob", "eve") as ring:
        yield ring


@pytest.fixture
def bob(others: KeyRing, tmp_path: Path) -> Path:
    """Bob's certificate, as Bob sends it."""
    path = tmp_path / "bob.asc"
    path.write_bytes(others.certificate("bob"))
    return path


def added_files(cli: Cli) -> dict[str, bytes]:
    names = cli.git("diff-tree", "-r", "--name-only", f"{LEDGER}~1", LEDGER).splitlines()
    return {
        name: (cli.git("cat-file", "blob", f"{LEDGER}:{name}") + "\n").encode() for name in names
    }


def state(cli: Cli) -> tuple[str, str]:
    """Return what must not change where a command is refused."""
    return cli.git("rev-parse", LEDGER), cli.git("count-objects")


def test_a_key_is_added_in_one_entry(cli: Cli, bob: Path, others: KeyRing, keys: KeyRing) -> None:
    added = cli("key", "add", str(bob), "--name", "Bob", "--json")
    assert (added.code, added.err) == (0, "")
    assert added.json["key"] == others["bob"].fingerprint
    assert (added.json["policy"], added.json["height"]) == (2, 1)
    files = added_files(cli)
    assert [name.split("/")[0] for name in sorted(files)] == [
        *("approvals", "enactments", "keys", "policy", "proposals")
    ]
    assert files.pop(f"keys/{others['bob'].fingerprint}/0001.asc") == bob.read_bytes()
    records = {name.split("/")[0]: content for name, content in files.items()}
    policy = parse_record(records["policy"], "policy")
    proposal = parse_record(records["proposals"], "proposal")
    approval = parse_record(records["approvals"], "approval")
    enactment = parse_record(records["enactments"], "enactment")
    assert isinstance(policy, Policy)
    assert isinstance(proposal, Proposal)
    assert isinstance(approval, Approval)
    assert isinstance(enactment, Enactment)
    assert enactment.enactment_id == proposal.proposal_id == added.json["proposal"]
    assert approval.approval_id != proposal.proposal_id
    assert uuid7_ms(approval.approval_id) == uuid7_ms(proposal.proposal_id)
    assert (approval.approver, approval.decision) == (keys["alice"].fingerprint, "APPROVE")
    digest = plan_digest(policy.ledger_id, "policy-change", 1, proposal.plan.to_mapping())
    assert {proposal.plan_digest, approval.plan_digest, enactment.plan_digest} == {digest}
    assert proposal.recorded_at < proposal.expires_at
    rule = policy.signers[-1]
    assert (rule.name, rule.email) == ("Bob", "bob@example.org")
    assert (rule.actor_kinds, rule.kinds[0], len(rule.kinds)) == (("HUMAN",), "run", 5)
    assert cli.git("log", "-1", "--format=%an|%s", LEDGER) == "Alice|policy 0002"
    assert cli("verify").code == 0
    assert cli("verify", "--engine", "gpg").code == 0


def test_whoever_was_added_may_record_from_then_on(cli: Cli, bob: Path, others: KeyRing) -> None:
    fingerprint = others["bob"].fingerprint
    as_bob = {"GNUPGHOME": str(others.home), "GITPROV_KEY": fingerprint}
    refused = cli("record", *RUN, **as_bob)
    assert refused.code == 1
    assert "gitprov key add FILE --name NAME" in refused.err
    assert cli("key", "add", str(bob)).code == 0
    assert cli("record", *RUN, **as_bob).code == 0
    for_agent = [*RUN[:3], "system", *RUN[4:]]
    denied = cli("record", *for_agent, **as_bob, GITPROV_AGENT_KEY=fingerprint)
    assert (denied.code, "GPV-403-IDENTITY" in denied.err) == (1, True)
    assert cli("verify").code == 0


def test_a_dry_run_signs_and_writes_nothing(cli: Cli, bob: Path) -> None:
    before = state(cli)
    tried = cli("key", "add", str(bob), "--dry-run")
    assert (tried.code, tried.err) == (0, "")
    assert "nothing was written" in tried.out
    assert cli("key", "add", str(bob), "--dry-run", "--json").json["entry"] is None
    assert state(cli) == before


def test_any_form_of_a_certificate_gives_the_same_file(
    cli: Cli, others: KeyRing, tmp_path: Path
) -> None:
    fingerprint = others["bob"].fingerprint
    binary = others.gpg("--export", fingerprint)
    signed = tmp_path / "h"
    signed.write_bytes(
        others.certificate("bob").replace(b"BLOCK-----\n", b"BLOCK-----\nComment: hello\n", 1)
    )
    digests = set()
    for source, stdin in (("-", binary), ("-", others.certificate("bob")), (str(signed), b"")):
        tried = cli("key", "add", source, "--dry-run", "--json", "--reason", "x", stdin=stdin)
        assert tried.code == 0
        digests.add(tried.json["plan_digest"])
    assert len(digests) == 1


def test_what_cannot_serve_as_a_certificate_is_refused(
    cli: Cli, others: KeyRing, tmp_path: Path
) -> None:
    before = state(cli)
    bob = others["bob"].fingerprint
    secret = ("--pinentry-mode", "loopback", "--passphrase", "", "--export-secret-keys")
    block = others.gpg(*secret, "--armor", bob)
    good = others.certificate("bob")
    bad: list[tuple[bytes, str]] = [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"hello", "0 keys in armour, not exactly one PGP PUBLIC KEY BLOCK"),
        (good + good, "2 keys in armour, not exactly one PGP PUBLIC KEY BLOCK"),
        (others.gpg("--export"), "2 certificates"),
        (others.gpg("--armor", "--export"), "2 certificates"),
        (block, "SECRET key"),
        (block.replace(b"PRIVATE", b"PUBLIC"), "SECRET key"),
        (others.gpg(*secret, bob), "SECRET key"),
        (good[:-60], "exactly one PGP PUBLIC KEY BLOCK"),
        (others.gpg("--export", bob)[:-9], "cut short"),
        (b"\x99\x00\x00" + b"\xcd\x00" * 400_000, "GPV-4"),
        (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + b"A " * 300_000, "exactly one"),
        (b"\xff" * 1_048_577, "GPV-413-LIMIT"),
    ]
    path = tmp_path / "offered"
    for content, why in bad:
        path.write_bytes(content)
        refused = cli("key", "add", str(path), "--name", "X", "--email", "x@example.org")
        assert refused.code in {1, 2}, content[:60]
        assert refused.out == ""
        assert why in refused.err, (content[:60], refused.err)
        assert bob not in refused.err
    assert state(cli) == before


def test_a_key_that_could_never_sign_is_refused(cli: Cli, tmp_path: Path) -> None:
    with new_ring("gone") as ring:
        ring.make("certifier", usage="cert")
        ring.make("old", expires="20240201T000000")
        ring.make("weak", algorithm="rsa1024")
        ring.revoke("gone", 0)
        refusals = {
            "gone": "GPV-403-KEY-REVOKED",
            "certifier": "GPV-422-POLICY",
            "old": "GPV-403-KEY-EXPIRED",
            "weak": "GPV-422-POLICY",
        }
        for label, code in refusals.items():
            path = tmp_path / label
            path.write_bytes(ring.certificate(label))
            refused = cli("key", "add", str(path))
            assert (refused.code, code in refused.err) == (1, True), refused.err


def test_a_user_id_that_could_deceive_names_nobody(cli: Cli) -> None:
    with new_ring() as ring:
        ring.gpg(
            *("--pinentry-mode", "loopback", "--passphrase", "", "--allow-freeform-uid"),
            *(
                "--quick-generate-key",
                "ad\u202emin \x1b[2J <a@example.org>",
                "ed25519",
                "sign,cert",
                "never",
            ),
            at=BORN,
        )
        content = ring.gpg("--export")
        refused = cli("key", "add", "-", stdin=content)
        assert (refused.code, "--name NAME" in refused.err) == (2, True)
        assert "\x1b" not in refused.err
        bidi = cli("key", "add", "-", "--name", "a\u202eb", "--email", "a@b.example", stdin=content)
        assert (bidi.code, "U+202E" in bidi.err) == (2, True)
        named = ("--name", "Ann", "--email", "ann@example.org")
        assert cli("key", "add", "-", *named, stdin=content).code == 0


def test_nobody_gets_a_name_of_the_policy_by_claiming_it(cli: Cli) -> None:
    with new_ring("alice") as ring:
        content = ring.certificate("alice")
        refused = cli("key", "add", "-", stdin=content)
        assert (refused.code, "say whose it is: --name" in refused.err) == (2, True)
        assert cli("key", "add", "-", "--name", "Alice", stdin=content).code == 0
        listed = cli("key", "list", "--json").json["keys"]
        assert [key["owner"] for key in listed] == ["Alice", None, None]


def test_misspelt_and_useless_wishes_are_answered(cli: Cli, bob: Path) -> None:
    misspelt = cli("key", "add", str(bob), "--kinds", "run,amendmnet")
    assert (misspelt.code, "Did you mean 'amendment'?" in misspelt.err) == (2, True)
    useless = cli("key", "add", str(bob), "--kinds", "run,approval")
    assert (useless.code, "--owner" in useless.err) == (2, True)
    powerless = cli("key", "add", str(bob), "--owner", "--actor-kinds", "ai")
    assert (powerless.code, "HUMAN" in powerless.err) == (2, True)
    asked = ("--kinds", "log,run", "--actor-kinds", "system,AI", "--agents", "4_*", "--agents", "x")
    assert cli("key", "add", str(bob), *asked).code == 0
    rule = cli("key", "list", "--json").json["keys"][-1]
    assert (rule["kinds"], rule["actor_kinds"]) == (["run", "log"], ["AI", "SYSTEM"])
    assert rule["agents"] == ["4_*", "x"]


def test_a_reason_that_no_record_can_hold_is_refused_before_signing(cli: Cli, bob: Path) -> None:
    before = state(cli)
    for reason in ("x" * 1_001, "a\u202eb\ud800".encode("utf-8", "replace").decode() * 400):
        refused = cli("key", "add", str(bob), "--reason", reason)
        assert refused.code in {1, 2}
    token = "ghp_" + "aB3" * 12
    name = cli("key", "list", "--json").json["keys"][1]["name"]
    for args in (("add", str(bob)), ("revoke", name, "--from-height", "1")):
        leaked = cli("key", *args, "--reason", token)
        assert (leaked.code in {1, 2}, "a GitHub token" in leaked.err) == (True, True)
        assert token not in leaked.err
    assert state(cli) == before


def test_a_second_key_of_an_owner_can_go_on_alone(cli: Cli, others: KeyRing) -> None:
    spare = others.certificate("eve")
    added = cli("key", "add", "-", "--owner", "--name", "Alice", stdin=spare)
    assert (added.code, "owner    Alice" in added.out) == (0, True)
    first = cli("key", "list", "--json").json["keys"][0]["key"]
    eve = {"GNUPGHOME": str(others.home), "GITPROV_KEY": others["eve"].fingerprint}
    lost = cli("key", "revoke", first, "--from-height", "1", "--reason", "lost laptop", **eve)
    assert lost.code == 0
    assert cli("verify").code == 0
    again = cli("key", "add", "-", stdin=others.certificate("bob"))
    assert (again.code, "GPV-403-KEY-REVOKED" in again.err) == (1, True)


def test_who_is_no_owner_is_told_whom_to_ask(cli: Cli, bob: Path, others: KeyRing) -> None:
    before = state(cli)
    refused = cli("key", "add", str(bob), GNUPGHOME=str(others.home), GITPROV_KEY="B0" * 20)
    assert (refused.code, "GPV-403-QUORUM" in refused.err) == (1, True)
    assert "ask 'Alice'" in refused.err
    assert state(cli) == before
    audit = (cli.path / ".git/gitprov/audit.jsonl").read_text().splitlines()
    last = json.loads(audit[-1])
    assert (last["action"], last["code"]) == ("refuse", "GPV-403-QUORUM")


def test_a_key_is_revoked_and_its_later_entries_are_disputed(
    cli: Cli, bob: Path, others: KeyRing
) -> None:
    as_bob = {"GNUPGHOME": str(others.home), "GITPROV_KEY": others["bob"].fingerprint}
    assert cli("key", "add", str(bob)).code == 0
    assert cli("record", *RUN, **as_bob).code == 0
    ahead = cli("key", "revoke", "Bob", "--from-height", "4", "--reason", "left")
    assert (ahead.code, "the next entry's height is 3" in ahead.err) == (2, True)
    assert cli("key", "revoke", "Bob", "--from-height", "2", "--reason", "left").code == 0
    assert "revoked, disputed from height 2" in cli("key", "list").out
    assert cli("record", *RUN, **as_bob).code == 1
    verdict = cli("verify", "--json").json
    assert verdict["verdict"] == "pass"
    assert [f["code"] for f in verdict["findings"]] == ["GPV-403-KEY-REVOKED"]
    again = cli("key", "add", str(bob))
    assert (again.code, "revoked for ever" in again.err) == (1, True)


def test_a_certificate_is_renewed_and_at_last_revoked(cli: Cli) -> None:
    with new_ring() as ring:
        ring.make("bob", expires="1y", at=BORN)
        first = ring.certificate("bob")
        unknown = cli("key", "renew", "-", stdin=first)
        assert unknown.code == 1
        ring.expire("bob", "20y")
        second = ring.certificate("bob")
        assert cli("key", "add", "-", stdin=second).code == 0
        same = cli("key", "renew", "-", stdin=second)
        assert (same.code, "GPV-409-DUPLICATE" in same.err) == (1, True)
        stale = cli("key", "renew", "-", stdin=first)
        assert (stale.code, "GPV-403-KEY-EXPIRED" in stale.err) == (1, True)
        ring.expire("bob", "never")
        renewed = cli("key", "renew", "-", "--json", stdin=ring.certificate("bob")).json
        assert renewed["policy"] is None
        assert renewed["certificates"] == [f"keys/{ring['bob'].fingerprint}/0002.asc"]
        assert cli("key", "list", "--json").json["keys"][-1]["state"] == "good"
        ring.revoke("bob", 1)
        assert cli("key", "renew", "-", stdin=ring.certificate("bob")).code == 0
        listed = cli("key", "list", "--json").json["keys"][-1]
        assert listed["state"] == "revoked by its certificate"
        final = cli("key", "renew", "-", stdin=second)
        assert (final.code, "which is final" in final.err) == (1, True)
    assert cli("verify").code == 0


def test_a_sole_owner_whose_key_expired_comes_back(bare_cli: Cli, others: KeyRing) -> None:
    with new_ring() as ring:
        key = ring.make("olga", expires="never")
        home = {"GNUPGHOME": str(ring.home)}
        ring.expire("olga", "seconds=4")
        made = bare_cli("init", "--key", key.fingerprint, "--agent-key", "none", **home)
        assert (made.code, made.err) == (0, "")
        refused = bare_cli.shell(
            'sleep 4; gitprov key add - --name Bob < "$FILE"',
            **home,
            FILE=str(_saved(bare_cli, others.certificate("bob"))),
        )
        assert (refused.code, "| gitprov key renew -" in refused.err) == (1, True), refused.err
        ring.expire("olga", "never")
        back = bare_cli("key", "renew", "-", stdin=ring.certificate("olga"), **home)
        assert (back.code, back.err) == (0, "")
        bob = others.certificate("bob")
        assert bare_cli("key", "add", "-", "--name", "Bob", stdin=bob, **home).code == 0
        assert bare_cli("verify", **home).code == 0


def _saved(cli: Cli, content: bytes) -> Path:
    path = cli.path.parent / "saved.asc"
    path.write_bytes(content)
    return path


def test_where_several_owners_must_agree_it_says_so(
    cli: Cli, others: KeyRing, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No command asks for two owners yet; the use case behind them all can."""
    assert cli("key", "add", "-", "--owner", stdin=others.certificate("bob")).code == 0
    monkeypatch.setenv("GNUPGHOME", str(keys.home))

    def plan(_: Tip, before: Authority) -> Change:
        mapping = before.policy.to_mapping()
        owners = {**mapping["owners"], "threshold": 2}
        following = {"version": 3, "previous": before.digest, "owners": owners}
        policy = build(mapping | following, "policy")
        assert isinstance(policy, Policy)
        return Change("two of us", keys["alice"].fingerprint, policy)

    entry = enactor(open_workspace(Overrides(path=cli.path))).enact(plan).entry
    assert entry is not None
    before = state(cli)
    refused = cli("key", "add", "-", stdin=others.certificate("eve"))
    assert (refused.code, "GPV-403-QUORUM" in refused.err) == (1, True)
    assert "2 owners" in refused.err
    assert state(cli) == before
    assert cli("verify").code == 0
