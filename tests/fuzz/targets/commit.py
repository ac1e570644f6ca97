"""The grammar of an entry (V3): libgit2 sees the same commit in whatever is accepted."""

from __future__ import annotations

import functools
import re
import tempfile

import pygit2

from gitprov.codec.commit import parse_commit, read_links, signed_commit
from gitprov.codec.message import read_trailers
from gitprov.errors import Code, GitprovError
from gitprov.model.entry import CommitForm
from tests.fuzz.target import ACCEPTED, Target, code_of, require

WORDS = (
    b"tree ", b"parent ", b"author ", b"committer ", b"gpgsig ", b"gpgsig-sha256 ", b"mergetag ",
    b"encoding UTF-8\n", b"\n\n", b"\n ", b" +0000\n", b" -0000\n", b"<", b">", b"0" * 40,
    b"a" * 40, b"-----BEGIN PGP SIGNATURE-----\n\n", b"-----END PGP SIGNATURE-----",
    b"-----BEGIN PGP MESSAGE", b"=abcd\n", b"Gitprov-Chain: sha256:", b"Run-Id: ",
    b"\xe2\x80\xae", b"253402300800",
)  # fmt: skip
_OID = re.compile(r"[0-9a-f]{40}")


@functools.cache
def _oracle() -> pygit2.Repository:
    folder = tempfile.mkdtemp(prefix="gitprov-fuzz-")
    return pygit2.init_repository(folder, bare=True)


def check(data: bytes) -> str:
    """Read any bytes; hold what is accepted against its bytes and against libgit2."""
    tree, parents = read_links(data)
    require(all(_OID.fullmatch(oid) for oid in (*parents, tree or "0" * 40)), "a link is not an id")
    try:
        form = parse_commit(data)
    except GitprovError as reason:
        return code_of(reason)
    again = form.payload
    if form.signature is not None:
        again = signed_commit(form.payload, form.signature)
    require(again == data, "the parts do not make the whole again")
    require((form.tree, form.parents) == (tree, parents), "two readers see two parents")
    read_trailers(form.message)
    _compare(form, data)
    return ACCEPTED


def _compare(form: CommitForm, data: bytes) -> None:
    repository = _oracle()
    seen = repository[repository.write(pygit2.enums.ObjectType.COMMIT, data)].peel(pygit2.Commit)
    require(str(seen.tree_id) == form.tree, "libgit2 reads another tree")
    require(tuple(map(str, seen.parent_ids)) == form.parents, "libgit2 reads other parents")
    for who in (seen.author, seen.committer):
        require(who.time == form.seconds and who.offset == 0, "libgit2 reads another time")
        require(who.raw_email == form.email.encode(), "libgit2 reads another email")
    if form.signature is not None:
        # In an unsigned one, which the judge refuses, libgit2 may find one in the message (C-04).
        signed = (form.signature, form.payload)
        require(seen.gpg_signature == signed, "libgit2 reads another signature")


def target() -> Target:
    """The grammar of entries."""
    codes = frozenset({Code.COMMIT_FORM, Code.SIGNATURE_FORM, Code.LIMIT})
    return Target("commit", check, codes, WORDS)
