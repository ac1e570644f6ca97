"""Raw trees (V8): read alone, or by a tree they resemble, the answer is the same."""

from __future__ import annotations

import functools
import tempfile

import pygit2

from gitprov.errors import Code, GitprovError
from gitprov.gitraw.tree import Tree, parse_tree
from tests.fuzz.target import ACCEPTED, CORPUS, Target, code_of, require

WORDS = (
    b"40000 ", b"100644 ", b"100755 ", b"120000 ", b"160000 ", b"040000 ", b"runs\0", b"..\0",
    b".\0", b".git\0", b"/", b"\0" * 20, b"\x11" * 20, b"40000 a\0" + b"\x11" * 20,
    b"100644 a\0" + b"\x22" * 20, b"100644 a.b\0" + b"\x22" * 20, b"100644 b\0" + b"\x33" * 20,
    b"40000 b\0" + b"\x33" * 20,
)  # fmt: skip


@functools.cache
def _likes() -> list[Tree]:
    """Valid trees of several shapes that another one may be read by."""
    found = []
    for path in sorted((CORPUS / "tree").glob("*")):
        try:
            found.append(parse_tree(path.read_bytes()))
        except GitprovError:
            continue
    # Long, short, folders, files: every way to read by another one, and not the same way again.
    return sorted(found, key=len)[:: max(1, len(found) // 4)]


@functools.cache
def _oracle() -> pygit2.Repository:
    return pygit2.init_repository(tempfile.mkdtemp(prefix="gitprov-fuzz-"), bare=True)


def check(data: bytes) -> str:
    """Read any bytes as a tree, in every way that there is."""
    answers = {_answer(data, None)}
    answers |= {_answer(data, like) for like in _likes()}
    require(len(answers) == 1, "a tree is read otherwise by one that it resembles")
    (answer,) = answers
    if isinstance(answer, str):
        return answer
    again = b"".join(mode + b" " + name + b"\0" + oid for name, (mode, oid) in answer)
    require(again == data, "the items do not make the tree again")
    _compare(answer, data)
    return ACCEPTED


def _answer(data: bytes, like: Tree | None) -> tuple[tuple[bytes, tuple[bytes, bytes]], ...] | str:
    try:
        tree = parse_tree(data, like)
    except GitprovError as reason:
        return code_of(reason)
    items = tuple(tree.items())
    require(len(tree) == len(items), "a tree counts its items wrong")
    for name, item in items[:3]:
        require(tree[name] == item, "an item looked up differs from the one listed")
    if like is not None:
        mine, theirs = tree.differences(like)
        plain = (dict(items).items() - dict(like.items()).items(), dict(like.items()).items())
        require(mine.items() == plain[0], "what differs is not what differs")
        require(theirs.items() == plain[1] - dict(items).items(), "what is gone is not gone")
    return items


def _compare(items: tuple[tuple[bytes, tuple[bytes, bytes]], ...], data: bytes) -> None:
    repository = _oracle()
    seen = repository[repository.write(pygit2.enums.ObjectType.TREE, data)].peel(pygit2.Tree)
    theirs = [(entry.raw_name, int(entry.filemode), entry.id.raw) for entry in seen]
    ours = [(name, int(mode, 8), oid) for name, (mode, oid) in items]
    require(theirs == ours, "libgit2 reads another tree")


def target() -> Target:
    """The reader of trees."""
    return Target("tree", check, frozenset({Code.TREE_FORM}), WORDS, longest=8_192)
