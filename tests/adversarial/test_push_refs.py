# ruff: noqa: N802 - tests are named by the ids of their cases
"""Names that no push may use, and pushes of several refs: one bad update refuses all."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from gitprov.errors import Code
from tests.support.git import Git
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import HookedRemote
from tests.support.keys import KeyRing
from tests.support.raw_objects import FILE, FOLDER, Item

pytestmark = [pytest.mark.git, pytest.mark.gpg]

ZERO = "0" * 40


@pytest.fixture
def code(history: HistoryBuilder) -> str:
    """A code commit beside the ledger."""
    git = Git(history.path)
    return git("commit-tree", "-m", "code", git("hash-object", "-t", "tree", "-w", "--stdin"))


def test_case_P_01_a_rewind_is_refused(remote: HookedRemote, history: HistoryBuilder) -> None:
    """A forced push of an earlier entry."""
    done = remote.refuse(history, f"+{history.tip}~1:{LEDGER}")
    assert done.codes == [Code.NON_FF]
    assert remote.audit()[-1]["code"] == Code.NON_FF


def test_case_P_03_a_deletion_is_refused(remote: HookedRemote, history: HistoryBuilder) -> None:
    """The ledger's ref is deleted."""
    assert remote.refuse(history, f":{LEDGER}").codes == [Code.REF_DELETE]


def test_case_P_04_only_the_pinned_genesis_makes_the_ref(
    history: HistoryBuilder, tmp_path: Path
) -> None:
    """A first push whose genesis is not the pinned one."""
    other = HookedRemote.make(tmp_path / "other.git", genesis="12" * 20)
    assert other.refuse(history).codes == [Code.ROLLBACK]
    genesis = Git(history.path)("rev-list", "--max-parents=0", history.tip)
    right = HookedRemote.make(tmp_path / "right.git", genesis=genesis)
    right.accept(history)


def test_case_P_06_no_ref_below_a_guarded_one(history: HistoryBuilder, tmp_path: Path) -> None:
    """A ref below a guarded one, or in the place of its folder: the ledger could never be made."""
    empty = HookedRemote.make(tmp_path / "empty.git")
    assert empty.refuse(history, f"{history.tip}:{LEDGER}/x").codes == [Code.REF_FORBIDDEN]
    assert empty.refuse(history, f"{history.tip}:refs/gitprov").codes == [Code.REF_FORBIDDEN]
    assert empty.refuse(history, f"{history.tip}:refs/notes").codes == [Code.REF_FORBIDDEN]
    empty.accept(history)


@pytest.mark.parametrize(
    "name",
    ["refs/gitprov/Ledger", "refs/GITPROV/runs", "refs/notes/GitProv", "refs/gitprov/parked/x"],
)
def test_case_P_07_names_that_resemble_guarded_ones(
    remote: HookedRemote, history: HistoryBuilder, name: str
) -> None:
    """Names that differ from a guarded one in case, or stand beside it in its folder."""
    done = remote.refuse(history, f"{history.tip}:{name}")
    assert done.codes == [Code.REF_FORBIDDEN]
    assert any(name in line for line in done.lines)


def test_case_P_09_symbolic_refs(remote: HookedRemote, history: HistoryBuilder) -> None:
    """A push to a symbolic ref that leads to the ledger; HEAD leads to it."""
    history.append(history.run("alice"))
    remote.git("symbolic-ref", "refs/heads/alias", LEDGER)
    remote.git("symbolic-ref", "refs/heads/second", "refs/heads/alias")
    for name in ("refs/heads/alias", "refs/heads/second"):
        done = remote.refuse(history, f"{history.tip}:{name}")
        assert done.codes == [Code.REF_FORBIDDEN]
    remote.accept(history)
    remote.git("symbolic-ref", "HEAD", LEDGER)
    history.append(history.run("alice"))
    assert remote.refuse(history).codes == [Code.REF_FORBIDDEN]


