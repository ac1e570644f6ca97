"""Checked input contexts."""

from __future__ import annotations

from collections.abc import Iterator

from gitprov.service.read.check_context import ContextCheck, InputCheck


def context_mapping(checked: ContextCheck) -> dict[str, object]:
    """Render the check of an input context for JSON."""
    return {
        "run_id": checked.run_id,
        "method": checked.method,
        "recorded": checked.recorded,
        "recomputed": checked.recomputed,
        "head_commit": checked.head_commit,
        "head_now": checked.head_now,
        "verdict": checked.verdict,
        "reasons": checked.reasons,
        "inputs": [_input_mapping(each) for each in checked.inputs],
    }


def _input_mapping(each: InputCheck) -> dict[str, object]:
    return {
        "path": each.path,
        "state": each.state,
        "recorded": each.recorded,
        "found": each.found,
        "in_git": each.in_git,
    }


def context_lines(checked: ContextCheck) -> Iterator[str]:
    """Render the check of an input context in lines for people."""
    yield f"run        {checked.run_id}"
    yield f"method     {checked.method}"
    yield f"recorded   {checked.recorded}"
    yield f"now        {checked.recomputed or 'cannot be computed'}"
    moved = "" if checked.head_now == checked.head_commit else f", now {checked.head_now}"
    yield f"commit     {checked.head_commit}{moved}"
    yield from (f"{each.state:10} {each.path}" for each in checked.inputs)
    yield f"verdict    {checked.verdict}"
    yield from (f"           {reason}" for reason in checked.reasons)
