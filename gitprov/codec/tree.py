"""Raw Git tree objects, read strictly and never normalised (step V8)."""

from __future__ import annotations

import re

from gitprov.errors import Code, RecordError

FOLDER = b"40000"
FILE = b"100644"
TREE_LIMIT = 32 * 1024 * 1024

# Name -> (raw mode, 20 raw bytes of the object id).
Tree = dict[bytes, tuple[bytes, bytes]]

_NULL = bytes(20)
_ITEM = re.compile(rb"([0-7]{1,8}) ([^\0/]+)\0(.{20})", re.DOTALL)


def _refuse(reason: str) -> RecordError:
    return RecordError(Code.TREE_FORM, f"a tree object is not in the one form: {reason}")


def parse_tree(raw: bytes) -> Tree:
    """Read a tree: modes 100644 and 40000 only, sorted as Git sorts, unique, not empty.

    Raises:
        RecordError: GPV-400-TREE-FORM.
    """
    tree: Tree = {}
    end = 0
    keys: list[bytes] = []
    for match in _ITEM.finditer(raw):
        if match.start() != end:
            break
        mode, name, oid = match.groups()
        end = match.end()
        if oid == _NULL:
            raise _refuse(f"the null object id at {name!r}")
        if mode == FOLDER:
            keys.append(name + b"/")
        elif mode == FILE:
            keys.append(name)
        else:
            raise _refuse(f"mode {mode.decode()} at {name!r}; only 100644 and 40000 are allowed")
        tree[name] = (mode, oid)
    if end != len(raw):
        raise _refuse("it cannot be read to its end")
    if not tree:
        raise _refuse("a folder is empty")
    if len(tree) != len(keys) or keys != sorted(keys):
        raise _refuse("names are repeated or not in order")
    return tree
