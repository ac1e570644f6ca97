"""Which work trees have a branch checked out."""

from __future__ import annotations

from pathlib import Path

from gitprov.git.location import RepositoryLocation


def worktrees_on(place: RepositoryLocation, ref: str) -> list[str]:
    """Name the work trees whose HEAD leads to a ref; unreadable ones are left out."""
    head = f"ref: {ref}"
    common = place.common_dir
    found = []
    if place.work_tree is not None and _line(common / "HEAD") == head:
        found.append(str(common.parent if common.name == ".git" else common))
    others = sorted((common / "worktrees").glob("*"))
    on_it = [folder for folder in others if _line(folder / "HEAD") == head]
    return found + [_line(folder / "gitdir").removesuffix("/.git") for folder in on_it]


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape").strip()
    except OSError:
        return ""
