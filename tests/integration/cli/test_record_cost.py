"""What one ``gitprov record`` loads and starts: counted, since time differs from run to run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import gitprov
from gitprov.codec import canonical
from gitprov.git.objects import PygitObjects
from tests.support.cli_world import RUN, Cli
from tests.support.keys import KeyRing

# Kinds that a run does not meet, what judges them, and what only other commands need.
UNUSED = (
    "gitprov.model.amendment",
    "gitprov.model.artifact",
    "gitprov.model.governance",
    "gitprov.model.ledger",
    "gitprov.model.log",
    "gitprov.model.plan",
    "gitprov.model.remote",
    "gitprov.model.server_hook",
    "gitprov.model.state",
    "gitprov.codec.json_schema",
    "gitprov.guard.governance",
    "gitprov.service.read.find_record",
    "gitprov.service.judge.governance",
    "gitprov.service.ledger.read_entries",
    "gitprov.service.verify.ledger",
    "multiprocessing",
    "rich",
    "ruamel",
)
_SCRIPT = """
import sys
from gitprov.cli.main import run
code = run(sys.argv[1:])
print("\\n".join(sys.modules), file=sys.stderr)
sys.exit(code)
"""


def test_a_record_loads_no_model_or_rule_of_another_kind(cli: Cli) -> None:
    # Coverage loads modules of its own.
    variables = {n: v for n, v in cli.environment().items() if not n.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, "record", *RUN],
        cwd=cli.path,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = done.stderr.splitlines()
    assert "gitprov.service.write.record_run" in loaded
    assert sorted(set(UNUSED) & set(loaded)) == []


def test_a_record_starts_one_gpg_and_asks_git_once_for_its_settings(
    cli: Cli, tmp_path: Path
) -> None:
    folder, calls = tmp_path / "bin", tmp_path / "calls"
    folder.mkdir()
    for name in ("gpg", "git"):
        real = shutil.which(name)
        script = folder / name
        script.write_text(f'#!/bin/sh\necho {name} >>"{calls}"\nexec "{real}" "$@"\n')
        script.chmod(0o755)
    ended = cli("record", *RUN, PATH=f"{folder}{os.pathsep}{os.environ['PATH']}")
    assert (ended.code, ended.err) == (0, "")
    assert calls.read_text().splitlines() == ["git", "gpg"]


def test_a_batch_parses_and_reads_back_each_record_once(
    cli: Cli, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNUPGHOME", str(keys.home))
    parsed: list[bytes] = []
    read: list[str] = []
    parse, read_object = canonical.parse, PygitObjects.read

    def counted_parse(data: bytes, **limits: int) -> dict[str, object]:
        parsed.append(data)
        return parse(data, **limits)

    def counted_read(objects: PygitObjects, oid: str, limit: int) -> tuple[str, bytes]:
        read.append(oid)
        return read_object(objects, oid, limit)

    draft = {
        "agent_name": "nightly",
        "run_status": "SUCCESS",
        "status_before": "A",
        "status_after": "B",
        "mutation": {"actor_kind": "HUMAN"},
    }
    with gitprov.open_ledger(cli.path) as ledger:
        monkeypatch.setattr(canonical, "parse", counted_parse)
        monkeypatch.setattr(PygitObjects, "read", counted_read)
        receipts = ledger.append_many([draft] * 30)
    assert {str(receipt.state) for receipt in receipts} == {"recorded"}
    runs = [data for data in parsed if b'kind: "run"' in data]
    assert len(runs) == len(set(runs)) == len(receipts)
    blobs = cli.git("ls-tree", "-r", "refs/gitprov/ledger", "--", "runs").splitlines()
    oids = [line.split()[2] for line in blobs]
    assert [read.count(oid) for oid in oids] == [1] * len(receipts)
