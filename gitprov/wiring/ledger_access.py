"""Opens a ledger for reading; what it returns can be built again in another process."""

from __future__ import annotations

from functools import partial

from gitprov.codec import openpgp as armour
from gitprov.errors import Code, UsageError
from gitprov.git.location import RepositoryLocation
from gitprov.git.objects import PygitObjects
from gitprov.git.repository import open_ledger_repository
from gitprov.service.ledger.access import LedgerAccess
from gitprov.service.ports.signatures import SignatureEngine
from gitprov.sign.gpg_engine import GpgEngine
from gitprov.sign.sequoia import SequoiaEngine
from gitprov.wiring.system import SystemClock, environment, leave_out_backtraces

ENGINES = ("sequoia", "gpg")


def open_engine(name: str) -> SignatureEngine:
    """Build a signature engine.

    Raises:
        UsageError: GPV-422-ARGUMENT; there is no such engine.
        SignatureUnknownError: GPV-503-SIGNER; it does not work here.
    """
    if name == "sequoia":
        leave_out_backtraces()
        return SequoiaEngine(armour, SystemClock().now, GpgEngine(armour, env=environment()))
    if name == "gpg":
        return GpgEngine(armour, env=environment())
    raise UsageError(Code.ARGUMENT, f"{name!r} is not an engine: {', '.join(ENGINES)}")


def open_access(
    ledger: RepositoryLocation, code: RepositoryLocation | None, engine: str
) -> LedgerAccess:
    """Open a ledger for reading in this process.

    Args:
        ledger: the repository that holds it.
        code: the repository of the code, None where its objects cannot be read here.
        engine: the signature engine's name.
    """
    reader = open_reader(ledger)
    others = reader if code is None or code == ledger else open_reader(code)
    return LedgerAccess(reader, open_engine(engine), None if code is None else others.has)


def open_reader(place: RepositoryLocation) -> PygitObjects:
    """Open a repository's objects for reading only."""
    return PygitObjects(
        open_ledger_repository(place.common_dir, place.further_objects),
        folders=(place.common_dir / "objects", *place.further_objects),
        is_partial=place.is_partial,
    )


def access_opener(
    ledger: RepositoryLocation, code: RepositoryLocation | None, engine: str
) -> partial[LedgerAccess]:
    """Return open_access with its arguments, for other processes."""
    return partial(open_access, ledger, code, engine)