def test_case_P_09_the_ledger_itself_is_symbolic(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    """The ledger's ref is symbolic."""
    remote.git("update-ref", "refs/heads/hidden", history.tip)
    remote.git("symbolic-ref", LEDGER, "refs/heads/hidden")
    history.append(history.run("alice"))
    assert remote.refuse(history).codes == [Code.REF_FORBIDDEN]


def test_a_symbolic_ref_to_code_moves_as_ever(
    remote: HookedRemote, history: HistoryBuilder, code: str
) -> None:
    remote.git("symbolic-ref", "refs/heads/master", "refs/heads/main")
    remote.accept(history, f"{code}:refs/heads/master")
    assert remote.tip("refs/heads/main") == code
    assert len(remote.audit()) == 1


def test_case_P_10_replace_refs(remote: HookedRemote, history: HistoryBuilder) -> None:
    """A replace ref."""
    done = remote.refuse(history, f"{history.tip}:refs/replace/{history.old}")
    assert done.codes == [Code.REF_FORBIDDEN]


def test_case_P_12_a_bad_entry_refuses_the_code_beside_it(
    remote: HookedRemote, history: HistoryBuilder, code: str
) -> None:
    """A bad entry and good code in one push: all of it is refused."""
    draft = history.draft(history.run("alice"))
    history.land(draft.payload, draft)
    refs = (f"{history.tip}:{LEDGER}", f"{code}:refs/heads/main")
    assert remote.refuse(history, *refs).codes == [Code.UNSIGNED]
    remote.accept(history, f"{code}:refs/heads/main")


def test_case_P_13_a_key_is_authorised_by_what_stands_before_it(
    remote: HookedRemote, history: HistoryBuilder, tmp_path: Path
) -> None:
    """A policy that lists a new key and an entry by that key in one push, in both orders."""
    remote.install(now=history.now)
    early = history.copy(tmp_path / "early.git")
    signers = (*history.policy.signers, history.signer("mallory"))
    wider = replace(history.policy, signers=signers)
    early.append(early.run("mallory"), by="mallory")
    early.change(wider, early.certificate("mallory"))
    assert remote.refuse(early).codes == [Code.UNKNOWN_KEY]
    history.change(wider, history.certificate("mallory"))
    history.append(history.run("mallory"), by="mallory")
    remote.accept(history)
    assert remote.tip() == history.tip


def test_entries_parked_on_a_branch_first_are_judged(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    history.append(history.run("mallory"), by="mallory")
    remote.accept(history, f"{history.tip}:refs/heads/parked")
    assert remote.refuse(history).codes == [Code.UNKNOWN_KEY]


def test_good_entries_parked_on_a_branch_first_are_accepted(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    history.append(history.run("alice"))
    remote.accept(history, f"{history.tip}:refs/heads/parked")
    remote.accept(history)
    assert remote.tip() == history.tip


def test_case_P_18_a_namespace_is_refused(
    remote: HookedRemote, history: HistoryBuilder, code: str
) -> None:
    """A push into a Git namespace: the hook sees the ledger's name, another ref would move."""
    history.append(history.run("alice"))
    env = {"GIT_NAMESPACE": "evil"}
    assert remote.refuse(history, env=env).codes == [Code.REPO_UNSUPPORTED]
    assert remote.push(history, f"{code}:refs/heads/main", env=env).accepted


@pytest.mark.parametrize(
    "stdin", [b"", f"{ZERO} {'1' * 40} {LEDGER}".encode(), b"1 2 refs/gitprov/x\n"]
)
def test_case_P_21_a_list_that_git_does_not_write(remote: HookedRemote, stdin: bytes) -> None:
    """An empty or malformed list of updates."""
    done = remote.run_hook(stdin)
    assert (done.returncode, Code.INTERNAL.encode() in done.stderr) == (1, True)


def test_case_P_22_new_objects_outside_quarantine(
    remote: HookedRemote, history: HistoryBuilder, tmp_path: Path
) -> None:
    """A new tip without quarantine, or with one outside the repository."""
    history.append(history.run("alice"))
    remote.accept(history, f"{history.tip}:refs/heads/parked")
    line = f"{history.old} {history.tip} {LEDGER}\n".encode()
    elsewhere = str(tmp_path)
    for env in (
        {},
        {"GIT_QUARANTINE_PATH": elsewhere, "GIT_OBJECT_DIRECTORY": elsewhere},
        {"GIT_QUARANTINE_PATH": str(remote.path / "objects")},
    ):
        done = remote.run_hook(line, env)
        assert (done.returncode, Code.INTERNAL.encode() in done.stderr) == (1, True)


def test_case_P_28_a_push_on_a_tip_that_moved_meanwhile(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    """Two pushes on one tip: the later one is told to try again."""
    base = history.tip
    first = history.append(history.run("alice"), on=base)
    second = history.branch(history.run("bot"), by="bot", on=base)
    remote.accept(history, f"{first}:{LEDGER}", f"{second}:refs/heads/parked")
    # As git tells the hook of the slower one: it began while the tip was still the old one.
    incoming = remote.path / "objects/tmp_objdir-incoming-x"
    incoming.mkdir()
    env = {"GIT_QUARANTINE_PATH": str(incoming), "GIT_OBJECT_DIRECTORY": str(incoming)}
    env |= {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(remote.path / "objects")}
    done = remote.run_hook(f"{base} {second} {LEDGER}\n".encode(), env)
    assert (done.returncode, Code.STALE.encode() in done.stderr) == (1, True)
    assert remote.audit()[-1]["code"] == Code.STALE


def test_case_P_30_what_the_pusher_says_reaches_neither_messages_nor_log(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    """Escapes and line ends in push options and variables."""
    remote.git("config", "receive.advertisePushOptions", "true")
    history.append(history.run("mallory"), by="mallory")
    env = {"LC_ALL": "C\n\x1b[31m", "REMOTE_USER": "eve\n\x1b[31m", "PYTHONPATH": "/nowhere"}
    done = remote.refuse(history, env=env, options=("-o", "\x1b[31mred"))
    assert done.codes == [Code.UNKNOWN_KEY]
    assert "\x1b" not in "".join(done.lines)
    assert remote.audit()[-1]["actor"] == {"id": "eve\\x0a\\x1b[31m"}


@pytest.mark.parametrize("signer", ["alice", "mallory"])
def test_case_P_31_a_push_certificate_changes_no_verdict(
    remote: HookedRemote, history: HistoryBuilder, keys: KeyRing, signer: str
) -> None:
    """A signed push, by a listed key or another: every entry answers for itself."""
    remote.git("config", "receive.certNonceSeed", "seed")
    env = {
        "GNUPGHOME": str(keys.home),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "user.signingKey",
        "GIT_CONFIG_VALUE_0": keys[signer].fingerprint,
    }
    draft = history.draft(history.run("alice"))
    bad = history.objects.put("commit", draft.payload)
    # Git itself keeps the certificate as an object, so the server does not stay as it was.
    done = remote.push(history, f"{bad}:{LEDGER}", env=env, options=("--signed=true",))
    assert (done.accepted, done.codes) == (False, [Code.UNSIGNED])
    good = history.append(history.run("alice"))
    assert remote.push(history, f"{good}:{LEDGER}", env=env, options=("--signed=true",)).accepted
    assert remote.tip() == good


def test_case_P_34_a_client_that_stalls_holds_up_nobody(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    """Half a pack arrives, and then nothing: no lock, no ref, and others push."""
    old = remote.tip()
    with subprocess.Popen(
        ["git", "receive-pack", str(remote.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as stalled:
        assert stalled.stdin is not None
        line = f"{old} {'12' * 20} {LEDGER}\0report-status".encode()
        stalled.stdin.write(b"%04x%b0000" % (len(line) + 4, line))
        stalled.stdin.write(b"PACK\0\0\0\2\0\0\0\5\x35\x78\x9c")
        stalled.stdin.flush()
        new = history.append(history.run("alice"))
        remote.accept(history)
        assert stalled.poll() is None
        stalled.kill()
    assert remote.tip() == new
    assert list((remote.path / "refs").rglob("*.lock")) == []


def test_case_P_33_too_many_guarded_names(remote: HookedRemote) -> None:
    """50,000 guarded names in one push."""
    lines = (f"{ZERO} {'1' * 40} refs/gitprov/ledgers/{n}\n" for n in range(50_000))
    done = remote.run_hook("".join(lines).encode())
    assert (done.returncode, Code.LIMIT.encode() in done.stderr) == (1, True)
    assert [event.get("code") for event in remote.audit()] == [None, Code.LIMIT]


def test_50_000_code_refs_pass(remote: HookedRemote) -> None:
    lines = (f"{ZERO} {'1' * 40} refs/heads/b{n}\n" for n in range(50_000))
    done = remote.run_hook("".join(lines).encode(), {"PATH": "/usr/bin:/bin"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(remote.audit()) == 1


def test_a_list_of_refs_that_would_use_all_memory(remote: HookedRemote) -> None:
    """The memory of the process that reads the list is not limited otherwise."""
    lines = f"{ZERO} {'1' * 40} refs/heads/{'b' * 1_000}\n" * 31_000
    done = remote.run_hook(f"{lines}{ZERO} {'1' * 40} {LEDGER}\n".encode())
    assert (done.returncode, Code.LIMIT.encode() in done.stderr) == (1, True)
    assert b"by themselves" in done.stderr


def test_further_ledgers_are_ledgers(remote: HookedRemote, history: HistoryBuilder) -> None:
    remote.accept(history, f"{history.tip}:refs/gitprov/ledgers/team")
    done = remote.refuse(history, f"+{history.tip}~1:refs/gitprov/ledgers/team")
    assert done.codes == [Code.NON_FF]


def test_the_ledger_as_a_branch(history: HistoryBuilder, tmp_path: Path) -> None:
    branch = "refs/heads/team/gitprov-ledger"
    server = HookedRemote.make(tmp_path / "branch.git", ref=branch)
    assert server.refuse(history, f"{history.tip}:refs/heads/team").codes == [Code.REF_FORBIDDEN]
    other = "refs/heads/team/GitProv-Ledger"
    assert server.refuse(history, f"{history.tip}:{other}").codes == [Code.REF_FORBIDDEN]
    server.accept(history, f"{history.tip}:{branch}")
    assert server.refuse(history, f":{branch}").codes == [Code.REF_DELETE]
    # Whatever the configuration, the usual name stays guarded.
    assert server.refuse(history, f"{history.old}~1:{LEDGER}/x").codes == [Code.REF_FORBIDDEN]


def with_line(history: HistoryBuilder, item: Item) -> None:
    """Append an entry whose root tree has one more line."""
    root = history.objects.edit(history.trees[history.tip], "", lambda items: [*items, item])
    history.commit(history.draft(history.run("alice"), tree=root))


@pytest.mark.slow
def test_case_P_24_a_file_that_inflates_beyond_memory(
    remote: HookedRemote, history: HistoryBuilder, tmp_path: Path
) -> None:
    """A file of 300 MiB that is small in the pack."""
    large = tmp_path / "large"
    with large.open("wb") as stream:
        stream.truncate(300 * 1024 * 1024)
    blob = Git(history.path)("hash-object", "-w", str(large))
    draft = history.draft(history.run("alice"))
    old = history.objects.files(history.trees[history.tip])
    path = next(p for p in history.objects.files(draft.tree) if p not in old)
    draft.tree = history.objects.add(draft.tree, path, blob)
    history.commit(draft)
    assert remote.push(history).codes[0] == Code.LIMIT
    assert remote.tip() == history.old


def test_case_P_25_a_tree_bomb(remote: HookedRemote, history: HistoryBuilder) -> None:
    """A tree of 10^10 paths in twelve objects."""
    below = history.objects.put("blob", b"x")
    mode = FILE
    for _ in range(10):
        names = [f"{n}".encode() for n in range(10)]
        below = history.objects.put_tree([(mode, name, below) for name in names])
        mode = FOLDER
    with_line(history, (FOLDER, b"zbomb", below))
    assert remote.push(history).codes[0] == Code.TREE_FORM
    assert remote.tip() == history.old
