"""Every import contract of pyproject.toml catches a violation, wherever the import hides.

One scratch copy of the package gets a violating module for each contract and each hiding
place; import-linter, run once with the project's own configuration, must name all of them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.source_tree import PACKAGE, ROOT

# Contract -> (room that gets the violating module, module that it may not import).
VIOLATIONS = {
    "floors: imports point down, neighbours are strangers": [
        ("model", "gitprov.codec.chain"),
        ("guard", "gitprov.codec.chain"),
        ("git", "gitprov.local.spool"),
        ("service.ledger", "gitprov.git.objects"),
        ("wiring", "gitprov.app.verify"),
        ("app", "gitprov.present.text"),
        ("pre_receive", "gitprov.cli.lazy"),
    ],
    "rooms of the service: imports point down, neighbours are strangers": [
        ("service.ports", "gitprov.service.ledger.tip"),
        ("service.ledger", "gitprov.service.judge.case"),
        ("service.judge", "gitprov.service.notes.update"),
        ("service.verify", "gitprov.service.read.marks"),
        ("service.read", "gitprov.service.server.hook_text"),
        ("service.server", "gitprov.service.write.admission"),
        ("service.write", "gitprov.service.sync.push_ledger"),
        ("service.govern", "gitprov.service.diagnose.keys"),
    ],
    "doors reach adapters through app and wiring": [
        ("present", "gitprov.git.program"),
        ("service.write", "gitprov.sign.gpg"),
    ],
    "doors call the verbs of app, and nothing below but wiring": [
        ("cli.commands", "gitprov.service.ledger.tip"),
        ("cli.input", "gitprov.codec.drafts"),
        ("pre_receive", "gitprov.guard.push_rules"),
    ],
    "results are rendered without input, output or click": [
        ("present", "os"),
        ("present", "click"),
        ("present", "gitprov.wiring.workspace"),
    ],
    "rooms of the command line: imports point down": [
        ("cli.output", "gitprov.cli.commands.log"),
        ("cli.input", "gitprov.cli.lazy"),
    ],
    "adapters know the model, never the rules": [
        ("git", "gitprov.guard.limits"),
        ("sign", "gitprov.codec.openpgp"),
        ("local", "gitprov.service.ports.spool"),
    ],
    "pure floors do no input or output": [
        ("guard", "os"),
        ("gitraw", "tempfile"),
        ("codec", "pygit2"),
    ],
    "pygit2 lives in git": [("service.judge", "pygit2"), ("sign", "pygit2")],
    "gnupg and pysequoia live in sign": [("service.verify", "pysequoia"), ("app", "gnupg")],
    "programs are started in process, and by the push in the background": [
        ("service.sync", "subprocess"),
        ("cli.commands", "subprocess"),
    ],
    "ruamel.yaml lives in codec.drafts, PyYAML nowhere": [("codec", "ruamel"), ("model", "yaml")],
    "click and rich live in cli": [("app", "click"), ("present", "rich")],
    "databases live in index and storage": [("service.read", "sqlite3")],
    "nothing talks to a network by itself": [("git", "socket"), ("app", "urllib")],
}
HIDING_PLACES = {
    "plain": "import {module}\n",
    "in_a_function": "def load() -> None:\n    import {module}\n",
    "for_types": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import {module}\n",
}
_CONTRACTS = re.compile(r"^(.+)\n-+\n\n", re.MULTILINE)


def violators(contract: str) -> list[str]:
    """Name the violating modules of a contract."""
    number = list(VIOLATIONS).index(contract)
    return [
        f"gitprov.{room}.violation_{number}_{item}_{place}"
        for item, (room, _) in enumerate(VIOLATIONS[contract])
        for place in HIDING_PLACES
    ]


@pytest.fixture(scope="module")
def sections(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Contract -> import-linter's words about it, in a copy that breaks every contract."""
    folder = tmp_path_factory.mktemp("contracts")
    shutil.copytree(PACKAGE, folder / "gitprov", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for number, found in enumerate(VIOLATIONS.values()):
        for item, (room, module) in enumerate(found):
            home = folder / "gitprov" / Path(*room.split("."))
            home.mkdir(exist_ok=True)
            for place, text in HIDING_PLACES.items():
                path = home / f"violation_{number}_{item}_{place}.py"
                path.write_text(text.format(module=module), encoding="utf-8")
    script = (
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command"
    )
    command = [sys.executable, "-c", f"{script}; lint_imports_command()", "--no-cache"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    report = done.stdout.partition("Broken contracts")[2]
    parts = _CONTRACTS.split(report)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_contract_is_tried() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = [contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]]
    assert list(VIOLATIONS) == names


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_contract_catches_each_violation(contract: str, sections: dict[str, str]) -> None:
    words = sections.get(contract, "")
    assert [name for name in violators(contract) if name not in words] == []


def test_the_package_keeps_every_contract() -> None:
    script = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", script, "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
