"""Values on the command line: what is taken, what is refused, and with which words."""

from __future__ import annotations

import click
import pytest

from gitprov.cli.input.options import (
    OBJECT_ID,
    REF,
    REMOTE,
    RUN_ID,
    KeyNumber,
    KeyValue,
    Pick,
    example,
)
from gitprov.model.words import did_you_mean

OPTION_LIKE = ("-", "--", "-x", "--upload-pack=id")
NO_WORDS = ("", "a\nb", "a\x00b", "a\x1b[31m", "a\x85", "a\ud800", "x" * 4097)


@pytest.mark.parametrize("value", ["01a1c506", "HEAD~1", "gr\u00fc\u00dfe", "a b", "x" * 4096])
def test_a_word_is_taken_as_it_is(value: str) -> None:
    assert RUN_ID.convert(value, None, None) == value


@pytest.mark.parametrize("kind", [RUN_ID, REF, REMOTE, OBJECT_ID])
@pytest.mark.parametrize("value", [*OPTION_LIKE, *NO_WORDS])
def test_what_a_program_could_take_for_an_option_is_refused(
    kind: click.ParamType[str], value: str
) -> None:
    with pytest.raises(click.BadParameter) as caught:
        kind.convert(value, None, None)
    assert len(caught.value.message) < 200
    assert "\n" not in caught.value.message
    assert "\x1b" not in caught.value.message


@pytest.mark.parametrize(
    "name",
    [
        "refs/gitprov/ledger",
        "refs/gitprov/ledgers/team-1",
        "refs/heads/gitprov-ledger",
        "refs/x/y.z",
    ],
)
def test_a_full_ref_name_is_taken(name: str) -> None:
    assert REF.convert(name, None, None) == name


@pytest.mark.parametrize(
    "name",
    [
        *("ledger", "HEAD", "refs", "refs/", "refs/x", "refs/x/", "refs//x", "/refs/x/y"),
        *("refs/x/../y", "refs/x/.y", "refs/x/y.lock", "refs/x/y.", "refs/x/-y", "refs/x/y z"),
        *("refs/x/y~1", "refs/x/y^", "refs/x/a:b", "refs/x/a\\b", "refs/x/*", "refs/x/[a]"),
        *("refs/x/\u00e9", "refs/x/y@{1}", "refs/x/y/"),
    ],
)
def test_what_is_no_full_ref_name_is_refused(name: str) -> None:
    with pytest.raises(click.BadParameter, match="full name of a ref"):
        REF.convert(name, None, None)


@pytest.mark.parametrize("name", ["origin", "up_stream", "a.b", "team/x-1"])
def test_a_remote_is_taken_by_name(name: str) -> None:
    assert REMOTE.convert(name, None, None) == name


@pytest.mark.parametrize("name", ["ext::sh -c id", "https://example.org/x", "a b", ".x", "/x"])
def test_a_remote_is_no_url_and_no_program(name: str) -> None:
    with pytest.raises(click.BadParameter, match="name of a remote"):
        REMOTE.convert(name, None, None)


def test_an_object_id_is_full_and_gets_lower_case() -> None:
    assert OBJECT_ID.convert("AB" * 20, None, None) == "ab" * 20
    for value in ("ab" * 19, "ab" * 21, "xy" * 20, "HEAD"):
        with pytest.raises(click.BadParameter, match="40 hex digits"):
            OBJECT_ID.convert(value, None, None)


def test_a_choice_is_taken_in_any_case() -> None:
    kind = Pick("SUCCESS", "FAILED")
    assert [kind.convert(v, None, None) for v in ("success", "FAILED", "Failed")] == [
        "SUCCESS",
        "FAILED",
        "FAILED",
    ]


def test_a_misspelt_choice_is_answered_with_the_nearest() -> None:
    with pytest.raises(click.BadParameter, match="Did you mean 'SUCCESS'") as caught:
        Pick("SUCCESS", "FAILED").convert("sucess", None, None)
    assert "SUCCESS, FAILED" in caught.value.message
    with pytest.raises(click.BadParameter) as caught:
        Pick("SUCCESS", "FAILED").convert("\x1b" * 200, None, None)
    assert "Did you mean" not in caught.value.message
    assert "\x1b" not in caught.value.message


def test_a_choice_is_completed_and_named() -> None:
    command = click.Command("x", params=[click.Option(["--s"], type=Pick("AI", "ALL", "HUMAN"))])
    context = click.Context(command)
    (option,) = command.params
    items = option.type.shell_complete(context, option, "a")
    assert [item.value for item in items] == ["AI", "ALL"]
    assert "[AI|ALL|HUMAN]" in command.get_help(context)


@pytest.mark.parametrize(
    ("value", "pair"),
    [
        ("a=b", ("a", "b")),
        ("a=", ("a", "")),
        ("a=b=c", ("a", "b=c")),
        ("a =\u00fc ", ("a ", "\u00fc ")),
    ],
)
def test_a_pair_is_cut_at_the_first_equals_sign(value: str, pair: tuple[str, str]) -> None:
    assert KeyValue().convert(value, None, None) == pair
    assert KeyValue().convert(pair, None, None) == pair


@pytest.mark.parametrize("value", ["", "a", "=b", "="])
def test_what_is_no_pair_is_refused(value: str) -> None:
    with pytest.raises(click.BadParameter, match="KEY=VALUE"):
        KeyValue().convert(value, None, None)


@pytest.mark.parametrize(
    ("value", "number"),
    [("n=3", 3), ("n=-3", -3), ("n=0.5", 0.5), ("n=1e3", 1000.0), ("n=-1.5E-2", -0.015)],
)
def test_a_number_keeps_its_kind(value: str, number: float) -> None:
    key, found = KeyNumber().convert(value, None, None)
    assert (key, found, type(found)) == ("n", number, type(number))
    assert KeyNumber().convert((key, found), None, None) == (key, found)


@pytest.mark.parametrize(
    "value",
    ["n", "=3", "n=", "n=x", "n=nan", "n=inf", "n=1_000", "n=0x1", "n= 3", "n=\u0663", "n=1e9999"],
)
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(click.BadParameter, match="KEY=NUMBER"):
        KeyNumber().convert(value, None, None)


def test_examples_stand_on_lines_of_their_own() -> None:
    assert example("gitprov a", "gitprov b") == "\b\nExamples:\n  gitprov a\n  gitprov b"


@pytest.mark.parametrize(
    ("word", "hint"),
    [("recrod", " Did you mean 'record'?"), ("RECORD", " Did you mean 'record'?"), ("zzz", "")],
)
def test_the_nearest_word_is_named(word: str, hint: str) -> None:
    assert did_you_mean(word, ("record", "verify")) == hint
