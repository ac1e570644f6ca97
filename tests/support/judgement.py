"""What gitprov says of a built ledger: offline as ``verify`` does, or as whoever lets it in."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from gitprov.codec import openpgp
from gitprov.git.objects import PygitObjects
from gitprov.git.repository import open_ledger_repository
from gitprov.guard.pins import Pin
from gitprov.model.finding import Finding
from gitprov.model.report import Report
from gitprov.service.ledger.access import LedgerAccess
from gitprov.service.ledger.view import LedgerView
from gitprov.service.ports.objects import ObjectReader
from gitprov.service.ports.signatures import SignatureEngine
from gitprov.service.verify.ledger import VerifyRequest, verify_ledger
from gitprov.service.verify.update import Update, judge_update
from gitprov.sign.gpg_engine import GpgEngine
from gitprov.sign.sequoia import SequoiaEngine
from tests.support.history import LEDGER, HistoryBuilder


@lru_cache
def engine_of(name: str) -> SignatureEngine:
    """Return an engine; one serves all tests of a process."""
    gpg = GpgEngine(openpgp)
    return gpg if name == "gpg" else SequoiaEngine(openpgp, lambda: int(time.time()), gpg)


def reader_of(path: Path) -> PygitObjects:
    """Open a repository's objects as gitprov does."""
    return PygitObjects(open_ledger_repository(path))


def put_on_ref(builder: HistoryBuilder) -> None:
    """Move the ref to the builder's tip, behind every hook's back."""
    argv = ["git", "-C", str(builder.path), "update-ref", LEDGER, builder.tip]
    if subprocess.run(argv, check=False, capture_output=True).returncode:
        # Git reads the commit and refuses some; the disk does not.
        file = builder.path / LEDGER
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{builder.tip}\n", encoding="ascii")


def verify(
    builder: HistoryBuilder,
    engine: str = "sequoia",
    *,
    reader: ObjectReader | None = None,
    now: int | None = None,
    jobs: int = 1,
    genesis: str | None = None,
    pins: tuple[Pin, ...] = (),
    has_code_commit: Callable[[str], bool] | None = None,
) -> Report:
    """Verify the whole ledger at the builder's tip."""
    access = LedgerAccess(reader or reader_of(builder.path), engine_of(engine), has_code_commit)
    request = VerifyRequest(
        tip=builder.tip,
        genesis=genesis,
        pins=pins,
        since=None,
        jobs=jobs,
        now=builder.now if now is None else now,
        shallow=frozenset(),
        preliminary=(),
        notes=None,
    )
    return verify_ledger(lambda: access, request, lambda _done, _all: None)


def accept(builder: HistoryBuilder, engine: str = "sequoia") -> list[Finding]:
    """Judge everything between the accepted tip and the new one, as it is let in."""
    access = LedgerAccess(reader_of(builder.path), engine_of(engine), None)
    update = Update(builder.old or None, builder.tip)
    view = LedgerView(access.reader, access.engine)
    verdict = judge_update(access, view, update, builder.now, accepting=True)
    return list(verdict.findings)
