"""Versions, file systems, spool, locks and the clock are judged as facts."""

from __future__ import annotations

import pytest

from gitprov.model.diagnosis import Diagnosis, Health, overall
from gitprov.model.spooled import DRAFTS
from gitprov.service.diagnose.ledger import diagnose_clock
from gitprov.service.diagnose.machine import (
    DiskFacts,
    diagnose_disk,
    diagnose_versions,
    file_system_of,
)
from gitprov.service.diagnose.spool import (
    LockFacts,
    WaitingFacts,
    diagnose_locks,
    diagnose_spool,
)

NOW = 1_795_000_000
KEY = "A1" * 20


def healths(found: list[Diagnosis]) -> list[Health]:
    return [each.health for each in found]


@pytest.mark.parametrize(
    ("name", "version", "health"),
    [
        ("git", "2.39.5", Health.GOOD),
        ("git", "2.36", Health.GOOD),
        ("git", "2.35.9", Health.WARNING),
        ("git", "2.100.0", Health.GOOD),
        ("git", None, Health.PROBLEM),
        ("gpg", None, Health.PROBLEM),
        ("gpg", "1.4.23", Health.WARNING),
        ("gpg", "2.2.40-unknown", Health.GOOD),
        ("pysequoia", None, Health.PROBLEM),
        ("click", None, Health.UNKNOWN),
        ("click", "8.5", Health.GOOD),
    ],
)
def test_versions(name: str, version: str | None, health: Health) -> None:
    (found,) = diagnose_versions({name: version})
    assert found.health is health
    assert (found.remedy is not None) is (health in {Health.PROBLEM, Health.WARNING})


GOOD_DISK = DiskFacts("/r/.git", "ext4", ignores_case=False, is_writable=True, free=10**9)


@pytest.mark.parametrize(
    ("disk", "expected"),
    [
        (GOOD_DISK, [Health.GOOD]),
        (DiskFacts("/r", None, False, True, None), [Health.GOOD]),
        (DiskFacts("/r", "nfs4", False, True, 10**9), [Health.WARNING]),
        (DiskFacts("/r", "ext4", True, True, 10**9), [Health.WARNING]),
        (DiskFacts("/r", "ext4", False, False, 10**9), [Health.PROBLEM]),
        (DiskFacts("/r", "ext4", False, True, 5), [Health.WARNING]),
        (
            DiskFacts("/r", "9p", True, False, 0),
            [Health.WARNING, Health.WARNING, Health.PROBLEM, Health.WARNING],
        ),
    ],
)
def test_f32_disks(disk: DiskFacts, expected: list[Health]) -> None:
    assert healths(diagnose_disk(disk)) == expected


MOUNTS = (
    "/dev/sda / ext4 rw 0 0\n"
    "srv:/x /home/me nfs4 rw 0 0\n"
    "tmpfs /home/me/my\\040disk tmpfs rw 0 0\n"
    "overlay /over ext4 rw 0 0\n"
    "b /over btrfs rw 0 0\n"
    "torn\n"
)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/home", "ext4"),
        ("/home/me", "nfs4"),
        ("/home/me/repo/.git", "nfs4"),
        ("/home/merry", "ext4"),
        ("/home/me/my disk/x", "tmpfs"),
        ("/over/x", "btrfs"),
    ],
)
def test_the_deepest_and_latest_mount_decides(path: str, kind: str) -> None:
    assert file_system_of(MOUNTS, path) == kind


def test_without_a_list_of_mounts_nothing_is_known() -> None:
    assert file_system_of("", "/home") is None


def test_an_empty_spool_is_good() -> None:
    assert healths(diagnose_spool([WaitingFacts(KEY, 0, None)], [], NOW * 1000)) == [Health.GOOD]


@pytest.mark.parametrize(
    ("hours", "health"), [(1, Health.WARNING), (23, Health.WARNING), (25, Health.PROBLEM)]
)
def test_what_waits_for_long_is_a_problem(hours: int, health: Health) -> None:
    since = (NOW - hours * 3600) * 1000
    (found,) = diagnose_spool([WaitingFacts(KEY, 2, since)], [], NOW * 1000)
    assert (found.health, found.remedy) == (health, "gitprov flush")
    assert "2 files" in found.message
    assert "since 20" in found.message


@pytest.mark.parametrize("key", [KEY, DRAFTS])
def test_three_in_a_row_that_had_to_wait_are_a_problem(key: str) -> None:
    for count, health in ((2, Health.WARNING), (3, Health.PROBLEM)):
        (found,) = diagnose_spool([WaitingFacts(key, count, NOW * 1000)], [], NOW * 1000)
        assert found.health is health
        assert found.remedy == ("gitprov init" if key == DRAFTS else "gitprov flush")


def test_a_name_without_a_time_waits_since_nobody_knows_when() -> None:
    (found,) = diagnose_spool([WaitingFacts(KEY, 1, None)], [], NOW * 1000)
    assert found.message.startswith("waiting: 1 file of")


def test_what_was_set_aside_is_named_with_its_reason() -> None:
    refused = [(f"{KEY}/{number:02d}", f"reason {number}") for number in range(12)]
    found = diagnose_spool([], refused, NOW * 1000)
    assert healths(found) == [Health.PROBLEM] * 11
    assert "reason 0" in found[0].message
    assert found[-1].message == "set aside besides: 2 files"


def test_locks() -> None:
    assert healths(diagnose_locks(LockFacts(None, is_dead=False, refs=()))) == [Health.GOOD]
    (busy,) = diagnose_locks(LockFacts("process 1 on h", is_dead=False, refs=()))
    assert (busy.health, busy.message) == (Health.NOTE, "process 1 on h is writing")
    (dead,) = diagnose_locks(LockFacts("process 1 on h", is_dead=True, refs=()))
    assert (dead.health, dead.remedy) == (Health.NOTE, "gitprov flush")


@pytest.mark.parametrize(("age", "health"), [(1.0, Health.NOTE), (61.0, Health.PROBLEM)])
def test_an_old_lock_of_a_ref_is_a_problem(age: float, health: Health) -> None:
    (found,) = diagnose_locks(LockFacts(None, is_dead=False, refs=(("refs/x", age),)))
    assert found.health is health


@pytest.mark.parametrize(
    ("now", "newest", "health"),
    [
        (NOW, None, Health.GOOD),
        (NOW, NOW - 5, Health.GOOD),
        (NOW, NOW + 600, Health.GOOD),
        (NOW, NOW + 601, Health.PROBLEM),
        (0, None, Health.PROBLEM),
        (-1, None, Health.PROBLEM),
    ],
)
def test_f29_the_clock(now: int, newest: int | None, health: Health) -> None:
    (found,) = diagnose_clock(now, newest)
    assert found.health is health


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], Health.GOOD),
        ([Health.NOTE, Health.WARNING], Health.GOOD),
        ([Health.UNKNOWN, Health.GOOD], Health.UNKNOWN),
        ([Health.UNKNOWN, Health.PROBLEM], Health.PROBLEM),
    ],
)
def test_the_worst_decides(found: list[Health], expected: Health) -> None:
    assert overall(Diagnosis("s", health, "m") for health in found) is expected
