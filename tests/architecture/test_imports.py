"""No import cycle, no hidden way around the import contracts, no hidden environment.

The floors and the homes of libraries are contracts of import-linter (pyproject.toml). Here
stands what it cannot see: cycles within a floor, imports by name, and attributes of modules.
"""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from tests.support.source_tree import PACKAGE, modules, name_of, parsed, require_none

ENVIRONMENT_AND_CHANCE = frozenset(
    {
        "datetime.date.today",
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "os.environ",
        "os.environb",
        "os.getenv",
        "os.getenvb",
        "os.urandom",
        "random",
        "secrets",
        "time.time",
        "time.time_ns",
        "uuid.uuid1",
        "uuid.uuid4",
    }
)
NETWORK = frozenset(
    {"asyncio", "ftplib", "http", "httpx", "requests", "smtplib", "socket", "ssl", "urllib"}
)
LOADERS = frozenset({"importlib", "runpy", "builtins.__import__", "__import__"})
WIRING = "gitprov/wiring"
MAY_LOAD_BY_NAME = (
    WIRING,
    "gitprov/__init__.py",
    "gitprov/app/doctor_facts.py",  # reads versions
    "gitprov/cli/lazy.py",
    "gitprov/cli/main.py",
    "gitprov/model/kinds.py",
)


def used_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of whatever a module imports or reaches through an import."""
    origins: dict[str, str] = {"__import__": "__import__"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                origins[bound] = alias.name if alias.asname else bound
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                origins[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                yield node.lineno, f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            first, *rest = ast.unparse(node).split(".")
            if first in origins:
                yield node.lineno, ".".join((origins[first], *rest))


def offenders(paths: tuple[Path, ...], banned: frozenset[str]) -> list[str]:
    """Name every use of a banned module or attribute, once a line."""
    found = {
        f"{name_of(path)}:{line} {match}"
        for path in paths
        for line, name in used_names(parsed(path))
        for match in banned
        if name == match or name.startswith(f"{match}.")
    }
    return sorted(found)


def cycle(graph: dict[str, set[str]]) -> list[str]:
    """Return the modules of one import cycle; none: an empty list."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def room_of(module: str) -> str:
    """Return the room of a module: its package, but for the public face of the package itself."""
    parent, _, name = module.rpartition(".")
    return module if parent in {"", "gitprov"} and (PACKAGE / f"{name}.py").exists() else parent


def test_no_import_cycle_hidden_ones_included() -> None:
    graph = grimp.build_graph("gitprov", exclude_type_checking_imports=False, cache_dir=None)
    assert len(graph.modules) >= len(modules(PACKAGE))
    assert cycle({m: graph.find_modules_directly_imported_by(m) for m in graph.modules}) == []


def test_no_circle_of_rooms_hidden_imports_included() -> None:
    graph = grimp.build_graph("gitprov", exclude_type_checking_imports=False, cache_dir=None)
    rooms: dict[str, set[str]] = {}
    for module in graph.modules:
        home = room_of(module)
        found = map(room_of, graph.find_modules_directly_imported_by(module))
        rooms.setdefault(home, set()).update(room for room in found if room != home)
    assert len(rooms) > 20
    assert cycle(rooms) == []


def test_one_module_reads_environment_clock_and_chance() -> None:
    paths = tuple(p for p in modules(PACKAGE) if name_of(p) != "gitprov/wiring/system.py")
    require_none(offenders(paths, ENVIRONMENT_AND_CHANCE))


def test_nothing_talks_to_a_network() -> None:
    require_none(offenders(modules(PACKAGE), NETWORK))


def test_only_lazy_loading_imports_by_name() -> None:
    paths = tuple(p for p in modules(PACKAGE) if not name_of(p).startswith(MAY_LOAD_BY_NAME))
    reading = frozenset({"importlib.resources", "importlib.metadata"})
    require_none(set(offenders(paths, LOADERS)) - set(offenders(paths, reading)))


@pytest.mark.parametrize(
    ("source", "banned"),
    [
        ("import os\nos.environ['X']", "os.environ"),
        ("from os import environ as e\ne['X']", "os.environ"),
        ("import os as o\no.getenv('X')", "os.getenv"),
        ("def f():\n    import time\n    return time.time()", "time.time"),
        ("import datetime as d\nd.datetime.now(tz=None)", "datetime.datetime.now"),
        ("from datetime import datetime\ndatetime.now()", "datetime.datetime.now"),
        ("import urllib.request", "urllib"),
        ("from http import client", "http"),
        ("__import__('pygit2')", "__import__"),
    ],
)
def test_a_hidden_use_is_seen(source: str, banned: str) -> None:
    names = [name for _, name in used_names(ast.parse(source))]
    assert any(name == banned or name.startswith(f"{banned}.") for name in names)


def test_an_innocent_attribute_is_no_use() -> None:
    tree = ast.parse("def f(self, os):\n    return self.environ, os.environ, uuid5")
    assert list(used_names(tree)) == []


def test_a_cycle_is_seen() -> None:
    assert set(cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}
