"""Fetch refspecs that may overwrite or delete the ledger here, and what narrows them; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitprov.guard.globs import glob_matches
from gitprov.model.refs import NAMESPACE

_TRUE = frozenset({"true", "yes", "on", "1", ""})  # a key without a value is true as well

GitSettings = Mapping[str, Sequence[str]]
"""Every value by name; section and key in lower case, the part between as it was written."""


@dataclass(frozen=True, slots=True)
class DangerousRefspec:
    """A value of ``remote.NAME.fetch`` that reaches a guarded ref here.

    Args:
        name: the setting.
        value: the refspec.
        ref: the ref here that it reaches.
        source: the ref of the remote that would be fetched into it.
        is_forced: it overwrites what is here.
        is_pruned: it deletes what is here and the remote has not.
    """

    name: str
    value: str
    ref: str
    source: str
    is_forced: bool
    is_pruned: bool

    @property
    def loses(self) -> bool:
        """Whether a fetch may lose what was recorded here."""
        return self.is_forced or self.is_pruned

    @property
    def exclusion(self) -> str | None:
        """The refspec that keeps this one away from the ref; None where only removal helps.

        A fetch that prunes would also delete other ledgers here and what reappend has parked.
        """
        if self.source != self.ref:
            return None
        return f"^{NAMESPACE}/*" if self.ref.startswith(f"{NAMESPACE}/") else f"^{self.source}"


def dangerous_refspecs(settings: GitSettings, refs: Sequence[str]) -> Iterator[DangerousRefspec]:
    """Yield every refspec that reaches one of these refs and is not kept away from it."""
    for name, values in settings.items():
        if not (name.startswith("remote.") and name.endswith(".fetch")):
            continue
        remote = name.removeprefix("remote.").removesuffix(".fetch")
        excluded = [value[1:] for value in values if value.startswith("^")]
        is_pruned = _prunes(settings, remote)
        for value in values:
            for ref in refs:
                source = _source_of(value, ref)
                if source is None or any(glob_matches(each, source) for each in excluded):
                    continue
                is_forced = value.startswith("+")
                yield DangerousRefspec(name, value, ref, source, is_forced, is_pruned)


def mirror_settings(settings: GitSettings) -> Iterator[str]:
    """Yield every ``remote.NAME.mirror`` that is on: a git push overwrites and deletes there."""
    for name, values in settings.items():
        is_mirror = name.startswith("remote.") and name.endswith(".mirror")
        if is_mirror and values[-1] and values[-1].lower() in _TRUE:
            yield name


def _source_of(value: str, ref: str) -> str | None:
    """The remote's ref that a refspec fetches into one of ours; None if it does not."""
    left, mark, right = value.removeprefix("+").partition(":")
    if not mark or value.startswith("^") or not glob_matches(right, ref):
        return None
    if "*" not in right:
        return left
    before, _, after = right.partition("*")
    return left.replace("*", ref[len(before) : len(ref) - len(after)], 1)


def _prunes(settings: GitSettings, remote: str) -> bool:
    own = settings.get(f"remote.{remote}.prune")
    values = own if own is not None else settings.get("fetch.prune", ("false",))
    return values[-1].lower() in _TRUE
