"""ObjectReader and ObjectWriter, on a real repository."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from gitprov.errors import Code, StorageError
from gitprov.git.objects import PACK_FROM, PygitObjects
from gitprov.gitraw.item import object_id
from gitprov.service.ports.objects import ObjectReader, ObjectWriter
from tests.integration.git.world import LIMIT, World, open_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return open_world(tmp_path / "ledger.git")


def test_it_fits_the_ports(world: World) -> None:
    reader: ObjectReader = world.objects
    writer: ObjectWriter = world.objects
    assert reader.read(writer.write([("blob", b"x")])[0], 1) == ("blob", b"x")


@pytest.mark.parametrize("count", [1, 2, PACK_FROM - 1, PACK_FROM, PACK_FROM * 3])
def test_what_was_written_is_read(world: World, count: int) -> None:
    objects = [("blob", b"content %d" % n) for n in range(count)]
    oids = world.objects.write(objects)
    assert oids == [object_id(*item) for item in objects]
    assert [world.objects.read(oid, 100) for oid in oids] == objects
    assert all(world.objects.has(oid) for oid in oids)


@pytest.mark.parametrize("content", [b"", b"\0\xff\n", b"z" * 3_000_000], ids=len)
def test_any_content_is_kept(world: World, content: bytes) -> None:
    (oid,) = world.objects.write([("blob", content)])
    assert world.objects.read(oid, LIMIT) == ("blob", content)


def test_every_type_is_kept(world: World) -> None:
    root = world.put_file(None, "a/b", b"x")
    commit = world.put_commit(root)
    tag = f"object {commit}\ntype commit\ntag t\ntagger T <t@x> 0 +0000\n\nx\n".encode()
    (tag_oid,) = world.objects.write([("tag", tag)])
    assert world.objects.read(root, LIMIT)[0] == "tree"
    assert world.objects.read(commit, LIMIT)[0] == "commit"
    assert world.objects.read(tag_oid, LIMIT) == ("tag", tag)


def test_the_same_object_twice_is_one(world: World) -> None:
    oids = world.objects.write([("blob", b"x"), ("blob", b"x")])
    assert oids == world.objects.write([("blob", b"x")]) * 2


def test_nothing_written_is_nothing(world: World) -> None:
    assert world.objects.write([]) == []


def test_the_size_is_looked_at_before_inflating(world: World) -> None:
    (oid,) = world.objects.write([("blob", bytes(1000))])
    assert world.objects.read(oid, 1000)[1] == bytes(1000)
    with pytest.raises(StorageError) as caught:
        world.objects.read(oid, 999)
    assert caught.value.code is Code.LIMIT
    assert caught.value.details["size"] == 1000


@pytest.mark.parametrize("oid", ["0" * 40, "1" * 40, "", "xyz", "1" * 64, "1" * 41])
def test_what_is_not_there_is_corruption(world: World, oid: str) -> None:
    assert not world.objects.has(oid)
    with pytest.raises(StorageError) as caught:
        world.objects.read(oid, LIMIT)
    assert caught.value.code is Code.STORE_CORRUPT
    assert caught.value.details["oid"] == oid


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"garbage",
        zlib.compress(b"blob 5\0other"),
        zlib.compress(b"blob 9\0short"),
        zlib.compress(b"bulb 7\0content"),
        zlib.compress(b"blob 7\0content")[:-6],
    ],
    ids=["empty", "garbage", "other content", "wrong size", "unknown type", "cut off"],
)
def test_damage_is_seen_and_healed_by_writing_again(
    world: World, tmp_path: Path, damage: bytes
) -> None:
    (oid,) = world.objects.write([("blob", b"content")])
    path = world.path / "objects" / oid[:2] / oid[2:]
    path.unlink()
    path.write_bytes(damage)
    with pytest.raises(StorageError) as caught:
        world.objects.read(oid, LIMIT)
    assert caught.value.code is Code.STORE_CORRUPT
    again = open_world(tmp_path / "ledger.git")
    assert again.objects.write([("blob", b"content")]) == [oid]
    assert again.objects.read(oid, LIMIT) == ("blob", b"content")
    assert world.objects.read(oid, LIMIT) == ("blob", b"content")


def test_one_process_sees_what_another_wrote(world: World, tmp_path: Path) -> None:
    other = open_world(tmp_path / "ledger.git")
    assert not world.objects.has(object_id("blob", b"0"))
    oids = other.objects.write([("blob", b"%d" % n) for n in range(PACK_FROM)])
    oids += other.objects.write([("blob", b"single")])
    assert [world.objects.read(oid, 10)[0] for oid in oids] == ["blob"] * len(oids)


def test_a_reader_does_not_write(world: World) -> None:
    reader = PygitObjects(world.repository)
    with pytest.raises(StorageError) as caught:
        reader.write([("blob", b"x")])
    assert caught.value.code is Code.STORAGE
