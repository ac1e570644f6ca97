"""The message of an entry: rendered from its content, read back for its claims (2.8)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitprov.codec.message import FileFacts, read_trailers, render_message
from gitprov.model.entry import Trailers

LEDGER = "4d0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7bb"
CLAIMS = Trailers(LEDGER, 7, "c" * 64, 2)
FIXED = (
    f"\n\nGitprov-Ledger: {LEDGER}\nGitprov-Height: 7\n"
    f"Gitprov-Chain: sha256:{'c' * 64}\nGitprov-Policy: 2\n"
)


def run_id(number: int) -> str:
    return f"0192cc00-0000-7e97-b00d-{number:012x}"


def run(number: int, *commits: str) -> FileFacts:
    path = f"runs/2024/10/27/03/36/{run_id(number)}.yaml"
    return FileFacts(path, "run", run_id(number), "SUCCESS 4_DOCUMENTS ", commits)


STATE = FileFacts("states/2024/x.yaml", "state", run_id(99))
POLICY = FileFacts("policy/0002.yaml", "policy", "0002")
KEY = FileFacts("keys/AA/0001.asc", "key", "AA/0001")
DOCUMENT = FileFacts("ledger.yaml", "ledger", LEDGER)


@pytest.mark.parametrize(
    ("files", "merged", "subject"),
    [
        ([], "d" * 40, "merge dddddddddddd"),
        ([run(1)], None, f"run SUCCESS 4_DOCUMENTS {run_id(1)}"),
        ([STATE], None, f"state {run_id(99)}"),
        ([KEY], None, "key AA/0001"),
        ([KEY, POLICY, DOCUMENT], None, f"ledger {LEDGER}"),
        ([POLICY], None, "policy 0002"),
        ([STATE, POLICY], None, "policy 0002"),
        ([STATE, run(1)], None, "2 records: 1 run, 1 state"),
        ([run(2), STATE, run(1), KEY], None, "4 records: 1 key, 2 run, 1 state"),
    ],
)
def test_the_subject_follows_from_the_content(
    files: list[FileFacts], merged: str | None, subject: str
) -> None:
    message = render_message(files, CLAIMS, merged)
    assert message.startswith(subject + FIXED)
    assert read_trailers(message) == CLAIMS


def test_runs_stand_in_the_order_of_their_paths_and_commits_sorted_once() -> None:
    one, two = "1" * 40, "2" * 40
    message = render_message([run(2, two, one), run(1, two)], CLAIMS)
    assert message == (
        f"2 records: 2 run{FIXED}Run-Id: {run_id(1)}\nRun-Id: {run_id(2)}\n"
        f"Code-Commit: {one}\nCode-Commit: {two}\n"
    )


def test_long_lists_are_left_out() -> None:
    twenty = [run(number, f"{number:040x}") for number in range(20)]
    message = render_message(twenty, CLAIMS)
    assert (message.count("Run-Id"), message.count("Code-Commit")) == (20, 20)
    message = render_message([*twenty, run(20)], CLAIMS)
    assert (message.count("Run-Id"), message.count("Code-Commit")) == (0, 20)
    many = run(1, *(f"{number:040x}" for number in range(21)))
    assert render_message([many], CLAIMS).endswith(f"Run-Id: {run_id(1)}\n")


@pytest.mark.parametrize("height", [0, 10**15])
@pytest.mark.parametrize("policy", [1, 9999])
def test_claims_are_read_back(height: int, policy: int) -> None:
    claims = replace(CLAIMS, height=height, policy=policy)
    assert read_trailers(render_message([run(1)], claims)) == claims


GOOD = render_message([run(1, "1" * 40)], CLAIMS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("run SUCCESS", "\nrun SUCCESS"),
        ("\n\nGitprov", "\nGitprov"),
        ("\n\nGitprov", "\n\nhello\n\nGitprov"),
        ("Gitprov-Ledger", "Gitprov-ledger"),
        ("Gitprov-Ledger: 4", "Gitprov-Ledger: Z"),
        ("Height: 7", "Height: 07"),
        ("Height: 7", "Height: -7"),
        ("Height: 7", "Height: " + "7" * 17),
        ("Height: 7", "Height: ７"),
        ("sha256:c", "sha256:C"),
        ("sha256:c", "sha256:"),
        ("Policy: 2", "Policy: 0"),
        ("Policy: 2\n", "Policy: 2\nGitprov-Policy: 2\n"),
        ("Run-Id: 0", "Run-Id: x"),
        ("Code-Commit: 1", "Code-Commit: g"),
        ("Run-Id:", "Run-id:"),
    ],
)
def test_another_shape_claims_nothing(old: str, new: str) -> None:
    assert old in GOOD
    assert read_trailers(GOOD.replace(old, new, 1)) is None


@pytest.mark.parametrize("message", ["", "\n", GOOD + "\n", GOOD + "x", GOOD[:-1], GOOD * 2])
def test_nothing_stands_before_or_behind(message: str) -> None:
    assert read_trailers(message) is None
