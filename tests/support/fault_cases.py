"""The list of faults: what goes wrong, and what must come of it.

A test names its cases in its own name: ``test_f01_f02_words`` proves F-01 and F-02. A case that no
test can show has a reason here instead.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from tests.support.source_tree import TESTS, functions, modules, name_of

_NAME = re.compile(r"test((?:_f[0-9]{2})+)_[a-z0-9_]+")


@dataclass(frozen=True)
class FaultCase:
    """One fault.

    Args:
        case_id: F-01 for one.
        fault: what happens.
        expected: what must come of it.
        reason: why there is no test; empty where there is one.
    """

    case_id: str
    fault: str
    expected: str
    reason: str = ""


CASES = (
    FaultCase(
        "F-01",
        "Killed at any call that changes the disk.",
        "The ref is the old or the new one; what is left over does no harm.",
    ),
    FaultCase(
        "F-02",
        "Killed between creating the ref's lock file and renaming it.",
        "The next writer proves the owner dead and goes on; without proof it says GPV-503-BUSY.",
    ),
    FaultCase(
        "F-03",
        "Killed after the ref moved, before the answer.",
        "The record is there; handing it in again says that it is recorded already.",
    ),
    FaultCase(
        "F-04",
        "Killed between the entry and its note.",
        "The record is there; the next append writes the note.",
    ),
    FaultCase(
        "F-05",
        "A call fails once: no space, or an input and output error.",
        "GPV-507-STORAGE, the spool, or a retry; the ref is whole.",
    ),
    FaultCase(
        "F-06",
        "The file system is full until room is made.",
        "Records wait in the user's state folder; where nothing can hold one, the exit code is 3.",
    ),
    FaultCase(
        "F-07",
        "The file system is read-only.",
        "Records wait elsewhere or end with GPV-507-STORAGE; verify works.",
    ),
    FaultCase("F-08", "fsync fails.", "Never reported as a success."),
    FaultCase(
        "F-09",
        "The power fails after the answer: what was not synced is gone.",
        "What was acknowledged is there, and the ledger verifies.",
    ),
    FaultCase(
        "F-10", "An empty object file of an old crash.", "It is seen, and written again whole."
    ),
    FaultCase("F-11", "There is no gpg-agent.", "It is started."),
    FaultCase("F-12", "gpg-agent was killed.", "Another one is started."),
    FaultCase(
        "F-13",
        "gpg-agent hangs.",
        "GPV-503-SIGNER after the time limit; the record waits in the spool.",
    ),
    FaultCase("F-14", "The path of the gpg home is too long.", "A message that says so."),
    FaultCase(
        "F-15",
        "Somebody's stale lock on the keyring.",
        "Recording and verifying work; making a key ends with GPV-503-SIGNER.",
    ),
    FaultCase(
        "F-16",
        "The key is expired, revoked or missing when it must sign.",
        "GPV-403 before anything is written.",
    ),
    FaultCase(
        "F-17",
        "A live process holds the ref's lock.",
        "Waiting within a limit, then GPV-503-BUSY; the record waits in the spool.",
    ),
    FaultCase("F-18", "Many writers on one machine.", "None lost, none twice, all come to an end."),
    FaultCase("F-19", "Many writers beside `git pack-refs`.", "None lost, none twice."),
    FaultCase("F-20", "Many writers beside `git gc`.", "None lost, none twice."),
    FaultCase(
        "F-21",
        "Git is set to prune at once.",
        "doctor calls it a problem; gitprov's own housekeeping never does it.",
    ),
    FaultCase("F-22", "Pushers from separate clones.", "None lost, in a bounded number of tries."),
    FaultCase("F-23", "Plain git and gitprov write at once.", "None lost, none twice."),
    FaultCase("F-24", "The client dies in the middle of a push.", "The server's ref is unchanged."),
    FaultCase(
        "F-25",
        "The server's receive-pack is killed while the hook runs.",
        "The ref is unchanged, the next push lands, and the quarantine can be swept.",
    ),
    FaultCase(
        "F-26",
        "The hook exceeds its limits of time, memory or output.",
        "The push is refused: GPV-408-TIMEOUT or GPV-413-LIMIT.",
    ),
    FaultCase(
        "F-27",
        "The server dies after the hook accepted, before the ref moved.",
        "The client sees a failure; pushing again is safe.",
    ),
    FaultCase(
        "F-28",
        "The answer is lost after a success.",
        "Pushing and recording again say that it is done.",
    ),
    FaultCase(
        "F-29",
        "The clock is a day off, jumps back, or is at 1970.",
        "GPV-422-CLOCK with a hint where the clock runs ahead; the order of the chain stands.",
    ),
    FaultCase("F-30", "Reading while packing and writing.", "Never missing, never backwards."),
    FaultCase(
        "F-31",
        "No file descriptors, inodes or memory left.",
        "A failure with a code, and nothing half done.",
    ),
    FaultCase(
        "F-32",
        "A network file system, or one that ignores case.",
        "doctor says so; a lock that does not hold costs retries only.",
    ),
    FaultCase(
        "F-33",
        "The search index is locked or damaged.",
        "Appending does not touch it.",
        "there is no search index yet; appending reads and writes the ledger alone",
    ),
    FaultCase(
        "F-34",
        "One of two hosts has a clock in the future.",
        "GPV-422-CLOCK for it; the other one goes on.",
    ),
    FaultCase(
        "F-35",
        "An older and a newer writer at once.",
        "Both write, and both verify.",
    ),
)


def named_tests() -> dict[str, list[str]]:
    """Return case id -> the tests that name it, each as file::name."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in modules(TESTS):
        for node in functions(path):
            match = _NAME.fullmatch(node.name)
            if match is None:
                continue
            for number in match[1].split("_f")[1:]:
                found[f"F-{number}"].append(f"{name_of(path)}::{node.name}")
    return {case_id: sorted(tests) for case_id, tests in sorted(found.items())}
