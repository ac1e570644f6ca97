"""Rows for spreadsheets and for Markdown, harmless wherever they are opened (X-16)."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterable, Sequence
from itertools import chain

from gitprov.cli.output.render import out
from gitprov.present.text import safe

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MARKDOWN = re.compile(r"[\\`*\[\]|~]")


def print_csv(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print comma-separated values (RFC 4180, with LF), until the reader has gone."""
    for row in chain((headers,), rows):
        if not out(csv_line(row)):
            break


def print_markdown(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table in Markdown, until the reader has gone."""
    if not out(markdown_line(headers)) or not out("|" + " --- |" * len(headers)):
        return
    for row in rows:
        if not out(markdown_line(row)):
            break


def csv_line(row: Sequence[object]) -> str:
    """Render one line; what a spreadsheet would run as a formula is led by an apostrophe."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([_csv_cell(str(cell)) for cell in row])
    return line.getvalue()


def markdown_line(row: Sequence[object]) -> str:
    """Render one line; HTML and what Markdown would take for its own are escaped."""
    cells = (html.escape(safe(cell), quote=False) for cell in row)
    return "| " + " | ".join(_MARKDOWN.sub(r"\\\g<0>", cell) for cell in cells) + " |"


def _csv_cell(text: str) -> str:
    return f"'{safe(text)}" if text.startswith(_FORMULA) else safe(text)
