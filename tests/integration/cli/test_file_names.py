"""Files are hashed under the name they have; what no record can hold is refused with the reason."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from pathlib import Path

import pytest

from tests.support.cli_world import RUN, Cli

NFC = "caf\u00e9.txt"
NFD = unicodedata.normalize("NFD", NFC)

# Name -> a word of the reason.
NOT_HELD = {
    "\udce4.txt": "UTF-8",
    "a\nb": "U+000A",
    "a\tb": "U+0009",
    "a\\b": "U+005C",
    "a\x7fb": "U+007F",
    "C:x": "drive letter",
}
HELD = [
    "-dash",
    "--",
    "aa:b",
    "a b",
    " lead",
    "a*?[b",
    "'\"",
    "#",
    "\u65e5\u672c",
    "a%00",
    "~",
    "a\u202eb",
]


def only_input(cli: Cli, run_id: str) -> tuple[str, str, bool]:
    """Return path and digest of a run's input, and whether it differed from HEAD."""
    record = cli("show", run_id, "--json").json["record"]
    (file,) = record["input_files"]
    return file["path"], file["sha256"], record["input_context"]["dirty"]


def write(cli: Cli, name: str, content: bytes = b"x") -> None:
    path = Path(os.fsdecode(os.fsencode(cli.path / name)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.mark.parametrize("name", NOT_HELD)
@pytest.mark.parametrize("option", ["--input", "--output"])
def test_a_name_that_no_record_can_hold_is_refused(cli: Cli, name: str, option: str) -> None:
    write(cli, name)
    refused = cli("record", *RUN, f"{option}={name}")
    assert refused.code == 2
    assert refused.err.startswith("gitprov: GPV-422-ARGUMENT: ")
    assert NOT_HELD[name] in refused.err
    assert cli("context", "compute", "--", name).code == 2


@pytest.mark.parametrize("name", HELD)
def test_an_odd_name_is_recorded_as_it_is(cli: Cli, name: str) -> None:
    write(cli, name, name.encode())
    cli.git("add", "-A")
    cli.git("commit", "-qm", "x")
    recorded = cli("record", *RUN, f"--input={name}", "--json")
    assert recorded.code == 0, recorded.err
    digest = hashlib.sha256(name.encode()).hexdigest()
    assert only_input(cli, recorded.json["run_id"]) == (name, digest, False)
    assert cli("context", "check", recorded.json["run_id"]).code == 0


def test_a_folder_that_no_record_can_name_is_no_obstacle_without_files(cli: Cli) -> None:
    write(cli, "d\udce4/f")
    inside = cli.at(cli.path / "d\udce4")
    assert inside("record", *RUN).code == 0
    refused = inside("record", *RUN, "--input", "f")
    assert (refused.code, "UTF-8" in refused.err) == (2, True)


def test_a_repository_below_such_a_folder_works(cli: Cli, tmp_path: Path) -> None:
    moved = tmp_path / "d\udce4" / "r"
    moved.parent.mkdir()
    cli.path.rename(moved)
    (moved / "f").write_text("x")
    there = cli.at(moved)
    assert there("record", *RUN, "--input", "f").code == 0
    for command in (("verify",), ("log",), ("doctor",), ("config", "--show-origin"), ("flush",)):
        assert there(*command).code in {0, 1}, command
    assert there("doctor", "--json").code in {0, 1}
    assert there("config", "--json").code == 0


@pytest.mark.parametrize(("on_disk", "typed"), [(NFD, NFD), (NFD, NFC), (NFC, NFD), (NFC, NFC)])
def test_a_decomposed_name_is_looked_up_as_it_is_on_disk(
    cli: Cli, on_disk: str, typed: str
) -> None:
    write(cli, f"d\u00e9/{on_disk}")
    cli.git("add", "-A")
    cli.git("commit", "-qm", "x")
    recorded = cli("record", *RUN, "--input", f"d\u00e9/{typed}", "--json")
    assert recorded.code == 0, recorded.err
    run_id = recorded.json["run_id"]
    path, _, is_dirty = only_input(cli, run_id)
    assert (path, is_dirty) == (f"d\u00e9/{NFC}", False)
    assert cli("context", "check", run_id).code == 0
    write(cli, f"d\u00e9/{on_disk}", b"changed")
    assert cli("context", "check", run_id).code == 1
    cli.git("commit", "-qam", "y")
    assert cli("context", "check", run_id).code == 0  # as it is in Git at that commit


def test_two_files_that_one_name_would_mean_are_told_apart(cli: Cli) -> None:
    write(cli, NFD, b"one")
    write(cli, NFC, b"two")
    refused = cli("record", *RUN, "--input", NFD)
    assert (refused.code, "other file of this name" in refused.err) == (2, True)
    assert cli("record", *RUN, "--input", NFC).code == 0


@pytest.mark.parametrize("name", ["\\ud800", "\\udce4"])
def test_a_draft_with_a_name_that_is_no_text_is_refused(cli: Cli, name: str) -> None:
    file = f'{{"path": "{name}", "sha256": "{"0" * 64}", "size": 1}}'
    draft = (
        '{"agent_name": "a", "run_status": "SUCCESS", "status_before": "A", "status_after": "B",'
        f' "mutation": {{"actor_kind": "HUMAN"}}, "input_files": [{file}]}}'
    )
    refused = cli("record", "-", stdin=draft)
    assert refused.code in {1, 2}
    assert "GPV-4" in refused.err
