"""Sections and tables of the documents, for tests that hold them to what they must say."""

from __future__ import annotations

import re

from tests.support.source_tree import ROOT


def section(document: str, heading: str) -> str:
    """Return the text below a heading, up to the next one of any level."""
    text = (ROOT / document).read_text(encoding="utf-8")
    found = re.split(rf"^#+ {re.escape(heading)}$", text, maxsplit=1, flags=re.MULTILINE)
    assert len(found) == 2, f"{document} has no section {heading!r}"
    return re.split(r"^#+ ", found[1], maxsplit=1, flags=re.MULTILINE)[0]


def table(document: str, heading: str, first: str) -> list[dict[str, str]]:
    """Return the rows of a section's only table whose first column is called so.

    No row may lack a cell, and no cell may be empty: a document without its content would
    still have its headings.
    """
    lines = section(document, heading).splitlines()
    (start,) = [n for n, line in enumerate(lines) if line.startswith(f"| {first} |")]
    head, _, *rows = (_cells(line) for line in _while_table(lines[start:]))
    assert rows, f"{document}: the table below {heading!r} is empty"
    for cells in rows:
        assert len(cells) == len(head), f"{document}: {cells}"
        assert all(cells), f"{document}: an empty cell in {cells}"
    return [dict(zip(head, cells, strict=True)) for cells in rows]


def _while_table(lines: list[str]) -> list[str]:
    ends = [n for n, line in enumerate(lines) if not line.startswith("|")]
    return lines[: ends[0]] if ends else lines


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
