"""An entry's message: rendered from its content, read back for its claims (2.8)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gitprov.model.entry import Trailers
from gitprov.model.ids import KIND_ORDER

_MOST_LINES = 20
_TRAILERS = re.compile(
    r"[^\n]+\n\n"
    r"Gitprov-Ledger: ([0-9a-f-]{36})\n"
    r"Gitprov-Height: (0|[1-9][0-9]{0,15})\n"
    r"Gitprov-Chain: sha256:([0-9a-f]{64})\n"
    r"Gitprov-Policy: ([1-9][0-9]{0,8})\n"
    r"(?:Run-Id: [0-9a-f-]{36}\n)*(?:Code-Commit: [0-9a-f]{40}\n)*"
)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The facts of an added file that the message states.

    Args:
        path: its path in the ledger's tree.
        kind: ledger, policy, key, run, ...
        name: the record id; NNNN of a policy; <FPR>/NNNN of a key; the ledger id.
        label: for a run "<status> <agent_name> ", else empty.
        code_commits: object ids that a run names.
    """

    path: str
    kind: str
    name: str
    label: str = ""
    code_commits: tuple[str, ...] = ()


def _subject(files: Sequence[FileFacts], merged: str | None) -> str:
    if merged is not None:
        return f"merge {merged[:12]}"
    for kind in ("ledger", "policy"):
        for file in files:
            if file.kind == kind:
                return f"{kind} {file.name}"
    if len(files) == 1:
        return f"{files[0].kind} {files[0].label}{files[0].name}"
    counts = {kind: sum(1 for f in files if f.kind == kind) for kind in KIND_ORDER}
    parts = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    return f"{len(files)} records: {parts}"


def render_message(
    files: Sequence[FileFacts],
    claims: Trailers,
    merged: str | None = None,
) -> str:
    """Render the one message that belongs to this content.

    Args:
        files: every added file; none in a merge.
        claims: ledger id, height, chain and the number of the policy in force.
        merged: the second parent of a merge entry.
    """
    files = sorted(files, key=lambda f: f.path)
    runs = [f.name for f in files if f.kind == "run"]
    commits = sorted({oid for f in files for oid in f.code_commits})
    lines = [
        _subject(files, merged),
        "",
        f"Gitprov-Ledger: {claims.ledger_id}",
        f"Gitprov-Height: {claims.height}",
        f"Gitprov-Chain: sha256:{claims.chain}",
        f"Gitprov-Policy: {claims.policy}",
    ]
    if len(runs) <= _MOST_LINES:
        lines += [f"Run-Id: {run}" for run in runs]
    if len(commits) <= _MOST_LINES:
        lines += [f"Code-Commit: {oid}" for oid in commits]
    return "\n".join(lines) + "\n"


def read_trailers(message: str) -> Trailers | None:
    """Read what a message claims; None if it is not of the rendered shape."""
    match = _TRAILERS.fullmatch(message)
    if match is None:
        return None
    ledger_id, height, chain, policy = match.groups()
    return Trailers(ledger_id, int(height), chain, int(policy))
