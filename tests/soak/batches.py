"""Records to hand in: one is drafted in full, the others of its batch differ in what is unique."""

from __future__ import annotations

from random import Random

from gitprov.codec.records import to_bytes
from gitprov.wiring.workspace import Workspace

_JOB = "0b0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f1"
_WORKFLOW = "9c9a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f2"
_MOST_BIG, _MOST_SMALL = 400, 20


def batch_size(chance: Random) -> int:
    """Choose how many records a call hands in: mostly one, sometimes hundreds."""
    (most,) = chance.choices((1, _MOST_SMALL, _MOST_BIG), (50, 30, 20))
    return chance.randint(1, most)


def make_batch(workspace: Workspace, chance: Random, commits: tuple[str, ...]) -> list[bytes]:
    """Make canonical records, of a person or of a machine, with or without a code commit."""
    mutation = {"actor_kind": "HUMAN"}
    if chance.random() < 0.5:
        mutation = {"actor_kind": "AI", "job_id": _JOB, "workflow_id": _WORKFLOW}
    draft: dict[str, object] = {
        "agent_name": "soak",
        "run_status": "SUCCESS",
        "status_before": "A",
        "status_after": "B",
        "mutation": mutation,
    }
    if chance.random() < 0.3:
        draft["code_commits"] = [chance.choice(commits)]
    first = workspace.drafting().complete(draft)
    content = to_bytes(first)
    moment = int(first.run_id[:8] + first.run_id[9:13], 16)
    batch = [content]
    for _ in range(batch_size(chance) - 1):
        run_id, event_id = workspace.ids.uuid7(moment), workspace.ids.uuid4()
        other = content.replace(first.run_id.encode(), run_id.encode())
        batch.append(other.replace(first.mutation.edit_event_id.encode(), event_id.encode()))
    return batch
