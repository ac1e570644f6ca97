"""The configuration reader agrees with git's format and follows nothing."""

from __future__ import annotations

import pytest

from gitprov.git.config_parser import is_true, last, parse_config, sharing_bits

EVERYTHING = b"""\xef\xbb\xbf# a comment
[core]
\trepositoryformatversion = 0
\tbare ; no value is true
\tName = "quoted # not a comment; \\"x\\"" # comment
\tpath = one \\
two
\ttrailing = a  b   \t
\tempty =
[remote "origin"] url = here
\tfetch = +a:b
\tfetch = +c:d
[Branch "Case \\"Kept\\""]
\tMerge = refs/heads/x\\ty
[old.Style]
\tkey = v
"""


def test_reads_what_git_writes() -> None:
    settings = parse_config(EVERYTHING)
    assert settings == {
        "core.repositoryformatversion": ["0"],
        "core.bare": ["true"],
        "core.name": ['quoted # not a comment; "x"'],
        "core.path": ["one two"],
        "core.trailing": ["a  b"],
        "core.empty": [""],
        "remote.origin.url": ["here"],
        "remote.origin.fetch": ["+a:b", "+c:d"],
        'branch.Case "Kept".merge': ["refs/heads/x\ty"],
        "old.style.key": ["v"],
    }


def test_an_include_is_a_value_like_any_other() -> None:
    settings = parse_config(b"[include]\n\tpath = /dev/zero\n")
    assert settings == {"include.path": ["/dev/zero"]}


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"key = before any section\n", b"[unclosed\nkey\n", b"]\n", b"=\n", b"\x00\xff"],
)
def test_what_has_no_section_gives_nothing(content: bytes) -> None:
    assert parse_config(content) == {}


def test_damage_costs_its_line_only() -> None:
    content = b'[a]\n1bad = x\nk ! v\nend = "open\n[b "c]\n\tk = 1\n[d]\n\tk = 2\\'
    assert parse_config(content) == {"a.end": ["open"], "d.k": ["2\\"]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [(b"true", True), (b"YES", True), (b"on", True), (b"1", True), (b"0", False), (b"x", False)],
)
def test_booleans(value: bytes, *, expected: bool) -> None:
    assert is_true(parse_config(b"[a]\nb = " + value), "a.b") is expected
    assert not is_true({}, "a.b")


def test_the_last_value_counts() -> None:
    assert last(parse_config(b"[a]\nb=1\nb=2\n"), "a.b", "0") == "2"
    assert last({}, "a.b", "0") == "0"


@pytest.mark.parametrize(
    ("value", "bits"),
    [
        ("", None),
        ("umask", None),
        ("false", None),
        ("group", 0o660),
        ("TRUE", 0o660),
        ("1", 0o660),
        ("world", 0o664),
        ("everybody", 0o664),
        ("2", 0o664),
        ("0640", -0o640),
        ("0660", -0o660),
        ("640", None),
        ("0999", None),
    ],
)
def test_core_shared_repository(value: str, bits: int | None) -> None:
    assert sharing_bits(value) == bits
