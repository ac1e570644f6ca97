"""What is imported when it is needed."""

from __future__ import annotations

import gc
import sys

import pytest

from gitprov.cli.lazy import load_module


def test_a_module_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_module("commands.completion")
    frozen = gc.get_freeze_count()
    assert load_module("commands.completion") is first
    assert gc.get_freeze_count() == frozen
    monkeypatch.delitem(sys.modules, "gitprov.cli.commands.completion")
    assert load_module("commands.completion") is not first


def test_garbage_is_looked_for_again_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "gitprov.cli.commands.completion", raising=False)
    load_module("commands.completion")
    assert gc.isenabled()
    with pytest.raises(ModuleNotFoundError, match="no_such_command"):
        load_module("no_such_command")
    assert gc.isenabled()
