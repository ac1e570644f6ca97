"""What git says of the objects that we write, and what we say of those that were tampered with."""

from __future__ import annotations

import hashlib
import os
import random
import struct
import zlib
from itertools import pairwise
from pathlib import Path

import pytest

from gitprov.errors import Code, StorageError
from gitprov.git.objects import PACK_FROM, PygitObjects
from gitprov.git.pack import PackWriter, build_pack
from gitprov.git.program import GitProgram
from gitprov.git.repository import open_ledger_repository
from gitprov.git.unsafe_objects import object_folders, require_sound_files
from gitprov.gitraw.item import object_id
from tests.integration.git.world import LEDGER, LIMIT, World, finish, open_world, start_python
from tests.support.git import Git

pytestmark = pytest.mark.git


@pytest.fixture
def world(tmp_path: Path) -> World:
    return open_world(tmp_path / "ledger.git")


@pytest.fixture
def plain(world: World) -> Git:
    """The git program on that repository."""
    return Git(world.path)


def refused(code: Code) -> pytest.RaisesExc[StorageError]:
    return pytest.raises(StorageError, check=lambda error: error.code is code)


def loose_path(world: World, oid: str) -> Path:
    return world.path / "objects" / oid[:2] / oid[2:]


def test_git_reads_what_we_write(world: World, plain: Git) -> None:
    for n in range(5):
        world.append(f"runs/2026/{n}/a.yaml", b"content %d\n" % n)
    assert plain("fsck", "--strict", "--full") == ""
    assert plain("log", "--format=%s", LEDGER).splitlines() == [
        f"runs/2026/{n}/a.yaml" for n in range(4, -1, -1)
    ]
    assert plain("show", f"{LEDGER}:runs/2026/3/a.yaml") == "content 3"


def test_ten_thousand_objects_are_one_sound_pack(world: World, plain: Git) -> None:
    chance = random.Random(7)
    contents = [chance.randbytes(chance.randrange(1200)) for _ in range(10_000)]
    blobs = world.objects.write([("blob", content) for content in contents])
    files = {f"runs/{n % 50:02}/{n:05}.yaml": blob for n, blob in enumerate(blobs)}
    root, made = world.trees.insert_files(None, files)
    world.objects.write([("tree", tree) for tree in made])
    world.refs.swap(LEDGER, world.put_commit(root), None)
    assert len(list((world.path / "objects" / "pack").glob("*.pack"))) == 2
    assert plain("fsck", "--strict", "--full") == ""
    listed = plain("ls-tree", "-r", "--format=%(path) %(objectname)", LEDGER).splitlines()
    assert listed == [f"{path} {oid}" for path, oid in sorted(files.items())]
    assert world.objects.read(blobs[-1], LIMIT)[1] == contents[-1]


def test_trees_are_those_of_git(world: World, plain: Git) -> None:
    chance = random.Random(3)
    names = ["a", "a-", "a.", "a0", "b", "é", "Z", "-"]
    files: dict[str, str] = {}
    root = None
    for _ in range(60):
        path = "/".join(chance.choices(names, k=chance.randrange(1, 4)))
        taken = any(
            p == path or p.startswith(f"{path}/") or path.startswith(f"{p}/") for p in files
        )
        if taken:
            continue
        (files[path],) = world.objects.write([("blob", path.encode())])
        root, made = world.trees.insert_files(root, {path: files[path]})
        world.objects.write([("tree", tree) for tree in made])
    index = "".join(f"100644 {oid}\t{path}\n" for path, oid in files.items())
    git = Git(plain.path, {"GIT_INDEX_FILE": str(plain.path / "index")})
    git("update-index", "--index-info", stdin=index)
    assert git("write-tree") == root


def modes(path: Path) -> tuple[str, str]:
    """Return the modes of an object file and of its folder."""
    return oct(path.stat().st_mode), oct(path.parent.stat().st_mode)


