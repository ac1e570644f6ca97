"""Keeps a server's memory of landed tips in step with its refs, and tells its audit log (7.1)."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from gitprov.errors import GitprovError
from gitprov.git.location import RepositoryLocation
from gitprov.git.ref_files import RawRefs
from gitprov.guard.push_names import RefRole, role_of
from gitprov.local.landed_tips import LandedTips
from gitprov.model.push import RefUpdate

_OID = re.compile("[0-9a-f]{40}")


@dataclass(frozen=True)
class Landings:
    """What has landed here, before and after one push is judged.

    Args:
        place: the repository.
        ledger_ref: the configured ledger's ref.
        tell: notes in the audit log that a ref's tip has landed.
        known: ref -> the tips that this push is judged to hold.
    """

    place: RepositoryLocation
    ledger_ref: str
    tell: Callable[[str, str], None]
    known: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def look(self, names: Iterable[str]) -> None:
        """See where the server's refs are now, whatever a pusher names as old."""
        refs = RawRefs(self.place.common_dir)
        for name in filter(self._is_ledger, names):
            with contextlib.suppress(GitprovError):  # the judge meets it again, and says so
                self._see(name, refs.value(name))
                self.known[name] = self._tips.of(name)

    def of(self, ref: str) -> tuple[str, ...]:
        """Return the tips that the chain of a ref must hold.

        Raises:
            StorageError: as LandedTips.of.
        """
        return self.known[ref] if ref in self.known else self._tips.of(ref)

    def accept(self, updates: Iterable[RefUpdate]) -> None:
        """Remember what was found good, and the tips that it goes on from.

        Raises:
            StorageError: as LandedTips.accept; the push must be refused.
        """
        for update in updates:
            if self._is_ledger(update.name):
                known = self.known.get(update.name, ())
                self._tips.accept(update, known, partial(self.tell, update.name))

    def note(self, updates: Iterable[RefUpdate]) -> None:
        """Git has moved these refs: what the companion of the hook is told.

        Raises:
            StorageError: as LandedTips.settle.
        """
        for update in updates:
            if self._is_ledger(update.name):
                self._see(update.name, update.new)

    @property
    def _tips(self) -> LandedTips:
        return LandedTips(self.place.common_dir / "gitprov", self.place.sharing)

    def _is_ledger(self, name: str) -> bool:
        return role_of(name, self.ledger_ref) is RefRole.LEDGER

    def _see(self, ref: str, tip: str | None) -> None:
        if tip is not None and _OID.fullmatch(tip):
            self._tips.settle(ref, tip, partial(self.tell, ref))
