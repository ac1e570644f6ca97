# ruff: noqa: N802 - a case's name carries its id
"""The form of commits, and their place in the chain: the cases C-33 to C-52."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gitprov.codec import openpgp
from gitprov.errors import Code
from gitprov.model.finding import Verdict
from tests.adversarial.pair import test_engines_agree, test_outcome
from tests.support.attacks import Outcome, Surface
from tests.support.forgeries import signed_as_changed, with_message
from tests.support.history import Draft, HistoryBuilder, gpgsig
from tests.support.judgement import accept, put_on_ref, verify

pytestmark = [pytest.mark.git, pytest.mark.gpg]
SURFACE = Surface(__name__)
refused, accepted = SURFACE.refused, SURFACE.accepted
PASS = Outcome(Verdict.PASS)
YEAR_2030 = 1_893_456_000


@refused(Code.COMMIT_FORM)
def case_C_33_two_trees(history: HistoryBuilder) -> None:
    """Two tree lines, signed."""
    signed_as_changed(history, lambda payload: payload[:46] + payload)


@refused(Code.COMMIT_FORM)
def case_C_34_parent_behind_the_committer(history: HistoryBuilder) -> None:
    """A further parent line behind the committer, signed."""
    line = b"\nparent " + history.tip.encode()
    signed_as_changed(history, lambda payload: payload.replace(b"\n\n", line + b"\n\n", 1))


@refused(Code.COMMIT_FORM)
def case_C_36_same_parent_twice(history: HistoryBuilder) -> None:
    """The same parent twice."""
    line = b"parent " + history.tip.encode() + b"\n"
    signed_as_changed(history, lambda payload: payload.replace(line, line + line))


@refused(Code.COMMIT_FORM)
def case_C_36_upper_case_parent(history: HistoryBuilder) -> None:
    """A parent in upper-case hex digits."""
    old = history.tip.encode()
    signed_as_changed(history, lambda payload: payload.replace(old, old.upper()))


def on_parent(history: HistoryBuilder, oid: str) -> Draft:
    """Make an honest entry name another parent."""
    draft = history.draft(history.run())
    draft.parents = (oid,)
    return draft


@refused(Code.COMMIT_FORM)
def case_C_37_parent_is_a_blob(history: HistoryBuilder) -> None:
    """The parent is a blob."""
    history.commit(on_parent(history, history.objects.put("blob", b"x")))


@refused(Code.COMMIT_FORM)
def case_C_37_parent_is_a_tag(history: HistoryBuilder) -> None:
    """The parent is a tag of the last entry."""
    tag = f"object {history.tip}\ntype commit\ntag v1\ntagger A <a@example.org> 1 +0000\n\nx\n"
    history.commit(on_parent(history, history.objects.put("tag", tag.encode())))


@refused(Code.COMMIT_FORM)
def case_C_39_mergetag(history: HistoryBuilder) -> None:
    """A mergetag header, signed."""
    line = b"\nmergetag object " + history.tip.encode()
    signed_as_changed(history, lambda payload: payload.replace(b"\n\n", line + b"\n\n", 1))


@refused(Code.COMMIT_FORM)
def case_C_39_encoding(history: HistoryBuilder) -> None:
    """An encoding header, signed."""
    line = b"\nencoding UTF-16\n\n"
    signed_as_changed(history, lambda payload: payload.replace(b"\n\n", line, 1))


@refused(Code.COMMIT_FORM)
def case_C_39_unknown_header(history: HistoryBuilder) -> None:
    """A header that nobody knows, signed."""
    signed_as_changed(history, lambda payload: payload.replace(b"\n\n", b"\nx-note hi\n\n", 1))


@refused(Code.COMMIT_FORM)
def case_C_40_author_not_utf8(history: HistoryBuilder) -> None:
    """Author and committer hold the bytes FF FE."""
    signed_as_changed(history, lambda payload: payload.replace(b"Alice", b"\xff\xfe"))


@refused(Code.COMMIT_FORM)
def case_C_40_message_not_utf8(history: HistoryBuilder) -> None:
    """The message is not UTF-8."""
    signed_as_changed(history, lambda payload: payload + b"\xff\n")


@refused(Code.COMMIT_FORM)
def case_C_42_crlf_header(history: HistoryBuilder) -> None:
    """Header lines that end in CRLF."""
    draft = history.draft(history.run())
    payload = draft.headers.replace(b"\n", b"\r\n") + b"\r\n" + draft.message
    signature = gpgsig(history.sign(payload, "alice")).replace(b"\n", b"\r\n")
    headers = draft.headers.replace(b"\n", b"\r\n")
    history.land(headers + signature + b"\r\n" + draft.message, draft)


@refused(Code.COMMIT_FORM)
def case_C_42_no_committer(history: HistoryBuilder) -> None:
    """A header without a committer."""
    draft = history.draft(history.run())
    line = b"committer " + draft.committer + b"\n"
    payload = draft.payload.replace(line, b"")
    signature = gpgsig(history.sign(payload, "alice"))
    history.land(draft.headers.replace(line, b"") + signature + b"\n" + draft.message, draft)


@refused(Code.COMMIT_FORM)
def case_C_42_no_blank_line(history: HistoryBuilder) -> None:
    """No blank line between header and message."""
    draft = history.draft(history.run())
    signature = gpgsig(history.sign(draft.headers + draft.message, "alice"))
    history.land(draft.headers + signature + draft.message, draft)


@refused(Code.COMMIT_FORM)
def case_C_42_no_final_line_feed(history: HistoryBuilder) -> None:
    """A message without a final line feed."""
    signed_as_changed(history, lambda payload: payload.removesuffix(b"\n"))


@refused(Code.LIMIT)
def case_C_43_three_mebibytes(history: HistoryBuilder) -> None:
    """A message of 3 MiB."""
    signed_as_changed(history, lambda payload: payload + b"x" * 3 * 1024 * 1024 + b"\n")


@refused(Code.COMMIT_FORM)
def case_C_45_author_is_not_committer(history: HistoryBuilder) -> None:
    """Author alice, committer mallory, signed by alice."""
    draft = history.draft(history.run())
    draft.committer = draft.committer.replace(b"Alice", b"Mallory")
    history.commit(draft)


@refused(Code.APPEND_ONLY)
def case_C_48_same_id_other_bytes(history: HistoryBuilder) -> None:
    """A known record id again, at its path, with other bytes."""
    first = history.run()
    history.append(first)
    history.append(first.edited("IN_PROGRESS", "OPEN"))


@refused(Code.TREE_FORM)
def case_C_48_same_id_other_path(history: HistoryBuilder) -> None:
    """A known record id again, at another path."""
    first = history.run()
    history.append(first)
    history.append(replace(first, path=first.path.replace("/2024/", "/2023/")))


@refused(Code.REPLAY)
def case_C_49_height_skipped(history: HistoryBuilder) -> None:
    """The message claims the height after the next one."""
    with_message(history, b"Gitprov-Height: 3", b"Gitprov-Height: 4")


@refused(Code.REPLAY)
def case_C_49_height_repeated(history: HistoryBuilder) -> None:
    """The message claims its parent's height."""
    with_message(history, b"Gitprov-Height: 3", b"Gitprov-Height: 2")


