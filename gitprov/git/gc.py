"""Starts Git's own housekeeping when there is something to do; never prunes at once (F-21)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from gitprov.errors import GitprovError
from gitprov.git.program import GitProgram

LOOSE_LIMIT = 6700
PACK_LIMIT = 50
_SAMPLE_FOLDER = "17"
_FOLDERS = 256
_OBJECT_NAME = re.compile(r"[0-9a-f]{38}")
_TIMEOUT = 30.0


def needs_gc(
    git_dir: Path, *, loose_limit: int = LOOSE_LIMIT, pack_limit: int = PACK_LIMIT
) -> bool:
    """Whether git itself would say so: it samples one of 256 folders, and counts packs.

    Args:
        git_dir: the repository's common directory.
        loose_limit: gc.auto; 0 never packs.
        pack_limit: gc.autoPackLimit; 0 never packs for that reason.
    """
    if loose_limit <= 0:
        return False
    names = _names(git_dir / "objects" / _SAMPLE_FOLDER)
    loose = sum(1 for name in names if _OBJECT_NAME.fullmatch(name))
    if loose > -(-loose_limit // _FOLDERS):
        return True
    packs = _names(git_dir / "objects" / "pack")
    kept = {name.removesuffix(".keep") for name in packs if name.endswith(".keep")}
    counted = [n for n in packs if n.endswith(".pack") and n.removesuffix(".pack") not in kept]
    return 0 < pack_limit < len(counted)


def gc_auto(
    git_dir: Path,
    git: GitProgram,
    *,
    loose_limit: int = LOOSE_LIMIT,
    pack_limit: int = PACK_LIMIT,
) -> bool:
    """Run ``git gc --auto`` if needed; it detaches itself and continues in the background.

    Returns:
        Whether it was started.

    Raises:
        StorageError: git is missing, too slow or failed; nothing is lost by that.
    """
    if not needs_gc(git_dir, loose_limit=loose_limit, pack_limit=pack_limit):
        return False
    limits = ("-c", f"gc.auto={loose_limit}", "-c", f"gc.autoPackLimit={pack_limit}")
    git.run(
        [*limits, "-c", "gc.autoDetach=true", "gc", "--auto", "--quiet"],
        git_dir=git_dir,
        timeout=_TIMEOUT,
    )
    return True


def _names(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir()}
    except OSError:
        return set()


@dataclass(frozen=True, slots=True)
class GitMaintenance:
    """Maintenance by git itself; a failure never reaches the recording."""

    git_dir: Path
    git: GitProgram

    def after_append(self) -> None:
        """Start ``git gc --auto`` in the background where there are many loose objects."""
        try:
            gc_auto(self.git_dir, self.git)
        except GitprovError:
            # Nothing is lost without it; doctor counts loose objects.
            return
