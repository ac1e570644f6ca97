"""Signature packets (V4): one block, one packet, one form."""

from __future__ import annotations

from gitprov.codec.openpgp import armour, dearmour, parse_signature, signature_block
from gitprov.errors import Code, GitprovError
from gitprov.guard.signature_form import check_signature_form
from tests.fuzz.target import ACCEPTED, Target, code_of, require

WORDS = (
    b"\x88", b"\x89", b"\xc2", b"\xc2\xff\x00\x00\x00\x10", b"\xe0", b"\x04\x00", b"\x05\x02",
    b"\x16!\x04", b"\x09\x10", b"\x85\x02", b"\x00\x00", b"\xff\xff", b"\x00\x06",
    b"\x03\x03\x00\x00\x00\x01",
)  # fmt: skip


def check(data: bytes) -> str:
    """Read any bytes as packets, and as an armoured block."""
    try:
        block = dearmour(data)
    except GitprovError as reason:
        require(code_of(reason) == Code.SIGNATURE_FORM, "another code for a block")
    else:
        require(armour(block) == data, "a block that is accepted has two forms")
        data = block
    try:
        form = parse_signature(data)
    except GitprovError as reason:
        return code_of(reason)
    require(0 <= form.created < 1 << 32, "a time that no packet can hold")
    require(parse_signature(data) == form, "read twice, two forms")
    written = dearmour(signature_block(data))
    require(dearmour(signature_block(written)) == written, "the one form is brought into another")
    if not check_signature_form(form, form.created):
        require(written == data, "a good signature is not in the one form")
    return ACCEPTED


def target() -> Target:
    """The reader of signatures."""
    return Target("signature", check, frozenset({Code.SIGNATURE_FORM}), WORDS, longest=4_096)
