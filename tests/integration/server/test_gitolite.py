"""A gitolite of the test's own, set up as docs/deployment.md says, and used over ssh."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conformance.test_documents import Newcomer, typed_in
from tests.support.git import Git
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import HookedRemote
from tests.support.server_caretaker import load_sample
from tests.support.source_tree import ROOT
from tests.support.ssh_server import SshServer, ssh_server

pytestmark = [pytest.mark.git, pytest.mark.gpg, pytest.mark.sshd, pytest.mark.gitolite]

PAGE = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
SECTION = PAGE.split("\n## gitolite\n")[1].split("\n## ")[0]
RULES = next(re.finditer(r"```text\n(.*?)```", SECTION, re.DOTALL))[1]
USERS = ("ann", "ben")
SHELL = "/usr/share/gitolite3/gitolite-shell"


@dataclass(frozen=True)
class Gitolite:
    """An installation.

    Args:
        admin: who types on the server; the home is gitolite's.
        ssh: how users come in.
        history: the usual ledger.
    """

    admin: Newcomer
    ssh: SshServer
    history: HistoryBuilder

    @property
    def home(self) -> Path:
        return Path(self.admin.env["HOME"])

    @property
    def server(self) -> HookedRemote:
        """The repository on the server."""
        return HookedRemote(self.home / "repositories/project.git")

    def configure(self, rules: str) -> None:
        """Write conf/gitolite.conf, and let gitolite take it as a push of the admin does."""
        conf = self.home / ".gitolite/conf/gitolite.conf"
        conf.write_text(f"@writers = {' '.join(USERS)}\n{rules}", encoding="utf-8")
        self.admin.bash(script="gitolite setup")

    def push(self, user: str, *args: str) -> str:
        """Push as that user; return what was said if it was refused, else nothing."""
        git = Git(self.history.path, self.ssh.env(user))
        done = git.attempt("push", self.ssh.url("/project"), *args)
        return done.stderr.decode() if done.returncode else ""


def admin_of(folder: Path, server_python: str) -> Newcomer:
    """Make a home in which gitolite is set up, as its package does it."""
    for name in ("bin", "home"):
        (folder / name).mkdir()
    program = folder / "bin/gitprov"
    program.write_text(f'#!/bin/sh\nexec "{server_python}" -m gitprov "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    variables = {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "HOME": str(folder / "home"),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "USER": "git",
    }
    admin = Newcomer(folder / "home", {**os.environ, **variables})
    admin.bash(script="gitolite setup -a ann")
    return admin


def forced_command(folder: Path) -> str:
    """What sshd runs for a user, as gitolite's own authorized_keys has it, with that home."""
    home = f"env HOME={folder / 'home'} PATH={folder / 'bin'}:$PATH GIT_CONFIG_GLOBAL=/dev/null"
    return f"{home} {SHELL} {{user}}"


@pytest.fixture
def gitolite(tmp_path: Path, server_python: str, history: HistoryBuilder) -> Iterator[Gitolite]:
    """An installation without a hook yet."""
    if not shutil.which("gitolite"):
        pytest.fail("the program gitolite is there, as the marker says")
    folder = tmp_path / "g"
    folder.mkdir()
    admin = admin_of(folder, server_python)
    (tmp_path / "ssh").mkdir()
    with ssh_server(tmp_path / "ssh", forced_command(folder), *USERS) as ssh:
        yield Gitolite(admin, ssh, history)


def test_the_section_works_as_written(gitolite: Gitolite) -> None:
    install, prove, pin = _steps()
    gitolite.admin.session(install)
    gitolite.configure(RULES)
    checked = gitolite.admin.session(prove)
    assert [line for line in checked[-1] if "refused with GPV-409-NON-FF" in line]
    history = gitolite.history
    assert gitolite.push("ann", f"{history.tip}:{LEDGER}") == ""
    new = history.append(history.run("alice"))
    assert gitolite.push("ben", f"{new}:{LEDGER}") == ""
    assert "GPV-409-NON-FF" in gitolite.push("ben", f"+{new}~1:{LEDGER}")
    assert "GPV-409-REF-DELETE" in gitolite.push("ann", f":{LEDGER}")
    lines = [line for line in gitolite.server.audit() if line["action"] == "push-judged"]
    assert [line["actor"]["id"] for line in lines] == ["ann", "ben"]
    assert gitolite.server.audit()[1]["action"] == "push-landed"
    gitolite.admin.session(pin)
    gitolite.configure(RULES.replace("= gitprov\n", "= gitprov-project\n"))
    told = gitolite.admin.bash(script="gitprov server doctor ~/repositories/project.git")
    assert "the hook pins " in told
    assert "warning" not in told


def _steps() -> list[list[str]]:
    """The commands of the section, block by block."""
    blocks = re.findall(r"```console\n.*?```", SECTION, re.DOTALL)
    return [[typed.command for typed in typed_in(block)] for block in blocks]


