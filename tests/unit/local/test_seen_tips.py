"""The second memory of remotes' tips, and the turns of background pushes."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitprov.errors import Code, StorageError
from gitprov.local.push_outcome import BackgroundPushLog
from gitprov.local.seen_tips import FileSeenTips

OID = "ab" * 20


def test_what_is_put_is_found(tmp_path: Path) -> None:
    seen = FileSeenTips(tmp_path / "a" / "seen")
    assert seen.get("origin") is None
    assert seen.all() == {}
    for remote in ("origin", "team/one", "100%", "größe", "origin:heads/x"):
        seen.put(remote, OID, 7)
        assert seen.get(remote) == (OID, 7)
    assert sorted(seen.all()) == ["100%", "größe", "origin", "origin:heads/x", "team/one"]
    assert (tmp_path / "a/seen/origin").read_text() == f"{OID} 7\n"
    assert len(list((tmp_path / "a/seen").iterdir())) == 5


@pytest.mark.parametrize("text", ["", "hello", f"{OID}", f"{OID} -1\n", f"{OID} 01\n", "x" * 300])
def test_a_damaged_file_is_no_memory_of_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "origin").write_text(text)
    with pytest.raises(StorageError) as caught:
        FileSeenTips(tmp_path).get("origin")
    assert caught.value.code in {Code.STORE_CORRUPT, Code.INTERNAL}


def test_a_folder_in_its_place_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "origin").mkdir()
    with pytest.raises(StorageError) as caught:
        FileSeenTips(tmp_path).get("origin")
    assert caught.value.code is Code.INTERNAL
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        FileSeenTips(tmp_path / "file").all()


def test_one_pushes_and_one_waits(tmp_path: Path) -> None:
    outcome = BackgroundPushLog(tmp_path)
    with outcome.turn(0) as first, outcome.turn(0) as second:
        assert (first, second) == (True, False)
    with outcome.turn(0) as again:
        assert again


def test_an_outcome_is_kept(tmp_path: Path) -> None:
    outcome = BackgroundPushLog(tmp_path)
    assert outcome.read() is None
    outcome.write({"sent": 3})
    assert outcome.read() == {"sent": 3}
    (tmp_path / "push.json").write_text("[]")
    assert outcome.read() is None
    (tmp_path / "push.json").write_text("{")
    assert outcome.read() is None
