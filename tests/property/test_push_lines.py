"""The list of updates that a hook reads: every list that git writes, and nothing else."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitprov.codec.push_lines import parse_updates
from gitprov.errors import Code, StorageError
from gitprov.model.push import RefUpdate

ZERO = "0" * 40
OID = "1" * 40
oids = st.text("0123456789abcdef", min_size=40, max_size=40)
# Whatever bytes a ref's name may hold; git allows more than UTF-8.
names = st.binary(min_size=1, max_size=60).map(
    lambda raw: b"refs/" + bytes(b for b in raw if b > 0x20 and b != 0x7F)
)


@given(st.lists(st.tuples(oids, oids, names), min_size=1, max_size=20))
def test_what_git_writes_is_read_back(lines: list[tuple[str, str, bytes]]) -> None:
    content = b"".join(b"%s %s %s\n" % (o.encode(), n.encode(), name) for o, n, name in lines)
    parsed = parse_updates(content)
    assert [
        (each.old or ZERO, each.new or ZERO, each.name.encode("utf-8", "surrogateescape"))
        for each in parsed
    ] == lines


@given(st.binary(max_size=300))
def test_any_other_bytes_are_refused_with_a_code(content: bytes) -> None:
    with contextlib.suppress(StorageError):
        for update in parse_updates(content):
            assert isinstance(update, RefUpdate)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        f"{OID} {OID}\n".encode(),
        f"{OID} {OID} refs/heads/x".encode(),
        f"{OID} {OID} refs/heads/x y\n".encode(),
        f"{OID} {OID} refs/heads/\x1b[1m\n".encode(),
        f"{OID} {OID[1:]} refs/heads/x\n".encode(),
        f"{OID} {'1' * 64} refs/heads/x\n".encode(),
        f"{OID} {OID.replace('1', 'A')} refs/heads/x\n".encode(),
        f"{OID} {OID} refs/heads/x\n\n".encode(),
        f"{OID} {OID} refs/heads/x\r\n".encode(),
        f"{OID} {OID} refs/{'x' * 5000}\n".encode(),
    ],
)
def test_p_21_lists_that_git_does_not_write(content: bytes) -> None:
    with pytest.raises(StorageError) as caught:
        parse_updates(content)
    assert caught.value.code is Code.INTERNAL


def test_ids_of_a_sha_256_repository_are_read() -> None:
    (update,) = parse_updates(f"{'0' * 64} {'a' * 64} refs/heads/x\n".encode())
    assert (update.old, update.new) == (None, "a" * 64)
