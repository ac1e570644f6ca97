"""Forged pack indexes are refused before libgit2 sees them; honest ones of every form pass.

Each forgery ends in git's own checksum, made again. libgit2 1.9.7 reads beyond its memory, or
names an object that is not there, on most of them.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from gitprov.errors import Code, GitprovError, StorageError
from gitprov.git.objects import PygitObjects
from gitprov.git.pack_index import (
    IndexDamagedError,
    require_sound_index,
    require_sound_multi_index,
)
from gitprov.git.repository import open_ledger_repository
from tests.support.git import Git

pytestmark = pytest.mark.git
FAN_OUT, NAMES = 8, 8 + 1024
Forge = Callable[[bytearray, int], bytes | bytearray]


@pytest.fixture
def packed(repo: Git) -> Git:
    """A repository with one pack of some forty objects."""
    for number in range(12):
        repo.commit({f"f{number}": f"{number}\n" * number}, f"commit {number}")
    repo("repack", "-adq")
    return repo


def index_of(git: Git) -> Path:
    (path,) = (git.path / ".git/objects/pack").glob("*.idx")
    return path


def rewrite(path: Path, content: bytes | bytearray) -> None:
    """Replace a file; its last twenty bytes become the checksum of the rest."""
    path.chmod(0o644)
    path.write_bytes(bytes(content) + hashlib.sha1(content).digest())  # noqa: S324 - Git's own


def pack_numbers(content: bytearray, at: int, *numbers: int) -> bytearray:
    struct.pack_into(f">{len(numbers)}I", content, at, *numbers)
    return content


def offsets_at(count: int) -> int:
    return NAMES + count * 24


FORGED: dict[str, Forge] = {
    "far behind the pack": lambda c, n: pack_numbers(c, offsets_at(n), 0x7FFFFFFF),
    "just behind the pack": lambda c, n: pack_numbers(c, offsets_at(n) + 4 * (n - 1), 1_000_000),
    "every one behind": lambda c, n: pack_numbers(c, offsets_at(n), *[0x7FFFFF00] * n),
    "a large one without a table": lambda c, n: pack_numbers(c, offsets_at(n), 0x80000000),
    "a large one at the far end": lambda c, n: pack_numbers(c, offsets_at(n), 0xFFFFFFFF),
    "a large table that leads beyond": lambda c, n: (
        pack_numbers(c, offsets_at(n), 0x80000000)[:-20] + b"\0\0\1\0" * 2 + c[-20:]
    ),
    "a large table of half a place": lambda c, _: c[:-20] + b"\0\0\0\0" + c[-20:],
    "first bytes that fall": lambda c, _: pack_numbers(c, FAN_OUT + 4 * 100, 0xFFFFFFFF),
    "too many objects": lambda c, n: pack_numbers(c, FAN_OUT + 4 * 255, n + 1),
    "far too many objects": lambda c, _: pack_numbers(c, FAN_OUT + 4 * 255, 0xFFFFFFFF),
    "cut in its names": lambda c, _: c[: NAMES + 30],
    "cut in its first bytes": lambda c, _: c[:500],
    "cut behind its head": lambda c, _: c[:8],
    "empty": lambda _, __: b"",
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_index_is_damage_not_a_crash(packed: Git, what: str) -> None:
    path = index_of(packed)
    content = bytearray(path.read_bytes()[:-20])
    (count,) = struct.unpack_from(">I", content, NAMES - 4)
    rewrite(path, FORGED[what](content, count))
    with pytest.raises(StorageError) as refused:
        open_ledger_repository(packed.path / ".git")
    assert refused.value.code == Code.STORE_CORRUPT
    assert path.name in refused.value.message


def test_an_index_that_was_good_is_checked_again_once_it_changed(packed: Git) -> None:
    path = index_of(packed)
    open_ledger_repository(packed.path / ".git")
    before = path.stat()
    content = bytearray(path.read_bytes()[:-20])
    (count,) = struct.unpack_from(">I", content, NAMES - 4)
    rewrite(path, FORGED["far behind the pack"](content, count))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # of the same size as well
    with pytest.raises(StorageError):
        open_ledger_repository(packed.path / ".git")


@pytest.mark.parametrize("version", ["1", "2"])
def test_what_git_writes_passes(packed: Git, version: str) -> None:
    packed("-c", f"pack.indexVersion={version}", "repack", "-adfq")
    require_sound_index(index_of(packed))
    objects = PygitObjects(open_ledger_repository(packed.path / ".git"))
    assert objects.read(packed("rev-parse", "HEAD"), 1 << 20)[0] == "commit"


def test_large_offsets_of_an_honest_index_pass(packed: Git) -> None:
    """Git can write every offset behind some point into the table of large ones."""
    path = index_of(packed)
    pack = path.with_suffix(".pack")
    path.unlink()
    packed("index-pack", "--index-version=2,0x100", "-o", str(path), str(pack))
    assert path.stat().st_size % 4 == 0
    require_sound_index(path)


def test_an_unknown_version_is_left_to_libgit2(packed: Git) -> None:
    path = index_of(packed)
    content = bytearray(path.read_bytes()[:-20])
    rewrite(path, pack_numbers(content, 4, 3))
    require_sound_index(path)
    objects = PygitObjects(open_ledger_repository(packed.path / ".git"))
    with pytest.raises(GitprovError):
        objects.read(packed("rev-parse", "HEAD"), 1 << 20)


@pytest.mark.parametrize(
    ("at", "number"), [(1024, 0x7FFFFFFF), (1024, 0xFFFFFFFF), (4 * 100, 0xFFFFFFFF), (1020, 1)]
)
def test_a_forged_index_of_the_first_version_is_damage(packed: Git, at: int, number: int) -> None:
    packed("-c", "pack.indexVersion=1", "repack", "-adfq")
    path = index_of(packed)
    rewrite(path, pack_numbers(bytearray(path.read_bytes()[:-20]), at, number))
    with pytest.raises(IndexDamagedError):
        require_sound_index(path)


@pytest.fixture
def many(packed: Git) -> Path:
    """The index over two packs."""
    packed.commit({"more": "more"})
    packed("repack", "-dq")
    packed("multi-pack-index", "write")
    return packed.path / ".git/objects/pack/multi-pack-index"


def chunk_at(content: bytes | bytearray, name: bytes) -> int:
    row = content.index(name, 12)
    return int(struct.unpack_from(">Q", content, row + 4)[0])


def change_offset(low: int, high: int) -> Callable[[bytearray], bytearray]:
    return lambda content: pack_numbers(content, chunk_at(content, b"OOFF"), high, low)


FORGED_MANY: dict[str, Callable[[bytearray], bytes | bytearray]] = {
    "behind the pack": change_offset(0x7FFFFFFF, 0),
    "a pack that is not listed": change_offset(12, 2),
    "a pack of the highest number": change_offset(12, 0xFFFFFFFF),
    "first bytes that fall": lambda c: pack_numbers(c, chunk_at(c, b"OIDF"), 0xFFFFFFFF),
    "too many objects": lambda c: pack_numbers(c, chunk_at(c, b"OIDL") - 4, 0x00FFFFFF),
    "chunks out of order": lambda c: pack_numbers(c, 12 + 8, 0x00FFFFFF),
    "no names": lambda c: c.replace(b"PNAM", b"PNAX", 1),
    "a name that leads elsewhere": lambda c: c.replace(b"pack-", b"../k-", 1),
    "cut in its contents": lambda c: c[:40],
    "cut behind its head": lambda c: c[:8],
    "too many chunks": lambda c: c[:6] + b"\xff" + c[7:],
    "one chunk too many": lambda c: c[:6] + bytes([c[6] + 1]) + c[7:],
    "empty": lambda _: b"",
}


@pytest.mark.parametrize("what", FORGED_MANY)
def test_a_forged_index_over_packs_is_damage_not_a_crash(many: Path, what: str) -> None:
    content = bytearray(many.read_bytes()[:-20])
    rewrite(many, FORGED_MANY[what](content))
    with pytest.raises(StorageError) as refused:
        open_ledger_repository(many.parents[2])
    assert refused.value.code == Code.STORE_CORRUPT


def test_an_honest_index_over_packs_passes(many: Path, packed: Git) -> None:
    require_sound_multi_index(many)
    objects = PygitObjects(open_ledger_repository(many.parents[2]))
    assert objects.read(packed("rev-parse", "HEAD"), 1 << 20)[0] == "commit"


def test_a_pack_that_is_gone_is_left_to_libgit2(many: Path) -> None:
    """`git gc` replaces packs while somebody reads."""
    for path in many.parent.glob("*.pack"):
        path.unlink()
    require_sound_multi_index(many)
    assert open_ledger_repository(many.parents[2]).odb is not None


def test_an_index_over_packs_of_a_later_version_is_not_ours_to_judge(many: Path) -> None:
    content = bytearray(many.read_bytes()[:-20])
    content[4] = 2
    rewrite(many, content)
    require_sound_multi_index(many)
    assert open_ledger_repository(many.parents[2]).odb is not None


@pytest.mark.parametrize(("place", "is_good"), [(12, True), (1 << 40, False)])
def test_large_offsets_of_an_index_over_packs(many: Path, place: int, *, is_good: bool) -> None:
    """A table of large offsets put in by hand: its place must lie within the pack too."""
    content = bytearray(many.read_bytes()[:-20])
    rows = content[6]
    table = 12 + 12 * rows
    start, end = 12 + 12 * (rows + 1), struct.unpack_from(">Q", content, table + 4)[0]
    pack_numbers(content, chunk_at(content, b"OOFF") + 4, 0x80000000)
    for row in range(rows + 1):
        (old,) = struct.unpack_from(">Q", content, 12 + 12 * row + 4)
        struct.pack_into(">Q", content, 12 + 12 * row + 4, old + 12)
    named = struct.pack(">4sQ", b"LOFF", end + 12)
    struct.pack_into(">Q", content, table + 4, end + 12 + 8)
    content[6] = rows + 1
    body = content[:table] + named + content[table:start] + content[start:end]
    rewrite(many, body + struct.pack(">Q", place))
    if is_good:
        require_sound_multi_index(many)
    else:
        with pytest.raises(IndexDamagedError, match="beyond the end"):
            require_sound_multi_index(many)
    assert many.exists()
