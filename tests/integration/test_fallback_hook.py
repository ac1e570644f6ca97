"""hooks/pre-receive.sh: real pushes by plain git; the ledger only grows."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitprov.app.server_install import keyring
from tests.support.faults import LEDGER, FaultWorld, founded_world
from tests.support.git import Git
from tests.support.keys import KeyRing
from tests.support.source_tree import ROOT

pytestmark = [pytest.mark.gpg, pytest.mark.git]


@dataclass(frozen=True)
class Remote:
    world: FaultWorld
    path: Path

    def push(self, *refs: str) -> subprocess.CompletedProcess[bytes]:
        return self.world.git.attempt("push", str(self.path), *refs)

    def tip(self) -> str:
        return Git(self.path)("rev-parse", LEDGER)

    def look_in(self, path: str) -> None:
        """Let the hook find its programs there, as if the server had them there."""
        hook = self.path / "hooks/pre-receive"
        text, count = re.subn("(?m)^PATH=.*$", f"PATH={path}", hook.read_text())
        assert count == 1
        hook.write_text(text)

    def expect_refusal(self, code: str, *refs: str) -> None:
        before = self.tip()
        done = self.push(*refs)
        assert done.returncode != 0
        assert code in done.stderr.decode()
        assert self.tip() == before


@pytest.fixture
def remote(keys: KeyRing, tmp_path: Path) -> Remote:
    world = founded_world(tmp_path / "r", keys)
    for _ in range(2):
        world.submit(world.make_run()[0])
    bare = tmp_path / "remote.git"
    world.git("init", "--quiet", "--bare", str(bare))
    shutil.copy(ROOT / "hooks/pre-receive.sh", bare / "hooks/pre-receive")
    (bare / "gitprov").mkdir()
    (bare / "gitprov/keyring.gpg").write_bytes(keyring(world.path, LEDGER)[0])
    made = Remote(world, bare)
    pushed = made.push(f"{LEDGER}:{LEDGER}", "HEAD:refs/heads/main")
    assert pushed.returncode == 0, pushed.stderr.decode()
    return made


def test_new_entries_and_code_pass(remote: Remote) -> None:
    remote.world.submit(remote.world.make_run()[0])
    remote.world.git("commit", "--quiet", "--allow-empty", "-m", "second")
    done = remote.push(f"{LEDGER}:{LEDGER}", "HEAD:refs/heads/main", "HEAD:refs/heads/other")
    assert done.returncode == 0, done.stderr.decode()
    assert remote.tip() == remote.world.tip()


def test_a_rewind_a_deletion_and_reserved_names_are_refused(remote: Remote) -> None:
    remote.expect_refusal("GPV-409-NON-FF", f"+{LEDGER}~1:{LEDGER}")
    remote.expect_refusal("GPV-409-REF-DELETE", f":{LEDGER}")
    remote.expect_refusal("GPV-403-REF-FORBIDDEN", f"{LEDGER}:refs/gitprov/Ledger")
    remote.expect_refusal("GPV-403-REF-FORBIDDEN", f"{LEDGER}:refs/gitprov/else")
    remote.expect_refusal("GPV-403-REF-FORBIDDEN", f"{LEDGER}:refs/replace/{remote.tip()}")


def test_an_unsigned_entry_and_an_edit_are_refused(remote: Remote) -> None:
    git = remote.world.git
    tip = remote.tip()
    unsigned = git(
        "commit-tree", "-p", tip, "-m", "gpgsig -----BEGIN PGP SIGNATURE-----", f"{tip}^{{tree}}"
    )
    remote.expect_refusal("GPV-401-UNSIGNED", f"{unsigned}:{LEDGER}")
    signer = git("config", "gitprov.key")
    signing = Git(git.path, {"GNUPGHOME": str(remote.world.home)})
    emptied = signing("commit-tree", f"-S{signer}", "-p", tip, "-m", "empty", git("mktree"))
    remote.expect_refusal("GPV-409-APPEND-ONLY", f"{emptied}:{LEDGER}")


def test_a_tag_of_an_entry_is_no_tip(remote: Remote) -> None:
    git = remote.world.git
    remote.world.submit(remote.world.make_run()[0])
    git("tag", "-a", "-m", "a tag", "named", LEDGER)
    remote.expect_refusal("GPV-400-COMMIT-FORM", f"refs/tags/named:{LEDGER}")
    remote.expect_refusal("GPV-400-COMMIT-FORM", "refs/tags/named:refs/gitprov/ledgers/next")
    assert remote.push("refs/tags/named").returncode == 0


@pytest.mark.parametrize(
    "name",
    [
        "refs/notes/gitprov/x",
        "refs/Notes/gitprov",
        "refs/Replace/x",
        "refs/REPLACE/x",
        "refs/gitprov/ledgers",
        "refs/gitprov/ledgers/Next",
        "refs/gitprov/ledgers/a/b",
    ],
)
def test_names_that_block_or_double_a_guarded_one(remote: Remote, name: str) -> None:
    remote.expect_refusal("GPV-403-REF-FORBIDDEN", f"{LEDGER}:{name}")


def test_one_bad_ref_refuses_the_whole_push(remote: Remote) -> None:
    remote.world.git("commit", "--quiet", "--allow-empty", "-m", "third")
    remote.expect_refusal("GPV-409-REF-DELETE", f":{LEDGER}", "HEAD:refs/heads/main")
    assert Git(remote.path)("rev-parse", "refs/heads/main") != remote.world.git("rev-parse", "HEAD")


def test_no_line_on_standard_input_is_refused(remote: Remote) -> None:
    done = subprocess.run(
        ["sh", "hooks/pre-receive"], cwd=remote.path, input=b"", capture_output=True, check=False
    )
    assert done.returncode == 1
    assert b"GPV-500-INTERNAL" in done.stderr


def test_a_ledger_is_made_only_with_the_pinned_genesis(remote: Remote) -> None:
    genesis = Git(remote.path)("rev-list", "--max-parents=0", LEDGER)
    tip = remote.tip()
    hook = remote.path / "hooks/pre-receive"
    text = hook.read_text(encoding="utf-8")
    for pin, accepted in (("ab" * 20, False), (genesis, True)):
        Git(remote.path)("update-ref", "-d", LEDGER)
        hook.write_text(text.replace("genesis=''", f"genesis='{pin}'", 1), encoding="utf-8")
        done = remote.push(f"{LEDGER}:{LEDGER}")
        assert (done.returncode == 0) is accepted
        assert accepted or b"GPV-409-ROLLBACK" in done.stderr
    assert remote.tip() == tip


def test_names_around_the_ledger_are_refused(remote: Remote) -> None:
    hook = remote.path / "hooks/pre-receive"
    text = hook.read_text(encoding="utf-8")
    text = text.replace("ref='refs/gitprov/ledger'", "ref='refs/heads/lists/ledger'", 1)
    hook.write_text(text, encoding="utf-8")
    for name in ("refs/heads/lists", "refs/heads/Lists/Ledger", "refs/heads/lists/ledger/x"):
        remote.expect_refusal("GPV-403-REF-FORBIDDEN", f"HEAD:{name}")
    remote.expect_refusal("GPV-403-REF-FORBIDDEN", "HEAD:refs/notes/GitProv")
    assert remote.push("HEAD:refs/notes/gitprov").returncode == 0


@pytest.mark.parametrize("target", [LEDGER, "refs/gitprov/ledgers/next"])
def test_another_name_for_a_ledger_is_refused(remote: Remote, target: str) -> None:
    Git(remote.path)("symbolic-ref", "refs/heads/alias", target)
    remote.expect_refusal("GPV-403-REF-FORBIDDEN", f"+{LEDGER}~1:refs/heads/alias")


def test_a_ledger_that_head_leads_to_is_refused(remote: Remote) -> None:
    Git(remote.path)("symbolic-ref", "HEAD", LEDGER)
    remote.world.submit(remote.world.make_run()[0])
    remote.expect_refusal("GPV-403-REF-FORBIDDEN", f"{LEDGER}:{LEDGER}")


def test_without_a_keyring_no_entry_passes_but_code_does(remote: Remote) -> None:
    (remote.path / "gitprov/keyring.gpg").unlink()
    remote.world.submit(remote.world.make_run()[0])
    remote.expect_refusal("GPV-500-INTERNAL", f"{LEDGER}:{LEDGER}")
    assert remote.push("HEAD:refs/heads/other").returncode == 0


@pytest.mark.parametrize("program", ["gpgv", "awk", "cmp", "tr", "xargs", "sort"])
def test_a_pushers_own_programs_are_not_run(
    remote: Remote, tmp_path: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "programs"
    folder.mkdir()
    fake = folder / program
    fake.write_text(f"#!/bin/sh\ntouch {tmp_path}/run\nexit 0\n")
    fake.chmod(0o755)
    world = remote.world
    forged = world.git("commit-tree", "-m", "forged", "-p", LEDGER, f"{LEDGER}^{{tree}}")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    remote.expect_refusal("GPV-401-UNSIGNED", f"{forged}:{LEDGER}")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("program", ["gpgv", "awk", "find", "mktemp", "cmp"])
def test_a_program_that_is_missing_refuses(remote: Remote, tmp_path: Path, program: str) -> None:
    folder = tmp_path / "programs"
    folder.mkdir()
    for path in map(Path, ("/usr/bin", "/bin")):
        for found in path.iterdir():
            if found.name != program and not (folder / found.name).exists():
                (folder / found.name).symlink_to(found)
    remote.world.submit(remote.world.make_run()[0])
    remote.look_in(str(folder))
    remote.expect_refusal(f"this server has no {program}", f"{LEDGER}:{LEDGER}")


@pytest.mark.parametrize("program", ["gpgv", "awk", "xargs"])
def test_a_program_that_fails_refuses(remote: Remote, tmp_path: Path, program: str) -> None:
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / program).write_text("#!/bin/sh\nexit 2\n", encoding="utf-8")
    (folder / program).chmod(0o755)
    remote.world.submit(remote.world.make_run()[0])
    remote.look_in(f"{folder}:/usr/bin:/bin")
    remote.expect_refusal("GPV-", f"{LEDGER}:{LEDGER}")


@pytest.mark.parametrize(
    "line",
    [
        b"one two\n",
        b"%s %s refs/heads/x y\n" % (b"0" * 40, b"1" * 40),
        b"%s %s refs/heads/x\n" % (b"0" * 39, b"1" * 40),
        b"%s %s refs/heads/\x1b[31m\n" % (b"0" * 40, b"1" * 40),
    ],
)
def test_an_odd_line_on_standard_input_is_refused(remote: Remote, line: bytes) -> None:
    done = subprocess.run(
        ["sh", "hooks/pre-receive"], cwd=remote.path, input=line, capture_output=True, check=False
    )
    assert done.returncode == 1
    assert b"GPV-500-INTERNAL" in done.stderr
    assert b"\x1b" not in done.stderr


def test_a_namespace_is_refused(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_NAMESPACE", "evil")
    done = remote.push(f"{LEDGER}~1:{LEDGER}")
    assert done.returncode != 0
    assert b"namespace" in done.stderr


def test_grafts_bend_nothing(remote: Remote) -> None:
    """A line of a graft file would make a rewind look like a step forward."""
    git = remote.world.git
    tip = remote.tip()
    before = git("rev-parse", f"{LEDGER}~1")
    (remote.path / "info").mkdir(exist_ok=True)
    remote.world.submit(remote.world.make_run()[0])
    side = git("commit-tree", "-p", before, "-m", "side", f"{tip}^{{tree}}")
    (remote.path / "info/grafts").write_text(f"{side} {tip}\n", encoding="utf-8")
    remote.expect_refusal("GPV-409-NON-FF", f"+{side}:{LEDGER}")


def test_shells_and_linters_are_content() -> None:
    for name in ("pre-receive.sh", "pre-receive.chain"):
        path = str(ROOT / "hooks" / name)
        for command in (["dash", "-n", path], ["bash", "--posix", "-n", path]):
            assert subprocess.run(command, check=False).returncode == 0


@pytest.mark.shellcheck
def test_shellcheck_is_content() -> None:
    paths = [str(ROOT / "hooks" / name) for name in ("pre-receive.sh", "pre-receive.chain")]
    done = subprocess.run(["shellcheck", *paths], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
