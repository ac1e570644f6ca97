"""The notes ref as a mapping from code commit to text, moved by compare-and-swap (2.9)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping

from gitprov.errors import Code, RefMovedError, StorageError
from gitprov.git.note_tree import find_note, has_strangers, list_notes, notes_commit, put_notes
from gitprov.git.objects import PygitObjects
from gitprov.git.ref_updates import PygitRefs
from gitprov.git.tree_editor import TreeEditor
from gitprov.gitraw.item import object_id

_NOTE_LIMIT = 16 * 1024 * 1024
_COMMIT_LIMIT = 1024 * 1024


class NotesRef:
    """Notes on one ref.

    Args:
        name: the notes ref.
    """

    def __init__(
        self, objects: PygitObjects, trees: TreeEditor, refs: PygitRefs, name: str
    ) -> None:
        self._objects = objects
        self._trees = trees
        self._refs = refs
        self._name = name

    def texts(self, commits: Iterable[str]) -> dict[str, str]:
        """Return the notes of these commits; commits without one are left out.

        Raises:
            StorageError: GPV-500-STORE-CORRUPT, GPV-403-REF-FORBIDDEN.
        """
        root = self._root(self._refs.get(self._name))
        found = {commit: find_note(self._trees, root, commit) for commit in commits}
        return {commit: self._text(oid) for commit, oid in found.items() if oid is not None}

    def all(self) -> Iterator[tuple[str, str]]:
        """Yield every (commit, text) in the order of the commits."""
        notes = list_notes(self._trees, self._root(self._refs.get(self._name)))
        return ((commit, self._text(oid)) for commit, oid in sorted(notes.items()))

    def ensure(self, seconds: int) -> None:
        """Make the ref with no note on it, if it is absent: git warns of one that is missing.

        Raises:
            StorageError: GPV-507-STORAGE.
        """
        if self._refs.get(self._name) is not None:
            return
        tree = object_id("tree", b"")
        commit = notes_commit(tree, None, seconds, 0)
        self._objects.write([("tree", b""), ("commit", commit)])
        with contextlib.suppress(RefMovedError):
            self._refs.swap(self._name, object_id("commit", commit), None)

    def put(self, notes: Mapping[str, str | None], seconds: int, onto: str | None = None) -> None:
        """Set notes (None removes one) in one commit; nothing to set is not a commit.

        Args:
            notes: code commit -> text.
            seconds: Unix seconds.
            onto: a notes commit to build on instead of ours; ours is then left behind.

        Raises:
            RefMovedError: GPV-409-STALE, another process moved the ref.
            StorageError: GPV-507-STORAGE.
        """
        tip = self._refs.get(self._name)
        base = tip if onto is None else onto
        if notes:
            self._write(tip, base, self._root(base), notes, seconds)
        elif base is not None and base != tip:
            self._refs.swap(self._name, base, tip)

    def is_tidy(self) -> bool:
        """Whether the ref holds notes and no other file.

        Raises:
            StorageError: GPV-500-STORE-CORRUPT, GPV-403-REF-FORBIDDEN.
        """
        root = self._root(self._refs.get(self._name))
        return root is None or not has_strangers(self._trees, root)

    def replace(self, notes: Mapping[str, str], seconds: int) -> None:
        """Let the ref hold exactly these notes, whatever was there (N-12).

        A history of notes is gone on with; anything else, a ledger's entry say, is left behind.

        Raises:
            RefMovedError: GPV-409-STALE, another process moved the ref.
            StorageError: GPV-507-STORAGE.
        """
        tip = self._refs.get(self._name)
        parent = tip if self._held_notes(tip) else None
        self._write(tip, parent, None, notes, seconds)

    def _held_notes(self, tip: str | None) -> bool:
        try:
            return bool(list_notes(self._trees, self._root(tip)))
        except StorageError:
            return False

    def _write(
        self,
        tip: str | None,
        parent: str | None,
        root: str | None,
        notes: Mapping[str, str | None],
        seconds: int,
    ) -> None:
        """Put notes into a tree, and move the ref from ``tip`` to a commit on ``parent``."""
        contents = {commit: text.encode() for commit, text in notes.items() if text is not None}
        blobs = {commit: object_id("blob", content) for commit, content in contents.items()}
        tree, made = put_notes(self._trees, root, {commit: blobs.get(commit) for commit in notes})
        commit = notes_commit(tree, parent, seconds, len(notes))
        self._objects.write(
            [
                *(("blob", content) for content in contents.values()),
                *(("tree", content) for content in made),
                ("commit", commit),
            ]
        )
        self._refs.swap(self._name, object_id("commit", commit), tip)

    def _root(self, tip: str | None) -> str | None:
        if tip is None:
            return None
        kind, raw = self._objects.read(tip, _COMMIT_LIMIT)
        if kind != "commit" or not raw.startswith(b"tree "):
            raise StorageError(Code.STORE_CORRUPT, f"{self._name} does not name a commit")
        return raw[5:45].decode("ascii", "replace")

    def _text(self, oid: str) -> str:
        return self._objects.read(oid, _NOTE_LIMIT)[1].decode("utf-8", "replace")
