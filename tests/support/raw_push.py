"""A push that no git client would make: the protocol of receive-pack, spoken by hand."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from gitprov.git.pack import build_pack

NULL = "0" * 40


def raw_push(
    server: Path, ref: str, old: str, new: str, objects: Iterable[tuple[str, bytes]]
) -> str:
    """Send objects, however odd, and ask for one ref to move; return all that the server says.

    Args:
        server: the bare repository.
        ref: the ref.
        old: where it is; empty where it must be made.
        new: where it must be.
        objects: (type, content) of everything that the server lacks.
    """
    command = f"{old or NULL} {new} {ref}\0 report-status".encode()
    asked = b"%04x%s0000" % (len(command) + 4, command)
    done = subprocess.run(
        ["git", "receive-pack", str(server)],
        input=asked + build_pack(objects)[1],
        capture_output=True,
        check=False,
        timeout=120,
    )
    return (done.stdout + done.stderr).decode("utf-8", "replace")
