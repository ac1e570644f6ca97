"""The ledger that a reading verb works on."""

from __future__ import annotations

from dataclasses import dataclass

from gitprov.errors import Code, RecordError
from gitprov.model.overrides import Overrides
from gitprov.service.ledger.read_entries import EntryReader
from gitprov.service.ledger.tip import require_tip
from gitprov.wiring.workspace import Workspace, open_workspace


@dataclass(frozen=True, slots=True)
class OpenedLedger:
    """A ledger that has at least one entry.

    Args:
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
    return opened_ledger(open_workspace(Overrides(ref=ref)))


def opened_ledger(workspace: Workspace) -> OpenedLedger:
    """Return the ledger of a repository as it is now.

    Raises:
        UsageError, GitprovError: as open_ledger.
    """
    tip = require_tip(workspace.refs, workspace.ref)
    return OpenedLedger(workspace, tip, EntryReader(workspace.view))
