"""What a verification of a whole ledger says."""

from __future__ import annotations

from dataclasses import dataclass, field

from gitprov.model.finding import Finding, Verdict, verdict_of


@dataclass(frozen=True, slots=True)
class RemoteComparison:
    """How a ledger here compares with a remote's; information, never a finding (V16).

    Args:
        stand: equal, ahead, behind, beside, unrelated or unknown.
        tip: its tip; None if it has no ledger.
        height: that entry's height; None if it is not known.
        ours: how many entries only we have; None if that is not known.
        theirs: how many entries only it has.
    """

    remote: str
    stand: str
    tip: str | None
    height: int | None
    ours: int | None = None
    theirs: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The answer of ``gitprov verify``.

    Args:
        ledger_id: the ledger's id, None if it could not be read.
        genesis: object id of the first entry, None if there is none.
        tip: object id of the last entry, None if there is none.
        height: the tip's height, -1 if it could not be read.
        entries: how many entries were judged.
        records: kind -> how many records of it they add.
        signers: fingerprint -> how many of the entries it signed.
        policy: number of the policy in force at the tip, 0 if it could not be read.
        pinned: the genesis was compared with a pin.
        findings: everything found, oldest entry first.
        seconds: how long it took.
        remotes: how the ledger here compares with remotes, as they were last seen or are now.
    """

    ledger_id: str | None
    genesis: str | None
    tip: str | None
    height: int
    entries: int
    records: dict[str, int]
    signers: dict[str, int]
    policy: int
    pinned: bool
    engine: str
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0
    remotes: tuple[RemoteComparison, ...] = ()
    verdict: Verdict = field(init=False)

    def __post_init__(self) -> None:
        """The verdict follows from the findings; a ledger without entries never passes."""
        verdict = verdict_of(list(self.findings))
        if verdict is Verdict.PASS and self.entries == 0 and self.genesis is None:
            verdict = Verdict.FAIL
        object.__setattr__(self, "verdict", verdict)
