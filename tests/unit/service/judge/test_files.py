"""A writer's judge remembers records, and forgets the oldest alone when there are too many."""

from __future__ import annotations

import pytest

from gitprov.codec.records import parse_mapping
from gitprov.service.judge import files
from gitprov.service.judge.files import RecordJudge

CONTENTS = [b"no record %d" % number for number in range(5)]


def test_only_the_oldest_is_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []

    def count(content: bytes) -> object:
        parsed.append(content)
        return parse_mapping(content)

    monkeypatch.setattr(files, "parse_mapping", count)
    judge = RecordJudge(4)
    for content in CONTENTS:
        judge.judge(content, "run", "name", "runs/name.yaml")
    assert parsed == CONTENTS
    for content in CONTENTS[1:]:
        judge.judge(content, "run", "name", "runs/name.yaml")
    assert parsed == CONTENTS
    judge.judge(CONTENTS[0], "run", "name", "runs/name.yaml")
    assert parsed == [*CONTENTS, CONTENTS[0]]
