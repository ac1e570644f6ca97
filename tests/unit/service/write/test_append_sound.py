"""A record that spoils its entry is found, and its neighbours land."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from gitprov.errors import Code, GitprovError, RefusedError
from gitprov.model.finding import Finding, error
from gitprov.service.write.admission import Admitted
from gitprov.service.write.append_sound import append_sound


def items(count: int) -> list[Admitted]:
    """Make records of which only path and blob count."""
    return [Admitted(cast("Any", None), b"", f"p{n}", f"o{n}", "") for n in range(count)]


@dataclass
class Ledger:
    """Refuses every entry that holds a bad record."""

    bad: frozenset[str]
    finding: Finding
    names_path: bool = False
    landed: list[str] = field(default_factory=list)
    tries: int = 0

    def append(self, given: Sequence[Admitted]) -> None:
        self.tries += 1
        spoilt = [item.path for item in given if item.oid in self.bad]
        if spoilt:
            found = self.finding
            if self.names_path:
                found = error(found.code, found.message, spoilt[0])
            raise RefusedError(found.code, found.message, findings=[found])
        self.landed += [item.oid for item in given]


@pytest.mark.parametrize("names_path", [True, False])
@pytest.mark.parametrize("bad", [{"o0"}, {"o6"}, {"o2", "o3"}, {"o0", "o9"}])
def test_the_culprits_are_left_out_and_the_others_land(bad: set[str], names_path: bool) -> None:
    ledger = Ledger(frozenset(bad), error(Code.SCHEMA, "why"), names_path)
    refused = append_sound(items(10), ledger.append)
    assert set(refused) == bad
    assert {reason.code for reason in refused.values()} == {Code.SCHEMA}
    assert ledger.landed == [f"o{n}" for n in range(10) if f"o{n}" not in bad]


def test_one_culprit_among_ten_thousand_takes_few_signatures() -> None:
    ledger = Ledger(frozenset({"o7777"}), error(Code.QUORUM, "why"))
    assert set(append_sound(items(10_000), ledger.append)) == {"o7777"}
    assert ledger.tries < 32
    assert len(ledger.landed) == 9_999


def test_nothing_to_append_is_appended_by_nothing() -> None:
    ledger = Ledger(frozenset(), error(Code.SCHEMA, "why"))
    assert append_sound([], ledger.append) == {}
    assert ledger.tries == 0


@pytest.mark.parametrize("code", [Code.CLOCK, Code.KEY_EXPIRED, Code.IDENTITY, Code.BAD_SIGNATURE])
def test_what_no_record_is_to_blame_for_lets_everything_wait(code: Code) -> None:
    ledger = Ledger(frozenset({"o0"}), error(code, "why"))
    with pytest.raises(RefusedError) as caught:
        append_sound(items(4), ledger.append)
    assert caught.value.code is code
    assert (ledger.tries, ledger.landed) == (1, [])


@pytest.mark.parametrize("count", [1, 4, 1_000])
def test_where_nothing_at_all_can_land_no_record_is_blamed(count: int) -> None:
    every = frozenset(item.oid for item in items(count))
    ledger = Ledger(every, error(Code.APPEND_ONLY, "the ledger itself is broken"))
    with pytest.raises(RefusedError) as caught:
        append_sound(items(count), ledger.append)
    assert caught.value.code is Code.APPEND_ONLY
    assert ledger.tries <= 64


def test_another_failure_is_passed_on() -> None:
    def append(_: Sequence[Admitted]) -> None:
        raise GitprovError(Code.STORAGE, "full")

    with pytest.raises(GitprovError, match="full"):
        append_sound(items(2), append)
