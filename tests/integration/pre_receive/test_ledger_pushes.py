"""Pushes to the ledger's ref by plain git: what the hook lets in and what it refuses."""

from __future__ import annotations

import pytest

from tests.support.history import LEDGER, HistoryBuilder
from tests.support.hooked_remote import HookedRemote
from tests.support.source_tree import ROOT

pytestmark = [pytest.mark.git, pytest.mark.gpg]


def test_a_first_push_and_new_entries_pass_and_are_written_down(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    first = remote.tip()
    history.append(history.run("alice"))
    history.append(history.run("bot"), by="bot")
    remote.accept(history)
    assert remote.tip() == history.tip
    made, landed, moved = remote.audit()
    assert made["action"] == moved["action"] == "push-judged"
    assert (landed["action"], landed["new"]) == ("push-landed", first)
    assert (moved["ref"], moved["old"], moved["new"]) == (LEDGER, first, history.tip)


def test_an_unsigned_entry_is_refused_with_its_place(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    draft = history.draft(history.run("alice"))
    bad = history.land(draft.payload, draft)
    done = remote.refuse(history)
    assert done.codes == ["GPV-401-UNSIGNED"]
    assert any(bad[:12] in line for line in done.lines)


def test_every_line_of_the_log_is_as_the_page_says(
    remote: HookedRemote, history: HistoryBuilder
) -> None:
    section = (ROOT / "docs/audit-log.md").read_text(encoding="utf-8").split("On a server")[1]
    table = [line for line in section.split("\n## ")[0].splitlines() if line.startswith("| ")]
    head, _, *rows = [[cell.strip(" `") for cell in line.strip("|").split(" | ")] for line in table]
    promised = {row[0]: dict(zip(head[2:], row[2:], strict=True)) for row in rows}
    history.append(history.run("alice"))
    remote.accept(history)
    remote.refuse(history, f"+{history.tip}~1:{LEDGER}")
    remote.refuse(history, f":{LEDGER}")
    seen = set()
    for line in remote.audit():
        seen.add(line["action"])
        assert line.keys() >= {"version", "time", "action", "ref", "runner", "previous"}
        for field, when in promised[line["action"]].items():
            assert field in line or when != "yes", (field, line)
            assert field not in line or when != "-", (field, line)
    assert seen == promised.keys()
