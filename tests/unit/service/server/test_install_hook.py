"""How the hook comes in and goes again, tried on a server's files held in memory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from gitprov.errors import Code, UsageError
from gitprov.model.server_hook import HookAction, HookChange, HookFile, HookSettings, ServerKind
from gitprov.service.server.hook_text import render_hook
from gitprov.service.server.install_companion import plan_companion, plan_companion_removal
from gitprov.service.server.install_hook import (
    HookLocation,
    find_installed,
    plan_install,
    plan_removal,
)
from gitprov.wiring.shipped_files import read_shipped
from tests.unit.service.server.test_hook_text import SETTINGS, TEMPLATE

ROOT = Path("/srv/r.git")
OURS = render_hook(TEMPLATE, SETTINGS)
NEWER = render_hook(TEMPLATE, HookSettings("/opt/python3", "refs/x/y", "", "bare"))
CHAIN = read_shipped("hooks/pre-receive.chain")
THEIRS = b"#!/bin/sh\nexit 0\n"


class Disk:
    """A server's files; what a plan wants is done step by step."""

    def __init__(self, **files: bytes) -> None:
        self.files = {ROOT / name.replace("__", "/"): text for name, text in files.items()}
        self.folders = {ROOT, ROOT / "hooks"} | {path.parent for path in self.files}

    def read(self, path: Path) -> HookFile | None:
        content = self.files.get(path)
        return None if content is None else HookFile(content, True, (1, hash(content)))

    def names(self, folder: Path) -> list[str] | None:
        if folder not in self.folders:
            return None
        return [path.name for path in self.files if path.parent == folder]

    def do(self, changes: Iterable[HookChange]) -> None:
        for change in changes:
            match change.action:
                case HookAction.MAKE_FOLDER:
                    self.folders.add(change.path)
                case HookAction.WRITE:
                    assert change.path.parent in self.folders
                    self.files[change.path] = change.content
                case HookAction.KEEP:
                    assert change.source is not None
                    self.files[change.path] = self.files[change.source]
                case HookAction.RESTORE:
                    assert change.source is not None
                    self.files[change.path] = self.files.pop(change.source)
                case HookAction.REMOVE:
                    del self.files[change.path]
                case HookAction.REMOVE_FOLDER:
                    self.folders.discard(change.path)


@pytest.mark.parametrize("kind", list(ServerKind))
def test_it_comes_in_once_and_leaves_nothing(kind: ServerKind) -> None:
    disk, location = Disk(), HookLocation(ROOT, kind)
    disk.do(plan_install(location, disk, OURS, CHAIN))
    found = find_installed(location, disk)
    assert found is not None
    assert found[1].content == OURS
    assert plan_install(location, disk, OURS, CHAIN) == []
    disk.do(plan_install(location, disk, NEWER, CHAIN))
    assert disk.files == {found[0]: NEWER}
    disk.do(plan_removal(location, disk))
    assert disk.files == {}
    assert plan_removal(location, disk) == []


def test_an_earlier_hook_runs_behind_ours_and_comes_back() -> None:
    disk, location = Disk(hooks__pre_receive=b""), HookLocation(ROOT, ServerKind.BARE)
    disk.files = {location.main: THEIRS}
    disk.do(plan_install(location, disk, OURS, CHAIN))
    assert disk.files[location.chained] == OURS
    assert disk.files[location.previous] == THEIRS
    assert disk.files[location.main] == CHAIN
    disk.do(plan_removal(location, disk))
    assert disk.files == {location.main: THEIRS}


def test_killed_after_any_step_it_is_completed() -> None:
    location = HookLocation(ROOT, ServerKind.BARE)
    whole = Disk()
    whole.files = {location.main: THEIRS}
    steps = plan_install(location, whole, OURS, CHAIN)
    whole.do(steps)
    for done in range(len(steps) + 1):
        disk = Disk()
        disk.files = {location.main: THEIRS}
        disk.do(steps[:done])
        assert THEIRS in disk.files.values()
        disk.do(plan_install(location, disk, OURS, CHAIN))
        assert disk.files == whole.files


def test_a_third_hook_is_never_overwritten() -> None:
    disk, location = Disk(), HookLocation(ROOT, ServerKind.BARE)
    disk.files = {location.main: THEIRS, location.previous: b"#!/bin/sh\nexit 1\n"}
    disk.folders.add(location.chain)
    with pytest.raises(UsageError) as caught:
        plan_install(location, disk, OURS, CHAIN)
    assert caught.value.code is Code.ARGUMENT
    assert "pre-receive.d/50-previous" in caught.value.message


@pytest.mark.parametrize("kind", [ServerKind.GITLAB, ServerKind.GITEA, ServerKind.GITOLITE])
def test_another_tools_hook_of_our_name_stays(kind: ServerKind) -> None:
    disk, location = Disk(), HookLocation(ROOT, kind)
    assert location.plugged is not None
    disk.files = {location.plugged: THEIRS}
    with pytest.raises(UsageError):
        plan_install(location, disk, OURS, b"")
    assert plan_removal(location, disk) == []


def test_a_hook_that_runs_a_folder_itself_gets_ours_in_there() -> None:
    disk, location = Disk(), HookLocation(ROOT, ServerKind.BARE)
    runs = b"#!/bin/sh\nfor each in hooks/pre-receive.d/*; do $each; done\n"
    disk.files = {location.main: runs}
    disk.do(plan_install(location, disk, OURS, CHAIN))
    assert disk.files == {location.main: runs, location.chained: OURS}


@pytest.mark.parametrize("kind", list(ServerKind))
def test_the_companion_comes_and_goes(kind: ServerKind) -> None:
    disk, location = Disk(), HookLocation(ROOT, kind)
    disk.folders |= {ROOT / "hooks" / "repo-specific"}
    disk.do(plan_companion(location, disk, OURS))
    assert list(disk.files.values()) == [OURS]
    assert plan_companion(location, disk, OURS) == []
    disk.do(plan_companion_removal(location, disk))
    assert disk.files == {}
    assert plan_companion_removal(location, disk) == []


def test_the_companion_never_takes_another_hooks_place() -> None:
    disk, location = Disk(), HookLocation(ROOT, ServerKind.BARE)
    disk.files = {ROOT / "hooks" / "post-receive": THEIRS}
    assert plan_companion(location, disk, OURS) == []
    assert plan_companion_removal(location, disk) == []
