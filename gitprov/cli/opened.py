"""The ledger that a reading command works on."""

from __future__ import annotations

from dataclasses import dataclass

from gitprov.errors import Code, RecordError, UsageError
from gitprov.service.ledger.read_entries import EntryReader
from gitprov.wiring.settings import Overrides
from gitprov.wiring.workspace import Workspace, open_workspace


@dataclass(frozen=True, slots=True)
class OpenedLedger:
    """A ledger that has at least one entry.

    Args:
        workspace: where it is.
        tip: object id of its last entry.
        reader: reads its entries.
    """

    workspace: Workspace
    tip: str
    reader: EntryReader

    @property
    def root(self) -> str:
        """The root tree of the tip.

        Raises:
            RecordError: GPV-400-COMMIT-FORM, the tip names none.
        """
        tree = self.reader.tree(self.tip)
        if tree is None:
            text = f"the ledger's tip {self.tip[:12]} names no tree; run gitprov verify"
            raise RecordError(Code.COMMIT_FORM, text)
        return tree


def open_ledger(ref: str | None) -> OpenedLedger:
    """Open the ledger for reading.

    Args:
        ref: what ``--ref`` says.

    Raises:
        UsageError: GPV-404-NO-LEDGER.
        GitprovError: the repository cannot be read.
    """
    workspace = open_workspace(Overrides(ref=ref))
    tip = workspace.refs.get(workspace.ref)
    if tip is None:
        text = f"there is no ledger at {workspace.ref}; make or join one with: gitprov init"
        raise UsageError(Code.NO_LEDGER, text)
    return OpenedLedger(workspace, tip, EntryReader(workspace.view))
