"""Any bytes: a commit is taken apart or refused, and its links are always read (V1, V3)."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from gitprov.codec.armour import armour
from gitprov.codec.commit import parse_commit, read_links, signed_commit, unsigned_commit
from gitprov.codec.message import read_trailers, render_message
from gitprov.errors import Code, RecordError
from gitprov.model.entry import CommitForm, Trailers

HEX40 = st.text("0123456789abcdef", min_size=40, max_size=40)
PARENTS = st.lists(HEX40, max_size=2, unique=True).map(tuple)
VISIBLE = st.characters(categories=["L", "N", "P", "S"], exclude_characters="<>")
NAMES = st.text(VISIBLE, min_size=1, max_size=20)
SECONDS = st.integers(0, 253_402_300_799)
MESSAGES = st.text(st.one_of(VISIBLE, st.sampled_from(" \n")), max_size=60).map(lambda t: t + "\n")
PACKETS = st.binary(min_size=1, max_size=200)
GOOD = signed_commit(
    unsigned_commit("a" * 40, ("1" * 40,), ("Alice", "a@example.org"), 1_730_000_000, "m\n"),
    armour(bytes(range(100))),
)


def outcome(raw: bytes) -> CommitForm | Code:
    try:
        return parse_commit(raw)
    except RecordError as reason:
        return reason.code


def check_reading(raw: bytes) -> None:
    """Hold what is read of any bytes against what is in them."""
    form = outcome(raw)
    tree, parents = read_links(raw)
    assert all(re.fullmatch(r"[0-9a-f]{40}", oid) for oid in (*parents, tree or "0" * 40))
    if isinstance(form, CommitForm):
        assert (tree, parents) == (form.tree, form.parents)
        again = form.payload
        if form.signature is not None:
            again = signed_commit(form.payload, form.signature)
        assert again == raw
    else:
        assert form in {Code.COMMIT_FORM, Code.SIGNATURE_FORM, Code.LIMIT}


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    check_reading(raw)


@given(st.integers(0, len(GOOD)), st.integers(0, 12), st.binary(max_size=12))
def test_any_change_of_a_good_commit_is_read_or_refused(at: int, cut: int, noise: bytes) -> None:
    check_reading(GOOD[:at] + noise + GOOD[at + cut :])


@given(st.integers(0, len(GOOD) * 8 - 1))
def test_no_flipped_bit_leaves_the_payload_as_it_was(bit: int) -> None:
    raw = bytearray(GOOD)
    raw[bit // 8] ^= 1 << bit % 8
    form = outcome(bytes(raw))
    good = parse_commit(GOOD)
    if isinstance(form, CommitForm):
        assert (form.payload, form.signature) != (good.payload, good.signature)


@given(HEX40, PARENTS, NAMES, NAMES, SECONDS, MESSAGES, st.none() | PACKETS)
def test_what_is_rendered_is_read(
    tree: str,
    parents: tuple[str, ...],
    name: str,
    email: str,
    seconds: int,
    message: str,
    packets: bytes | None,
) -> None:
    payload = unsigned_commit(tree, parents, (name, email), seconds, message)
    signature = None if packets is None else armour(packets)
    raw = payload if signature is None else signed_commit(payload, signature)
    if "\ngpgsig" in "\n" + message and signature is not None:
        assert outcome(raw) is Code.COMMIT_FORM
        return
    form = parse_commit(raw)
    assert (form.tree, form.parents, form.name, form.email) == (tree, parents, name, email)
    assert (form.seconds, form.message) == (seconds, message)
    assert (form.payload, form.signature) == (payload, signature)
    assert read_links(raw) == (tree, parents)


@given(st.uuids(version=4).map(str), st.integers(0, 10**15), st.integers(1, 9_999))
def test_claims_are_read_back(ledger_id: str, height: int, policy: int) -> None:
    claims = Trailers(ledger_id, height, "0f" * 32, policy)
    assert read_trailers(render_message([], claims, "1" * 40)) == claims


@given(st.text(max_size=200))
def test_any_message_claims_something_or_nothing(message: str) -> None:
    claims = read_trailers(message)
    assert claims is None or message.count("Gitprov-") == 4
