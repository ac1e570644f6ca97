"""Whether programs, libraries and the file system are fit; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from gitprov.model.diagnosis import Diagnosis, Health

_VERSIONS = "versions"
_DISK = "file system"
_OLDEST: Mapping[str, tuple[int, ...]] = {"git": (2, 36), "gpg": (2, 2)}
_NEEDED: Mapping[str, str] = {
    "git": "install git 2.36 or newer: fetching, pushing and large batches need it",
    "gpg": "install GnuPG 2.2 or newer: nothing can be signed without it",
    "pysequoia": "install pysequoia, or verify with --engine gpg",
}
_NETWORK = frozenset(
    {"9p", "afs", "ceph", "cifs", "fuse.sshfs", "glusterfs", "lustre", "nfs", "nfs4", "smb3",
     "smbfs", "virtiofs"}
)  # fmt: skip
_OCTAL = re.compile(r"\\([0-7]{3})")
_SCARCE = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class DiskFacts:
    """The file system that holds the ledger.

    Args:
        path: that place.
        kind: the file system's type, None if the system does not say.
        ignores_case: names that differ in case only are one.
        is_writable: this account may write there.
        free: bytes left for it, None if the system does not say.
    """

    path: str
    kind: str | None
    ignores_case: bool
    is_writable: bool
    free: int | None


def diagnose_versions(versions: Mapping[str, str | None]) -> Iterator[Diagnosis]:
    """Judge the versions of what gitprov uses; None is missing."""
    for name, version in versions.items():
        oldest = _OLDEST.get(name, ())
        if version is None:
            remedy = _NEEDED.get(name)
            health = Health.PROBLEM if remedy else Health.UNKNOWN
            yield Diagnosis(_VERSIONS, health, f"{name} was not found", remedy)
        elif _numbers(version) < oldest:
            yield Diagnosis(_VERSIONS, Health.WARNING, f"{name} {version} is old", _NEEDED[name])
        else:
            yield Diagnosis(_VERSIONS, Health.GOOD, f"{name} {version}")


def diagnose_disk(disk: DiskFacts) -> list[Diagnosis]:
    """Judge the file system (F-32)."""
    where = repr(disk.path)
    found = []
    if disk.kind in _NETWORK:
        text = f"{where} is on a network file system ({disk.kind}): locks may not hold there"
        remedy = "let one machine write at a time, or keep the ledger on a local disk"
        found.append(Diagnosis(_DISK, Health.WARNING, text, remedy))
    if disk.ignores_case:
        text = f"{where} ignores case: refs that differ in case only would be one"
        found.append(Diagnosis(_DISK, Health.WARNING, text, "keep to lower-case names of refs"))
    if not disk.is_writable:
        text = f"{where} cannot be written by this account: records wait elsewhere"
        remedy = "check owner, permissions and mount options"
        found.append(Diagnosis(_DISK, Health.PROBLEM, text, remedy))
    if disk.free is not None and disk.free < _SCARCE:
        text = f"only {disk.free // 1024} KiB are left at {where}"
        remedy = "free some space, or raise the quota"
        found.append(Diagnosis(_DISK, Health.WARNING, text, remedy))
    kind = "" if disk.kind is None else f" ({disk.kind})"
    return found or [Diagnosis(_DISK, Health.GOOD, f"{where} can hold a ledger{kind}")]


def file_system_of(mounts: str, path: str) -> str | None:
    """Find the type of the file system that a path is on.

    Args:
        mounts: the system's list: device, mount point, type, ... a line, as proc(5) has it.
        path: absolute, without symbolic links.
    """
    best: tuple[int, str] | None = None
    place = PurePosixPath(path)
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:  # noqa: PLR2004 - device, mount point, type
            continue
        point = PurePosixPath(_OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[1]))
        if place.is_relative_to(point):
            depth = len(point.parts)
            if best is None or depth >= best[0]:
                best = (depth, fields[2])
    return None if best is None else best[1]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
