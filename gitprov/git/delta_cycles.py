"""Refuses packs whose objects are built from each other in a circle: libgit2 never ends on them.

Only an object that names its base by id can close a circle, since all others name a place
before their own; git writes next to none of those. So one byte of each object is read, half a
second for a million, and a chain is followed for the few alone.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from gitprov.git.pack_index import IndexDamagedError

_MAGIC = b"\xfftOc\x00\x00\x00\x02"
_NAMES = len(_MAGIC) + 256 * 4
_ID = 20
_LARGE = 0x80000000
_MORE = 0x80
_TYPE = 0x70
_BY_PLACE, _BY_ID = 0x60, 0x70
_PIECE = 32 * 1024 * 1024
_MOST_PIECES = 8
_LONGEST_HEAD = 40
_FIRST_NAMES = 256 * 4
_FIRST_ROW = struct.Struct(">I20s")


def require_ending_chains(index: Path) -> None:
    """Check the pack of a sound index of version 1 or 2.

    Raises:
        IndexDamagedError: an object of the pack is built from itself, or the index names one
            twice, so that its base is ambiguous.
        OSError: index or pack cannot be read.
    """
    content = index.read_bytes()
    if content.startswith(_MAGIC):
        rows, places = _named_places(content), array("Q", _places(content))
    elif content.startswith(_MAGIC[:4]):
        return  # of a version that libgit2 does not read
    else:
        rows, places = _first_rows(content), array("Q", (at for _, at in _first_rows(content)))
    with index.with_suffix(".pack").open("rb") as stream:
        by_id = list(_built_by_id(stream, places))
        if not by_id:
            return
        named = dict(rows)
        if len(named) < len(places):
            raise IndexDamagedError("names an object twice")
        with _mapped(stream, 0, os.fstat(stream.fileno()).st_size) as pack:
            _follow(pack, by_id, named)


def _mapped(stream: BinaryIO, start: int, length: int) -> mmap.mmap:
    try:
        return mmap.mmap(stream.fileno(), length, access=mmap.ACCESS_READ, offset=start)
    except ValueError as reason:
        raise IndexDamagedError("has a pack that became shorter just now") from reason


def _built_by_id(stream: BinaryIO, places: array[int]) -> Iterator[int]:
    """Yield the places of objects that name their base by id.

    The pack is looked at piece by piece: what is mapped at once counts as this process's memory.
    """
    size = os.fstat(stream.fileno()).st_size
    step = max(_PIECE, size // _MOST_PIECES)
    step -= step % mmap.ALLOCATIONGRANULARITY
    for start in range(0, size, step):
        end = min(start + step, size)
        with _mapped(stream, start, end - start) as piece:
            for place in places:
                if start <= place < end and piece[place - start] & _TYPE == _BY_ID:
                    yield place


def _first_rows(content: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield (id, place) of every object in an index of version 1."""
    for place, oid in _FIRST_ROW.iter_unpack(content[_FIRST_NAMES : -2 * _ID]):
        yield oid, place


def _count(content: bytes) -> int:
    return int.from_bytes(content[_NAMES - 4 : _NAMES], "big")


def _places(content: bytes) -> Iterator[int]:
    """Yield the place of every object, in the order of their ids."""
    count = _count(content)
    start = _NAMES + count * (_ID + 4)
    table = array("I", content[start : start + count * 4])
    if sys.byteorder == "little":
        table.byteswap()
    for place in table:
        if place & _LARGE:
            (far,) = struct.unpack_from(">Q", content, start + count * 4 + (place & ~_LARGE) * 8)
            yield far
        else:
            yield place


def _named_places(content: bytes) -> Iterator[tuple[bytes, int]]:
    for number, place in enumerate(_places(content)):
        start = _NAMES + number * _ID
        yield content[start : start + _ID], place


def _follow(pack: mmap.mmap, starts: list[int], named: Mapping[bytes, int]) -> None:
    """Follow the bases of each object until one has none, or was found to end before."""
    ending: set[int] = set()
    for start in starts:
        chain: set[int] = set()
        place: int | None = start
        while place is not None and place not in ending:
            if place in chain:
                raise IndexDamagedError("has a pack with an object that is built from itself")
            chain.add(place)
            place = _place_of_base(pack, place, named)
        ending |= chain


def _place_of_base(pack: mmap.mmap, place: int, named: Mapping[bytes, int]) -> int | None:
    """Return the place of an object's base; None where it has none or cannot be read."""
    head = pack[place : place + _LONGEST_HEAD]
    if not head:
        return None
    kind = head[0] & _TYPE
    at = next((n for n, octet in enumerate(head) if not octet & _MORE), len(head)) + 1
    if kind == _BY_ID:
        return named.get(head[at : at + _ID])
    if kind != _BY_PLACE or at >= len(head):
        return None
    distance = head[at] & ~_MORE
    while head[at] & _MORE and at + 1 < len(head):
        at += 1
        distance = (distance + 1 << 7) | (head[at] & ~_MORE)
    return place - distance if 0 < distance < place else None
