"""What is printed, and that no text of others steers a terminal."""

from __future__ import annotations

import json

import pytest

from gitprov.cli.output import render
from gitprov.errors import Code, RefusedError, UsageError
from gitprov.model.finding import error
from gitprov.model.receipt import Notice
from gitprov.present import text

EVIL = "a\x1b[31m\r\n\t\x00\x7f\x9b\u202e\u200b\u2066\ufeff\ud800z"


def test_one_line_stays_one_line() -> None:
    shown = text.safe(EVIL)
    assert shown.isprintable()
    assert shown == (
        "a\\u001b[31m\\u000d\\u000a\\u0009\\u0000\\u007f\\u009b\\u202e\\u200b\\u2066\\ufeff\\ud800z"
    )
    assert (
        text.safe("gr\u00fc\u00dfe \u4f60\u597d \U0001f600")
        == "gr\u00fc\u00dfe \u4f60\u597d \U0001f600"
    )


def test_text_keeps_its_lines_and_nothing_else() -> None:
    assert text.safe_text("a\tb\nc\r\x1b") == "a\tb\nc\\u000d\\u001b"


def test_data_and_messages_go_separate_ways(capsys: pytest.CaptureFixture[str]) -> None:
    assert render.out("gr\u00fc\u00dfe")
    assert render.out_bytes(b"raw\n")
    render.warn("careful\nnow")
    assert capsys.readouterr() == (
        "gr\u00fc\u00dfe\nraw\n",
        "gitprov: warning: careful\\u000anow\n",
    )


def test_json_is_one_line_of_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    render.print_json("show", {"text": EVIL, "code": Code.LINK, "notice": Notice("c", "m")})
    out = capsys.readouterr().out
    assert out.isascii()
    assert out.count("\n") == 1
    content = json.loads(out)
    assert content["schema"] == "gitprov.show/v1"
    assert content["text"] == EVIL
    assert (content["code"], content["notice"]) == ("GPV-404-LINK", {"code": "c", "message": "m"})


def test_values_that_json_does_not_know_become_text() -> None:
    assert render.to_json({"a": (1, {2}), "b": UsageError}) == (
        '{"a": [1, "{2}"], "b": "<class \'gitprov.errors.UsageError\'>"}'
    )


def test_a_list_is_printed_lazily_until_nobody_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    printed: list[bytes] = []

    def write(content: bytes) -> bool:
        printed.append(content)
        return len(printed) < 3

    monkeypatch.setattr(render, "write", write)
    items = iter([{"n": number} for number in range(10)])
    render.print_jsonl("log", items)
    assert len(printed) == 3
    assert next(items) == {"n": 3}
    render.print_table(("A", "B"), [(number, "x") for number in range(10)])
    assert len(printed) == 4


def test_cells_of_a_table_are_made_safe(capsys: pytest.CaptureFixture[str]) -> None:
    render.print_table(("A", "B"), [("x\x1b", 3), ("longer\n", None)])
    assert capsys.readouterr().out.splitlines() == [
        "A             B",
        "x\\u001b       3",
        "longer\\u000a  None",
    ]


def test_an_error_goes_where_its_reader_looks(capsys: pytest.CaptureFixture[str]) -> None:
    refused = RefusedError(
        Code.IDENTITY, "the policy says no", findings=[error(Code.IDENTITY, "why"), "other"]
    )
    render.print_error(refused, as_json=False)
    out, err = capsys.readouterr()
    assert (out, err.splitlines()) == (
        "",
        [
            "gitprov: GPV-403-IDENTITY: the policy says no",
            "gitprov:   GPV-403-IDENTITY: why",
            "gitprov:   other",
        ],
    )
    render.print_error(refused, as_json=True)
    out, err = capsys.readouterr()
    content = json.loads(out)
    assert err == ""
    assert list(content) == ["schema", "code", "message", "details"]
    assert content["schema"] == "gitprov.error/v1"
    assert content["details"]["findings"][0]["message"] == "why"


def test_a_message_that_nobody_can_read_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def write(self, text: str) -> None:
            raise BrokenPipeError(text)

    monkeypatch.setattr("sys.stderr", Closed())
    assert render.tell("hello") is None  # type: ignore[func-returns-value] # it returns at all


def test_an_object_id_is_shown_by_twelve_digits() -> None:
    assert (text.short_oid("ab" * 20), text.short_oid(None)) == ("abababababab", "-")