def test_permissions_are_those_of_git(world: World, plain: Git) -> None:
    theirs = plain("hash-object", "-w", "--stdin", stdin="theirs")
    (ours,) = world.objects.write([("blob", b"ours")])
    assert modes(loose_path(world, ours)) == modes(loose_path(world, theirs))


@pytest.mark.parametrize("sharing", ["group", "everybody", "0640"])
def test_shared_permissions_are_those_of_git(world: World, plain: Git, sharing: str) -> None:
    plain("config", "core.sharedRepository", sharing)
    shared = open_world(world.path)
    theirs = plain("hash-object", "-w", "--stdin", stdin="theirs")
    (ours,) = shared.objects.write([("blob", b"ours")])
    assert modes(loose_path(world, ours)) == modes(loose_path(world, theirs))


def test_an_object_that_git_packed_away_is_written_again(world: World, plain: Git) -> None:
    world.append("a", b"content")
    plain("gc", "--quiet", "--prune=now")
    (oid,) = world.objects.write([("blob", b"content")])
    assert world.objects.read(oid, LIMIT)[1] == b"content"
    assert plain("fsck", "--strict", "--full") == ""


def test_an_object_that_git_pruned_is_written_again(world: World, plain: Git) -> None:
    (oid,) = world.objects.write([("blob", b"content")])
    plain("gc", "--quiet", "--prune=now")
    assert not world.objects.has(oid)
    world.objects.write([("blob", b"content")])
    assert world.objects.read(oid, LIMIT)[1] == b"content"


def test_without_a_git_program_many_objects_are_written_one_by_one(world: World) -> None:
    pack = PackWriter(world.path, world.path / "objects", GitProgram({"PATH": "/nowhere"}))
    objects = PygitObjects(world.repository, loose=world.loose, pack=pack)
    oids = objects.write([("blob", b"%d" % n) for n in range(PACK_FROM)])
    assert all(loose_path(world, oid).exists() for oid in oids)
    assert objects.read(oids[0], LIMIT) == ("blob", b"0")


def test_f10_an_empty_object_left_by_a_crash_is_healed(world: World, plain: Git) -> None:
    """F-10: neither git nor libgit2 does so."""
    (oid,) = world.objects.write([("blob", b"content")])
    path = loose_path(world, oid)
    path.chmod(0o644)
    path.write_bytes(b"")
    with refused(Code.STORE_CORRUPT):
        world.objects.read(oid, LIMIT)
    plain.attempt("hash-object", "-w", "--stdin", stdin="content")
    assert path.stat().st_size == 0, "git heals by now: this writer may be simpler"
    open_world(world.path).objects.write([("blob", b"content")])
    assert world.objects.read(oid, LIMIT)[1] == b"content"
    assert plain("fsck", "--strict", "--full").startswith("dangling")


def test_a_swapped_object_is_corrupt(world: World) -> None:
    first, second = world.objects.write([("blob", b"first"), ("blob", b"second")])
    loose_path(world, second).replace(loose_path(world, first))
    with refused(Code.STORE_CORRUPT):
        world.objects.read(first, LIMIT)


def test_a_deleted_object_is_corrupt(world: World) -> None:
    (oid,) = world.objects.write([("blob", b"content")])
    loose_path(world, oid).unlink()
    with refused(Code.STORE_CORRUPT):
        world.objects.read(oid, LIMIT)


def test_a_cut_off_object_is_corrupt_and_hangs_nobody(world: World) -> None:
    """libgit2 1.9.7 loops for ever over compressed data that ends early."""
    content = random.Random(1).randbytes(20_000)
    (oid,) = world.objects.write([("blob", content)])
    path = loose_path(world, oid)
    whole = path.read_bytes()
    path.chmod(0o644)
    for size in (len(whole) - 5, len(whole) - 1000, 9000, 500, 20):
        path.write_bytes(whole[:size])
        with refused(Code.STORE_CORRUPT):
            world.objects.read(oid, LIMIT)


