"""An installed server hook, and the manual steps that follow for each kind of server."""

from __future__ import annotations

from collections.abc import Iterator

from gitprov.app.server_install import USUAL_NAME, Installed, InstallOptions
from gitprov.model.refs import LEDGER_REF
from gitprov.model.server_hook import HookAction, HookChange, ServerKind

_AFTER = {
    ServerKind.BARE: (
        "let users in by ssh with a forced command only: docs/deployment.md",
        "recommended, where the code history passes it: git config receive.fsckObjects true",
    ),
    ServerKind.GITLAB: (
        "with Gitaly Cluster repeat this on every node; Geo does not copy hooks",
        "newer versions: pack custom_hooks into a tar file and pipe it into: gitaly hooks set",
    ),
    ServerKind.GITEA: (
        "if hooks/pre-receive is missing, let the server write it: gitea admin regenerate hooks",
    ),
    ServerKind.FORGEJO: (
        "if hooks/pre-receive is missing, let the server write it: forgejo admin regenerate hooks",
    ),
    ServerKind.GITOLITE: (
        "in ~/.gitolite.rc: set LOCAL_CODE to this folder and enable 'repo-specific-hooks'",
        "in conf/gitolite.conf, in the block of the repository: option hook.pre-receive = {name}",
        "and: option hook.post-receive = {name}-landed",
        "and, before other rules: RW refs/gitprov/ = @writers, below it: - refs/gitprov/ = @all",
        "push gitolite-admin, or run: gitolite setup",
    ),
}


def after_install(options: InstallOptions) -> list[str]:
    """Return what to do after an installation, one line each."""
    lines = [f"next: {line}" for line in _AFTER.get(options.kind, ())]
    lines = [line.replace("{name}", options.name) for line in lines]
    target = "REPOSITORY" if options.kind is ServerKind.GITOLITE else options.path
    return [*lines, f"prove it: gitprov server doctor {target}"]


def by_hand(genesis: str | None, ref: str | None) -> list[str]:
    """Return the steps for a GitHub Enterprise Server, where nothing can be written."""
    return [
        "GitHub Enterprise Server runs hooks from a repository, in an environment of its own.",
        "Nothing was changed. As its administrator:",
        "1. Make a container image with Python 3.11, git and gitprov, and export it as a tar.gz.",
        "2. On the appliance: ghe-hook-env-create gitprov /home/admin/gitprov.tar.gz",
        "3. Put hooks/pre-receive into the repository of hooks, executable, with these lines:",
        "     python='/usr/bin/python3'  # the one of the image that has gitprov",
        f"     ref='{ref or LEDGER_REF}'",
        f"     genesis='{genesis or ''}'",
        "     kind='ghes'",
        "4. Admin center, Hooks: add the script with the environment gitprov, enforcement enabled.",
        f"5. See it refuse a deletion: git push origin :{LEDGER_REF}",
        "Without Python in the image: hooks/pre-receive.sh and gitprov server keyring.",
        "All hooks together have 5 s: push large ledgers in parts.",
    ]


_PAST = {
    HookAction.MAKE_FOLDER: "made folder",
    HookAction.WRITE: "wrote",
    HookAction.KEEP: "kept as",
    HookAction.RESTORE: "restored",
    HookAction.REMOVE: "removed",
    HookAction.REMOVE_FOLDER: "removed folder if empty",
}


def install_mapping(done: Installed, options: InstallOptions) -> dict[str, object]:
    """Render what an installation did for JSON."""
    hook = None if done.settings is None else dict(done.settings.values())
    steps = [_step(step) for step in done.steps]
    return {"kind": options.kind, "dry_run": options.dry_run, "hook": hook, "steps": steps}


def _step(step: HookChange) -> dict[str, object]:
    source = None if step.source is None else str(step.source)
    return {"action": step.action, "path": str(step.path), "source": source}


def install_lines(done: Installed, options: InstallOptions, *, uninstall: bool) -> list[str]:
    """Render what an installation did in lines for people."""
    lines = [f"would {step.line()}" if options.dry_run else _done(step) for step in done.steps]
    if not lines:
        lines = ["no hook of gitprov is there" if uninstall else "the hook is there already"]
    if done.settings is not None:
        lines += _summary(done, options)
        lines += after_install(options)
    return lines


def _done(step: HookChange) -> str:
    return step.line().replace(step.action, _PAST[step.action], 1)


def _summary(done: Installed, options: InstallOptions) -> Iterator[str]:
    if done.settings is None:
        return
    if done.companion is None:
        yield "post-receive is another tool's hook: a tip that has landed is known by the next push"
    if done.settings.ref.startswith("refs/heads/"):
        yield f"protect the branch {done.settings.ref} on the forge too: no deletion, no force push"
        yield "  its pages and its API move branches without asking a hook: docs/deployment.md"
    yield f"it guards {done.settings.ref} with {done.settings.python}"
    if done.settings.genesis:
        origin = "; compare it with what an owner tells you" if done.has_ledger else ""
        yield f"the ledger begins with {done.settings.genesis}{origin}"
    else:
        yield "no genesis is pinned: whoever pushes first decides which ledger this is"
        kind = "" if options.kind is ServerKind.BARE else f" --kind {options.kind}"
        name = "" if options.name == USUAL_NAME else f" --name {options.name}"
        yield f"  pin it: gitprov server install {options.path}{kind}{name} --genesis OID"
