"""V4: the form of an entry's signature."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitprov.errors import Code
from gitprov.guard.signature_form import check_signature_form
from gitprov.model.entry import SignatureForm
from gitprov.model.finding import Severity

NOW = 1_795_210_340
GOOD = SignatureForm(
    version=4,
    signature_class=0x00,
    hash_algorithm=8,
    created=NOW,
    expires_after=None,
    issuer_fingerprint="4E01D054B387384919AA7EB7C06CD2955B567B1A",
    issuer_key_id="C06CD2955B567B1A",
    hashed_types=(33, 2),
    unhashed_types=(16,),
)


@pytest.mark.parametrize(
    "form",
    [
        GOOD,
        replace(GOOD, hash_algorithm=9),
        replace(GOOD, hash_algorithm=10),
        replace(GOOD, hashed_types=(33, 2, 16), unhashed_types=()),
        replace(GOOD, issuer_fingerprint=None),
        replace(GOOD, issuer_key_id=None),
        replace(GOOD, created=NOW - 20 * 60),
        replace(GOOD, created=NOW + 10 * 60),
    ],
)
def test_a_good_form_has_no_findings(form: SignatureForm) -> None:
    assert check_signature_form(form, NOW) == []


@pytest.mark.parametrize(
    ("form", "why"),
    [
        (replace(GOOD, version=6), "version 6"),
        (replace(GOOD, signature_class=0x01), "class 0x01"),
        (replace(GOOD, signature_class=0x13), "class 0x13"),
        (replace(GOOD, hash_algorithm=1), "hash algorithm 1;"),
        (replace(GOOD, hash_algorithm=2), "hash algorithm 2;"),  # C-18
        (replace(GOOD, hash_algorithm=11), "hash algorithm 11;"),
        (replace(GOOD, expires_after=86_400), "expires"),  # C-28
        (replace(GOOD, expires_after=0), "expires"),
        (replace(GOOD, unhashed_types=()), "type none"),
        (replace(GOOD, unhashed_types=(16, 16)), "type 16, 16"),
        (replace(GOOD, hashed_types=(16, 2)), "type 16;"),
        (replace(GOOD, created=NOW - 20 * 60 - 1), "20 minutes"),
        (replace(GOOD, created=NOW + 10 * 60 + 1), "10 minutes"),
        (replace(GOOD, created=NOW - 86_400), "20 minutes"),  # C-27
        (replace(GOOD, created=0), "20 minutes"),
        (replace(GOOD, unhashed_types=(16, 20, 33)), "type 16, 20, 33"),
        (replace(GOOD, unhashed_types=(2,)), "type 2"),
        (replace(GOOD, issuer_fingerprint=None, issuer_key_id=None), "which key"),
    ],
)
def test_each_fault_is_one_finding(form: SignatureForm, why: str) -> None:
    (finding,) = check_signature_form(form, NOW)
    assert finding.code is Code.SIGNATURE_FORM
    assert finding.severity is Severity.ERROR
    assert why in finding.message


def test_all_faults_are_named_at_once() -> None:
    bad = replace(GOOD, signature_class=1, hash_algorithm=2, expires_after=1, created=0)
    assert len(check_signature_form(bad, NOW)) == 4
