"""The digests of a run's input: deterministic, and each method its own."""

from __future__ import annotations

from hashlib import sha256

from gitprov.codec.input_context import (
    composite_digest,
    context_digest,
    files_digest,
    head_digest,
)
from gitprov.model.run_parts import ContextMethod

HEAD = "ab" * 20
FILES = {"b": "22" * 32, "a/é": "11" * 32, "\uffee": "33" * 32, "😀": "44" * 32}


def test_the_digest_of_files_is_over_the_sorted_bytes_of_their_paths() -> None:
    text = "gitprov-input-files-v1\n" + "".join(
        f"{path}\0{FILES[path]}\n" for path in ("a/é", "b", "\uffee", "😀")
    )
    assert files_digest(FILES) == sha256(text.encode()).hexdigest()


def test_the_order_of_the_files_does_not_matter() -> None:
    assert files_digest(dict(reversed(FILES.items()))) == files_digest(FILES)


def test_no_file_has_a_digest_too() -> None:
    assert files_digest({}) == sha256(b"gitprov-input-files-v1\n").hexdigest()


def test_every_method_has_its_own_domain() -> None:
    digests = {context_digest(method, HEAD, FILES) for method in ContextMethod}
    assert digests == {
        files_digest(FILES),
        head_digest(HEAD),
        composite_digest(HEAD, FILES),
    }
    assert len(digests) == len(ContextMethod) == 3


def test_the_composite_depends_on_head_and_files() -> None:
    base = composite_digest(HEAD, FILES)
    assert composite_digest("unborn", FILES) != base
    assert composite_digest(HEAD, {}) != base
    assert composite_digest(HEAD, {**FILES, "b": "00" * 32}) != base


def test_a_path_that_is_no_text_is_left_to_the_schema() -> None:
    assert files_digest({"\udcff": "00" * 32}) != files_digest({"\udcfe": "00" * 32})
