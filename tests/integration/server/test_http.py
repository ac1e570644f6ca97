"""Pushes over HTTP: nginx, fcgiwrap, git http-backend, and a limit for a request."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conformance.test_documents import typed_in
from tests.support.cli_world import RUN, Cli
from tests.support.cutting_proxy import cutting_proxy
from tests.support.git import Git
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import HookedRemote
from tests.support.http_server import HttpServer, http_server
from tests.support.keys import KeyRing
from tests.support.server_caretaker import Caretaker, write_hook
from tests.support.source_tree import ROOT

pytestmark = [pytest.mark.git, pytest.mark.gpg, pytest.mark.nginx, pytest.mark.fcgiwrap]
ALLOWED = {"GIT_ALLOW_PROTOCOL": "file:http", "GIT_TERMINAL_PROMPT": "0"}

Serve = Callable[[str], HttpServer]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a server of the folder ``srv`` with a limit for a request."""
    with ExitStack() as stack:

        def start(body: str) -> HttpServer:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/tmp")))
            return stack.enter_context(http_server(folder, tmp_path / "srv", body, ("ann", "ben")))

        yield start


@pytest.fixture
def server(tmp_path: Path, caretaker: Caretaker) -> HookedRemote:
    """A guarded repository that may be pushed to over HTTP."""
    path = tmp_path / "srv/project.git"
    path.parent.mkdir()
    Git(path.parent).init(path, "--bare")
    caretaker.install(path)
    return HookedRemote(path)


@pytest.fixture
def cli(tmp_path: Path, keys: KeyRing) -> Cli:
    """A repository with a ledger of many runs, none of them sent."""
    git = Git(tmp_path).init(tmp_path / "work")
    git.commit({"a": "x"})
    cli = Cli(git.path, {"GNUPGHOME": str(keys.home), **ALLOWED})
    key = keys["alice"].fingerprint
    assert cli("init", "--key", key, "--agent-key", "none").code == 0
    return cli


def record_large(cli: Cli, count: int) -> None:
    """Record entries of some 20 kB each, which do not compress."""
    for number in range(count):
        noise = "".join(
            f"{number * 9973 + n:x}-{hash((number, n)) & 0xFFFFFFFFFF:x} " for n in range(500)
        )
        assert cli("record", *RUN, "--note", noise[:9_000].strip()).code == 0


def test_the_hook_guards_over_http_and_the_log_names_the_pusher(
    cli: Cli, server: HookedRemote, serve: Serve
) -> None:
    running = serve("")
    cli.git("remote", "add", "origin", running.url("project.git", "ben"))
    assert cli("record", *RUN).code == 0
    pushed = cli("push")
    assert (pushed.code, "graft" in pushed.err.lower()) == (0, False), pushed
    assert cli("record", *RUN).code == 0
    assert cli("push").code == 0
    (line, *_) = [line for line in server.audit() if line["action"] == "push-judged"]
    assert line["actor"] == {"id": "ben"}
    git = Git(cli.path, ALLOWED)
    rewound = git.attempt("push", "--force", "origin", f"{LEDGER}~1:{LEDGER}")
    assert b"GPV-409-NON-FF" in rewound.stderr
    deleted = git.attempt("push", "origin", f":{LEDGER}")
    assert b"GPV-409-REF-DELETE" in deleted.stderr


def test_a_limit_of_the_proxy_halves_the_push(cli: Cli, server: HookedRemote, serve: Serve) -> None:
    record_large(cli, 20)
    running = serve("60k")
    cli.git("remote", "add", "origin", running.url("project.git"))
    pushed = cli("push", "--json")
    assert (pushed.code, pushed.json["sent"]) == (0, 21), pushed
    assert server.tip() == cli.git("rev-parse", LEDGER)
    pushes = [line for line in server.audit() if line["action"] == "push-judged"]
    ledgers = [line for line in pushes if line["ref"] == LEDGER]
    assert len(ledgers) > 2
    (told,) = [each["message"] for each in pushed.json["warnings"]]
    assert "HTTP 413" in told
    assert "client_max_body_size" in told
    assert "git config gitprov.pushEntries " in told


def test_a_setting_begins_with_smaller_pushes(cli: Cli, server: HookedRemote, serve: Serve) -> None:
    for _ in range(6):
        assert cli("record", *RUN).code == 0
    running = serve("")
    cli.git("remote", "add", "origin", running.url("project.git"))
    cli.git("config", "gitprov.pushEntries", "3")
    assert cli("push").code == 0
    ledgers = [
        line for line in server.audit() if line["action"] == "push-judged" and line["ref"] == LEDGER
    ]
    assert len(ledgers) == 3


