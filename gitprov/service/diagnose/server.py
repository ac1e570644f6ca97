"""Diagnoses of a server's hook and of the pushes that probed it; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from gitprov.errors import Code
from gitprov.model.diagnosis import Diagnosis, Health
from gitprov.model.refs import NAMESPACE
from gitprov.model.server_hook import HookSettings, ServerKind

HOOK = "hook"
PIN = "genesis"
REFS = "refs"
PROOF = "proof"
_WRITABLE_BY_OTHERS = 0o022
_NO_PAGES = frozenset({ServerKind.BARE, ServerKind.GITOLITE})
_SIGNED_COMMITS = frozenset(ServerKind) - _NO_PAGES


@dataclass(frozen=True, slots=True)
class HookFacts:
    """The facts of a server's hook.

    Args:
        kind: the kind of server.
        target: the repository, as commands name it.
        remedy: the command that repairs most.
        path: where the hook is expected.
        settings: of our hook, None if there is none.
        is_executable: its run bit.
        owner: user id of the hook's owner, None if there is none.
        trusted: user ids that may own it: root, the repository's owner, who asks.
        mode: its permission bits.
        hooks_origin: which configuration moves the hooks elsewhere, None if none does.
        interpreter: why its Python cannot run it, None if it can.
        dispatches: whether the server's own hook runs the folder that ours is in.
    """

    kind: ServerKind
    target: str
    remedy: str
    path: Path
    settings: HookSettings | None
    is_executable: bool
    owner: int | None
    trusted: frozenset[int]
    mode: int
    hooks_origin: str | None
    interpreter: str | None
    dispatches: bool


@dataclass(frozen=True, slots=True)
class Probe:
    """A forbidden push, and how it ended.

    Args:
        what: what was pushed.
        expected: the code that has to refuse it.
        moved: whether the ref moved anyway.
        said: what the server said.
    """

    what: str
    expected: Code
    moved: bool
    said: str


def diagnose_hook(facts: HookFacts) -> list[Diagnosis]:
    """Judge the hook as it is there."""
    found = [*_check_place(facts), *_check_file(facts)]
    if not found and facts.settings is not None:
        text = f"{facts.path} guards {facts.settings.ref}"
        found = [Diagnosis(HOOK, Health.GOOD, text)]
    return found


def _check_place(facts: HookFacts) -> Iterator[Diagnosis]:
    if facts.hooks_origin is not None:
        text = f"core.hooksPath ({facts.hooks_origin}) makes git pass {facts.path} over"
        where = facts.path.parent
        remedy = f"git --git-dir={facts.target} config core.hooksPath {quote(str(where))}"
        yield Diagnosis(HOOK, Health.PROBLEM, text, remedy)
    if not facts.dispatches:
        text = f"no hook of the server runs what is in {facts.path.parent}"
        remedy = "let the server write its own hooks again, as its manual says"
        yield Diagnosis(HOOK, Health.PROBLEM, text, remedy)


def _check_file(facts: HookFacts) -> Iterator[Diagnosis]:
    if facts.settings is None:
        is_there = facts.owner is not None
        found = "is not gitprov's hook" if is_there else "is missing, so nothing is refused here"
        text = f"{facts.path} {found}"
        yield Diagnosis(HOOK, Health.PROBLEM, text, facts.remedy)
        return
    if not facts.is_executable:
        text = f"{facts.path} is not executable, so git passes it over"
        yield Diagnosis(HOOK, Health.PROBLEM, text, f"chmod 755 {quote(str(facts.path))}")
    if facts.owner is not None and facts.owner not in facts.trusted:
        text = f"{facts.path} belongs to user {facts.owner}, who may change it at any time"
        remedy = "give it to root or to the owner of the repository: chown"
        yield Diagnosis(HOOK, Health.PROBLEM, text, remedy)
    if facts.mode & _WRITABLE_BY_OTHERS:
        text = f"{facts.path} can be written by others than its owner"
        yield Diagnosis(HOOK, Health.PROBLEM, text, f"chmod 755 {quote(str(facts.path))}")
    if facts.interpreter is not None:
        text = f"its interpreter {facts.settings.python} cannot run it: {facts.interpreter}"
        yield Diagnosis(HOOK, Health.PROBLEM, text, f"install gitprov there, or {facts.remedy}")


def diagnose_genesis(facts: HookFacts, given: str | None, there: str | None) -> Iterator[Diagnosis]:
    """Compare the pin with the server's ledger and with what the caller knows."""
    if facts.settings is None:
        return
    pin = facts.settings.genesis
    known = given or there
    if there is not None and given is not None and there != given:
        text = f"the ledger here begins with {there}, not with {given}"
        yield Diagnosis(PIN, Health.PROBLEM, text, "restore the ledger from a clone that you trust")
    if not pin:
        text = "the hook pins no genesis: whoever pushes first decides which ledger this is"
        remedy = f"{facts.remedy} --genesis {known or 'OID'}"
        health = Health.PROBLEM if given else Health.WARNING
        yield Diagnosis(PIN, health, text, remedy)
    elif known is not None and pin != known:
        text = f"the hook pins {pin}, but the genesis is {known}"
        yield Diagnosis(PIN, Health.PROBLEM, text, f"{facts.remedy} --genesis {known}")
    else:
        yield Diagnosis(PIN, Health.GOOD, f"the hook pins {pin}")


