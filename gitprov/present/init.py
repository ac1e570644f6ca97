"""The result of init."""

from __future__ import annotations

from collections.abc import Iterator

from gitprov.app.init import InitOutcome
from gitprov.model.words import counted


def init_mapping(outcome: InitOutcome) -> dict[str, object]:
    """Render what init did for JSON."""
    return {
        "created": outcome.created,
        "ledger_id": outcome.ledger_id,
        "genesis": outcome.genesis,
        "ref": outcome.ref,
        "owner": outcome.owner,
        "agent": outcome.agent,
        "owners": [{"name": name, "key": key} for name, key in outcome.owners],
        "did": outcome.did,
        "joined": outcome.joined,
        "entries": outcome.entries,
        "asked": outcome.asked,
    }


def init_lines(outcome: InitOutcome) -> Iterator[str]:
    """Render what init did in lines for people."""
    if outcome.joined is not None:
        where = f"the ledger of the remote {outcome.joined} at {outcome.ref}"
        yield f"joined {where}: {counted(outcome.entries, 'entry')} judged, all good"
    elif not outcome.created:
        yield f"there is a ledger at {outcome.ref} already; nothing on it was changed"
    yield from outcome.did
    yield f"ledger   {outcome.ledger_id}"
    yield f"genesis  {outcome.genesis}"
    for name, key in outcome.owners:
        yield f"owner    {key} ({name})"
    waiting = {asked.key: f"{asked.key} (not on the ledger yet)" for asked in outcome.asked}
    for who, mine in (("you      ", outcome.owner), ("agents   ", outcome.agent)):
        yield f"{who}{waiting.get(mine or '') or mine or 'no key is set'}"
    if outcome.created:
        yield "Tell readers the genesis: whoever pins it cannot be shown another ledger."
    if outcome.joined is not None:
        yield "Compare genesis and owners with what the owners tell you by another way."
    yield from _asked(outcome)


def _asked(outcome: InitOutcome) -> Iterator[str]:
    if not outcome.asked:
        if outcome.owner is None and outcome.agent is None:
            yield "To record, make a key and see what an owner has to do with it:"
            yield '  gitprov init --generate-key "Your Name <you@example.org>"'
        return
    names = ", ".join(dict.fromkeys(name for name, _ in outcome.owners))
    yield "To record with a key that the policy does not list, write its certificate to a file:"
    yield from (f"  {asked.export}" for asked in outcome.asked)
    yield f"and send it to an owner ({names}), who runs:"
    yield from (f"  {asked.add}" for asked in outcome.asked)
