"""Writes the first corpus from vectors and golden files: ``python -m tests.fuzz.generate_corpus``.

What was found by running targets is beside it and is left alone.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gitprov.codec.commit import parse_commit
from gitprov.codec.openpgp import certificate_packets, dearmour
from tests.fuzz.target import CORPUS
from tests.support.sample_records import VECTORS

GOLDEN = VECTORS.parent / "golden"
_MOST = 24


def main() -> None:
    """Write every corpus; a file that is there is written again with the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        commits, trees, keys = _ledgers(Path(folder))
    files = [path.read_bytes() for path in sorted([*GOLDEN.glob("*"), *VECTORS.glob("*.yaml")])]
    refused = json.loads((VECTORS / "refuse.json").read_text(encoding="utf-8"))
    _write("canonical", [*files, *_texts(refused)])
    _write("policy", [content for content in files if b'kind: "policy"' in content])
    _write("commit", [*commits, *(parse_commit(raw).payload for raw in commits[:2])])
    _write("tree", trees)
    blocks = [parse_commit(raw).signature or b"" for raw in commits]
    _write("signature", [*blocks[:6], *(dearmour(block) for block in blocks[:6])])
    _write("certificate", [*keys, *(certificate_packets(key) for key in keys)])
    ids = ("1" * 40, "2" * 40, "0" * 40)
    names = ("refs/gitprov/ledger", "refs/notes/gitprov", "refs/heads/main", "refs/tags/v1")
    lines = [f"{ids[n % 2]} {ids[(n + 1) % 3]} {name}\n".encode() for n, name in enumerate(names)]
    _write("push-lines", [*lines, b"".join(lines), lines[0].replace(b"1" * 40, b"1" * 64)])


def _texts(value: object) -> Iterator[bytes]:
    """Find the refused documents in their list, whatever its shape."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str) and "\n" in value:
        yield value.encode("utf-8", "surrogatepass")


def _ledgers(folder: Path) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """Return commits, distinct trees and certificate files of the golden ledgers."""
    commits, trees, keys = [], [], []
    for name in ("ledger-1", "ledger-2"):
        path = folder / name

        def git(*args: str, path: Path = path) -> bytes:
            argv = ["git", "-C", str(path), *args]
            return subprocess.run(argv, check=True, capture_output=True).stdout

        path.mkdir()
        git("init", "--quiet", "--bare")
        git("fetch", "--quiet", str(VECTORS / f"{name}.bundle"), "+refs/*:refs/*")
        entries = git("rev-list", "--reverse", "refs/gitprov/ledger").decode().split()
        commits += [git("cat-file", "commit", entry) for entry in entries]
        tip = "refs/gitprov/ledger"
        for line in git("ls-tree", "-r", "-t", tip).decode().splitlines():
            facts, _, path_in_tree = line.partition("\t")
            _, kind, oid = facts.split()
            if kind == "tree":
                trees.append(git("cat-file", "tree", oid))
            elif path_in_tree.endswith(".asc"):
                keys.append(git("cat-file", "blob", oid))
        trees.append(git("cat-file", "tree", f"{tip}^{{tree}}"))
    item = b"100644 %08d-0000-7000-8000-000000000000.yaml\0" + b"\x11" * 20
    trees.append(b"".join(item % number for number in range(40)))
    return commits, trees, keys


def _write(target: str, contents: list[bytes]) -> None:
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    chosen = list(dict.fromkeys(contents))
    step = max(1, -(-len(chosen) // _MOST))
    for number, content in enumerate(chosen[::step]):
        (folder / f"seed-{number:02}").write_bytes(content)


if __name__ == "__main__":
    main()
