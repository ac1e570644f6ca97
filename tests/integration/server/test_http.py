"""Pushes over HTTP: nginx, fcgiwrap, git http-backend, and a limit for a request."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.cli_world import RUN, Cli
from tests.support.cutting_proxy import cutting_proxy
from tests.support.git import Git
from tests.support.history import LEDGER
from tests.support.hooked_remote import HookedRemote
from tests.support.http_server import HttpServer, http_server
from tests.support.keys import KeyRing
from tests.support.server_caretaker import Caretaker, write_hook

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
