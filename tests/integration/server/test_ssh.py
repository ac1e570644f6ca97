# ruff: noqa: N802 - a case's name carries its id
"""A server over ssh: a forced command, two users, a reviewer with git alone (P-15, P-16)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gitprov.errors import Code
from tests.support.git import Git
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import HookedRemote
from tests.support.judgement import put_on_ref, verify
from tests.support.server_caretaker import Caretaker
from tests.support.source_tree import ROOT
from tests.support.ssh_server import SshServer, ssh_server

pytestmark = [pytest.mark.git, pytest.mark.gpg, pytest.mark.sshd]
# As docs/deployment.md has it.
FORCED = 'env REMOTE_USER={user} git-shell -c "$SSH_ORIGINAL_COMMAND"'
AROUND = "--receive-pack=git -c core.hooksPath=/dev/null receive-pack"


@pytest.fixture(scope="session")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    folder = tmp_path_factory.mktemp("ssh")
    # The account's own settings are not the test's.
    variables = f"env HOME={folder} GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null"
    with ssh_server(folder, f"{variables} {FORCED}", "ann", "ben") as running:
        yield running


@pytest.fixture
def server(
    bare: Git, history: HistoryBuilder, caretaker: Caretaker, ssh: SshServer
) -> HookedRemote:
    """A server that ann gave the usual ledger."""
    remote = HookedRemote(bare.path)
    caretaker.install(remote.path)
    pushed = push(history, remote, ssh, "ann", f"{history.tip}:{LEDGER}")
    assert pushed == "", pushed
    caretaker.install(remote.path)
    return remote


def push(
    history: HistoryBuilder, remote: HookedRemote, ssh: SshServer, user: str, *args: str
) -> str:
    """Push as that user; return what was said if it was refused, else nothing."""
    git = Git(history.path, ssh.env(user))
    done = git.attempt("push", ssh.url(remote.path), *args)
    return done.stderr.decode() if done.returncode else ""


def test_users_append_and_nobody_rewrites(
    server: HookedRemote, history: HistoryBuilder, ssh: SshServer, caretaker: Caretaker
) -> None:
    """Two users with keys of their own, one after the other."""
    first = history.append(history.run("alice"))
    assert push(history, server, ssh, "ann", f"{first}:{LEDGER}") == ""
    second = history.append(history.run("bot"), by="bot")
    assert push(history, server, ssh, "ben", f"{second}:{LEDGER}") == ""
    assert "GPV-409-NON-FF" in push(history, server, ssh, "ben", f"+{first}:{LEDGER}")
    assert "GPV-409-REF-DELETE" in push(history, server, ssh, "ann", f":{LEDGER}")
    assert server.tip() == second
    assert caretaker.doctor(server.path)["exit"] == ["0"]


def test_the_audit_log_names_who_pushed(
    server: HookedRemote, history: HistoryBuilder, ssh: SshServer
) -> None:
    assert server.audit()[0]["actor"] == {"id": "ann"}
    new = history.append(history.run("alice"))
    assert push(history, server, ssh, "ben", f"{new}:{LEDGER}") == ""
    judged = [line for line in server.audit() if line["action"] == "push-judged"]
    assert judged[-1]["actor"] == {"id": "ben"}
    page = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    shown = FORCED.replace("{user}", "ann").replace('"', '\\"')
    assert f'command="{shown}",restrict ' in page


def test_case_P_15_another_receive_pack_is_refused(
    server: HookedRemote, history: HistoryBuilder, ssh: SshServer
) -> None:
    """The forced command lets through only git's own commands, as they are."""
    page = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    shown = AROUND.replace("=", '="', 1)
    assert f'`git push {shown}"`' in page
    said = push(history, server, ssh, "ann", AROUND, f"+{history.tip}~1:{LEDGER}")
    assert said != ""
    assert "GPV-" not in said
    assert server.tip() == history.tip


def test_case_P_15_without_a_forced_command_readers_still_see_it(
    server: HookedRemote, history: HistoryBuilder
) -> None:
    """Over a path everybody chooses the command; the entry it smuggles in stays what it is."""
    forged = history.objects.put("commit", history.draft(history.run()).payload)
    git = Git(history.path)
    git("push", "--quiet", AROUND, str(server.path), f"{forged}:{LEDGER}")
    assert server.tip() == forged
    history.tip = forged
    put_on_ref(history)
    assert Code.UNSIGNED in {found.code for found in verify(history).findings}


@pytest.mark.parametrize(
    "command", ["sh", "git --version", "git-receive-pack; id", "git upload-archive ."]
)
def test_nothing_else_can_be_run(ssh: SshServer, command: str) -> None:
    done = ssh.ssh("ann", command)
    assert done.returncode != 0
    assert b"uid=" not in done.stdout
    assert b"git version" not in done.stdout


def test_a_reviewer_needs_git_alone(
    server: HookedRemote, history: HistoryBuilder, ssh: SshServer, tmp_path: Path
) -> None:
    review = Git(tmp_path).init(tmp_path / "review")
    reviewer = Git(review.path, ssh.env("ben"))
    reviewer("fetch", "--quiet", ssh.url(server.path), f"{LEDGER}:{LEDGER}")
    assert reviewer("rev-parse", LEDGER) == history.tip
    assert len(reviewer("log", "--format=%H", LEDGER).splitlines()) == 3


def test_a_server_that_borrows_objects_is_guarded(
    server: HookedRemote, history: HistoryBuilder, ssh: SshServer, caretaker: Caretaker
) -> None:
    """Forges keep the objects of forks in one pool."""
    fork = HookedRemote(server.path.with_name("fork.git"))
    Git(server.path)("clone", "--quiet", "--bare", "--shared", str(server.path), str(fork.path))
    caretaker.install(fork.path)
    assert push(history, fork, ssh, "ann", f"{history.tip}:{LEDGER}") == ""
    assert "GPV-409-NON-FF" in push(history, fork, ssh, "ann", f"+{history.tip}~1:{LEDGER}")
    assert caretaker.doctor(fork.path)["exit"] == ["0"]