def test_the_commands_of_the_section_work_as_written(
    cli: Cli, server: HookedRemote, serve: Serve
) -> None:
    """The server's settings are the section's in every test here."""
    section = (ROOT / "docs/deployment.md").read_text().split("\n### Users come in by HTTP\n")[1]
    setting, *parts = [typed.command for typed in typed_in(section.split("\n### ")[0])]
    record_large(cli, 8)
    running = serve("36k")
    cli.git("remote", "add", "origin", running.url("project.git"))
    too_large = Git(cli.path, ALLOWED).attempt("push", "origin", LEDGER)
    assert b"HTTP 413" in too_large.stderr
    for command in parts:
        Git(cli.path, ALLOWED)(*command.split()[1:])
    assert server.tip() == cli.git("rev-parse", LEDGER)
    cli.git(*setting.split()[1:])
    shown = {row["name"]: row["value"] for row in cli("config", "--json").json["settings"]}
    assert shown["gitprov.pushEntries"] == "100"


@pytest.mark.parametrize("value", ["0", "many", "nan", "inf", "1e300"])
def test_odd_sizes_of_a_push(cli: Cli, server: HookedRemote, value: str) -> None:
    cli.git("remote", "add", "origin", str(server.path))
    cli.git("config", "gitprov.pushEntries", value)
    ended = cli("push", "--json")
    if value in {"inf", "1e300"}:
        assert ended.code == 0
    else:
        assert (ended.code, ended.json["code"]) == (2, "GPV-422-ARGUMENT")
        assert "gitprov.pushEntries" in ended.json["message"]


def test_a_forged_entry_and_racing_pushers_over_http(
    history: HistoryBuilder, server: HookedRemote, serve: Serve, tmp_path: Path
) -> None:
    url = serve("").url("project.git")
    Git(history.path, ALLOWED)("push", "--quiet", url, f"{history.tip}:{LEDGER}")
    forged = history.objects.put("commit", history.draft(history.run()).payload)
    refused = Git(history.path, ALLOWED).attempt("push", url, f"{forged}:{LEDGER}")
    assert b"GPV-401-UNSIGNED" in refused.stderr
    rivals = [history.copy(tmp_path / f"rival-{number}") for number in range(4)]
    for number, rival in enumerate(rivals):
        rival.append(rival.run("alice", agent=f"4_RIVAL_{number}"))

    def push(rival: HistoryBuilder) -> int:
        return Git(rival.path, ALLOWED).attempt("push", url, f"{rival.tip}:{LEDGER}").returncode

    with ThreadPoolExecutor() as pool:
        codes = sorted(pool.map(push, rivals))
    assert codes == [0, 1, 1, 1]
    assert server.git("rev-parse", f"{LEDGER}~1") == history.tip


def test_a_limit_that_no_entry_passes_is_named(
    cli: Cli, server: HookedRemote, serve: Serve
) -> None:
    record_large(cli, 3)
    tip = cli.git("rev-parse", LEDGER)
    running = serve("1k")
    cli.git("remote", "add", "origin", running.url("project.git"))
    refused = cli("push", "--json")
    assert (refused.code, refused.json["code"]) == (3, "GPV-413-LIMIT"), refused
    assert "client_max_body_size" in refused.json["message"]
    assert cli.git("rev-parse", LEDGER) == tip
    assert server.tip() is None


def test_a_connection_that_is_cut_halves_the_push(
    cli: Cli, server: HookedRemote, serve: Serve
) -> None:
    """Some proxies do not answer; what they let through may have landed."""
    record_large(cli, 8)
    running = serve("")
    with cutting_proxy(running.port, 40_000) as port:
        cli.git("remote", "add", "origin", replace(running, port=port).url("project.git"))
        pushed = cli("push", "--json")
        assert (pushed.code, pushed.json["sent"]) == (0, 9), pushed
        assert "RPC failed" in pushed.json["warnings"][0]["message"]
        assert server.tip() == cli.git("rev-parse", LEDGER)
    with cutting_proxy(running.port, 4_000) as port:
        record_large(cli, 1)
        cli.git("remote", "set-url", "origin", replace(running, port=port).url("project.git"))
        refused = cli("push", "--json")
        assert (refused.code, refused.json["code"]) == (3, "GPV-507-STORAGE"), refused
        assert "RPC failed" in refused.json["message"]
        assert server.tip() == cli.git("rev-parse", f"{LEDGER}~1")


def test_an_answer_that_is_lost_does_not_lose_the_push(
    cli: Cli, server: HookedRemote, serve: Serve
) -> None:
    for _ in range(2):
        assert cli("record", *RUN).code == 0
    write_hook(server.path / "hooks/post-receive", "#!/bin/sh\nkill -9 $PPID\n")
    running = serve("")
    cli.git("remote", "add", "origin", running.url("project.git"))
    pushed = cli("push", "--json")
    assert (pushed.code, pushed.json["sent"]) == (0, 3), pushed
    assert server.tip() == cli.git("rev-parse", LEDGER)


def test_gits_own_limit_halves_the_push_too(cli: Cli, server: HookedRemote) -> None:
    record_large(cli, 16)
    server.git("config", "receive.maxInputSize", "50k")
    cli.git("remote", "add", "origin", str(server.path))
    pushed = cli("push", "--json")
    assert (pushed.code, pushed.json["sent"]) == (0, 17), pushed
    assert server.tip() == cli.git("rev-parse", LEDGER)
