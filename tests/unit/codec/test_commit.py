"""V3: the strict grammar of an entry on raw bytes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gitprov.codec.armour import armour
from gitprov.codec.commit import (
    COMMIT_LIMIT,
    parse_commit,
    read_links,
    signed_commit,
    unsigned_commit,
)
from gitprov.errors import Code, RecordError

TREE, ONE, TWO = "a" * 40, "1" * 40, "2" * 40
BLOCK = armour(bytes(range(120)))
PAYLOAD = unsigned_commit(TREE, (ONE,), ("Älice B", "a@example.org"), 1_730_000_000, "s\n\nb\n")
GOOD = signed_commit(PAYLOAD, BLOCK)


def refusal(raw: bytes) -> Code:
    with pytest.raises(RecordError) as refused:
        parse_commit(raw)
    return refused.value.code


def test_an_entry_is_taken_apart() -> None:
    form = parse_commit(GOOD)
    assert (form.tree, form.parents) == (TREE, (ONE,))
    assert (form.name, form.email, form.seconds) == ("Älice B", "a@example.org", 1_730_000_000)
    assert (form.signature, form.payload, form.message) == (BLOCK, PAYLOAD, "s\n\nb\n")


def test_the_bytes_are_those_of_the_format() -> None:
    who = "Älice B <a@example.org> 1730000000 +0000".encode()
    lines = b"tree %s\nparent %s\nauthor %s\ncommitter %s\n\ns\n\nb\n"
    expected = lines % (TREE.encode(), ONE.encode(), who, who)
    assert expected == PAYLOAD
    assert GOOD.startswith(PAYLOAD.partition(b"\n\n")[0] + b"\ngpgsig -----BEGIN PGP SIGNATURE")
    assert b"-----\n \n AAEC" in GOOD
    assert GOOD.endswith(b"\n -----END PGP SIGNATURE-----\n\ns\n\nb\n")


@pytest.mark.parametrize("parents", [(), (ONE,), (ONE, TWO)])
@pytest.mark.parametrize("seconds", [0, 253_402_300_799])
def test_what_was_rendered_is_read(parents: tuple[str, ...], seconds: int) -> None:
    payload = unsigned_commit(TREE, parents, ("A", "a@x"), seconds, "m\n")
    form = parse_commit(signed_commit(payload, BLOCK))
    assert (form.parents, form.seconds, form.payload) == (parents, seconds, payload)
    assert read_links(payload) == (TREE, parents)


def test_an_unsigned_entry_is_of_good_form() -> None:
    form = parse_commit(PAYLOAD)
    assert form.signature is None
    assert form.payload == PAYLOAD


def swap(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        assert old in raw
        return raw.replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    "change",
    [
        swap(b"tree ", b"Tree "),
        swap(b"tree ", b" tree "),
        swap(b"tree a", b"tree A"),
        swap(b"tree a", b"tree "),
        swap(b"parent 1", b"parent g"),
        swap(b"parent " + ONE.encode(), b"parent " + b"1" * 64),
        swap(b"author ", b"parent " + b"3" * 40 + b"\nparent " + b"4" * 40 + b"\nauthor "),
        swap(b"author ", b"parent " + ONE.encode() + b"\nauthor "),
        swap(b"author ", b"authored "),
        swap(b"committer ", b"x y\ncommitter "),
        swap(b"gpgsig ", b"encoding UTF-8\ngpgsig "),
        swap(b"\n\ns", b"\ngpgsig-sha256 x\n\ns"),
        swap(b"\n\ns", b"\ngpgsig x\n\ns"),
        swap(b"committer", b"gpgsig x\ncommitter"),
        swap("author Älice".encode(), b"author Alice"),
        swap(b"a@example.org> 1", b"b@example.org> 1"),
        swap(b"1730000000", b"1730000001"),
        lambda raw: raw.replace("Älice B".encode(), b""),
        lambda raw: raw.replace(b"a@example.org", b""),
        lambda raw: raw.replace(b"a@example.org", b"a @x"),
        lambda raw: raw.replace(b"lice", b"l<ice"),
        lambda raw: raw.replace(b"lice", b"l>ice"),
        lambda raw: raw.replace(b"1730000000", b"01730000000"),
        lambda raw: raw.replace(b"1730000000", b"-1"),
        lambda raw: raw.replace(b"1730000000", b"253402300800"),
        lambda raw: raw.replace(b"1730000000", b"1" * 13),
        lambda raw: raw.replace(b"+0000", b"+0100"),
        lambda raw: raw.replace(b"+0000", b"-0000"),
        lambda raw: raw.replace(b"+0000", b"+0000 "),
        lambda raw: raw.replace("Ä".encode(), b"\xff"),
        lambda raw: raw.replace("Ä".encode(), b"\t"),
        lambda raw: raw.replace("Ä".encode(), "\u202e".encode()),
        lambda raw: raw.replace("Ä".encode(), "\u200b".encode()),
        lambda raw: raw.replace("Ä".encode(), "\x85".encode()),
        lambda raw: raw.replace("Ä".encode(), b"\x7f"),
        lambda raw: raw.replace(b"\n", b"\r\n"),
        lambda raw: raw + b"x",
        lambda raw: raw + b"\xff\n",
        lambda raw: raw + b"\0\n",
        lambda raw: raw + b"\r\n",
        lambda raw: raw + "\ufeff\n".encode(),
        lambda raw: raw + b"gpgsig x\n",
        lambda raw: raw + b"gpgsigned\n",
        lambda raw: raw[: -len(b"s\n\nb\n")],
        lambda raw: raw[: raw.index(b"\n\n")],
        lambda raw: raw[:40],
        lambda _: b"",
        lambda _: b"\n",
        swap(b"\n AAEC", b"\n  AAEC"),
        swap(b"\n AAEC", b"\n\tAAEC"),
        swap(b"\n AAEC", b"\nAAEC"),
        swap(b"-----\n \n", b"-----\n Comment: x\n \n"),
        swap(b"SIGNATURE-----\n\n", b"SIGNATURE-----\n \n\n"),
        swap(b"gpgsig -", b"gpgsig  -"),
        swap(b"gpgsig -", b"gpgsig x\n -"),
        swap(b"BEGIN PGP SIGNATURE", b"BEGIN PGP SIGNATURES"),
        swap(b"BEGIN PGP SIGNATURE", b"BEGIN  PGP SIGNATURE"),
    ],
)
def test_any_other_form_is_refused(change: Callable[[bytes], bytes]) -> None:
    raw = change(GOOD)
    assert raw != GOOD
    assert refusal(raw) is Code.COMMIT_FORM


def test_a_message_that_begins_with_gpgsig_is_no_signature() -> None:
    payload = unsigned_commit(TREE, (), ("A", "a@x"), 1, "gpgsig x\n")
    assert refusal(signed_commit(payload, BLOCK)) is Code.COMMIT_FORM
    assert parse_commit(payload).signature is None
    assert parse_commit(PAYLOAD + b"a gpgsig\n").message.endswith("a gpgsig\n")


@pytest.mark.parametrize("kind", [b"MESSAGE", b"SIGNED MESSAGE", b"PUBLIC KEY BLOCK"])
def test_another_block_is_a_matter_of_the_signature(kind: bytes) -> None:
    assert refusal(GOOD.replace(b"PGP SIGNATURE", b"PGP " + kind)) is Code.SIGNATURE_FORM


def test_a_large_commit_is_refused_before_it_is_read() -> None:
    assert parse_commit(PAYLOAD + b"x" * (COMMIT_LIMIT - len(PAYLOAD) - 1) + b"\n").message
    assert refusal(b"\xff" * (COMMIT_LIMIT + 1)) is Code.LIMIT


@pytest.mark.parametrize(
    ("raw", "links"),
    [
        (b"", (None, ())),
        (b"tree x", (None, ())),
        (GOOD, (TREE, (ONE,))),
        (GOOD.replace(b"tree", b"Tree"), (None, (ONE,))),
        (b"\xff\nparent " + ONE.encode() + b"\nx\nparent " + TWO.encode(), (None, (ONE, TWO))),
        (b"tree " + TREE.encode() + b"\n\nparent " + ONE.encode() + b"\n", (TREE, ())),
        (GOOD.replace(b"\n\n", b"\nparent " + TWO.encode() + b"\n\n", 1), (TREE, (ONE, TWO))),
        (b"tree " + TREE.encode() + b"\nparent " + b"A" * 40 + b"\n\n", (TREE, ())),
    ],
)
def test_links_are_read_from_a_commit_of_any_form(
    raw: bytes, links: tuple[str | None, tuple[str, ...]]
) -> None:
    assert read_links(raw) == links
