"""The corpus of attacks: what is built, and the one code that answers it.

A case is a function ``case_<surface>_<number>_<words>`` that gets a usual ledger (three entries),
does one thing to it, and returns the entry to look at, or nothing for the tip. Its docstring says
what it does; the table in docs/attacks.md is made from that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from gitprov.errors import Code
from gitprov.model.finding import Finding, Severity, Verdict, verdict_of
from tests.support.history import HistoryBuilder
from tests.support.judgement import accept, put_on_ref, verify

Build = Callable[[HistoryBuilder], str | None]
_NAME = re.compile(r"case_([A-Z])_([0-9]{2,3})_([a-z0-9_]+)")


@dataclass(frozen=True)
class Outcome:
    """What a judgement must come to.

    Args:
        verdict: of all findings together.
        code: of the entry's first finding; None if there is none.
    """

    verdict: Verdict
    code: Code | None = None


@dataclass(frozen=True)
class Attack:
    """One case.

    Args:
        build: does it.
        module: where it is.
        offline: what ``verify`` says; None if the case is none of verify's.
        accepting: what whoever lets the entry in says; None if that is not asked.
    """

    build: Build
    module: str
    offline: Outcome | None
    accepting: Outcome | None

    @property
    def name(self) -> str:
        """The function's name, which carries the id."""
        return str(getattr(self.build, "__name__"))  # noqa: B009 - a callable need not have one

    @property
    def case_id(self) -> str:
        """The id of the list of cases, C-04 for one."""
        match = _NAME.fullmatch(self.name)
        assert match is not None, self.name
        return f"{match[1]}-{match[2]}"

    @property
    def construct(self) -> str:
        """What the case does, in one sentence."""
        return " ".join((self.build.__doc__ or "").split())

    def __str__(self) -> str:
        return self.name


@dataclass
class Surface:
    """The cases of one file.

    Args:
        module: the file's module name.
        attacks: its cases, in the order in which they are there.
    """

    module: str
    attacks: list[Attack] = field(default_factory=list)

    def case(self, offline: Outcome | None, accepting: Outcome | None) -> Callable[[Build], Build]:
        """Take a function in as a case with these outcomes."""

        def register(build: Build) -> Build:
            self.attacks.append(Attack(build, self.module, offline, accepting))
            return build

        return register

    def refused(self, code: Code) -> Callable[[Build], Build]:
        """Take in a case that everybody refuses with this code."""
        outcome = Outcome(Verdict.FAIL, code)
        return self.case(outcome, outcome)

    def accepted(self) -> Callable[[Build], Build]:
        """Take in a case that everybody accepts without a word."""
        return self.case(Outcome(Verdict.PASS), Outcome(Verdict.PASS))


def check_outcome(findings: list[Finding], entry: str, outcome: Outcome) -> None:
    """Hold the findings of a judgement against what they must come to."""
    lines = [f"{finding.line()} [{finding.severity}]" for finding in findings]
    of_entry = [finding for finding in findings if finding.entry == entry]
    first = of_entry[0].code if of_entry else None
    assert (verdict_of(findings), first) == (outcome.verdict, outcome.code), lines
    if outcome == Outcome(Verdict.PASS):
        assert findings == []
    if outcome.verdict is Verdict.FAIL:
        assert any(finding.severity is Severity.ERROR for finding in of_entry), lines


def check_attack(attack: Attack, builder: HistoryBuilder) -> None:
    """Build a case and hold both judgements of it against what they must come to."""
    entry = attack.build(builder) or builder.tip
    put_on_ref(builder)
    if attack.offline is not None:
        report = verify(builder)
        check_outcome(list(report.findings), entry, attack.offline)
        assert report.verdict is attack.offline.verdict
    if attack.accepting is not None:
        check_outcome(accept(builder), entry, attack.accepting)


def check_agreement(attack: Attack, builder: HistoryBuilder) -> None:
    """Build a case and hold the two engines against each other."""
    attack.build(builder)
    said = []
    for engine in ("sequoia", "gpg"):
        report = verify(builder, engine)
        found = [(f.code, f.severity, f.entry, f.path) for f in report.findings]
        said.append((report.verdict, report.signers, report.records, found))
    assert said[0] == said[1]
