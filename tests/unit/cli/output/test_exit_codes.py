"""Every error ends the program with the one exit code that it stands for."""

from __future__ import annotations

import pytest

from gitprov.cli.output.exit_codes import Exit, exit_of_error, exit_of_verdict
from gitprov.errors import (
    Code,
    GitprovError,
    RecordError,
    RefMovedError,
    RefusedError,
    SignatureError,
    SignatureUnknownError,
    StorageError,
    UnsupportedRepositoryError,
    UsageError,
)
from gitprov.model.finding import UNKNOWN_CODES, Verdict


def all_errors() -> list[type[GitprovError]]:
    """Return every class of the tree below its base."""
    found = [GitprovError]
    for kind in found:
        found += kind.__subclasses__()
    return found[1:]


@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [
        (UsageError, Code.ARGUMENT, Exit.USAGE),
        (UsageError, Code.NO_LEDGER, Exit.USAGE),
        (StorageError, Code.NO_LEDGER, Exit.USAGE),
        (UsageError, Code.LINK, Exit.NO),
        (RecordError, Code.SCHEMA, Exit.USAGE),
        (RecordError, Code.RECORD_FORM, Exit.USAGE),
        (RecordError, Code.LIMIT, Exit.USAGE),
        (RecordError, Code.NEWER_SCHEMA, Exit.UNKNOWN),
        (RecordError, Code.REPLAY, Exit.NO),
        (RecordError, Code.SILENT_EDIT, Exit.NO),
        (RefusedError, Code.SILENT_EDIT, Exit.NO),
        (RefusedError, Code.DUPLICATE, Exit.NO),
        (RefusedError, Code.IDENTITY, Exit.NO),
        (SignatureError, Code.KEY_EXPIRED, Exit.NO),
        (SignatureUnknownError, Code.SIGNER, Exit.UNKNOWN),
        (StorageError, Code.STORAGE, Exit.UNKNOWN),
        (StorageError, Code.BUSY, Exit.UNKNOWN),
        (StorageError, Code.TIMEOUT, Exit.UNKNOWN),
        (StorageError, Code.INTERNAL, Exit.UNKNOWN),
        (RefMovedError, Code.STALE, Exit.UNKNOWN),
        (UnsupportedRepositoryError, Code.REPO_UNSUPPORTED, Exit.UNKNOWN),
        (GitprovError, Code.INTERNAL, Exit.DEFECT),
    ],
)
def test_an_error_has_its_exit_code(kind: type[GitprovError], code: Code, expected: Exit) -> None:
    assert exit_of_error(kind(code, "why")) is expected


@pytest.mark.parametrize("kind", all_errors())
@pytest.mark.parametrize("code", Code)
def test_no_error_that_is_raised_on_purpose_is_a_defect(
    kind: type[GitprovError], code: Code
) -> None:
    assert exit_of_error(kind(code, "why")) in {Exit.NO, Exit.USAGE, Exit.UNKNOWN}


@pytest.mark.parametrize("kind", all_errors())
@pytest.mark.parametrize("code", sorted(UNKNOWN_CODES))
def test_bad_and_unknown_are_never_mixed(kind: type[GitprovError], code: Code) -> None:
    assert exit_of_error(kind(code, "why")) is Exit.UNKNOWN


def test_every_verdict_has_its_exit_code() -> None:
    codes = {verdict: int(exit_of_verdict(verdict)) for verdict in Verdict}
    assert codes == {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.UNKNOWN: 3}


def test_the_exit_codes_are_those_of_the_contract() -> None:
    assert [int(code) for code in Exit] == [0, 1, 2, 3, 70, 130]
