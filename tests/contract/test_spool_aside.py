"""Records that can never land: set aside in the spool's folder, each with its reason."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from gitprov.local.spool import FileSpool
from tests.contract.test_spool import KEY, OTHER, RUN, STATE


def test_what_was_set_aside_has_its_reason(spool: FileSpool) -> None:
    assert spool.refusal(KEY, RUN) is None
    spool.set_aside(KEY, "0190", [STATE, RUN], "GPV-422-SCHEMA: why")
    assert spool.refusal(KEY, RUN) == "GPV-422-SCHEMA: why"
    assert spool.refusal(OTHER, RUN) is None


@pytest.mark.parametrize(
    "content", [b"", b"torn", RUN[:-1], RUN + b"---\n", b"---\n" + RUN, RUN + b"---\n---\n" + RUN]
)
def test_a_torn_file_is_set_aside(spool: FileSpool, root: Path, content: bytes) -> None:
    spool.put(KEY, "0191", [STATE])
    (root / KEY / "0190.yaml").write_bytes(content)
    assert spool.get(KEY, "0190") == []
    assert spool.names(KEY) == ["0191"]
    aside = root / "set-aside" / KEY
    assert (aside / "0190.yaml").read_bytes() == content
    assert "torn" in (aside / "0190.why").read_text()


def test_what_is_no_regular_file_is_set_aside(spool: FileSpool, root: Path, tmp_path: Path) -> None:
    spool.put(KEY, "0190", [RUN])
    (tmp_path / "elsewhere").write_bytes(RUN)
    (root / KEY / "0191.yaml").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(root / KEY / "0192.yaml")
    (root / KEY / "0193.yaml").mkdir()
    for name in ("0191", "0192", "0193"):
        assert spool.get(KEY, name) == []
    assert spool.names(KEY) == ["0190"]
    assert (tmp_path / "elsewhere").read_bytes() == RUN


def test_setting_aside_keeps_everything(spool: FileSpool, root: Path) -> None:
    spool.put(KEY, "0190", [RUN, STATE])
    assert spool.set_aside(KEY, "0190", [RUN], "refused: ü")
    assert spool.set_aside(KEY, "0190", [STATE], "other")
    assert not spool.set_aside(KEY, "0190", [STATE], "once is enough")
    aside = root / "set-aside" / KEY
    assert sorted(path.name for path in aside.iterdir()) == [
        "0190-2.why",
        "0190-2.yaml",
        "0190.why",
        "0190.yaml",
    ]
    assert (aside / "0190.yaml").read_bytes() == RUN
    assert (aside / "0190-2.yaml").read_bytes() == STATE
    assert (aside / "0190.why").read_text() == "refused: ü\n"
    assert spool.names(KEY) == ["0190"]


@pytest.mark.parametrize("content", [RUN, b"torn"])
def test_a_crash_while_setting_aside_leaves_no_record_without_a_reason(
    spool: FileSpool, root: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    (root / KEY).mkdir(mode=0o700, parents=True)
    root.chmod(0o700)
    (root / KEY / "0190.yaml").write_bytes(content)
    replace = os.replace
    moved: list[tuple[Any, ...]] = []

    def set_aside() -> None:
        if spool.get(KEY, "0190"):
            spool.set_aside(KEY, "0190", [RUN], "why")

    def move_once(*args: Any, **folders: Any) -> None:
        if moved:
            raise KeyboardInterrupt
        moved.append(args)
        replace(*args, **folders)

    for name in ("replace", "rename"):
        monkeypatch.setattr(os, name, move_once)
    with pytest.raises(KeyboardInterrupt):
        set_aside()
    monkeypatch.undo()
    aside = root / "set-aside" / KEY
    assert [path.name for path in aside.iterdir()] == ["0190.why"]
    assert (root / KEY / "0190.yaml").read_bytes() == content
    set_aside()
    assert sorted(path.name for path in aside.iterdir()) == ["0190.why", "0190.yaml"]
    assert (aside / "0190.yaml").read_bytes() == content


def test_setting_aside_steps_around_what_is_no_file(spool: FileSpool, root: Path) -> None:
    (root / "set-aside" / KEY / "0190.yaml").mkdir(parents=True, mode=0o700)
    spool.set_aside(KEY, "0190", [RUN], "why")
    assert (root / "set-aside" / KEY / "0190-2.yaml").read_bytes() == RUN
