"""Receipts of records."""

from __future__ import annotations

from gitprov.errors import Code
from gitprov.model.receipt import Receipt, RecordState
from gitprov.present.text import safe, short_oid

_WORDS = {
    RecordState.RECORDED: "recorded",
    RecordState.ALREADY_RECORDED: "already recorded",
    RecordState.SPOOLED: "waiting",
}


def receipt_mapping(receipt: Receipt) -> dict[str, object]:
    """Render a receipt in its JSON shape."""
    return {
        "run_id": receipt.record_id,
        "entry": receipt.entry,
        "height": receipt.height,
        "state": receipt.state,
        "warnings": [{"code": n.code, "message": n.message} for n in receipt.warnings],
    }


def receipt_line(receipt: Receipt) -> str:
    """Render a receipt as one line: what happened, the run's id, the entry."""
    line = f"{_WORDS[receipt.state]} {safe(receipt.record_id)}"
    if receipt.entry is None:
        is_homeless = any(notice.code == Code.NO_LEDGER for notice in receipt.warnings)
        return f"{line} in the spool; append it with: gitprov {'init' if is_homeless else 'flush'}"
    return f"{line} in entry {short_oid(receipt.entry)} at height {receipt.height}"
