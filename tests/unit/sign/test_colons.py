"""gpg's listing of keys is read into values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gitprov.sign.colons import ListedCertificate, ListedKey, parse_colons

LISTING = b"""tru::1:1795211896:0:3:1:5
sec:u:255:22:C06CD2955B567B1A:1795210340:1895210340::u:::scSC:::+::ed25519:::0:
fpr:::::::::4e01d054b387384919aa7eb7c06cd2955b567b1a:
grp:::::::::79426C286E01BA5CE12EF39541B200A8CA881AF7:
uid:u::::1795210340::76BD147C838E2BFA15D0FED1963B6820282E9515::\xc3\x9cn\\x3a <a@x.org>:::::0:
ssb:r:4096:1:F62EEDE3D3948DCF:1704067200::::::s:::#:::
fpr:::::::::8488FF3E47BC988EF22D63A1F62EEDE3D3948DCF:
fpr:::::::::0000000000000000000000000000000000000000:
pub:e:255:22:D23D6D35CA3CB60E:x:y:::::c
"""


def test_a_listing_is_read_in_full() -> None:
    primary = ListedKey(
        secret=True,
        validity="u",
        bits=255,
        algorithm=22,
        created=1_795_210_340,
        expires=1_895_210_340,
        usage="scSC",
        absent=False,
        curve="ed25519",
        fingerprint="4E01D054B387384919AA7EB7C06CD2955B567B1A",
    )
    subkey = ListedKey(
        secret=True,
        validity="r",
        bits=4096,
        algorithm=1,
        created=1_704_067_200,
        expires=None,
        usage="s",
        absent=True,
        curve="",
        fingerprint="8488FF3E47BC988EF22D63A1F62EEDE3D3948DCF",
    )
    public = ListedKey(
        secret=False,
        validity="e",
        bits=255,
        algorithm=22,
        created=0,
        expires=None,
        usage="c",
        absent=False,
        curve="",
    )
    assert parse_colons(LISTING) == [
        ListedCertificate([primary, subkey], ["\u00dcn: <a@x.org>"]),
        ListedCertificate([public], []),
    ]


def test_lines_before_the_first_key_are_skipped() -> None:
    assert parse_colons(b"") == parse_colons(b"fpr:::::::::AA:\nuid:x\nsub:u\n") == []


@given(st.binary(max_size=300), st.binary(max_size=100))
def test_any_output_is_read(garbage: bytes, more: bytes) -> None:
    assert parse_colons(LISTING + garbage)[0].keys[0].algorithm == 22
    parse_colons(b"pub:" + more + b"\nuid:" + garbage)
