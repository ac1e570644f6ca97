"""A record says what really ran: agent, inputs, outputs, statuses, result, digests (A-83, A-84)."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import yaml

from tests.integration.cli.test_record import stored
from tests.support.cli_world import Cli

# An agent: it reads two files, and writes one and a second one from them.
AGENT = """
import pathlib, sys
root = pathlib.Path(sys.argv[1])
text = (root / "in/a.txt").read_text() + (root / "in/b.txt").read_text()
(root / "upper.txt").write_text(text.upper())
(root / "count.txt").write_text(str(len(text)))
"""


def facts(path: Path, names: list[str]) -> list[dict[str, object]]:
    """What a record must say of files, written down again."""
    contents = {name: (path / name).read_bytes() for name in names}
    return [
        {"path": name, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        for name, content in contents.items()
    ]


def composite(head: str, files: list[dict[str, object]]) -> str:
    """The digest of the input by its formula (2.7)."""
    listed = "".join(f"{file['path']}\0{file['sha256']}\n" for file in files)
    inner = hashlib.sha256(f"gitprov-input-files-v1\n{listed}".encode()).hexdigest()
    return hashlib.sha256(f"gitprov-input-composite-v1\n{head}\n{inner}\n".encode()).hexdigest()


def test_the_record_matches_the_execution(cli: Cli) -> None:
    head = cli.git.commit({"in/a.txt": "alpha\n", "in/b.txt": "beta, and more\n"})
    read = facts(cli.path, ["in/a.txt", "in/b.txt"])
    started = "2024-11-10T10:30:00.000Z"
    subprocess.run([sys.executable, "-c", AGENT, str(cli.path)], check=True)
    receipt = cli(
        *("record", "--agent", "UPPER", "--actor", "system", "--status", "SUCCESS"),
        *("--before", "OPEN", "--after", "INITIALIZED", "--started", started, "--json"),
        *("--input", "in/b.txt", "--input", "in/a.txt"),
        *("--output", "upper.txt", "--output", "count.txt"),
    ).json
    record = yaml.safe_load(stored(cli, receipt["run_id"]))
    assert (record["agent_name"], record["run_status"]) == ("UPPER", "SUCCESS")
    assert (record["status_before"], record["status_after"]) == ("OPEN", "INITIALIZED")
    assert record["started_at"] == started
    assert record["input_files"] == read
    assert record["output_files"] == facts(cli.path, ["count.txt", "upper.txt"])
    assert record["input_context"] == {
        "method": "composite",
        "digest": composite(head, read),
        "head_commit": head,
        "dirty": False,
    }


def test_a_run_that_failed_says_so_with_what_was_left(cli: Cli) -> None:
    cli.git.commit({"in/a.txt": "alpha\n"})
    done = subprocess.run([sys.executable, "-c", AGENT, str(cli.path)], check=False, stderr=-3)
    assert done.returncode == 1
    receipt = cli(
        *("record", "--agent", "UPPER", "--actor", "system", "--status", "FAILED", "--json"),
        *("--before", "OPEN", "--after", "OPEN", "--input", "in/a.txt", "--error", "no b.txt"),
    ).json
    record = yaml.safe_load(stored(cli, receipt["run_id"]))
    assert record["error"] == {"message": "no b.txt"}
    assert record["input_files"] == facts(cli.path, ["in/a.txt"])
    assert "output_files" not in record
