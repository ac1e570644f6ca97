"""Refuses pack indexes that would lead libgit2 beyond a pack; measured with libgit2 1.9.7.

It bounds the tables of an index, but not the offsets in them: one far behind the end of the
pack is a read of memory that is not there. Nothing of the pack itself is read here. Offsets are
compared thousands at a time as one number, a lane of bits each: about 10 ms for a million.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

_FAN_OUT = struct.Struct(">256I")
_MAGIC = b"\xfftOc\x00\x00\x00\x02"
_CHAIN_MAGIC = b"MIDX\x01\x01"
_FIRST_ROW = struct.Struct(">I20x")
_CHUNK_ROW = struct.Struct(">4sQ")
_DIGEST = 20
_PER_OBJECT = 28
_LARGE = 0x80000000
_PACK_TRAILER = 20
_LANES = 16_384
_HEAD = 12
_MOST_CHUNKS = 32
_MOST_NAMES = 16 * 1024 * 1024


class IndexDamagedError(ValueError):
    """An index contradicts itself or its pack."""


def require_sound_index(path: Path) -> None:
    """Check the tables of a pack's index; an unknown version is libgit2's to refuse.

    Raises:
        IndexDamagedError: what is wrong.
        OSError: it or its pack cannot be read.
    """
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        limit = max(path.with_suffix(".pack").stat().st_size - _PACK_TRAILER, 0)
        head = stream.read(len(_MAGIC))
        if not head.startswith(_MAGIC[:4]):
            stream.seek(0)
            _require_sound_first_version(stream, size, limit)
            return
        if len(head) == len(_MAGIC) and head != _MAGIC:
            return
        count = _read_fan_out(stream)
        tables = len(_MAGIC) + _FAN_OUT.size
        large, rest = divmod(size - tables - count * _PER_OBJECT - 2 * _DIGEST, 8)
        if large < 0 or rest:
            raise IndexDamagedError("contradicts itself")
        stream.seek(tables + count * (_PER_OBJECT - 4))
        for part in _parts(stream, count * 4):
            if _leads_beyond(part, limit, large):
                raise IndexDamagedError("names places beyond the end of its pack")
        if any(place >= limit for (place,) in struct.iter_unpack(">Q", stream.read(large * 8))):
            raise IndexDamagedError("names places beyond the end of its pack")


def require_sound_multi_index(path: Path) -> None:
    """Check the tables of an index over many packs.

    Raises:
        IndexDamagedError: what is wrong.
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        if stream.read(4) == b"MIDX" and stream.read(2) != b"\x01\x01":
            return  # of an unknown version, which libgit2 does not use
        stream.seek(0)
        chunks = _read_chunks(stream, os.fstat(stream.fileno()).st_size)
        names = _chunk(stream, chunks, b"PNAM", _MOST_NAMES).rstrip(b"\0").split(b"\0")
        limits = [_limit_of(path.parent, name) for name in names]
        stream.seek(chunks[b"OIDF"][0])
        count = _read_fan_out(stream)
        large = _chunk(stream, chunks, b"LOFF") if b"LOFF" in chunks else b""
        start, length = chunks[b"OOFF"]
        if length != count * 8 or chunks[b"OIDL"][1] != count * _DIGEST or len(large) % 8:
            raise IndexDamagedError("contradicts itself")
        stream.seek(start)
        for part in _parts(stream, length):
            _require_within(part, limits, large)


def _require_sound_first_version(stream: BinaryIO, size: int, limit: int) -> None:
    """Check an index as git wrote it before 2008: rows of an offset and an id."""
    count = _read_fan_out(stream)
    if size != _FAN_OUT.size + count * _FIRST_ROW.size + 2 * _DIGEST:
        raise IndexDamagedError("contradicts itself")
    for _ in range(0, count, _LANES):
        rows = stream.read(min(count, _LANES) * _FIRST_ROW.size)
        count -= _LANES
        if any(place >= limit for (place,) in _FIRST_ROW.iter_unpack(rows)):
            raise IndexDamagedError("names places beyond the end of its pack")


def _read_fan_out(stream: BinaryIO) -> int:
    """Read the table of first bytes; return how many objects there are."""
    raw = stream.read(_FAN_OUT.size)
    if len(raw) < _FAN_OUT.size:
        raise IndexDamagedError("is too short")
    table = _FAN_OUT.unpack(raw)
    if any(later < earlier for earlier, later in pairwise(table)):
        raise IndexDamagedError("contradicts itself")
    return int(table[-1])


