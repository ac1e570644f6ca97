"""What a line of the audit log says, and that a log which cannot be written stops nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from gitprov.errors import Code, RefusedError, StorageError
from gitprov.model.text import UNBORN
from gitprov.service.write.audit_trail import AuditedPlace, AuditTrail

HEAD = "a" * 40
PLACE = {"time": "2024-10-27T03:33:20.000Z", "ref": "refs/gitprov/ledger", "runner": "box"}
REASON = RefusedError(Code.SILENT_EDIT, "no job")


class Clock:
    def now_ms(self) -> int:
        return 1_730_000_000_000


class Log:
    """Keeps lines; or is full."""

    def __init__(self, *, full: bool = False) -> None:
        self.lines: list[Mapping[str, Any]] = []
        self._full = full

    def append(self, event: Mapping[str, Any]) -> None:
        if self._full:
            raise StorageError(Code.STORAGE, "the disk is full")
        self.lines.append(event)


def trail(log: Log, head: str = HEAD) -> AuditTrail:
    return AuditTrail(log, Clock(), AuditedPlace(PLACE["ref"], PLACE["runner"], lambda: head))


def mutation(**fields: str) -> dict[str, str]:
    said = {"actor_kind": "AI", "actor_id": "m", "job_id": "j", "resource_id": "r"}
    return said | fields


def test_a_refusal_says_who_wanted_what_and_why() -> None:
    log = Log()
    trail(log).refused(REASON, [mutation()])
    assert log.lines == [
        {
            **PLACE,
            "commit": HEAD,
            "action": "refuse",
            "code": "HSK-403-SILENT-EDIT",
            "reason": "no job",
            "actor": {"kind": "AI", "id": "m"},
            "resource": "r",
            "job": "j",
        }
    ]


def test_of_several_writes_only_what_they_share_is_said() -> None:
    log = Log()
    trail(log).refused(REASON, [mutation(), mutation(resource_id="s", job_id="k")])
    (line,) = log.lines
    assert line["actor"] == {"kind": "AI", "id": "m"}
    assert line["resource"] == "2 records"
    assert "job" not in line


@pytest.mark.parametrize("wrong", [None, 7, ["AI"], {"kind": "AI"}, ""])
def test_a_mutation_of_the_wrong_shape_is_left_out(wrong: object) -> None:
    log = Log()
    trail(log).refused(REASON, [{"actor_kind": wrong}], actor="HUMAN")
    assert log.lines[0]["actor"] == {"kind": "HUMAN"}


def test_code_without_a_commit_has_none_in_the_line() -> None:
    log = Log()
    trail(log, UNBORN).lock_recovered("lock", "pid 7")
    assert log.lines == [
        {
            **PLACE,
            "action": "recover-lock",
            "resource": "lock",
            "reason": "its owner is dead: pid 7",
        }
    ]


def test_a_repository_that_cannot_be_read_stops_no_line() -> None:
    def unreadable() -> str:
        raise StorageError(Code.STORE_CORRUPT, "no HEAD")

    log = Log()
    place = AuditedPlace(PLACE["ref"], PLACE["runner"], unreadable)
    AuditTrail(log, Clock(), place).read_back_failed("GPV-500-READ-BACK", "differs", HEAD)
    assert log.lines[0]["new"] == HEAD
    assert "commit" not in log.lines[0]


def test_a_full_log_changes_nothing() -> None:
    log = Log(full=True)
    trail(log).refused(REASON)
    trail(log).signed("F", None, HEAD, [])
    trail(log).enacted("F", HEAD, HEAD, "p", "Alice")
    assert log.lines == []
