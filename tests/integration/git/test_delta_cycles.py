"""Chains of changes end, or the pack is refused; honest packs pass whatever their form."""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Mapping
from pathlib import Path

import pytest

from gitprov.errors import Code, StorageError
from gitprov.git import delta_cycles
from gitprov.git.delta_cycles import require_ending_chains
from gitprov.git.pack_index import IndexDamagedError
from gitprov.git.unsafe_objects import require_ending_objects, require_sound_files
from tests.support.git import Git
from tests.support.lies import forge_circle

pytestmark = pytest.mark.git
A, B = b"\xaa" * 20, b"\xbb" * 20


@pytest.fixture
def grown(repo: Git) -> Git:
    """A repository whose objects are packed as changes of each other."""
    text = "".join(f"line {number}\n" for number in range(400))
    for number in range(20):
        repo.commit({"f": text + f"{number}\n"}, f"commit {number}")
    return repo


def index_of(git: Git) -> Path:
    (path,) = (git.path / ".git/objects/pack").glob("*.idx")
    return path


@pytest.mark.parametrize("by_place", ["true", "false"])
@pytest.mark.parametrize("version", ["1", "2"])
def test_honest_packs_pass(
    grown: Git, by_place: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ("-c", f"repack.useDeltaBaseOffset={by_place}", "-c", f"pack.indexVersion={version}")
    grown(*settings, "repack", "-adfq")
    index = index_of(grown)
    listed = grown("verify-pack", "-v", str(index))
    assert "chain length = " in listed, "nothing is packed as a change"
    followed: list[int] = []
    real = delta_cycles._place_of_base

    def look(pack: mmap.mmap, place: int, named: Mapping[bytes, int]) -> int | None:
        followed.append(place)
        return real(pack, place, named)

    monkeypatch.setattr(delta_cycles, "_place_of_base", look)
    require_ending_chains(index)
    assert bool(followed) == (by_place == "false")
    require_ending_objects(grown.path / ".git/objects")


def test_large_places_are_followed_too(grown: Git) -> None:
    grown("-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq")
    path = index_of(grown)
    pack = path.with_suffix(".pack")
    path.unlink()
    grown("index-pack", "--index-version=2,0x40", "-o", str(path), str(pack))
    require_ending_chains(path)
    assert len(list(delta_cycles._places(path.read_bytes()))) >= 60


def test_a_circle_is_damage(repo: Git) -> None:
    objects = repo.path / ".git/objects"
    forge_circle(objects, A, B)
    require_sound_files(repo.path / ".git")
    with pytest.raises(StorageError, match="built from itself") as refused:
        require_ending_objects(objects)
    assert refused.value.code == Code.STORE_CORRUPT


def test_a_circle_behind_an_index_of_the_first_version_is_damage(repo: Git) -> None:
    path = pack_with(repo, BY_A)
    fan_out = [int(A[0] <= first) for first in range(256)]
    path.write_bytes(struct.pack(">256I", *fan_out) + struct.pack(">I", 12) + A + bytes(40))
    with pytest.raises(IndexDamagedError, match="built from itself"):
        require_ending_chains(path)


def test_an_object_that_is_named_twice_is_damage(repo: Git) -> None:
    """A search may meet either row, so a chain that ends by one may be a circle by the other."""
    path = pack_with(repo, b"\x30x", BY_A)
    head, places = path.read_bytes()[:8], struct.pack(">3I", 12, 14, 12)
    fan_out = struct.pack(">256I", *(3 * (A[0] <= first) for first in range(256)))
    path.write_bytes(head + fan_out + A * 3 + bytes(12) + places + bytes(40))
    with pytest.raises(IndexDamagedError, match="twice"):
        require_ending_chains(path)


def test_a_pack_that_shrinks_meanwhile_is_damage(
    repo: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pack_with(repo, BY_A)
    real = os.fstat

    def shrink(descriptor: int) -> os.stat_result:
        found = real(descriptor)
        path.with_suffix(".pack").write_bytes(b"PACK")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(os, "fstat", shrink)
        with pytest.raises(IndexDamagedError, match="shorter"):
            require_ending_chains(path)


def pack_with(repo: Git, *parts: bytes) -> Path:
    """Write a pack of these entries under the ids A, B, and an index without checksums."""
    folder = repo.path / ".git/objects/pack"
    folder.mkdir(exist_ok=True)
    head = struct.pack(">4sII", b"PACK", 2, len(parts))
    places = [len(head) + sum(map(len, parts[:number])) for number in range(len(parts))]
    (folder / "pack-x.pack").write_bytes(head + b"".join(parts) + bytes(20))
    ids = (A, B)[: len(parts)]
    fan_out = [sum(1 for oid in ids if oid[0] <= first) for first in range(256)]
    table = b"".join(ids) + bytes(4 * len(ids)) + struct.pack(f">{len(ids)}I", *places)
    path = folder / "pack-x.idx"
    path.write_bytes(b"\xfftOc" + struct.pack(">257I", 2, *fan_out) + table + bytes(40))
    return path


BY_A, BY_B = b"\x70" + A, b"\x70" + B
BACK = bytes([0x60, len(BY_B)])


@pytest.mark.parametrize(
    "parts",
    [
        (BY_A,),
        (BY_B, BY_A),
        (BY_B, BACK),
        (b"\xf0\x80\x01" + B, b"\xe0\x00" + bytes([23])),
    ],
    ids=["itself", "each other", "one by place", "long heads"],
)
def test_every_circle_is_seen(repo: Git, parts: tuple[bytes, ...]) -> None:
    with pytest.raises(IndexDamagedError):
        require_ending_chains(pack_with(repo, *parts))


@pytest.mark.parametrize(
    "parts",
    [
        (b"\x70" + b"\xcc" * 20,),
        (BY_B, b"\x30x"),
        (BY_B, b"\x60\x00"),
        (BY_B, b"\x60\x7f"),
        (BY_B, b"\x60\x81\x00"),
        (BY_B, b"\xe0" + b"\xff" * 60),
        (b"\x30" * 5,),
    ],
)
def test_chains_that_end_or_lead_nowhere_are_left_to_libgit2(
    repo: Git, parts: tuple[bytes, ...]
) -> None:
    path = pack_with(repo, *parts)
    require_ending_chains(path)
    assert path.exists()


def test_an_empty_pack_is_left_to_libgit2(repo: Git) -> None:
    path = pack_with(repo, BY_A)
    path.with_suffix(".pack").write_bytes(b"")
    require_ending_chains(path)
    assert path.exists()
