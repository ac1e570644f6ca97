"""A repository with a ledger, made once and copied for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.faults import (
    FaultWorld,
    bare_world,
    copied_world,
    founded_world,
    init_options,
    watched,
)
from tests.support.keys import KeyRing
from tests.support.moments import Moment
from tests.support.warm_program import WarmProgram, warm_program


@pytest.fixture(scope="session")
def template(keys: KeyRing, tmp_path_factory: pytest.TempPathFactory) -> FaultWorld:
    """A ledger of Alice and the bot. Change nothing in it."""
    return founded_world(tmp_path_factory.mktemp("founded") / "r", keys)


@pytest.fixture
def world(template: FaultWorld, tmp_path: Path) -> FaultWorld:
    """A fresh copy of it."""
    return copied_world(template, tmp_path / "r")


@pytest.fixture(scope="session")
def warm() -> Iterator[WarmProgram]:
    """The program, which starts at once."""
    with warm_program() as program:
        yield program


@pytest.fixture(scope="session")
def moments_of_record(
    template: FaultWorld, warm: WarmProgram, tmp_path_factory: pytest.TempPathFactory
) -> list[Moment]:
    """The moments at which `gitprov record` changes the disk."""
    world = copied_world(template, tmp_path_factory.mktemp("watched") / "r")
    world.submit(world.make_run()[0])  # the first note makes folders that later ones find
    return watched(warm, world, "record", "-", "--json", stdin=world.make_run()[1])


@pytest.fixture(scope="session")
def moments_of_init(
    keys: KeyRing, warm: WarmProgram, tmp_path_factory: pytest.TempPathFactory
) -> list[Moment]:
    """The moments at which `gitprov init` changes the disk."""
    world = bare_world(tmp_path_factory.mktemp("watched") / "r", keys)
    return watched(warm, world, "init", *init_options(keys))
