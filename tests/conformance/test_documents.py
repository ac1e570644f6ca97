"""What the documents, examples and templates tell a reader to type works as it is written.

The longer ``sh`` blocks of the README are typed in tests/integration/cli/test_tour.py.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitprov.cli.catalog import COMMANDS
from gitprov.codec.drafts import read_draft
from gitprov.codec.records import build, parse_record, to_bytes
from tests.support.cli_world import RUN
from tests.support.git import Git
from tests.support.isolated_python import make_isolated_python
from tests.support.keys import KeyRing, new_ring
from tests.support.source_tree import ROOT, name_of

pytestmark = [pytest.mark.git, pytest.mark.gpg]

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("templates/**/*.md")])
TEXTS = {name_of(page): page.read_text(encoding="utf-8") for page in PAGES}
BUNDLE = ROOT / "tests" / "data" / "vectors" / "ledger-1.bundle"
BLOCK = re.compile(r"^```(sh|bash|shell|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INSTALLING = re.compile(r"(?:pip|pipx) install (\S+)")
MAKING = re.compile(r"make ([a-z]+)")
MENTIONED = re.compile(r"`(?:git prov|gitprov) ([a-z]+)")
PLACEHOLDER = re.compile(r"<(?:url|remote)>")
LIMIT = 600  # seconds; the tour takes ten of them on an idle machine


@dataclass(frozen=True)
class Typed:
    """A command of a ``console`` block.

    Args:
        command: what follows the prompt, with its further lines.
        shown: what the page shows as its output, line by line.
    """

    command: str
    shown: tuple[str, ...]


def typed_in(text: str) -> list[Typed]:
    """Return the commands of every ``console`` block of a page, in order."""
    found = []
    for language, block in BLOCK.findall(text):
        lines = block.splitlines() if language == "console" else []
        while lines:
            command = [lines.pop(0)]
            assert command[0].startswith("$ "), f"no prompt before {command[0]!r}"
            while command[-1].endswith("\\"):
                command.append(lines.pop(0))
            shown = []
            while lines and not lines[0].startswith("$ "):
                shown.append(lines.pop(0))
            found.append(Typed("\n".join(command)[2:].partition("  #")[0].rstrip(), tuple(shown)))
    return found


@dataclass(frozen=True)
class Newcomer:
    """Somebody with an empty folder, an empty gpg home, and gitprov on the PATH."""

    path: Path
    env: dict[str, str]

    def bash(self, *args: str, script: str = "", code: int = 0) -> str:
        """Run bash, which must end with this code; return what it printed."""
        done = subprocess.run(
            ["bash", *(("-c", script) if script else ()), *args],
            cwd=self.path,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=LIMIT,
        )
        out = done.stdout.decode()
        assert done.returncode == code, f"exit {done.returncode}\n{out}\n{done.stderr.decode()}"
        return out

    def session(self, commands: Sequence[str]) -> list[list[str]]:
        """Type commands one after the other; return the lines that each printed."""
        mark = "--- the next command ---"
        script = "".join(f"{command}\necho '{mark}'\n" for command in commands)
        outputs = self.bash(script=f"set -euo pipefail\n{script}").split(f"{mark}\n")
        assert outputs.pop() == ""
        return [output.splitlines() for output in outputs]


@pytest.fixture
def ring() -> Iterator[KeyRing]:
    """A gpg home without a key."""
    with new_ring() as made:
        yield made


@pytest.fixture
def newcomer(tmp_path: Path, ring: KeyRing) -> Newcomer:
    """Make the folders and the program."""
    for name in ("bin", "home", "work"):
        (tmp_path / name).mkdir()
    scratch = ring.home / "tmp"  # a short path, as homes of gpg need one
    scratch.mkdir()
    program = tmp_path / "bin" / "gitprov"
    python = make_isolated_python(tmp_path / "python")  # as an installed gitprov has one
    program.write_text(f'#!/bin/sh\nexec "{python}" -m gitprov "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    env = {
        **os.environ,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(scratch),
        "GNUPGHOME": str(ring.home),
        "PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT),
    }
    return Newcomer(tmp_path / "work", env)


@pytest.fixture
def founder(newcomer: Newcomer) -> Newcomer:
    """Somebody who has a repository with a ledger, and a commit."""
    Git(newcomer.path.parent).init(newcomer.path).commit({"docs/SPEC.md": "a specification\n"})
    newcomer.bash(script='gitprov init --generate-key "Me <me@example.org>"')
    return newcomer


def test_every_page_with_commands_is_known() -> None:
    shown = {name: [kind for kind, _ in BLOCK.findall(text)] for name, text in TEXTS.items()}
    assert {name for name, kinds in shown.items() if set(kinds) - {"console"}} == {"README.md"}
    assert {name for name, kinds in shown.items() if "console" in kinds} == {
        "CONTRIBUTING.md",
        "README.md",
        "docs/audit-log.md",  # typed in tests/integration/cli/test_audit.py
        "docs/deployment.md",  # typed in tests/integration/server/test_deployment.py
        "docs/verification.md",
    }


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "README.md", "docs/verification.md"])
def test_commands_in_a_page_work_as_written(newcomer: Newcomer, page: str) -> None:
    run = []
    for typed in typed_in(TEXTS[page]):
        installing = INSTALLING.fullmatch(typed.command)
        making = MAKING.fullmatch(typed.command)
        if installing is not None:
            project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
            assert installing[1] == project["project"]["name"]
        elif making is not None:
            # Making the demo is another test here; making the tests would never end.
            makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
            assert re.search(rf"^{making[1]}:.*## ", makefile, re.MULTILINE), typed.command
        else:
            run.append(typed)
    if run and not run[0].command.startswith("git init"):
        Git(newcomer.path.parent).init(newcomer.path)
    printed = newcomer.session([PLACEHOLDER.sub(str(BUNDLE), typed.command) for typed in run])
    for typed, lines in zip(run, printed, strict=True):
        assert not typed.shown or tuple(lines) == typed.shown, typed.command


def test_the_checks_by_hand_find_what_the_page_says(newcomer: Newcomer) -> None:
    """Nothing but additions, and only good signatures by the key that the policy lists."""
    commands = [typed.command for typed in typed_in(TEXTS["docs/verification.md"])]
    printed = newcomer.session([PLACEHOLDER.sub(str(BUNDLE), command) for command in commands])
    answers = dict(zip(commands, printed, strict=True))
    (additions,) = (command for command in commands if "--diff-filter=a" in command)
    (signatures,) = (command for command in commands if "%G?" in command)
    (search,) = (command for command in commands if "--grep" in command)
    assert answers[additions] == []
    assert len(answers[search]) > 0
    policy = newcomer.bash(script="cd check && git show refs/gitprov/ledger:policy/0001.yaml")
    signers = set(re.findall(r'key: "([0-9A-F]{40})"', policy))
    assert len(answers[signatures]) >= 2
    for line in answers[signatures]:
        _, verdict, fingerprint, *_ = line.split()
        assert verdict in {"G", "U"}, line
        assert fingerprint in signers


def test_no_page_speaks_of_a_command_that_will_never_be() -> None:
    status = TEXTS["README.md"].partition("## Status")[2]
    known = set(COMMANDS) | set(re.findall(r"`([a-z]+)`", status))
    mentioned = {(name, word) for name, text in TEXTS.items() for word in MENTIONED.findall(text)}
    assert len(mentioned) > 20
    assert sorted(pair for pair in mentioned if pair[1] not in known) == []


@pytest.mark.slow
def test_the_guided_tour(newcomer: Newcomer) -> None:
    out = newcomer.bash(str(ROOT / "examples" / "demo.sh"))
    assert out.endswith("\ndemo: every step was as it should be\n")
    assert out.count("   ok: ") >= 10


def test_every_example_is_run_here() -> None:
    names = sorted(path.name for path in (ROOT / "examples").iterdir())
    assert names == ["demo.sh", "record_a_test_run.sh"]


@pytest.mark.parametrize(
    ("body", "code", "status"), [("assert True", 0, "SUCCESS"), ("assert False", 1, "PARTIAL")]
)
def test_the_example_of_a_test_run(founder: Newcomer, body: str, code: int, status: str) -> None:
    Git(founder.path).commit({"test_one.py": f"def test_one():\n    {body}\n"})
    founder.bash(str(ROOT / "examples" / "record_a_test_run.sh"), "test_one.py", code=code)
    listed = founder.bash(script="gitprov log --jsonl")
    assert f'"run_status": "{status}"' in listed
    assert '"actor_kind": "SYSTEM"' in listed
    assert f" {status} " in founder.bash(script="git notes --ref gitprov show HEAD")


def test_the_example_of_a_test_run_says_how_it_is_used(newcomer: Newcomer) -> None:
    assert newcomer.bash(str(ROOT / "examples" / "record_a_test_run.sh"), code=2) == ""


def test_the_template_of_a_draft_works_as_it_is(founder: Newcomer) -> None:
    template = (ROOT / "templates" / "draft.yaml").read_text(encoding="utf-8")
    (command,) = re.findall(r"^#   (gitprov .*)$", template, re.MULTILINE)
    (founder.path / command.split()[-1]).write_text(template, encoding="utf-8")
    assert founder.bash(script=command).startswith("recorded ")


def test_the_template_of_a_draft_works_with_all_that_it_offers(founder: Newcomer) -> None:
    template = (ROOT / "templates" / "draft.yaml").read_text(encoding="utf-8")
    before, mark, offered = template.partition("# ---- optional")
    assert mark
    before = before.replace("run_status: SUCCESS", "run_status: PARTIAL")
    whole = before + mark + re.sub(r"^# ( *(?:- )?[a-z_]+:)", r"\1", offered, flags=re.MULTILINE)
    for name in re.findall(r"- path: (\S+)", whole):
        path = founder.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("content\n", encoding="utf-8")
    (founder.path / "run.yaml").write_text(whole, encoding="utf-8")
    record = founder.bash(script="gitprov record run.yaml --dry-run")
    for field in ("input_files", "output_files", "model", "usage", "cost", "metrics", "error"):
        assert f"\n{field}:" in record, field


def test_the_template_of_a_policy_is_a_policy() -> None:
    draft = read_draft((ROOT / "templates" / "policy.yaml").read_bytes(), "policy")
    policy = build(draft.mapping, "policy")
    assert parse_record(to_bytes(policy), "policy") == policy


def test_a_page_may_not_show_what_does_not_happen(founder: Newcomer) -> None:
    """The checks above would notice: another output, another exit code, no prompt."""
    wrong = typed_in("```console\n$ echo one \\\n    two\none two\n$ false\n```\n")
    assert wrong == [Typed("echo one \\\n    two", ("one two",)), Typed("false", ())]
    assert founder.session([wrong[0].command]) == [["one two"]]
    with pytest.raises(AssertionError, match="exit 1"):
        founder.session([wrong[1].command])
    with pytest.raises(AssertionError, match="no prompt"):
        typed_in("```console\ngitprov log\n```\n")
    assert "recorded" in founder.session([f"gitprov record {' '.join(RUN)}"])[0][0]