def test_an_object_that_is_a_pipe_is_corrupt_and_hangs_nobody(world: World) -> None:
    oid = object_id("blob", b"x")
    loose_path(world, oid).parent.mkdir()
    os.mkfifo(loose_path(world, oid))
    with refused(Code.STORE_CORRUPT):
        world.objects.read(oid, LIMIT)


def test_a_damaged_single_file_beside_a_good_pack_does_no_harm(world: World, plain: Git) -> None:
    world.append("a", b"content")
    oid = object_id("blob", b"content")
    whole = loose_path(world, oid).read_bytes()
    plain("gc", "--quiet", "--prune=now")
    loose_path(world, oid).parent.mkdir(exist_ok=True)
    loose_path(world, oid).write_bytes(whole[:-5])
    assert open_world(world.path).objects.read(oid, LIMIT) == ("blob", b"content")


def test_a_huge_object_is_refused_without_inflating(world: World) -> None:
    """A mebibyte that inflates to a gibibyte (P-24)."""
    packer = zlib.compressobj(9)
    packed = packer.compress(b"blob %d\0" % (1 << 30)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed += block * 64 + packer.flush()
    path = world.path / "objects" / "ab" / ("c" * 38)
    path.parent.mkdir()
    path.write_bytes(packed)
    script = """
import resource, sys
from pathlib import Path
from gitprov.errors import GitprovError
from tests.integration.git.world import open_world
world = open_world(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_AS, (256 << 20,) * 2)
try: world.objects.read("ab" + "c" * 38, 1 << 20)
except GitprovError as error: print(error.code)
"""
    assert finish(start_python(script, world.path)).strip() == Code.LIMIT


def packed_world(world: World) -> tuple[Path, bytes, list[str]]:
    """Write one pack; return its index, the index's bytes and the oids in its order."""
    oids = world.objects.write([("blob", b"content %d" % n) for n in range(PACK_FROM)])
    (index,) = (world.path / "objects" / "pack").glob("*.idx")
    index.chmod(0o644)
    return index, index.read_bytes(), sorted(oids)


def with_sum(content: bytes) -> bytes:
    """Return an index with its own checksum mended."""
    return content[:-20] + hashlib.sha1(content[:-20], usedforsecurity=False).digest()


def test_a_forged_pack_index_is_corrupt(world: World) -> None:
    """V-06: one id yields another object; `git cat-file` prints it and says nothing."""
    index, content, oids = packed_world(world)
    table = 8 + 1024 + 24 * len(oids)
    swapped = bytearray(content)
    swapped[table : table + 4] = content[table + 4 : table + 8]
    swapped[table + 4 : table + 8] = content[table : table + 4]
    index.write_bytes(with_sum(bytes(swapped)))
    forged = open_world(world.path)
    for oid in oids[:2]:
        with refused(Code.STORE_CORRUPT):
            forged.objects.read(oid, LIMIT)
    assert forged.objects.read(oids[2], LIMIT)[0] == "blob"


@pytest.mark.parametrize(
    "offset", [0, 5, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF], ids=lambda value: f"{value:x}"
)
def test_a_pack_index_that_points_elsewhere_is_corrupt(world: World, offset: int) -> None:
    index, content, oids = packed_world(world)
    table = 8 + 1024 + 24 * len(oids)
    forged = content[:table] + struct.pack(">I", offset) + content[table + 4 :]
    index.write_bytes(with_sum(forged))
    with refused(Code.STORE_CORRUPT):
        open_world(world.path).objects.read(oids[0], LIMIT)


def test_a_pack_index_that_contradicts_itself_is_refused_at_once(world: World) -> None:
    """libgit2 1.9.7 reads beyond its memory with it."""
    index, content, oids = packed_world(world)
    for damaged in (
        content[: 8 + 4 * 31] + b"\0\0\xdc\0" + content[8 + 4 * 32 :],
        content[: 8 + 4 * 255] + struct.pack(">I", len(oids) + 1) + content[8 + 1024 :],
        content[:500],
        b"",
    ):
        index.write_bytes(damaged)
        with refused(Code.STORE_CORRUPT):
            open_ledger_repository(world.path)
    index.write_bytes(b"\xfftOc\0\0\0\x09" + content[8:])
    require_sound_files(world.path)


def test_a_pack_that_is_a_pipe_is_refused_at_once(world: World) -> None:
    os.mkfifo(world.path / "objects" / "pack" / "pack-x.idx")
    with refused(Code.STORE_CORRUPT):
        open_ledger_repository(world.path)


def test_alternates_of_alternates_are_looked_at(tmp_path: Path) -> None:
    worlds = [open_world(tmp_path / name) for name in ("a", "b", "c")]
    for borrower, lender in pairwise(worlds):
        line = f"# a comment\n../../{lender.path.name}/objects\n"
        (borrower.path / "objects" / "info" / "alternates").write_text(line)
    (oid,) = worlds[2].objects.write([("blob", b"content")])
    borrower = open_world(tmp_path / "a")
    assert [folder.resolve() for folder in object_folders(borrower.path / "objects")] == [
        world.path / "objects" for world in worlds
    ]
    assert borrower.objects.read(oid, LIMIT) == ("blob", b"content")
    path = loose_path(worlds[2], oid)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-5])
    with refused(Code.STORE_CORRUPT):
        open_world(tmp_path / "a").objects.read(oid, LIMIT)


