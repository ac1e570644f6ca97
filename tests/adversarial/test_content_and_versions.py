# ruff: noqa: N802 - a case's name carries its id
"""Content that is not what it seems: an older schema's record, and SHA-1 collisions."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import pytest

from gitprov.codec import records
from gitprov.codec.versions import VERSIONS, SchemaVersion
from gitprov.errors import Code
from gitprov.model.finding import Verdict
from gitprov.model.run import RunRecord
from tests.support.history import HistoryBuilder
from tests.support.judgement import verify

# The two messages of 2017 with one SHA-1: what they have in common, and where they differ.
_SAME = (
    "255044462d312e330a25e2e3cfd30a0a0a312030206f626a0a3c3c2f57696474682032203020522f4865696768"
    "742033203020522f547970652034203020522f537562747970652035203020522f46696c746572203620302052"
    "2f436f6c6f7253706163652037203020522f4c656e6774682038203020522f42697473506572436f6d706f6e65"
    "6e7420383e3e0a73747265616d0affd8fffe00245348412d3120697320646561642121212121852fec09233975"
    "9c39b1a1c63c4c97e1fffe01"
)
_FIRST = (
    "7f46dc93a6b67e013b029aaa1db2560b45ca67d688c7f84b8c4c791fe02b3df614f86db1690901c56b45c1530a"
    "fedfb76038e972722fe7ad728f0e4904e046c230570fe9d41398abe12ef5bc942be33542a4802d98b5d70f2a33"
    "2ec37fac3514e74ddc0f2cc1a874cd0c78305a21566461309789606bd0bf3f98cda8044629a1"
)
_SECOND = (
    "7346dc9166b67e118f029ab621b2560ff9ca67cca8c7f85ba84c79030c2b3de218f86db3a90901d5df45c14f26"
    "fedfb3dc38e96ac22fe7bd728f0e45bce046d23c570feb141398bb552ef5a0a82be331fea48037b8b5d71f0e33"
    "2edf93ac3500eb4ddc0decc1a864790c782c76215660dd309791d06bd0af3f98cda4bc4629b1"
)
COLLISION = tuple(bytes.fromhex(_SAME + block) for block in (_FIRST, _SECOND))


class RunV09(RunRecord):
    """An invented older version of the run record."""

    schema_version: Literal["v0.9"]  # type: ignore[assignment]


def lift(mapping: dict[str, Any]) -> dict[str, Any]:
    return {**mapping, "schema_version": "v1.0"}


def test_case_V_21_older_schema(history: HistoryBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record of an older schema, which today's schema refuses, counts by its own."""
    history.append(history.run().edited('"v1.0"', '"v0.9"'))
    unknown = verify(history)
    assert [finding.code for finding in unknown.findings] == [Code.SCHEMA]
    known = {**VERSIONS, ("run", "v0.9"): SchemaVersion(RunV09, lift)}
    for function in (records.build, records.build_canonical, records.parse_record):
        defaults = {**(function.__kwdefaults__ or {}), "versions": known}
        monkeypatch.setattr(function, "__kwdefaults__", defaults)
    report = verify(history)
    assert report.findings == ()
    assert report.records["run"] == 3


@pytest.mark.parametrize("content", COLLISION, ids=["first", "second"])
def test_case_V_22_collision_blocks(history: HistoryBuilder, content: bytes) -> None:
    """A record is one of the two known messages with the same SHA-1."""
    digests = {hashlib.sha1(each, usedforsecurity=False).hexdigest() for each in COLLISION}
    assert (len(set(COLLISION)), len(digests)) == (2, 1)
    history.append(history.run().with_text(content))
    report = verify(history)
    assert report.verdict is Verdict.FAIL
    assert report.findings[0].code is Code.RECORD_FORM
