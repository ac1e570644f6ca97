"""The companion of the hook comes in beside it, and goes, and gives way to other hooks."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitprov.service.server.hook_text import read_hook
from tests.support.git import Git
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import HookedRemote
from tests.support.server_caretaker import Caretaker, snapshot, write_hook

pytestmark = [pytest.mark.git, pytest.mark.gpg]


@pytest.fixture
def server(bare: Git) -> HookedRemote:
    """A server without a hook."""
    return HookedRemote(bare.path)


@pytest.mark.parametrize("form", ["file", "link", "folder"])
def test_the_companion_never_takes_another_hooks_place(
    server: HookedRemote, history: HistoryBuilder, caretaker: Caretaker, tmp_path: Path, form: str
) -> None:
    """It is a help and no guard; the next push tells then what has landed."""
    other = server.path / "hooks/post-receive"
    if form == "file":
        write_hook(other, "#!/bin/sh\ncat >/dev/null\n")
    elif form == "link":
        write_hook(tmp_path / "mail", "#!/bin/sh\nexit 0\n")
        other.symlink_to(tmp_path / "mail")
    else:
        other.mkdir()
    before = snapshot(server.path)
    said = caretaker.install(server.path)
    assert "post-receive is another tool's hook" in said.out
    assert not any("post-receive" in line for line in said.lines if line.startswith("wrote"))
    server.accept(history, f"{history.tip}~1:{LEDGER}")
    server.accept(history)
    actions = [line["action"] for line in server.audit()]
    assert actions == ["push-judged", "push-landed", "push-judged"]
    caretaker.install(server.path, "--uninstall")
    assert snapshot(server.path / "hooks").keys() == {
        name.removeprefix("hooks/") for name in before if name.startswith("hooks/")
    }


@pytest.mark.parametrize(
    ("kind", "folder"),
    [
        ("gitlab", "custom_hooks/post-receive.d"),
        ("gitea", "hooks/post-receive.d"),
        ("forgejo", "hooks/post-receive.d"),
    ],
)
def test_the_companion_goes_where_a_forge_runs_a_folder(
    server: HookedRemote, caretaker: Caretaker, kind: str, folder: str
) -> None:
    before = snapshot(server.path)
    caretaker.install(server.path, "--kind", kind)
    companion = server.path / folder / "gitprov"
    guard = server.path / folder.replace("post", "pre") / "gitprov"
    assert b"--landed" in companion.read_bytes()
    assert read_hook(companion.read_bytes()) == read_hook(guard.read_bytes())
    caretaker.install(server.path, "--kind", kind, "--uninstall")
    gone = {"custom_hooks"} if kind == "gitlab" else set()
    assert snapshot(server.path).keys() - gone == before.keys()
