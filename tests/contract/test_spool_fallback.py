"""A spool that moves elsewhere loses nothing on the way, and comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitprov.errors import Code, StorageError
from gitprov.local.spool import FileSpool
from gitprov.local.spool_fallback import FallbackSpool
from gitprov.model.spooled import SpoolFile
from tests.contract.test_spool import KEY, RUN, STATE


def file(name: str, record: bytes) -> SpoolFile:
    return SpoolFile(KEY, name, (record,))


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    """A root that nothing can be written to."""
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / KEY).write_bytes(b"a file in the way")
    return tmp_path / "blocked"


def test_what_the_first_place_cannot_take_waits_in_the_other(blocked: Path, tmp_path: Path) -> None:
    spool = FallbackSpool(blocked, tmp_path / "other")
    assert spool.claim([file("0190", RUN)], lambda: True)
    assert spool.get(KEY, "0190") == [RUN]
    assert [r.content for r in spool.find({("run", "0190")})] == [RUN]
    assert FileSpool(tmp_path / "other").names(KEY) == ["0190"]
    assert (tmp_path / "other" / KEY).stat().st_mode & 0o077 == 0


def test_adopting_the_other_place_while_the_first_cannot_take_it_drops_nothing(
    blocked: Path, tmp_path: Path
) -> None:
    FallbackSpool(blocked, tmp_path / "other").claim([file("0190", RUN)], lambda: True)
    again = FallbackSpool(blocked, tmp_path / "other")
    with pytest.raises(StorageError):
        again.adopt(tmp_path / "other")
    assert FileSpool(tmp_path / "other").get(KEY, "0190") == [RUN]
    FileSpool(tmp_path / "other").adopt(tmp_path / "other")
    assert FileSpool(tmp_path / "other").get(KEY, "0190") == [RUN]
    (blocked / KEY).unlink()
    again.adopt(tmp_path / "other")
    assert FileSpool(blocked).get(KEY, "0190") == [RUN]
    assert FileSpool(tmp_path / "other").names(KEY) == []


def test_an_id_that_waits_in_the_first_place_is_taken_in_the_other(tmp_path: Path) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    FileSpool(root).put(KEY, "0190", [RUN])
    spool = FallbackSpool(root, other)
    (root / "lock").unlink()
    (root / "lock").mkdir()  # so it can be read, and not written
    spool.claim([file("0191", STATE)], lambda: True)
    assert [r.content for r in spool.find({("run", "0190")})] == [RUN]


def test_where_neither_can_both_reasons_are_said(blocked: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"a file")
    with pytest.raises(
        StorageError, match=r"nothing can hold the record: .*blocked.*other"
    ) as caught:
        FallbackSpool(blocked, tmp_path / "other").claim([file("0190", RUN)], lambda: True)
    assert caught.value.code is Code.STORAGE
