"""The corpus as pushes to a server with the hook: the same code as behind the hook's back.

Every numbered case of the threat model that shows in a push is built, pushed by plain git, and
refused by the server with the code that `verify` gives it. Where a git client does not even send
what was built, the protocol is spoken by hand. Some objects git's own server refuses before it
asks the hook; they never arrive either.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gitprov.model.finding import Verdict
from tests.adversarial.test_corpus import LISTED
from tests.support.attacks import Attack, Surface
from tests.support.generate_attacks import modules
from tests.support.git import Git
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import HookedRemote, PushResult
from tests.support.raw_push import raw_push

pytestmark = [pytest.mark.git, pytest.mark.gpg]

PUSHED = {f"{surface}-{number}" for surface in "CTRK" for number in LISTED[surface].split()}
# What git's own receive-pack says of objects that it will not even unpack or walk.
GITS_OWN = re.compile(r"unpacker error|unpack (?!ok)|missing necessary objects|index-pack")


def pushed_attacks() -> list[Attack]:
    """Every attack whose answer is asked of whoever lets an entry in."""
    found = []
    for module in modules():
        surface = getattr(module, "SURFACE", None)
        if isinstance(surface, Surface):
            found += [a for a in surface.attacks if a.accepting and a.case_id in PUSHED]
    return found


@pytest.fixture
def server(usual: HistoryBuilder, tmp_path: Path) -> HookedRemote:
    """A server that holds the usual ledger; it got there behind the hook's back."""
    usual.copy(tmp_path / "server.git")
    remote = HookedRemote(tmp_path / "server.git")
    remote.git("update-ref", LEDGER, usual.old)
    return remote


def give(remote: HookedRemote, history: HistoryBuilder) -> None:
    """Give the server what the case takes as accepted already."""
    if not history.old:
        remote.git("update-ref", "-d", LEDGER)
    elif remote.tip() != history.old:
        Git(history.path)("update-ref", "refs/heads/accepted", history.old)
        remote.git("fetch", "-q", str(history.path), f"refs/heads/accepted:{LEDGER}")


def push(remote: HookedRemote, history: HistoryBuilder, usual: HistoryBuilder) -> PushResult:
    """Push by plain git, and by hand if the client itself gives up."""
    done = remote.push(history)
    if done.accepted or "remote: " in done.text:
        return done
    new = (both for oid, both in history.objects.known.items() if oid not in usual.objects.known)
    told = raw_push(remote.path, LEDGER, history.old, history.tip, new)
    return PushResult(0 if f"ok {LEDGER}" in told else 1, told)


@pytest.mark.parametrize("attack", pushed_attacks(), ids=str)
def test_the_hook_says_the_same(
    attack: Attack, history: HistoryBuilder, usual: HistoryBuilder, server: HookedRemote
) -> None:
    entry = attack.build(history) or history.tip
    assert attack.accepting is not None
    give(server, history)
    server.install(now=history.now)
    before = server.refs()
    done = push(server, history, usual)
    if attack.accepting.verdict is Verdict.PASS:
        assert done.accepted, done.text
        return
    assert not done.accepted
    assert server.refs() == before
    of_entry = [line for line in done.text.splitlines() if f" {entry[:12]}" in line]
    said = of_entry[0].partition(f" {entry[:12]}")[0].split()[-1] if of_entry else ""
    assert said == attack.accepting.code or GITS_OWN.search(done.text), done.text
