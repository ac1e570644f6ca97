"""The record that benchmarks write: a person's run with one input, one output and a note."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from gitprov.codec.records import to_bytes
from gitprov.model.times import format_time
from gitprov.service.write.drafting import Drafting

_RUN_ID = "01a1c506-70fb-7e97-b00d-1c0ffee00123"
_EVENT_ID = "5f0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f3"
_TIME = "2026-11-10T10:34:56.123Z"
_DIGESTS = ("a1" * 32, "b2" * 32)


def draft() -> dict[str, Any]:
    """Return a partial draft, as a caller of the API hands it in; its digests are random."""
    return {
        "agent_name": "4_DOCUMENTS",
        "run_status": "SUCCESS",
        "status_before": "IN_PROGRESS",
        "status_after": "CHECKED",
        "input_files": [{"path": "docs/SPEC.md", "sha256": os.urandom(32).hex(), "size": 18_220}],
        "output_files": [{"path": "out/report.md", "sha256": os.urandom(32).hex(), "size": 4_711}],
        "mutation": {"actor_kind": "HUMAN", "actor_id": "olga"},
        "notes": "reviewed and found complete",
    }


class SampleRecords:
    """Canonical bytes of many runs: one is drafted, the others differ from it in what is unique.

    The judge of the writer still judges each of them in full.
    """

    def __init__(self, drafting: Drafting) -> None:
        fields: Mapping[str, Any] = {
            **draft(),
            "run_id": _RUN_ID,
            "recorded_at": _TIME,
            "started_at": _TIME,
            "finished_at": _TIME,
        }
        for name, digest in zip(("input_files", "output_files"), _DIGESTS, strict=True):
            fields[name][0]["sha256"] = digest
        made = drafting.complete(fields)
        event_id = made.mutation.edit_event_id
        self._template = to_bytes(made).decode().replace(event_id, _EVENT_ID)
        digest = self._template.partition('  digest: "')[2][:64]
        self._unique = (*_DIGESTS, digest)

    def content(self, run_id: str, event_id: str, at_ms: int) -> bytes:
        """Return a run of that id and time, with random digests."""
        text = self._template.replace(_RUN_ID, run_id).replace(_EVENT_ID, event_id)
        text = text.replace(_TIME, format_time(at_ms))
        for digest in self._unique:
            text = text.replace(digest, os.urandom(32).hex())
        return text.encode()
