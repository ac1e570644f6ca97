"""What looks at a server, where it finds something odd."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gitprov.errors import Code, GitprovError
from gitprov.git.program import GitProgram
from gitprov.git.server_settings import find_hooks_folder
from gitprov.local.hook_files import DiskHookFiles
from gitprov.local.interpreter import try_interpreter
from gitprov.model.server_hook import HookAction, HookChange
from gitprov.wiring.shipped_files import read_shipped
from tests.support.git import Git
from tests.support.server_caretaker import write_hook

pytestmark = pytest.mark.git


def test_odd_files_are_no_hooks(tmp_path: Path) -> None:
    files = DiskHookFiles()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "large").write_bytes(b"#" * (4 * 1024 * 1024 + 1))
    for name in ("pipe", "folder", "large"):
        with pytest.raises(GitprovError) as caught:
            files.read(tmp_path / name)
        assert caught.value.code is Code.ARGUMENT, name
    assert files.read(tmp_path / "absent") is None
    assert files.read(tmp_path / "absent" / "below") is None
    with pytest.raises(GitprovError, match="no folder"):
        files.names(tmp_path / "large")


def test_a_step_that_fails_says_where_and_leaves_nothing_behind(tmp_path: Path) -> None:
    files = DiskHookFiles()
    (tmp_path / "taken" / "inside").mkdir(parents=True)
    step = HookChange(HookAction.WRITE, tmp_path / "taken", b"#!/bin/sh\n")
    with pytest.raises(GitprovError) as caught:
        files.apply([step])
    assert caught.value.code is Code.STORAGE
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_python_is_tried_as_the_hook_starts_it(tmp_path: Path, server_python: str) -> None:
    assert try_interpreter(server_python) is None
    assert try_interpreter("python3") == "it is not an absolute path"
    assert "does not start" in str(try_interpreter(str(tmp_path / "absent")))
    write_hook(tmp_path / "silent", "#!/bin/sh\nexit 7\n")
    assert try_interpreter(str(tmp_path / "silent")) == "it ended with 7: no reason given"


def test_settings_that_git_cannot_read_are_an_error(bare: Git) -> None:
    with (bare.path / "config").open("a", encoding="utf-8") as file:
        file.write("[broken\n")
    with pytest.raises(GitprovError) as caught:
        find_hooks_folder(GitProgram(os.environ), bare.path)
    assert caught.value.code is Code.STORAGE


def test_a_shipped_file_that_is_missing_is_named() -> None:
    with pytest.raises(GitprovError, match="install gitprov again"):
        read_shipped("hooks/absent")
