"""Names, arguments and numbers that come from outside."""

from __future__ import annotations

import zlib

import pytest

from gitprov.disk.durable import shared_mode
from gitprov.errors import Code, UsageError
from gitprov.git.pack import build_pack
from gitprov.git.program import check_argument
from gitprov.git.ref_files import check_ref_name
from gitprov.gitraw.item import object_id
from gitprov.local.lock_owner import Owner, is_proven_dead, parse_owner


@pytest.mark.parametrize(
    "name",
    ["refs/gitprov/ledger", "refs/heads/gitprov-ledger", "refs/notes/ü", "refs/x/-y", "refs/a.b/c"],
)
def test_full_ref_names_are_taken(name: str) -> None:
    assert check_ref_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "HEAD",
        "ledger",
        "-refs/x",
        "/refs/x",
        "refs/",
        "refs//x",
        "refs/x/",
        "refs/../config",
        "refs/x..y",
        "refs/.x",
        "refs/x.lock",
        "refs/x.lock/y",
        "refs/x.",
        "refs/x y",
        "refs/x\n",
        "refs/x\0y",
        "refs/x\x7f",
        "refs/x~1",
        "refs/x^",
        "refs/x:y",
        "refs/x?",
        "refs/x*",
        "refs/x[",
        "refs/x\\y",
        "refs/x@{1}",
        "refs/" + "x" * 1000,
    ],
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_ref_name(name)
    assert caught.value.code is Code.ARGUMENT


@pytest.mark.parametrize("value", ["origin", "v1.0^{commit}", "../other.git", "a b", "ünï"])
def test_arguments_are_taken(value: str) -> None:
    assert check_argument(value, "remote") == value


@pytest.mark.parametrize(
    "value",
    ["", "-", "--upload-pack=id", "ext::sh -c id", "fd::7", "a\nb", "a\0b", "a\x7f", "\x1b[2J"],
)
def test_options_and_programs_are_refused(value: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_argument(value, "remote")
    assert caught.value.code is Code.ARGUMENT
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("mode", "sharing", "is_folder", "expected"),
    [
        (0o444, 0o660, False, 0o444),
        (0o400, 0o660, False, 0o440),
        (0o400, 0o664, False, 0o444),
        (0o755, 0o660, True, 0o2775),
        (0o700, 0o660, True, 0o2770),
        (0o700, 0o664, True, 0o2775),
        (0o777, -0o640, True, 0o2750),
        (0o444, -0o640, False, 0o440),
        (0o444, -0o600, False, 0o400),
    ],
)
def test_shared_permissions_are_those_of_git(
    mode: int, sharing: int, expected: int, *, is_folder: bool
) -> None:
    assert oct(shared_mode(mode, sharing, is_folder=is_folder)) == oct(expected)


OWNER = Owner(4_000_000, "here", "machine", "boot", "123", ("refs/x",))


def test_an_owner_survives_its_line() -> None:
    assert parse_owner(OWNER.to_line()) == OWNER
    assert str(OWNER) == "process 4000000 on here"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff",
        b"17",
        b"{}",
        b"[]",
        OWNER.to_line()[:-9],
        OWNER.to_line().replace(b"4000000", b"-1"),
        OWNER.to_line().replace(b"4000000", b"true"),
        OWNER.to_line().replace(b"4000000", b'"1"'),
        OWNER.to_line().replace(b'"here"', b"7"),
        OWNER.to_line().replace(b'["refs/x"]', b"[7]"),
        OWNER.to_line().replace(b'["refs/x"]', b"7"),
        OWNER.to_line().replace(b'"host"', b'"guest"'),
    ],
)
def test_other_lines_name_no_owner(line: bytes) -> None:
    assert parse_owner(line) is None


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        (Owner(1, "elsewhere", "machine", "boot", "1"), False),
        (Owner(1, "here", "another", "boot", "1"), False),
        (Owner(1, "here", "machine", "next boot", "1"), True),
        (Owner(1, "here", "machine", "", "1"), False),
    ],
    ids=["other host", "other machine", "booted since", "boot not known"],
)
def test_without_looking_at_processes_only_a_new_boot_proves_death(
    here: Owner, *, expected: bool
) -> None:
    assert is_proven_dead(OWNER, here) is expected


def test_a_machine_without_an_id_proves_nothing_by_booting() -> None:
    owner = Owner(1, "here", "", "boot", "1")
    assert not is_proven_dead(owner, Owner(1, "here", "", "next boot", "1"))


def test_object_names_are_those_of_git() -> None:
    assert object_id("blob", b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert object_id("tree", b"") == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 2047, 2048, 2049, 300_000])
def test_a_pack_holds_each_object_once_with_its_size(size: int) -> None:
    content = b"x" * size
    oids, pack = build_pack([("blob", content), ("blob", content)])
    assert oids == [object_id("blob", content)] * 2
    assert pack[:12] == b"PACK" + bytes([0, 0, 0, 2, 0, 0, 0, 1])
    at, shift = 13, 4
    first = pack[12]
    assert first >> 4 & 7 == 3
    length = first & 15
    while pack[at - 1] & 0x80:
        length |= (pack[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    assert length == size
    assert zlib.decompress(pack[at:-20]) == content
