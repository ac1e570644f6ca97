"""The first finding that is more than a warning becomes the error."""

from __future__ import annotations

import pytest

from gitprov.errors import Code, RefusedError, SignatureUnknownError
from gitprov.model.finding import Finding, error, warning
from gitprov.service.judge.require_good import require_good

WARNING = warning(Code.LINK, "a commit is gone")
BAD = error(Code.SILENT_EDIT, "no job", "runs/x.yaml")
UNKNOWN = error(Code.NEWER_SCHEMA, "too new")


@pytest.mark.parametrize("findings", [[], [WARNING]])
def test_warnings_pass(findings: list[Finding]) -> None:
    assert require_good(findings) is None  # type: ignore[func-returns-value] # it returns at all


def test_the_first_bad_finding_is_raised_with_all_of_them() -> None:
    with pytest.raises(RefusedError) as caught:
        require_good([WARNING, BAD, UNKNOWN], remote="origin")
    assert (caught.value.code, caught.value.message) == (BAD.code, "runs/x.yaml: no job")
    details = {"findings": [BAD, UNKNOWN], "path": "runs/x.yaml", "remote": "origin"}
    assert caught.value.details == details


def test_a_caller_says_what_comes_before_and_behind() -> None:
    with pytest.raises(RefusedError) as caught:
        require_good([BAD], "refused: ", "; try again")
    assert caught.value.message == "refused: no job; try again"


def test_only_unknowns_mean_that_it_could_not_be_found_out() -> None:
    with pytest.raises(SignatureUnknownError) as caught:
        require_good([UNKNOWN, WARNING])
    assert caught.value.code is Code.NEWER_SCHEMA