@refused(Code.REPLAY)
def case_C_49_wrong_chain(history: HistoryBuilder) -> None:
    """The message claims its parent's chain value."""
    right = history.claims[history.tip].chain.encode()
    draft = history.draft(history.run())
    draft.message = draft.message.replace(draft.claims.chain.encode(), right)
    history.commit(draft)


@pytest.mark.parametrize("engine", ["sequoia", "gpg"])
def test_case_C_51_hostile_keyring(
    history: HistoryBuilder, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GNUPGHOME holds mallory's key, trusted, with keys fetched at will: nothing changes."""
    history.append(history.run(), by="mallory")
    put_on_ref(history)
    home = history.people.ring.home
    hostile = tmp_path / "home"
    hostile.mkdir(mode=0o700)
    (hostile / "pubring.kbx").write_bytes((home / "pubring.kbx").read_bytes())
    (hostile / "gpg.conf").write_text(
        "auto-key-retrieve\nkeyserver hkp://127.0.0.1:1\nalways-trust\n", encoding="ascii"
    )
    before = verify(history, engine).findings
    monkeypatch.setenv("GNUPGHOME", str(hostile))
    assert verify(history, engine).findings == before
    assert [finding.code for finding in accept(history, engine)] == [Code.UNKNOWN_KEY]
    assert before[0].code is Code.UNKNOWN_KEY


def two_certificates(history: HistoryBuilder) -> str:
    """Let the owners put alice's and mallory's certificates into alice's file."""
    first = history.certificate("alice", 2)
    packets = openpgp.certificate_packets(first.text)
    more = openpgp.certificate_packets(history.certificate("mallory").text)
    return history.change(None, first.with_text(openpgp.certificate_file(packets + more)))


@refused(Code.POLICY)
def case_C_52_two_certificates(history: HistoryBuilder) -> str:
    """A certificate file holds alice's and mallory's certificates."""
    return two_certificates(history)


@refused(Code.UNKNOWN_KEY)
def case_C_52_second_certificate_signs(history: HistoryBuilder) -> None:
    """Mallory signs, good against the second certificate in alice's file."""
    two_certificates(history)
    history.append(history.run(), by="mallory")
