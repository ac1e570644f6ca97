"""How receipts look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gitprov.cli.output.render import out, print_json, print_jsonl, warn_notices
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
        "run_id": receipt.run_id,
        "entry": receipt.entry,
        "height": receipt.height,
        "state": receipt.state,
        "warnings": [{"code": n.code, "message": n.message} for n in receipt.warnings],
    }


def print_receipts(
    command: str, receipts: Sequence[Receipt], *, as_json: bool, as_jsonl: bool
) -> None:
    """Print receipts as a list; warnings go to standard error as well, each once."""
    warn_of(receipts)
    if as_jsonl:
        print_jsonl(command, map(receipt_mapping, receipts))
        return
    if as_json:
        print_json(command, {"records": list(map(receipt_mapping, receipts))})
        return
    for receipt in receipts:
        if not out(receipt_line(receipt)):
            break


def receipt_line(receipt: Receipt) -> str:
    """Render a receipt as one line: what happened, the run's id, the entry."""
    line = f"{_WORDS[receipt.state]} {safe(receipt.run_id)}"
    if receipt.entry is None:
        return f"{line} in the spool; append it with: gitprov flush"
    return f"{line} in entry {short_oid(receipt.entry)} at height {receipt.height}"


def warn_of(receipts: Iterable[Receipt]) -> None:
    """Print the warnings of all receipts, each once."""
    warn_notices({notice: None for receipt in receipts for notice in receipt.warnings})
