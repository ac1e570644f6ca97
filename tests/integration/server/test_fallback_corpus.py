"""hooks/pre-receive.sh against the corpus of attacks: what its header promises, it refuses."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gitprov.app.server_install import keyring
from gitprov.model.finding import Verdict
from tests.adversarial import test_commit_and_signature, test_commit_form, test_trees_and_merges
from tests.support.attacks import Attack
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.source_tree import ROOT

pytestmark = [pytest.mark.git, pytest.mark.gpg]

MODULES = (test_commit_form, test_commit_and_signature, test_trees_and_merges)
ATTACKS = [attack for module in MODULES for attack in module.SURFACE.attacks]
# What the header says it does not check; gitprov verify and the other hook do.
NOT_SEEN = {
    "case_C_24_revoked_key",
    "case_C_31_certify_only_key",
    "case_C_31_encrypt_only_key",
    "case_C_40_author_not_utf8",
    "case_C_40_message_not_utf8",
    "case_C_48_same_id_other_path",
    "case_C_49_height_repeated",
    "case_C_49_height_skipped",
    "case_C_49_wrong_chain",
    "case_C_52_two_certificates",
    "case_T_06_mode_100600",
    "case_T_06_mode_100664",
    "case_T_07_unsorted",
    "case_T_07_zero_padded_mode",
    "case_T_13_other_id",
    "case_T_13_other_kind",
    "case_T_13_other_minute",
    "case_T_21_merge_adds_a_record",
}
# Offline the moment of signing counts, on a server today.
NOT_LET_IN = {"case_C_22_expired_since"}


def serve(builder: HistoryBuilder, path: Path) -> Path:
    """Make a server that accepted the builder's ledger and has the hook and the keyring."""
    subprocess.run(["git", "init", "--quiet", "--bare", str(path)], check=True)
    (path / "objects/info/alternates").write_text(f"{builder.path}/objects\n", encoding="utf-8")
    (path / "gitprov").mkdir()
    shutil.copy(ROOT / "hooks/pre-receive.sh", path / "hooks/pre-receive")
    accepted = ["git", "-C", str(path), "update-ref", LEDGER, builder.tip]
    subprocess.run(accepted, check=True)
    (path / "gitprov/keyring.gpg").write_bytes(keyring(path, LEDGER)[0])
    return path


def push(builder: HistoryBuilder, server: Path) -> tuple[bool, str]:
    """Push the tip by force; return whether the ref is there now, and what was said."""
    command = ["git", "-C", str(builder.path), "push", "--force", str(server)]
    done = subprocess.run([*command, f"{builder.tip}:{LEDGER}"], capture_output=True, check=False)
    tip = (server / LEDGER).read_text(encoding="ascii").strip()
    return tip == builder.tip, done.stderr.decode(errors="replace")


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_the_hook_refuses_what_its_header_promises(
    attack: Attack, history: HistoryBuilder, usual: HistoryBuilder, tmp_path: Path
) -> None:
    server = serve(usual, tmp_path / "server.git")
    attack.build(history)
    moved, said = push(history, server)
    outcome = attack.accepting or attack.offline
    assert outcome is not None
    is_good = outcome.verdict is Verdict.PASS and attack.name not in NOT_LET_IN
    assert moved is (is_good or attack.name in NOT_SEEN), said


def test_every_exception_is_a_case() -> None:
    assert {attack.name for attack in ATTACKS} >= NOT_SEEN | NOT_LET_IN
