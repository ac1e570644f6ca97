"""Puts the lines of a canonical document together: which value is in which container (2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gitprov.codec.scalars import ScalarError, read_key, read_scalar

MAX_DEPTH: Final = 8
"""The top mapping is 1, each mapping or sequence inside is one more."""

_Node = Any  # a dict or a list: the form of the line says which
_EMPTY = {"[]": list, "{}": dict}
_ANYWHERE = "?"


class DepthError(Exception):
    """More than MAX_DEPTH containers are nested."""


class Nesting:
    """The open containers while a document is read from top to bottom.

    Each line begins with a prefix: spaces, and perhaps a dash. A mapping whose keys are at
    column c has the rank 2c, a sequence whose dashes are there 2c + 1. The ranks of the open
    containers always rise, and the prefix of a line names the rank of its container.
    """

    def __init__(self) -> None:
        self.line = 0
        self._root: dict[str, Any] = {}
        self._ranks = [0]
        self._nodes: list[_Node] = [self._root]
        self._pending = ""

    def read(self, rows: Sequence[tuple[str, str, str, str, str]]) -> dict[str, Any]:
        """Turn lines into one mapping; ``line`` tells how far it came.

        Args:
            rows: prefix, key, text of a string without escapes, any other value, item; of the
                last three at most one is not empty.

        Raises:
            ScalarError: a line has no place where it is, or stands for no value.
            DepthError: too many containers are nested.
        """
        node, here = self._root, ""
        for self.line, (prefix, raw, text, value, item) in enumerate(rows, 1):
            if prefix != here or item:
                node, here = self._move(prefix, item)
                if item:
                    continue
            key = read_key(raw)
            if key in node:
                raise ScalarError(f"key {key!r} appears twice")
            if text:
                node[key] = text
            elif value:
                node[key] = self._read(value)
            else:
                self._pending = key
                here = _ANYWHERE
        if self._pending:
            raise ScalarError(f"key {self._pending!r} has no value")
        return self._root

    def _move(self, prefix: str, item: str) -> tuple[_Node, str]:
        """Go to the container of a line, opening it if its key waits for it.

        Returns the container and the prefix of further pairs in it; an item is added to it.
        """
        column = len(prefix)
        if not prefix.endswith("- "):
            if item:
                raise ScalarError("a value is without a key")
            return self._enter(2 * column), prefix
        rank = 2 * (column - 2)
        sequence = self._enter(rank + 1)
        if not item:
            return self._open({}, rank + 4), " " * column
        sequence.append(read_scalar(item))
        return sequence, _ANYWHERE

    def _enter(self, rank: int) -> _Node:
        ranks, nodes = self._ranks, self._nodes
        if self._pending:
            steps = rank - ranks[-1]
            if steps not in {1, 4}:
                raise ScalarError(f"key {self._pending!r} has no value, or it is indented badly")
            return self._open([] if steps == 1 else {}, rank)
        while ranks[-1] > rank:
            ranks.pop()
            nodes.pop()
        if ranks[-1] != rank:
            raise ScalarError("the line is indented badly")
        return nodes[-1]

    def _open(self, node: list[Any] | dict[str, Any], rank: int) -> _Node:
        if len(self._nodes) == MAX_DEPTH:
            raise DepthError
        parent = self._nodes[-1]
        if self._pending:
            parent[self._pending] = node
            self._pending = ""
        else:
            parent.append(node)
        self._nodes.append(node)
        self._ranks.append(rank)
        return node

    def _read(self, value: str) -> object:
        empty = _EMPTY.get(value)
        if empty is None:
            return read_scalar(value)
        if len(self._nodes) == MAX_DEPTH:
            raise DepthError
        return empty()
