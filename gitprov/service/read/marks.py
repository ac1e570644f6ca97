"""Marks that owners have set on accepted records: disputed, withdrawn, expunged.

Nothing on a ledger is ever removed, so these are marks that every reader derives again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gitprov.codec.records import parse_record
from gitprov.errors import GitprovError, StorageError
from gitprov.model.governance import Proposal
from gitprov.model.plan import ArtifactRemoval, WithdrawRange
from gitprov.service.ledger.read_entries import ListedEntry
from gitprov.service.ledger.record_files import find_record_file, iter_record_files
from gitprov.service.ledger.view import LedgerView


@dataclass(frozen=True, slots=True)
class Marks:
    """The owners' decisions that are in force at a tip.

    Args:
        revoked: fingerprint -> acceptance height from which its entries are disputed.
        withdrawn: (first height, last height) of each withdrawn range.
        expunged: ``sha256:<hex>`` of a payload -> id of the proposal that had it deleted.
    """

    revoked: Mapping[str, int]
    withdrawn: tuple[tuple[int, int], ...]
    expunged: Mapping[str, str]

    def is_disputed(self, entry: ListedEntry, fingerprint: str | None) -> bool:
        """Whether an entry counts as disputed: its key is revoked from its height on (6.1)."""
        height = self.revoked.get(fingerprint or "")
        return height is not None and entry.accepted.height >= height

    def is_withdrawn(self, entry: ListedEntry) -> bool:
        """Whether an entry is in a range of heights that owners withdrew (6.4)."""
        return any(first <= entry.accepted.height <= last for first, last in self.withdrawn)


def read_marks(view: LedgerView, root: str) -> Marks:
    """Read the decisions that are in a root tree.

    Args:
        view: the ledger.
        root: the tip's root tree.

    Raises:
        StorageError, RecordError: policy or governance folders cannot be read.
    """
    policy = view.authority(root).policy
    revoked = {s.key: s.revoked.from_height for s in policy.signers if s.revoked is not None}
    ranges: list[tuple[int, int]] = []
    expunged: dict[str, str] = {}
    for proposal in _enacted(view, root):
        plan = proposal.plan
        if isinstance(plan, WithdrawRange):
            ranges.append((plan.from_height, plan.to_height))
        elif isinstance(plan, ArtifactRemoval):
            expunged.update(dict.fromkeys(plan.artifacts, proposal.proposal_id))
    return Marks(revoked, tuple(ranges), expunged)


def _enacted(view: LedgerView, root: str) -> Iterator[Proposal]:
    for enactment in iter_record_files(view, root, "enactment"):
        file = find_record_file(view, root, "proposal", enactment.record_id)
        try:
            proposal = None if file is None else parse_record(view.blob(file.oid), "proposal")
        except StorageError:
            raise
        except GitprovError:
            continue  # judged where it was added, by verify
        if isinstance(proposal, Proposal):
            yield proposal