def test_the_rules_hold_without_the_hook(gitolite: Gitolite) -> None:
    """What gitolite itself refuses; the rule that seems enough is not."""
    rules = re.sub(r"    option .*\n", "", RULES)
    history = gitolite.history
    new = history.append(history.run("alice"))
    gitolite.configure(rules)
    assert gitolite.push("ann", f"{new}:{LEDGER}") == ""
    assert "DENIED" in gitolite.push("ann", f"+{new}~1:{LEDGER}")
    assert "DENIED" in gitolite.push("ann", f":{LEDGER}")
    gitolite.configure(re.sub(r"    -   refs/gitprov.*\n", "", rules))
    assert gitolite.push("ann", f"+{new}~1:{LEDGER}") == ""


def test_what_the_doctor_advises_helps(gitolite: Gitolite) -> None:
    install, _, _ = _steps()
    gitolite.configure(re.sub(r"    option .*\n", "", RULES))
    bare = gitolite.admin.bash(
        script="gitprov server doctor ~/repositories/project.git; true", code=0
    )
    (fix,) = set(re.findall(r"fix: .*(gitprov server install [^;\n]*)", bare))
    assert fix == install[1]
    said = gitolite.admin.session(install)[1]
    assert [line for line in said if "LOCAL_CODE" in line]
    assert said[-1].startswith("prove it: ")
    gitolite.configure(RULES)
    history = gitolite.history
    assert gitolite.push("ann", f"{history.tip}:{LEDGER}") == ""
    told = gitolite.admin.bash(script="gitprov server doctor ~/repositories/project.git")
    (fix,) = re.findall(r"fix: (gitprov server install .*)", told)
    assert "--kind gitolite --genesis " in fix
    gitolite.admin.bash(script=fix)
    gitolite.configure(RULES)
    told = gitolite.admin.bash(script="gitprov server doctor ~/repositories/project.git")
    assert "fix:" not in told


def test_several_ledgers_are_pinned_apart(gitolite: Gitolite, tmp_path: Path) -> None:
    install, _, _ = _steps()
    gitolite.admin.session(install)
    history = gitolite.history
    other = Git(tmp_path).init(tmp_path / "sample")
    first = Git(history.path)("rev-list", "--max-parents=0", history.tip)
    genesis = {"project": first, "other": load_sample(other.path, tmp_path)}
    for name, oid in genesis.items():
        options = f"--kind gitolite --name gitprov-{name} --genesis {oid}"
        gitolite.admin.bash(script=f"gitprov server install ~/local {options}")
    rules = [
        RULES.replace("repo project", f"repo {name}").replace("= gitprov", f"= gitprov-{name}")
        for name in genesis
    ]
    gitolite.configure("\n".join(rules))
    tips = {"project": history.tip, "other": other("rev-parse", LEDGER)}
    crossed = (("other", "project", history.path), ("project", "other", other.path))
    for name, wrong, source in crossed:
        pusher = Git(source, gitolite.ssh.env("ann"))
        url = gitolite.ssh.url(f"/{name}")
        done = pusher.attempt("push", url, f"{tips[wrong]}:{LEDGER}")
        assert b"GPV-409-ROLLBACK" in done.stderr
    assert gitolite.push("ann", f"{history.tip}:{LEDGER}") == ""
    told = gitolite.admin.bash(
        script=f"gitprov server doctor ~/repositories/other.git --genesis {first} || true"
    )
    assert f"fix: gitprov server install {gitolite.home}/local --kind gitolite" in told
    assert f"--name gitprov-other --genesis {first}" in told


def test_hooks_only_leaves_the_repository_unguarded(gitolite: Gitolite) -> None:
    """Why the section names `gitolite setup`: gitolite links these hooks only when it compiles."""
    install, _, _ = _steps()
    gitolite.configure(re.sub(r"    option .*\n", "", RULES))
    gitolite.admin.session(install)
    conf = gitolite.home / ".gitolite/conf/gitolite.conf"
    conf.write_text(f"@writers = {' '.join(USERS)}\n{RULES}", encoding="utf-8")
    gitolite.admin.bash(script="gitolite setup --hooks-only")
    assert not (gitolite.server.path / "hooks/pre-receive").exists()
    gitolite.admin.bash(script="gitolite setup")
    assert (gitolite.server.path / "hooks/pre-receive").exists()


def test_pushers_race_and_nothing_is_lost(gitolite: Gitolite, tmp_path: Path) -> None:
    install, _, _ = _steps()
    gitolite.admin.session(install)
    gitolite.configure(RULES)
    history = gitolite.history
    assert gitolite.push("ann", f"{history.tip}:{LEDGER}") == ""
    running = []
    for number, user in enumerate(USERS * 2):
        rival = history.copy(tmp_path / f"rival-{number}")
        tip = rival.append(rival.run("alice", agent=f"4_RIVAL_{number}"))
        environment = {**os.environ, **gitolite.ssh.env(user)}
        argv = ["git", "push", gitolite.ssh.url("/project"), f"{tip}:{LEDGER}"]
        running.append(
            subprocess.Popen(
                argv,
                cwd=rival.path,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
    codes = sorted(process.wait(timeout=120) for process in running)
    assert codes[0] == 0
    assert codes[1:] == [1] * 3
    assert Git(gitolite.server.path)("rev-parse", f"{LEDGER}~1") == history.tip
