"""Appends records so that one which spoils the entry is found, and its neighbours land.

Each record was judged alone before. A finding about the whole entry names the file; where it
does not, halves are tried, down to the one that spoils it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gitprov.errors import Code, GitprovError, RefusedError
from gitprov.model.finding import Severity
from gitprov.service.write.admission import Admitted

# Rules that a record can break. Every other code is about key, clock, signature or store: then the
# entry has to wait, and no record is to blame.
_OF_RECORDS = frozenset(
    {
        Code.LIMIT,
        Code.TREE_FORM,
        Code.RECORD_FORM,
        Code.SCHEMA,
        Code.SILENT_EDIT,
        Code.DUPLICATE,
        Code.APPEND_ONLY,
        Code.LINK,
        Code.QUORUM,
        Code.POLICY,
        Code.POLICY_ROLLBACK,
    }
)
# Each try is a signature; 64 find the one culprit among 10,000 records, and some more.
_MOST_TRIES = 64


def append_sound(
    items: Sequence[Admitted], append: Callable[[Sequence[Admitted]], None]
) -> dict[str, GitprovError]:
    """Append all records but those that spoil their entry.

    Args:
        items: the records.
        append: appends some of them in one entry.

    Returns:
        Blob id -> why that record was left out.

    Raises:
        GitprovError: as ``append``, where no record is to blame; those that were appended
            before stay so.
    """
    isolation = _Isolation(append)
    isolation.run(items)
    return isolation.blamed()


class _Isolation:
    def __init__(self, append: Callable[[Sequence[Admitted]], None]) -> None:
        self._append = append
        self._tries = 0
        self._has_landed = False
        self._named: dict[str, GitprovError] = {}
        self._suspects: dict[str, GitprovError] = {}

    def run(self, items: Sequence[Admitted]) -> None:
        """Append these, without those that their entry's findings name."""
        left = list(items)
        while left:
            reason = self._try(left)
            if reason is None:
                return
            named = _named(reason, left)
            if not named:
                self._split(left, reason)
                return
            self._named |= named
            left = [item for item in left if item.oid not in named]

    def blamed(self) -> dict[str, GitprovError]:
        """Return who was left out; a suspect is guilty only if something else could land."""
        if self._suspects and not self._has_landed:
            raise next(iter(self._suspects.values()))
        return self._named | self._suspects

    def _try(self, items: Sequence[Admitted]) -> RefusedError | None:
        self._tries += 1
        try:
            self._append(items)
        except RefusedError as reason:
            if not _blames_records(reason) or self._tries >= _MOST_TRIES:
                raise
            return reason
        self._has_landed = True
        return None

    def _split(self, items: Sequence[Admitted], reason: RefusedError) -> None:
        if len(items) == 1:
            self._suspects[items[0].oid] = reason
            return
        half = len(items) // 2
        self.run(items[:half])
        self.run(items[half:])


def _blames_records(reason: RefusedError) -> bool:
    findings = reason.details.get("findings", ())
    return bool(findings) and all(
        finding.path is not None or finding.code in _OF_RECORDS for finding in findings
    )


def _named(reason: RefusedError, items: Sequence[Admitted]) -> dict[str, GitprovError]:
    by_path = {item.path: item for item in items}
    named: dict[str, GitprovError] = {}
    for finding in reason.details["findings"]:
        item = by_path.get(finding.path)
        if item is not None and finding.severity is Severity.ERROR:
            refused = RefusedError(finding.code, finding.message, path=finding.path)
            named.setdefault(item.oid, refused)
    return named
