"""Canonical YAML (V9): what is accepted has one form, and every reader sees the same value."""

from __future__ import annotations

import yaml

from gitprov.codec.canonical import emit, parse
from gitprov.errors import Code, GitprovError
from tests.fuzz.target import ACCEPTED, Target, code_of, require

WORDS = (
    b"schema_version: ", b'"v1.0"\n', b"- ", b"  ", b": ", b"[]", b"{}", b"- - ", b"true",
    b"null", b"~", b"\\u0000", b"\\ud800", b"\\u200b", b"\\n", b"#", b"&a ", b"*a", b"!!str ",
    b"---\n", b"|\n", b'"', b"'", b"\xef\xbb\xbf", b"1.0", b"1.0e+16", b"-0.0", b".inf", b"<<: ",
)  # fmt: skip


def check(data: bytes) -> str:
    """Parse any bytes; what is accepted is emitted as it was, and PyYAML reads the same."""
    try:
        value = parse(data)
    except GitprovError as reason:
        return code_of(reason)
    require(emit(value) == data, "what was accepted is not canonical")
    require(parse(emit(value)) == value, "what was emitted reads otherwise")
    other = yaml.load(data, Loader=yaml.CSafeLoader)
    require(_same(value, other), "PyYAML reads another value")
    return ACCEPTED


def _same(one: object, two: object) -> bool:
    """Whether two readers saw the same, types included: True is not 1, and 1 is not 1.0."""
    if isinstance(one, dict) and isinstance(two, dict):
        return list(one) == list(two) and all(_same(one[key], two[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(two, list):
        return len(one) == len(two) and all(map(_same, one, two))
    return type(one) is type(two) and one == two


def target() -> Target:
    """The parser of records, policies and ledger documents."""
    return Target("canonical", check, frozenset({Code.RECORD_FORM, Code.LIMIT}), WORDS)
