"""What the README tells a newcomer to type, typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli_world import Cli
from tests.support.keys import KeyRing, new_ring
from tests.support.source_tree import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTIONS = dict(
    re.findall(r"^## ([^\n]+)\n(?:(?!^## ).)*?^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
)
ID = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


@pytest.fixture
def ring() -> Iterator[KeyRing]:
    """A gpg home without a key, as a newcomer has."""
    with new_ring() as made:
        yield made


@pytest.fixture
def newcomer(tmp_path: Path, ring: KeyRing) -> Cli:
    """An empty folder, and a home of its own."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "work").mkdir()
    return Cli(tmp_path / "work", {"GNUPGHOME": str(ring.home), "HOME": str(home)})


def test_the_readme_has_its_tours() -> None:
    assert len(SECTIONS) >= 6
    assert "Five-minute tour" in SECTIONS
    assert README.count("\n```sh\n") == len(SECTIONS)


@pytest.mark.parametrize("name", SECTIONS)
def test_every_tour_of_the_readme_works_as_typed(newcomer: Cli, name: str) -> None:
    typed = newcomer.shell(f"set -euo pipefail\n{SECTIONS[name]}")
    assert typed.code == 0, f"{typed.out}\n{typed.err}"
    assert "Traceback" not in typed.err
    assert "gitprov: warning" not in typed.err
    verified = newcomer.shell(
        "for r in */; do git -C $r rev-parse -q --verify refs/gitprov/ledger >/dev/null || "
        "continue; gitprov -C $r verify --json; done"
    )
    assert verified.code == 0, verified.out
    assert '"verdict": "pass"' in verified.out


def test_the_five_minute_tour_shows_what_it_promises(newcomer: Cli) -> None:
    typed = newcomer.shell(f"set -euo pipefail\n{SECTIONS['Five-minute tour']}")
    assert re.search(
        rf"^recorded {ID} in entry [0-9a-f]{{12}} at height 1$", typed.out, re.MULTILINE
    )
    assert "verdict  pass" in typed.out
    assert re.search(rf"^    run SUCCESS demo {ID}$", typed.out, re.MULTILINE)
    repo = newcomer.at(newcomer.path / "r")
    signers = repo.git("log", "--format=%an %ae", "refs/gitprov/ledger").splitlines()
    assert signers == ["Me me@example.org"] * 2


def test_an_ai_that_does_not_say_for_which_job_is_refused(newcomer: Cli) -> None:
    typed = newcomer.shell(SECTIONS["Record a run of an AI"])
    assert typed.lines[-1] == "refused with exit code 1"
    assert "HSK-403-SILENT-EDIT" in typed.err
    repo = newcomer.at(newcomer.path / "r")
    assert repo.git("rev-list", "--count", "refs/gitprov/ledger") == "2"
