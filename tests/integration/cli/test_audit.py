"""The audit log as commands write and check it; every line is as docs/audit-log.md says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gitprov.local.audit_log import FileAuditLog
from tests.integration.cli.test_record import JOB, WORKFLOW
from tests.support.cli_world import RUN, Cli
from tests.support.keys import KeyRing
from tests.support.source_tree import ROOT

PAGE = ROOT / "docs/audit-log.md"
ALWAYS = {"version", "time", "action", "ref", "runner", "previous"}
AI = ("--agent", "bot", "--actor", "ai", "--status", "SUCCESS", "--before", "A", "--after", "B")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading of the page."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip(" `") for cell in line.strip("|").split(" | ")] for line in lines]


def promised() -> dict[str, dict[str, str]]:
    """Action -> field -> yes, known or -."""
    head, _, *listed = rows("Actions")[:8]
    fields = head[2:]
    table = {}
    for cells in listed:
        said = dict(zip(fields, cells[2:], strict=True))
        both = said.pop("job, workflow")
        table[cells[0]] = {**said, "job": both, "workflow": both}
    return table


def lines(cli: Cli) -> list[dict[str, Any]]:
    text = (cli.path / ".git/gitprov/audit.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def check_line(line: dict[str, Any]) -> None:
    """A line has what the page promises of its action, in the order of the page."""
    row = promised()[line["action"]]
    assert line.keys() >= ALWAYS, line
    for field, when in row.items():
        assert when in {"yes", "known", "-"}
        assert field in line or when != "yes", (field, line)
        assert field not in line or when != "-", (field, line)
    order = [name for cells in rows("Fields")[2:] for name in re.findall(r"\w+", cells[0])]
    assert list(line) == [name for name in order if name in line]


@pytest.fixture(autouse=True)
def log(cli: Cli) -> Path:
    """The log of a repository with one commit."""
    cli.git("commit", "--quiet", "--allow-empty", "-m", "x")
    return cli.path / ".git/gitprov/audit.jsonl"


def test_an_entry_is_tied_to_its_cause(cli: Cli, log: Path) -> None:
    named = ("--job-id", JOB, "--workflow-id", WORKFLOW, "--actor-id", "claude-code")
    receipt = cli("record", *AI, *named, "--json").json
    last = lines(cli)[-1]
    check_line(last)
    assert log.exists()
    assert last["action"] == "append"
    assert last["actor"] == {"kind": "AI", "id": "claude-code"}
    assert (last["job"], last["workflow"]) == (JOB, WORKFLOW)
    assert last["resource"] == f"run:{receipt['run_id']}"
    assert last["new"] == receipt["entry"]
    assert last["old"] == cli.git("rev-parse", f"{receipt['entry']}^")
    assert last["commit"] == cli.git("rev-parse", "HEAD")
    assert last["runner"]
    assert (
        last["fingerprint"] == cli("show", receipt["run_id"], "--json").json["entry"]["fingerprint"]
    )


def test_an_entry_of_many_says_what_all_agree_on(cli: Cli) -> None:
    draft = '{"agent_name": "%s", "mutation": {"actor_id": "%s"}}\n'
    run = RUN[2:]
    batch = "".join(draft % (name, name) for name in ("one", "two"))
    assert cli("record", "--batch", "-", *run, stdin=batch).code == 0
    last = lines(cli)[-1]
    check_line(last)
    assert (last["resource"], last["actor"]) == ("2 records", {"kind": "HUMAN"})


def test_a_refusal_says_what_was_asked(cli: Cli) -> None:
    assert cli("record", *AI, "--workflow-id", WORKFLOW).code == 1
    last = lines(cli)[-1]
    check_line(last)
    assert (last["action"], last["code"]) == ("refuse", "HSK-403-SILENT-EDIT")
    assert last["resource"].startswith("run:")
    assert (last["actor"], last["workflow"]) == ({"kind": "AI"}, WORKFLOW)
    assert "mutation.job_id" in last["reason"]
    assert "job" not in last


def test_every_action_is_as_the_page_says(cli: Cli, keys: KeyRing) -> None:
    assert cli("record", *RUN).code == 0
    assert cli("record", *AI).code == 1
    duplicate = cli("record", *RUN, "--dry-run").out
    assert cli("record", "-", stdin=duplicate).code == 0
    changed = duplicate.replace('status_after: "B"', 'status_after: "C"')
    assert cli("record", "-", stdin=changed).code == 1
    exported = keys.gpg("--export", keys["mallory"].fingerprint)
    (cli.path.parent / "m.gpg").write_bytes(exported)
    added = cli("key", "add", str(cli.path.parent / "m.gpg"), "--reason", "x", "--json")
    assert added.code == 0, added
    found = lines(cli)
    for line in found:
        check_line(line)
    assert {line["action"] for line in found} == {"append", "enact", "refuse"}
    assert next(li for li in found if li["action"] == "enact")["actor"]["kind"] == "HUMAN"


def test_the_log_is_shown_and_checked(cli: Cli, log: Path) -> None:
    cli("record", *RUN)
    cli("record", *AI)
    shown = cli("audit", "show")
    assert "refuse" in shown.out
    assert [json.loads(line)["action"] for line in cli("audit", "show", "--jsonl").lines] == [
        line["action"] for line in lines(cli)
    ]
    assert len(cli("audit", "show", "-n", "1", "--json").json["lines"]) == 1
    only = cli("audit", "show", "--action", "refuse", "--json").json["lines"]
    assert [line["action"] for line in only] == ["refuse"]
    assert cli("audit", "check").code == 0
    log.write_text(log.read_text().replace("HSK-403-SILENT-EDIT", "GPV-413-LIMIT"))
    assert cli("audit", "check").code == 0  # the last line hangs on nothing yet
    cli("record", *RUN)
    log.write_text(log.read_text().replace("GPV-413-LIMIT", "GPV-507-STORAGE"))
    broken = cli("audit", "check", "--json")
    assert (broken.code, len(broken.json["problems"])) == (1, 1)


@pytest.mark.parametrize("loss", ["tail", "file"])
def test_what_a_checkpoint_signed_is_missed(cli: Cli, log: Path, loss: str) -> None:
    cli("record", *RUN)
    cli("record", *AI)
    point = cli.path.parent / "point.txt"
    assert cli("checkpoint", "write", str(point)).code == 0
    assert cli("audit", "check", "--checkpoint", str(point)).code == 0
    assert cli("verify", "--checkpoint", str(point), "--json").json["findings"] == []
    if loss == "tail":
        log.write_text("".join(log.read_text().splitlines(keepends=True)[:-1]))
    else:
        log.unlink()
    assert cli("audit", "check").code == 1
    doctor = cli("doctor", "--json")
    assert doctor.code == 1
    report = cli("verify", "--checkpoint", str(point), "--json")
    assert (report.code, report.json["verdict"]) == (0, "pass")
    (found,) = report.json["findings"]
    assert (found["severity"], found["code"]) == ("warning", "GPV-409-ROLLBACK")
    assert "is gone" in found["message"]
    # Without what the repository remembers, the signer's own key still tells.
    (log.parent / "audit.heads").unlink()
    assert cli("audit", "check", "--checkpoint", str(point)).code == 1


def test_another_clone_has_another_log(cli: Cli, tmp_path: Path) -> None:
    cli("record", *RUN)
    point = cli.path.parent / "point.txt"
    assert cli("checkpoint", "write", str(point)).code == 0
    other = tmp_path / "other"
    cli.git("clone", "--quiet", str(cli.path), str(other))
    clone = cli.at(other)
    clone.git("fetch", "--quiet", "origin", "refs/gitprov/ledger:refs/gitprov/ledger")
    report = clone("verify", "--checkpoint", str(point), "--json")
    assert report.json["findings"] == []


def test_old_files_are_pruned_and_the_chain_goes_on(cli: Cli, log: Path) -> None:
    old = FileAuditLog(log.parent, max_bytes=400)
    for day in range(10, 20):
        old.append({"time": f"2001-02-{day}T00:00:00.000Z", "action": "refuse", "ref": "x"})
        if day == 12:
            old.remember_signed(old.head())
    cli.git("config", "gitprov.auditMaxBytes", "4096")
    cli("record", *AI)
    rotated = sorted(log.parent.glob("audit.0*.jsonl"))
    assert len(rotated) > 2
    assert cli("audit", "prune").out == "nothing is old enough\n"
    refused = cli("audit", "prune", GITPROV_AUDIT_KEEP="30")
    assert (refused.code, "at least 180 of days, or forever" in refused.err) == (2, True)
    assert cli("audit", "check").code == 0
    pruned = cli("audit", "prune", "--json", GITPROV_AUDIT_KEEP="180")
    assert pruned.json["removed"] == [path.name for path in rotated]
    assert not any(path.exists() for path in rotated)
    check_line(lines(cli)[-1])
    assert lines(cli)[-1]["action"] == "prune"
    assert cli("audit", "check").code == 0
    assert cli("doctor", "--json").code == 0
    log.write_text("".join(log.read_text().splitlines(keepends=True)[1:]))
    assert cli("audit", "check").code == 1


def test_a_file_that_disappears_without_a_line_is_missed(cli: Cli, log: Path) -> None:
    cli.git("config", "gitprov.auditMaxBytes", "4096")
    for _ in range(24):
        cli("record", *AI)
    first = min(log.parent.glob("audit.0*.jsonl"))
    first.unlink()
    assert cli("audit", "check").code == 1


def test_the_commands_of_the_page_work_as_written(cli: Cli) -> None:
    cli("record", *RUN)
    typed = re.findall(r"^\$ (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(typed) == 3
    ended = cli.shell("set -e\n" + "\n".join(typed))
    assert (ended.code, ended.err) == (0, "")