def _parts(stream: BinaryIO, length: int) -> Iterator[bytes]:
    while length > 0:
        part = stream.read(min(length, _LANES * 8))
        if not part:
            raise IndexDamagedError("is too short")
        yield part
        length -= len(part)


def _leads_beyond(part: bytes, limit: int, large: int) -> bool:
    """Whether any offset of 31 bits reaches the limit, or a large one its table's end."""
    lanes = len(part) // 4
    ones = _repeated(1, lanes, 4)
    guard = ones * _LARGE
    every = int.from_bytes(part, "big")
    flagged = every & guard
    rest = every | guard
    beyond = (rest - ones * min(limit, _LARGE - 1)) & guard & ~flagged
    if limit >= _LARGE:
        beyond = 0
    if flagged:
        beyond |= (rest - ones * min(large, _LARGE - 1)) & flagged
    return beyond != 0


def _require_within(part: bytes, limits: list[int], large: bytes) -> None:
    """Check lanes of a pack's number and an offset in it."""
    lanes = len(part) // 8
    ones = _repeated(1, lanes, 8)
    guard = ones << 63
    every = int.from_bytes(part, "big")
    if every & guard or ((every | guard) - ones * (len(limits) << 32)) & guard:
        raise IndexDamagedError("names a pack that it does not list")
    for number, limit in enumerate(limits):
        low, high = number << 32 | min(limit, _LARGE), number << 32 | _LARGE
        reached = ((every | guard) - ones * low) & ~((every | guard) - ones * high) & guard
        if reached:
            raise IndexDamagedError("names places beyond the end of a pack")
    if large and every & ones * _LARGE:
        for number, place in struct.iter_unpack(">II", part):
            if place & _LARGE and _large_place(large, place & ~_LARGE) >= limits[number]:
                raise IndexDamagedError("names places beyond the end of a pack")


def _large_place(large: bytes, number: int) -> int:
    if number * 8 >= len(large):
        raise IndexDamagedError("contradicts itself")
    return int.from_bytes(large[number * 8 : number * 8 + 8], "big")


@lru_cache(maxsize=8)
def _repeated(value: int, lanes: int, width: int) -> int:
    return int.from_bytes(value.to_bytes(width, "big") * lanes, "big")


def _read_chunks(stream: BinaryIO, size: int) -> dict[bytes, tuple[int, int]]:
    """Read the table of contents: name -> (start, length), in order and within the file."""
    head = stream.read(_HEAD)
    is_known = len(head) == _HEAD and head[:6] == _CHAIN_MAGIC
    if not is_known or head[6] > _MOST_CHUNKS or head[7]:
        raise IndexDamagedError("is of an unknown form")
    raw = stream.read((head[6] + 1) * _CHUNK_ROW.size)
    rows = [_CHUNK_ROW.unpack_from(raw, at) for at in range(0, len(raw) - 11, _CHUNK_ROW.size)]
    ends = [start for _, start in rows]
    in_order = sorted(ends) == ends and len(rows) == head[6] + 1
    if not in_order or ends[0] < _HEAD + len(raw) or ends[-1] > size - _DIGEST:
        raise IndexDamagedError("contradicts itself")
    chunks = {name: (start, end - start) for (name, start), (_, end) in pairwise(rows)}
    if len(chunks) != head[6] or not {b"PNAM", b"OIDF", b"OIDL", b"OOFF"} <= chunks.keys():
        raise IndexDamagedError("contradicts itself")
    return chunks


def _chunk(
    stream: BinaryIO, chunks: dict[bytes, tuple[int, int]], name: bytes, most: int | None = None
) -> bytes:
    start, length = chunks[name]
    if most is not None and length > most:
        raise IndexDamagedError("is too large")
    stream.seek(start)
    return stream.read(length)


def _limit_of(folder: Path, name: bytes) -> int:
    if b"/" in name or not name.endswith(b".idx"):
        raise IndexDamagedError("names a pack that cannot be one")
    try:
        pack = folder / os.fsdecode(name.removesuffix(b".idx") + b".pack")
        return max(pack.stat().st_size - _PACK_TRAILER, 0)
    except FileNotFoundError:
        return _LARGE  # libgit2 finds out that it is gone