def diagnose_forge(kind: ServerKind, ref: str, *, has_companion: bool) -> Iterator[Diagnosis]:
    """Say what a forge can do to the ledger without asking a hook.

    Args:
        kind: the kind of server.
        ref: the ledger's ref.
        has_companion: a post-receive hook of ours tells what has landed.
    """
    if ref.startswith("refs/heads/"):
        text = (
            f"{ref} is a branch: pages and API of a forge delete and move branches without asking"
            " a hook, and whether the branch is protected cannot be seen from here"
        )
        remedy = "protect it there against deletion and force push: docs/deployment.md"
        health = Health.NOTE if kind in _NO_PAGES else Health.WARNING
        yield Diagnosis(REFS, health, text, remedy)
        if not has_companion:
            text = "no post-receive hook of gitprov is here: the last push can be undone unseen"
            remedy = "re-run the install where that place is free, or let the hook there run it"
            yield Diagnosis(REFS, health, text, remedy)
    if kind in _SIGNED_COMMITS:
        text = (
            "if the forge requires signed commits, it refuses entries of every key that no account"
            " holds, the agents' key among them"
        )
        remedy = "give an account each signer's key and email, or leave that rule off the ledger"
        yield Diagnosis(REFS, Health.NOTE, text, remedy)


def diagnose_landed(gone: Sequence[tuple[str, str]], target: str) -> Iterator[Diagnosis]:
    """Judge the refs whose chain lacks a tip that had landed: pairs of ref and tip (7.1)."""
    for ref, tip in gone:
        text = f"{ref} was deleted or moved back: {tip} had landed there"
        remedy = f"from a clone that has it: git push {target} {tip}:{ref}"
        yield Diagnosis(REFS, Health.PROBLEM, text, remedy)


def diagnose_refs(
    symbolic: Sequence[tuple[str, str]], guarded: str, missing: Sequence[str]
) -> Iterator[Diagnosis]:
    """Judge symbolic refs around the ledger (P-09), and borrowed objects."""
    for name, target in symbolic:
        if target == guarded or target.startswith(f"{NAMESPACE}/"):
            text = f"{name} is symbolic and leads to {target}"
            remedy = f"git symbolic-ref --delete {name}"
            if name == "HEAD":
                remedy = "git symbolic-ref HEAD refs/heads/main"
            yield Diagnosis(REFS, Health.PROBLEM, text, remedy)
        elif name == guarded or name.startswith(f"{NAMESPACE}/"):
            text = f"{name} is symbolic, so the ledger is wherever {target} is"
            remedy = f"git symbolic-ref --delete {name}, then push the ledger again"
            yield Diagnosis(REFS, Health.PROBLEM, text, remedy)
    for folder in missing:
        text = f"objects are borrowed from {folder}, which is not there"
        yield Diagnosis(REFS, Health.PROBLEM, text, "restore it, or remove that line")


def diagnose_probes(facts: HookFacts, probes: Sequence[Probe]) -> Iterator[Diagnosis]:
    """Judge how the forbidden pushes ended."""
    again = f"solve the problems above, then re-run the install: {facts.remedy}"
    for probe in probes:
        if probe.moved:
            text = f"{probe.what} was ACCEPTED by a copy of this server"
            yield Diagnosis(PROOF, Health.PROBLEM, text, again)
        elif probe.expected not in probe.said:
            text = f"{probe.what} was refused, but not with {probe.expected}: {_words(probe.said)}"
            yield Diagnosis(PROOF, Health.PROBLEM, text, again)
        else:
            yield Diagnosis(PROOF, Health.GOOD, f"{probe.what}: refused with {probe.expected}")


def _words(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if not line.startswith("hint:")]
    answers = [line.removeprefix("remote:").strip() for line in lines if "remote:" in line]
    return " / ".join(line for line in answers or lines if line)[:300]