def test_alternates_in_a_circle_end(world: World) -> None:
    (world.path / "objects" / "info" / "alternates").write_text(f"{world.path}/objects\n")
    assert object_folders(world.path / "objects") == [world.path / "objects"]


READ = """
import os, sys
from pathlib import Path
from gitprov.errors import GitprovError
from tests.integration.git.world import open_world
world = open_world(Path(sys.argv[1]))
if sys.argv[3] == "account": os.setuid(12345)
if sys.argv[3] == "files":
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
try: print(world.objects.read(sys.argv[2], 1000)[0])
except GitprovError as error: print(error.code)
"""


@pytest.mark.root
@pytest.mark.parametrize("what", ["file", "folder", "pack"])
def test_what_may_not_be_read_is_unknown(world: World, what: str) -> None:
    top = world.path
    while top != Path("/tmp"):
        top.chmod(0o755)
        top = top.parent
    count = PACK_FROM if what == "pack" else 1
    oid = world.objects.write([("blob", b"%d" % n) for n in range(count)])[0]
    path = loose_path(world, oid)
    if what == "pack":
        (path,) = (world.path / "objects" / "pack").glob("*.pack")
    elif what == "folder":
        path = path.parent
    path.chmod(0)
    assert finish(start_python(READ, world.path, oid, "account")).strip() == Code.INTERNAL


def test_a_shortage_of_file_descriptors_is_unknown(world: World) -> None:
    (oid,) = world.objects.write([("blob", b"x")])
    assert finish(start_python(READ, world.path, oid, "files")).strip() == Code.INTERNAL


def test_a_shortage_of_memory_is_unknown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (oid,) = world.objects.write([("blob", b"x")])

    class Exhausted:
        def read_header(self, _oid: str) -> tuple[int, int]:
            raise MemoryError

    monkeypatch.setattr(world.objects, "_odb", Exhausted())
    with refused(Code.INTERNAL):
        world.objects.read(oid, LIMIT)


def test_git_takes_our_packs(world: World, plain: Git) -> None:
    objects = [("blob", random.Random(n).randbytes(n * n)) for n in range(100)]
    oids, stream = build_pack(objects)
    name = plain("index-pack", "--stdin", "--strict", stdin=stream).split()[-1]
    listed = plain("show-index", stdin=(world.path / f"objects/pack/pack-{name}.idx").read_bytes())
    assert {line.split()[1] for line in listed.splitlines()} == set(oids)
