"""The text classes, at their limits and beyond."""

from __future__ import annotations

import pytest

from gitprov.model.text import (
    ACCEPTED,
    cwd_problem,
    email_problem,
    key_problem,
    line_problem,
    name_problem,
    notes_problem,
    number_problem,
    path_problem,
    text_problem,
)
from tests.support.sample_records import short

INVISIBLE = ["\u200b", "\u00ad", "\u2800", "\u3164", "\ue000", "\u0301", "\u2060"]


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "4_DOCUMENTS",
        "a b",
        "a  b",
        'say "x" \\ y',
        "é",
        "中文",
        "😀",
        "a\u00a0b",
        "x" * 200,
        "é" * 200,
        "<a>",
        "#",
        "-",
        "null",
        "\u0903a",
    ],
    ids=short,
)
def test_lines(text: str) -> None:
    assert line_problem(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        " a",
        "a ",
        "\u00a0a",
        "a\u3000",
        "a\n",
        "\na",
        "a\tb",
        "a\rb",
        "a\x00b",
        "a\x1bb",
        "a\x7fb",
        "a\x85b",
        "a\u200bb",
        "a\u2028b",
        "a\u202eb",
        "a\u2066b",
        "a\ufeffb",
        "a\ufffeb",
        "a\uffffb",
        "a\u00adb",
        "a\u034fb",
        "a\ufe0fb",
        "a\U000e0041b",
        "a\ud800",
        "e\u0301",
        "\u1100\u1161",
        "x" * 201,
        "é" * 201,
        *INVISIBLE,
    ],
    ids=short,
)
def test_no_lines(text: str) -> None:
    assert line_problem(text) is not None


def test_a_line_is_counted_in_code_points_not_bytes() -> None:
    assert line_problem("😀" * 200) is None
    assert line_problem("😀" * 201) == "has 201 characters, at most 200 are allowed"


def test_keys_of_maps_are_short_lines() -> None:
    assert key_problem("k" * 128) is None
    assert key_problem("k" * 129) is not None
    assert key_problem("é" * 128) is None
    assert key_problem("") is not None
    assert key_problem(" k") is not None


@pytest.mark.parametrize(
    "text", ["", " ", "a\nb\tc", "\u001b[0m", "\u2028", "e\u0301", "x" * 1000], ids=short
)
def test_texts(text: str) -> None:
    assert text_problem(text) is None


@pytest.mark.parametrize("text", ["x" * 1001, "a\x00b", "\ud800"], ids=short)
def test_no_texts(text: str) -> None:
    assert text_problem(text) is not None


@pytest.mark.parametrize("text", ["x", "\nx\n", "é", "x" * 10_000], ids=short)
def test_notes(text: str) -> None:
    assert notes_problem(text) is None


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u200b", "x" * 10_001, "x\x00"], ids=short)
def test_notes_are_not_blank_and_not_endless(text: str) -> None:
    assert notes_problem(text) is not None


@pytest.mark.parametrize(
    "path",
    [
        "a",
        "a/b",
        ".hidden",
        "a/.b",
        "...",
        "a..b",
        "a b",
        "é/😀.md",
        'quo"te',
        "ab:c",
        "1:x",
        "a/C:x",
        "~",
        "-x",
        "a/" * 2047 + "ab",
        "é" * 2048,
        "a\u200bb",
    ],
    ids=short,
)
def test_paths(path: str) -> None:
    assert path_problem(path) is None


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "./a",
        "a/.",
        "a/../b",
        "../a",
        "a\\b",
        "C:",
        "C:/x",
        "c:x",
        "a\nb",
        "a\tb",
        "a\x00b",
        "a\x7fb",
        "a\x9fb",
        "e\u0301",
        "a\ud800",
        "a/" * 2048 + "a",
        "a" * 4097,
        "é" * 2049,
    ],
    ids=short,
)
def test_no_paths(path: str) -> None:
    assert path_problem(path) is not None


def test_a_path_is_counted_in_bytes() -> None:
    assert path_problem("a" * 4096) is None
    assert path_problem("é" * 2048) is None
    assert path_problem("é" * 2048 + "a") == "is longer than 4096 bytes"


def test_the_working_directory_may_be_the_root() -> None:
    assert cwd_problem(".") is None
    assert cwd_problem("docs") is None
    assert cwd_problem("..") is not None
    assert cwd_problem("") is not None


@pytest.mark.parametrize("name", ["a<b", "a>b", " a", "", "x" * 201], ids=short)
def test_no_names(name: str) -> None:
    assert name_problem(name) is not None


def test_names() -> None:
    assert name_problem("Olga Ö. (work)") is None


@pytest.mark.parametrize(
    "email", ["a b@c", "<a@b>", "a@b>", "a\u00a0b", "a\u2003b", "", " a@b", "a@b\n"], ids=short
)
def test_no_emails(email: str) -> None:
    assert email_problem(email) is not None


def test_emails() -> None:
    assert email_problem("olga@example.org") is None
    assert email_problem("gitprov@localhost") is None


@pytest.mark.parametrize("number", [0, 1, -1, 2**53 - 1, -(2**53) + 1, 0.0, -2.5, 1e300, 5e-324])
def test_numbers(number: float) -> None:
    assert number_problem(number) is None


@pytest.mark.parametrize(
    "number",
    [2**53, -(2**53), -0.0, float("nan"), float("inf"), float("-inf"), True, False, "1", None, []],
)
def test_no_numbers(number: object) -> None:
    assert number_problem(number) is not None


def test_r13_an_endless_integer_is_refused_without_being_spelt_out() -> None:
    problem = number_problem(10**5000)
    assert problem == "is beyond 2^53-1"


def test_every_pattern_has_words() -> None:
    assert all(pattern.startswith("^") and pattern.endswith("$") for pattern in ACCEPTED)
    assert all(words for words in ACCEPTED.values())
