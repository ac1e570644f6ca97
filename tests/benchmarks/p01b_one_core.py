"""Verify many single-run entries on one core.

Baseline: the work of a verifier that checks signatures and a hash chain and nothing else. One
loop: ``pysequoia`` on every entry's signature, and SHA-256 of the entry and of the record that it
adds. Reading the objects is not part of it. The loop runs in a process of its own, since Sequoia
remembers the signatures that it has found good.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pysequoia

from gitprov.codec import openpgp
from gitprov.codec.commit import parse_entry
from tests.benchmarks.building import Plan, ledger
from tests.benchmarks.figure import Figure, Row, seconds, times
from tests.benchmarks.measure import Pair, seconds_of
from tests.benchmarks.p01_verify import ENTRIES
from tests.benchmarks.runner import script
from tests.benchmarks.world import Bench, program, run
from tests.support.history import LEDGER

LOOP = "--loop"
_MOST = 280e-6

Signed = tuple[bytes, bytes, bytes]
"""An entry as it was signed, its signature, and the record that it adds."""


def read_all(path: Path) -> tuple[list[Signed], bytes]:
    """Read what the baseline works on, and the one certificate, with plain git."""
    oids = run(["git", "rev-list", LEDGER], path).split()
    files = run(["git", "ls-tree", "-r", LEDGER, "--", "runs"], path).splitlines()
    blobs = [line.split()[2] for line in files]
    entries = [parse_signed(raw) for raw in _objects(path, oids)]
    records = _objects(path, blobs)
    name = run(["git", "ls-tree", "-r", "--name-only", LEDGER, "--", "keys"], path).split()[0]
    certificate = run(["git", "show", f"{LEDGER}:{name.decode()}"], path)
    pairs = zip(entries, records, strict=False)
    return [(payload, signature, record) for (payload, signature), record in pairs], certificate


def parse_signed(raw: bytes) -> tuple[bytes, bytes]:
    """Take a commit apart: what was signed, and the signature."""
    form, _ = parse_entry(raw)
    return form.payload, openpgp.dearmour(form.signature or b"")


def _objects(path: Path, oids: Sequence[bytes]) -> list[bytes]:
    done = subprocess.run(
        ["git", "cat-file", "--batch"],
        cwd=path,
        input=b"".join(oid + b"\n" for oid in oids),
        capture_output=True,
        check=True,
    ).stdout
    found, at = [], 0
    while at < len(done):
        end = done.index(b"\n", at)
        size = int(done[at:end].split()[2])
        found.append(done[end + 1 : end + 1 + size])
        at = end + 2 + size
    return found


def check_all(signed: Sequence[Signed], certificate: bytes) -> None:
    """Do the baseline's work; every signature must be good."""
    key = pysequoia.Cert.from_bytes(certificate)
    chain = b""
    for payload, signature, record in signed:
        answer = pysequoia.verify(
            bytes=payload, store=lambda _: [key], signature=pysequoia.Sig.from_bytes(signature)
        )
        if not answer.valid_sigs:
            raise RuntimeError("a signature is not good")
        chain = hashlib.sha256(chain + payload + record).digest()


def time_loop(path: Path) -> float:
    """Return how many seconds the loop takes for all entries, in a process of its own."""
    module = Path(__file__).stem
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", LOOP, str(path)]
    return float(run(command, path))


def measure(bench: Bench) -> list[Figure]:
    """Measure it with one process."""
    path = ledger(bench, Plan(ENTRIES))
    command = [*program(), "verify", "--jobs", "1"]
    timed = [
        (time_loop(path), seconds_of(lambda: run(command, path))) for _ in range(bench.size(5, 9))
    ]
    baselines, all_ours = zip(*timed, strict=True)
    pair = Pair(baselines, all_ours).per(ENTRIES, ENTRIES)
    baseline, ours = pair.seconds
    return [
        Figure(
            f"verify {ENTRIES:,} entries on one core",
            f"{seconds(ours)} an entry",
            f"pysequoia and SHA-256: {seconds(baseline)} an entry",
            times(pair),
            f"at most {seconds(_MOST)} an entry",
            ours <= _MOST,
        )
    ]


ROW = Row("P1b", "Verification on one core", measure)

if __name__ == "__main__":
    if LOOP in sys.argv:
        signed, certificate = read_all(Path(sys.argv[-1]))
        print(seconds_of(lambda: check_all(signed, certificate)))
    else:
        script(ROW)
