"""The program, imported once and forked for every call, with strace on it where that is asked for.

Python starts and imports for half a second, and longer under strace, while nothing of interest
happens. So a server process does that once. Every call is a process of its own anyway:
real system calls, real gpg, real kills.

strace attaches to the waiting process. It is used without --seccomp-bpf: with it, strace 6.1
injects errors but no signals.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import pkgutil
import resource
import select
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

import pygit2
from pygit2.enums import ConfigLevel

import gitprov
from tests.support.source_tree import ROOT

_ANY_TRACER = (0x59616D61, ctypes.c_ulong(-1).value)
_LIMIT = 120
_COVERAGE = "COVERAGE_"
_LATE = (
    "concurrent.futures.process",
    "concurrent.futures.thread",
    "email.parser",
    "encodings.ascii",
    "encodings.latin_1",
    "encodings.unicode_escape",
    "multiprocessing.connection",
    "pysequoia.packet",
    "readline",
    "ruamel.yaml",
)


@dataclass(frozen=True)
class Call:
    """One call of the program.

    Args:
        args: what follows the program's name.
        cwd: its current folder.
        env: all its variables.
        folder: holds its standard input, gets its output.
        strace: options of strace; none runs it untraced.
        limits: resource number -> soft limit.
        stale_after: seconds after which a dead one's lock is cleared; None leaves gitprov's.
        account: user, group and umask to run as; None is this process's own.
    """

    args: Sequence[str]
    cwd: str
    env: Mapping[str, str]
    folder: str
    strace: Sequence[str] = ()
    limits: Mapping[str, int] | None = None
    stale_after: float | None = None
    account: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class Ended:
    """How a call ended.

    Args:
        returncode: negative if a signal ended it.
        stdout: what it printed.
        stderr: what it said.
        pid: its process number.
    """

    returncode: int
    stdout: bytes
    stderr: bytes
    pid: int


@dataclass(frozen=True)
class WarmProgram:
    """The client of a server."""

    server: subprocess.Popen[str]

    def __call__(
        self,
        args: Sequence[str],
        cwd: Path,
        env: Mapping[str, str],
        stdin: bytes = b"",
        *,
        strace: Sequence[str] = (),
        limits: Mapping[int, int] | None = None,
        stale_after: float | None = None,
        account: tuple[int, int, int] | None = None,
    ) -> Ended:
        """Run the program to its end."""
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        with tempfile.TemporaryDirectory(prefix="gpw-", dir="/tmp") as folder:
            Path(folder, "in").write_bytes(stdin)
            bounds = {str(what): most for what, most in (limits or {}).items()}
            call = Call(
                list(args), str(cwd), dict(env), folder, list(strace), bounds, stale_after, account
            )
            self.server.stdin.write(json.dumps(asdict(call)) + "\n")
            self.server.stdin.flush()
            status, pid = map(int, self.server.stdout.readline().split())
            out, err = (Path(folder, name).read_bytes() for name in ("out", "err"))
        return Ended(os.waitstatus_to_exitcode(status), out, err, pid)


@contextmanager
def warm_program(*, is_measured: bool = False) -> Iterator[WarmProgram]:
    """Start a server; it ends with the block.

    Args:
        is_measured: with coverage, if this process has it. Not where calls meet faults: they
            would hit the files of coverage too.
    """
    env = {n: v for n, v in os.environ.items() if is_measured or not n.startswith(_COVERAGE)}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.warm_program"],
        cwd=ROOT,
        env={**env, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        yield WarmProgram(server)


# ------------------------------------------------------------------ the server


def serve() -> None:
    """Answer one call after the other until the client closes the pipe."""
    for found in pkgutil.walk_packages(gitprov.__path__, "gitprov."):
        if not found.name.endswith("__main__"):
            import_module(found.name)
    gc.freeze()
    for line in sys.stdin:
        status, pid = _answer(Call(**json.loads(line)))
        sys.stdout.write(f"{status} {pid}\n")
        sys.stdout.flush()


def _answer(call: Call) -> tuple[int, int]:
    ready, go = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(go)
        _become(call, ready)
    os.close(ready)
    tracer = _attach(call, pid) if call.strace else None
    os.write(go, b"x")
    os.close(go)
    status = _end_of(pid)
    if tracer is not None:
        with suppress(subprocess.TimeoutExpired):
            tracer.wait(5)
        tracer.terminate()  # a program that was left behind is let go
        tracer.wait(_LIMIT)
        assert tracer.stderr is not None
        tracer.stderr.close()
    return status, pid


def _end_of(pid: int) -> int:
    """Wait for a call; one that hangs is killed."""
    if hasattr(os, "pidfd_open"):
        waiting = os.pidfd_open(pid)
        if not select.select([waiting], [], [], _LIMIT)[0]:
            os.kill(pid, signal.SIGKILL)
        os.close(waiting)
    return os.waitpid(pid, 0)[1]


def _attach(call: Call, pid: int) -> subprocess.Popen[str]:
    tracer = subprocess.Popen(
        ["strace", *call.strace, "-p", str(pid)], stderr=subprocess.PIPE, text=True
    )
    assert tracer.stderr is not None
    line = tracer.stderr.readline()
    if "attached" not in line:
        message = f"strace does not attach: {line}"
        raise RuntimeError(message)
    return tracer


def _become(call: Call, ready: int) -> None:
    """Turn this fork into the program, once the other side is ready."""
    from gitprov.cli.main import run  # noqa: PLC0415
    from gitprov.cli.output.streams import secure  # noqa: PLC0415
    from gitprov.local import writer_lock as lock  # noqa: PLC0415

    if call.stale_after is not None:
        lock.STALE_AFTER = call.stale_after
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(*_ANY_TRACER, 0, 0, 0)
    code = 70
    try:
        folder = Path(call.folder)
        for number, name in enumerate(("in", "out", "err")):
            flags = os.O_RDONLY if name == "in" else os.O_WRONLY | os.O_CREAT | os.O_APPEND
            file = os.open(folder / name, flags, 0o600)
            os.dup2(file, number)
            os.close(file)
        secure()
        os.environ.clear()
        os.environ.update(call.env)
        os.chdir(call.cwd)
        os.read(ready, 1)
        os.close(ready)
        for what, most in (call.limits or {}).items():
            resource.setrlimit(int(what), (most, resource.getrlimit(int(what))[1]))
        if call.account is not None:
            user, group, mask = call.account
            for name in _LATE:  # another account may not be able to read them
                import_module(name)
            # libgit2 has looked where its configuration is when it was loaded.
            pygit2.settings.search_path[ConfigLevel.GLOBAL] = call.env["HOME"]
            pygit2.settings.search_path[ConfigLevel.XDG] = call.env["HOME"]
            os.setgroups([])
            os.setgid(group)
            os.setuid(user)
            os.umask(mask)
        code = run(list(call.args))
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 - said as Python itself would say it
        traceback.print_exc()
        sys.stderr.flush()
        code = 1
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve()
