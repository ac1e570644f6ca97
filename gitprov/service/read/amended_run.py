"""A run as it is now: what was recorded, with its amendments applied (2.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gitprov.codec.records import amended, parse_record
from gitprov.errors import GitprovError, RecordError, StorageError
from gitprov.model.amendment import Amendment, AmendmentAction
from gitprov.model.run import RunRecord
from gitprov.service.ledger.record_files import RecordFile, iter_record_files
from gitprov.service.ledger.view import LedgerView


@dataclass(frozen=True, slots=True, order=True)
class AcceptedAmendment:
    """An amendment and its place in the order of acceptance, by which amendments apply.

    Args:
        accepted: height of the mainline entry that accepted it.
        height: height of its own entry.
        path: its path, which orders the amendments of one entry.
        record: the amendment.
    """

    accepted: int
    height: int
    path: str
    record: Amendment = field(compare=False)


@dataclass(frozen=True, slots=True)
class AmendedRun:
    """A run and what amendments make of it.

    Args:
        recorded: the run as it was recorded.
        current: with every amendment that leaves it a valid run.
        applied: how many those are.
        broken: ids of amendments that would break the run's rules; they are not applied.
        is_withdrawn: an amendment takes the run back.
    """

    recorded: RunRecord
    current: RunRecord
    applied: int = 0
    broken: tuple[str, ...] = ()
    is_withdrawn: bool = False


def apply_amendments(run: RunRecord, amendments: Iterable[AcceptedAmendment]) -> AmendedRun:
    """Apply amendments in the order of their acceptance."""
    current = run
    applied = 0
    broken = []
    is_withdrawn = False
    for place in sorted(amendments):
        amendment = place.record
        is_withdrawn = is_withdrawn or amendment.action is AmendmentAction.WITHDRAW
        if amendment.changes is None:
            continue
        try:
            changed = amended(current, amendment.changes)
        except RecordError:
            broken.append(amendment.amendment_id)
            continue
        if isinstance(changed, RunRecord):
            current = changed
            applied += 1
    return AmendedRun(run, current, applied, tuple(broken), is_withdrawn)


def iter_amendments(
    view: LedgerView, root: str, run_id: str
) -> Iterator[tuple[RecordFile, Amendment]]:
    """Yield the amendments of a run that are in a root tree, in the order of their ids.

    Nothing leads from a run to its amendments, so all amendments are looked at, though only
    those that name the run are parsed.

    Raises:
        StorageError, RecordError: a folder or file cannot be read.
    """
    mark = f'\nrun_id: "{run_id}"\n'.encode()
    for file in iter_record_files(view, root, "amendment"):
        content = view.blob(file.oid)
        if mark not in content:
            continue
        try:
            record = parse_record(content, "amendment")
        except StorageError:
            raise
        except GitprovError:
            continue  # judged where it was added, by verify
        if isinstance(record, Amendment):
            yield file, record
