"""How receipts look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gitprov.cli.output.render import out, print_json, print_jsonl, warn_notices
from gitprov.model.receipt import Receipt
from gitprov.present.receipts import receipt_line, receipt_mapping


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


def warn_of(receipts: Iterable[Receipt]) -> None:
    """Print the warnings of all receipts, each once."""
    warn_notices({notice: None for receipt in receipts for notice in receipt.warnings})
