"""The first record of a repository: it founds the ledger, or waits for one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gitprov.app.init import initialise
from gitprov.app.init_keys import NO_KEY, KeyOptions, git_key
from gitprov.app.join import RemoteOptions
from gitprov.errors import Code, GitprovError, UsageError
from gitprov.model.kinds import Record
from gitprov.model.receipt import Receipt
from gitprov.wiring.remotes import open_remotes
from gitprov.wiring.workspace import Workspace

_INIT = "what is recorded waits for one: gitprov init"


def found_or_wait(workspace: Workspace, records: Sequence[Record]) -> str | list[Receipt]:
    """Found the ledger where it is clear whose it is; else let the records wait for one.

    A key is never made here, and where a remote is configured, it may have a ledger already.

    Returns:
        The sentence that says the ledger was founded, or the receipts of records that wait.

    Raises:
        RefusedError, RecordError, StorageError: as Recorder.submit.
    """
    keys, reason = _known_keys(workspace, {str(r.mutation.actor_kind) for r in records})
    if keys is not None:
        try:
            outcome = initialise(workspace, keys, RemoteOptions(offline=True))
        except GitprovError as failure:
            reason = f"no ledger could be founded: {failure.message}"
        else:
            return f"founded the ledger {outcome.ledger_id}, owned by the key {outcome.owner}"
    waits = UsageError(Code.NO_LEDGER, f"{reason}; {_INIT}")
    return workspace.recorder().wait_for_ledger(records, waits)


def _known_keys(
    workspace: Workspace, actor_kinds: Collection[str]
) -> tuple[KeyOptions | None, str]:
    """Return the keys that settings name for a new ledger; why there are none."""
    nothing = f"there is no ledger at {workspace.ref}"
    if open_remotes(workspace).names():
        return None, f"{nothing}, and a remote may have one"
    settings = workspace.settings
    owner, agent = settings.get("gitprov.key"), settings.get("gitprov.agentKey")
    if owner is None and actor_kinds == {"HUMAN"}:
        owner = git_key(workspace)
    if owner is None:
        return None, f"{nothing}, and no key is known that would own it"
    return KeyOptions(owner, agent_key=agent or NO_KEY), ""
