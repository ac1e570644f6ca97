"""Writes many objects as one pack, made durable with a handful of fsyncs."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from gitprov.disk.durable import mapped, sync_folder
from gitprov.git.program import GitProgram
from gitprov.gitraw.item import object_id

_TYPES = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}
_TIMEOUT = 600.0


class PackWriter:
    """Writes packs into one repository with ``git index-pack``, which hashes everything again.

    Args:
        objects: the folder of its objects, where git writes in the environment of ``git``.
    """

    def __init__(self, git_dir: Path, objects: Path, git: GitProgram) -> None:
        self._git_dir = git_dir
        self._folder = objects / "pack"
        self._git = git

    def write(self, objects: Sequence[tuple[str, bytes]]) -> list[str]:
        """Store (type, bytes) pairs as one pack, durable when this returns; return their oids.

        Raises:
            StorageError: GPV-507-STORAGE, GPV-408-TIMEOUT, or GPV-501-REPO-UNSUPPORTED if
                there is no git program.
        """
        oids, stream = build_pack(objects)
        self._git.run(
            ["index-pack", "--stdin"], git_dir=self._git_dir, content=stream, timeout=_TIMEOUT
        )
        with mapped("write", self._folder):
            sync_folder(self._folder)
        return oids


def build_pack(objects: Iterable[tuple[str, bytes]]) -> tuple[list[str], bytes]:
    """Return the oids in order and the pack's bytes, each object in it once (pack version 2)."""
    oids: list[str] = []
    parts: dict[str, bytes] = {}
    for kind, content in objects:
        oid = object_id(kind, content)
        oids.append(oid)
        if oid not in parts:
            parts[oid] = _header(_TYPES[kind], len(content)) + zlib.compress(content, 1)
    head = b"PACK" + (2).to_bytes(4, "big") + len(parts).to_bytes(4, "big")
    body = b"".join([head, *parts.values()])
    return oids, body + hashlib.sha1(body, usedforsecurity=False).digest()


def _header(kind: int, size: int) -> bytes:
    """Encode type and size: four bits of size in the first byte, seven in each further one."""
    first = kind << 4 | size & 0x0F
    size >>= 4
    encoded = bytearray()
    while size:
        encoded.append(first | 0x80)
        first = size & 0x7F
        size >>= 7
    encoded.append(first)
    return bytes(encoded)
