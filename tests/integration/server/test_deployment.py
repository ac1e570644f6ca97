"""docs/deployment.md as it is typed, and the templates for forges without hooks."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.conformance.test_documents import Newcomer, typed_in
from tests.support.git import Git
from tests.support.history import LEDGER
from tests.support.keys import KeyRing, new_ring
from tests.support.source_tree import ROOT

pytestmark = [pytest.mark.git, pytest.mark.gpg]

PAGE = ROOT / "docs" / "deployment.md"
TEMPLATES = ROOT / "templates"
BRANCH = "refs/heads/gitprov-ledger"
INSTALLING = re.compile(r"python3 -m pip install gitprov")


@pytest.fixture
def ring() -> Iterator[KeyRing]:
    """A gpg home without a key."""
    with new_ring() as made:
        yield made


@pytest.fixture
def newcomer(tmp_path: Path, ring: KeyRing, server_python: str) -> Newcomer:
    """Somebody whose gitprov is installed as on a server."""
    for name in ("bin", "home", "work"):
        (tmp_path / name).mkdir()
    program = tmp_path / "bin" / "gitprov"
    program.write_text(f'#!/bin/sh\nexec "{server_python}" -m gitprov "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    env = {
        **os.environ,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "GNUPGHOME": str(ring.home),
        "HOOKS": str(ROOT / "hooks"),
    }
    return Newcomer(tmp_path / "work", env)


def test_every_command_of_the_page_works_as_written(newcomer: Newcomer) -> None:
    text = PAGE.read_text(encoding="utf-8")
    gitolite = text.split("\n## gitolite\n")[1].split("\n## ")[0]  # typed in test_gitolite.py
    http = text.split("\n### Users come in by HTTP\n")[1].split("\n### ")[0]  # test_http.py
    text = text.replace(gitolite, "").replace(http, "")
    commands = [typed.command for typed in typed_in(text)]
    assert len(commands) > 25
    printed = dict(zip(commands, newcomer.session(commands), strict=True))
    answers = [lines for command, lines in printed.items() if "server doctor" in command]
    assert len(answers) == 2
    for lines in answers:
        assert [line for line in lines if "refused with GPV-" in line]
        assert "problem" not in lines[-1]
    assert "ok" in answers[1][-1]
    tip = Git(newcomer.path / "work")("rev-parse", LEDGER)
    for name in ("project.git", "fallback.git", "review"):
        assert Git(newcomer.path / name)("rev-parse", LEDGER) == tip, name


def test_the_ruleset_forbids_what_it_can() -> None:
    ruleset = json.loads((TEMPLATES / "github/ruleset.json").read_text(encoding="utf-8"))
    kinds = {rule["type"] for rule in ruleset["rules"]}
    assert kinds == {"deletion", "non_fast_forward", "required_signatures"}
    assert ruleset["conditions"]["ref_name"]["include"] == [BRANCH]
    assert (ruleset["target"], ruleset["enforcement"]) == ("branch", "active")
    assert ruleset["bypass_actors"] == []


def github_steps() -> list[str]:
    """The shell steps of the workflow, in order."""
    text = (TEMPLATES / "github/gitprov.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert set(workflow[True]) == {"schedule", "pull_request", "workflow_dispatch"}  # YAML 1.1: on
    assert workflow["permissions"] == {"contents": "read"}
    steps = workflow["jobs"]["verify"]["steps"]
    assert steps[0]["with"]["fetch-depth"] == 0
    return [step["run"] for step in steps if "run" in step]


def gitlab_steps() -> list[str]:
    """The script of the job, in order."""
    text = (TEMPLATES / "gitlab/gitprov.gitlab-ci.yml").read_text(encoding="utf-8")
    job = yaml.safe_load(text)["gitprov-verify"]
    sources = [rule["if"].split('"')[1] for rule in job["rules"]]
    assert sources == ["schedule", "merge_request_event"]
    script = job["script"]
    assert isinstance(script, list)
    return script


@pytest.mark.parametrize("steps", [github_steps, gitlab_steps])
def test_the_steps_verify_a_ledger_that_is_a_branch(newcomer: Newcomer, steps: object) -> None:
    """In a fresh clone, as a runner has it; a forged entry fails them."""
    assert callable(steps)
    install, *others = steps()
    assert INSTALLING.fullmatch(install)
    newcomer.session(
        [
            "git init --quiet --bare forge.git",
            "git clone --quiet forge.git work 2>/dev/null && cd work",
            'git config user.name "Me" && git config user.email me@example.org',
            "git commit --quiet --allow-empty -m first",
            'gitprov init --generate-key "Me <me@example.org>"',
            f"git push --quiet origin HEAD:refs/heads/main {LEDGER}:{BRANCH}",
            "git -C ../forge.git symbolic-ref HEAD refs/heads/main",
        ]
    )
    genesis = Git(newcomer.path / "work")("rev-parse", LEDGER)
    assert run_steps(newcomer, others, "good", genesis) == 0
    assert run_steps(newcomer, others, "other", "ab" * 20) == 1
    forge = Git(newcomer.path / "forge.git")
    forged = forge("commit-tree", "-p", genesis, "-m", "run", f"{genesis}^{{tree}}")
    forge("update-ref", BRANCH, forged)
    assert run_steps(newcomer, others, "forged", genesis) == 1


def run_steps(newcomer: Newcomer, steps: list[str], name: str, genesis: str) -> int:
    """Run the steps in a fresh clone; return the exit code."""
    git = Git(newcomer.path)
    git("clone", "--quiet", "forge.git", name)
    done = subprocess.run(
        ["bash", "-e", "-c", "\n".join(steps)],
        cwd=newcomer.path / name,
        env={**newcomer.env, "GITPROV_GENESIS": genesis},
        capture_output=True,
        check=False,
    )
    return done.returncode
