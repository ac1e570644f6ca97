"""Lies that a repository's own files can tell: a forged commit-graph, a forged pack index."""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path

_DIGEST = 20


def _signed(content: bytes) -> bytes:
    """Put Git's checksum behind a file's content."""
    return content + hashlib.sha1(content).digest()  # noqa: S324 - Git's own


def _replace(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


def forge_commit_graph(path: Path, commit: str, parent: str) -> None:
    """Make a commit-graph say that a commit has another parent; its checksum is right."""
    content = bytearray(path.read_bytes()[:-_DIGEST])
    chunks = {}
    for number in range(content[6]):
        at = 8 + 12 * number
        (offset,) = struct.unpack(">Q", content[at + 4 : at + 12])
        chunks[bytes(content[at : at + 4])] = offset
    (count,) = struct.unpack_from(">I", content, chunks[b"OIDF"] + 255 * 4)
    listed = [
        bytes(content[at : at + _DIGEST]).hex()
        for at in range(chunks[b"OIDL"], chunks[b"OIDL"] + count * _DIGEST, _DIGEST)
    ]
    row = chunks[b"CDAT"] + listed.index(commit) * (_DIGEST + 16) + _DIGEST
    struct.pack_into(">I", content, row, listed.index(parent))
    _replace(path, _signed(bytes(content)))


def forge_circle(objects: Path, one: bytes, two: bytes) -> None:
    """Write a pack of two objects, each of which is built from the other one.

    Args:
        objects: an object folder.
        one, two: the raw ids that the index gives them.
    """
    change = zlib.compress(b"\x05\x05\x90\x05")
    parts = [bytes([7 << 4 | 4]) + base + change for base in (two, one)]
    body = struct.pack(">4sII", b"PACK", 2, 2) + parts[0] + parts[1]
    pack = _signed(body)
    places = dict(zip((one, two), (12, 12 + len(parts[0])), strict=True))
    ids = sorted(places)
    fan_out = [sum(1 for oid in ids if oid[0] <= first) for first in range(256)]
    table = b"".join(ids) + bytes(8) + struct.pack(">2I", *(places[oid] for oid in ids))
    index = b"\xfftOc" + struct.pack(">257I", 2, *fan_out) + table + pack[-_DIGEST:]
    (objects / "pack").mkdir(exist_ok=True)
    (objects / "pack/pack-circle.pack").write_bytes(pack)
    (objects / "pack/pack-circle.idx").write_bytes(_signed(index))


def forge_places(path: Path, place: int) -> None:
    """Make a pack index of version 2 name one place for every object; its checksum is right."""
    content = bytearray(path.read_bytes()[:-_DIGEST])
    names = 8 + 256 * 4
    (count,) = struct.unpack_from(">I", content, names - 4)
    struct.pack_into(f">{count}I", content, names + count * 24, *[place] * count)
    _replace(path, _signed(bytes(content)))


def forge_pack_index(path: Path, one: str, two: str) -> None:
    """Make a pack index of version 2 swap two objects; its checksum is right."""
    content = bytearray(path.read_bytes()[:-_DIGEST])
    names = 8 + 256 * 4
    (count,) = struct.unpack_from(">I", content, names - 4)
    listed = [content[names + n * 20 : names + n * 20 + 20].hex() for n in range(count)]
    offsets = names + count * 24
    places = [offsets + 4 * listed.index(oid) for oid in (one, two)]
    first, second = (bytes(content[at : at + 4]) for at in places)
    content[places[0] : places[0] + 4] = second
    content[places[1] : places[1] + 4] = first
    _replace(path, _signed(bytes(content)))
