"""A bare repository on a server with the hook installed, and real pushes to it by plain git."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.git import Git
from tests.support.history import LEDGER, HistoryBuilder
from tests.support.source_tree import ROOT
from tests.support.warm_start import MEASURING

HOOKS = ROOT / "hooks"
HOOK = HOOKS / "pre-receive"
NOTES = "refs/notes/gitprov"
_CODE = re.compile(r"(?:GPV|HSK)-[0-9]{3}-[A-Z-]+[A-Z]")
_RUN = (
    "import runpy, sys; sys.path.insert(0, {root!r}); sys.argv[0] = 'hook';{clock}"
    " runpy.run_module('gitprov.pre_receive', run_name='__main__', alter_sys=True)"
)
_CLOCK = (
    " from gitprov.wiring.system import SystemClock;"
    " SystemClock.now_ms = lambda self: {now} * 1000;"
)


@dataclass(frozen=True)
class PushResult:
    """How a push ended.

    Args:
        exit: git's exit code.
        text: everything that the pusher read.
    """

    exit: int
    text: str

    @property
    def accepted(self) -> bool:
        return self.exit == 0

    @property
    def codes(self) -> list[str]:
        """Every code that the hook named, each once, in the order of its lines."""
        return list(dict.fromkeys(_CODE.findall(self.text)))

    @property
    def lines(self) -> list[str]:
        """What the hook said, less git's own words."""
        told = [line.strip() for line in self.text.splitlines() if line.startswith("remote: ")]
        return [line.removeprefix("remote: ") for line in told]


@dataclass(frozen=True)
class HookedRemote:
    """A server's repository with the hook.

    Args:
        path: the bare repository.
    """

    path: Path

    @classmethod
    def make(cls, path: Path, *, now: int | None = None, **settings: str) -> HookedRemote:
        """Make an empty one; see install for the settings."""
        Git(path.parent).init(path, "--bare")
        remote = cls(path)
        remote.install(now=now, is_measured=True, **settings)
        return remote

    def install(
        self,
        *,
        ref: str = LEDGER,
        genesis: str = "",
        kind: str = "bare",
        python: str = "",
        options: str = "",
        now: int | None = None,
        is_measured: bool = True,
    ) -> None:
        """Put the hook in place with these settings.

        Args:
            ref: the ledger's ref.
            genesis: the pinned genesis.
            kind: of forge.
            python: the interpreter; one that finds this source tree if empty.
            options: further options of gitprov.pre_receive, as a shell would read them.
            now: the server's clock, Unix seconds; None is the machine's.
            is_measured: with coverage, if this process has it.
        """
        python = python or str(self._interpreter(now, options, is_measured=is_measured))
        self._write("pre-receive", {"python": python, "ref": ref, "genesis": genesis, "kind": kind})

    def install_companion(self, *, ref: str = LEDGER, python: str = "") -> None:
        """Put the companion in place; it uses the hook's interpreter unless one is given."""
        python = python or str(self.path.parent / f"{self.path.name}-python")
        self._write("post-receive", {"python": python, "ref": ref, "genesis": "", "kind": "bare"})

    def _write(self, name: str, values: Mapping[str, str]) -> None:
        text = (HOOKS / name).read_text()
        for setting, value in values.items():
            text, count = re.subn(rf"(?m)^{setting}='.*'$", f"{setting}='{value}'", text)
            assert count == 1, setting
        hook = self.path / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(text)
        hook.chmod(0o755)

    def _interpreter(self, now: int | None, options: str, *, is_measured: bool) -> Path:
        """A program that answers ``-I -m gitprov.pre_receive`` as an installed gitprov would.

        An isolated Python sees neither PYTHONPATH nor the environment that coverage needs.
        """
        program = self.path.parent / f"{self.path.name}-python"
        measuring = os.environ.get(MEASURING, "") if is_measured else ""
        variable = f"{MEASURING}={shlex.quote(measuring)} " if measuring else ""
        start = shlex.quote(
            _RUN.format(root=str(ROOT), clock="" if now is None else _CLOCK.format(now=now))
        )
        program.write_text(
            '#!/bin/sh\n[ "$1 $2 $3" = "-I -m gitprov.pre_receive" ] || exit 70\nshift 3\n'
            f'{variable}exec {shlex.quote(sys.executable)} -I -c {start} "$@" {options}\n'
        )
        program.chmod(0o755)
        return program

    # ------------------------------------------------------------------ pushing

    def push(
        self,
        source: HistoryBuilder | Path,
        *refspecs: str,
        env: Mapping[str, str] | None = None,
        options: tuple[str, ...] = (),
    ) -> PushResult:
        """Push by plain git, never forced unless a refspec says so.

        Args:
            source: where from; a builder's tip goes to the ledger's ref if no refspec is given.
            refspecs: what.
            env: further variables of the pusher.
            options: further options of git push.
        """
        if isinstance(source, HistoryBuilder):
            refspecs = refspecs or (f"{source.tip}:{LEDGER}",)
            source = source.path
        done = Git(source, env or {}).attempt("push", *options, "--", str(self.path), *refspecs)
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        return PushResult(done.returncode, text)

    def accept(self, source: HistoryBuilder | Path, *refspecs: str) -> None:
        """Push what must be accepted."""
        done = self.push(source, *refspecs)
        assert done.accepted, done.text

    def refuse(
        self,
        source: HistoryBuilder | Path,
        *refspecs: str,
        env: Mapping[str, str] | None = None,
        options: tuple[str, ...] = (),
    ) -> PushResult:
        """Push what must be refused; the server stays as it was but for its audit log."""
        before = self.everything()
        done = self.push(source, *refspecs, env=env, options=options)
        assert not done.accepted, done.text
        assert self.everything() == before
        return done

    def run_hook(
        self, stdin: bytes, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run the hook as git would, with any list of updates."""
        variables = {**os.environ, "GIT_DIR": ".", **(env or {})}
        return subprocess.run(
            [str(self.path / "hooks/pre-receive")],
            cwd=self.path,
            env=variables,
            input=stdin,
            capture_output=True,
            check=False,
            timeout=120,
        )

    # ------------------------------------------------------------------ looking

    @property
    def git(self) -> Git:
        return Git(self.path)

    def refs(self) -> dict[str, str]:
        """Every ref and its object id."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.split(" ") for line in lines)

    def tip(self, ref: str = LEDGER) -> str | None:
        return self.refs().get(ref)

    def audit(self) -> list[dict[str, Any]]:
        """The events of the server's audit log."""
        log = self.path / "gitprov/audit.jsonl"
        if not log.exists():
            return []
        return [json.loads(line) for line in log.read_text().splitlines()]

    def everything(self) -> dict[str, bytes]:
        """Every file of the repository but the audit log's and the landed tips'."""
        files = (path for path in sorted(self.path.rglob("*")) if path.is_file())
        names = {path.relative_to(self.path).as_posix(): path for path in files}
        return {
            name: path.read_bytes()
            for name, path in names.items()
            if not name.startswith(("gitprov/audit.", "gitprov/landed"))
        }

    def copy(self, path: Path) -> HookedRemote:
        """Copy it with its hook and settings."""
        shutil.copytree(self.path, path)
        return HookedRemote(path)
