"""What a disk holds after the power failed: only what was synced, read from a trace of the calls.

The worst that POSIX allows: the content of a file counts from the last fsync of that file, a name
from the last fsync of its folder, and a folder's own name from that of the folder above.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

TRACED = (
    "open,openat,creat,write,writev,pwrite64,ftruncate,truncate,fsync,fdatasync,rename,renameat,"
    "renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir"
)
_CALL = re.compile(r"\d+ +(\w+)\((.*)$")
_AT = re.compile(r'(?:\w+<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')
_OPEN_FILE = re.compile(r"\d+<([^>]*)>")
_FAILED = re.compile(r"\) += -1 ")
_WRITES = frozenset({"write", "writev", "pwrite64", "ftruncate"})


@dataclass
class _File:
    """One file, whatever its names are.

    Args:
        is_new: the trace made it.
        is_changed: its content differs from what it was before the trace.
        is_dirty: it has content that was not synced.
    """

    is_new: bool = False
    is_changed: bool = False
    is_dirty: bool = False


@dataclass
class Disk:
    """A folder on a disk, before and after what the trace shows.

    Args:
        before: a copy from before.
        after: the folder itself, as it is in the memory of the machine.
    """

    before: Path
    after: Path
    names: dict[str, _File] = field(default_factory=dict)
    durable: dict[str, _File] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path in self.before.rglob("*"):
            self.names[path.relative_to(self.before).as_posix()] = _File()
        self.durable = dict(self.names)

    def replay(self, trace: str) -> None:
        """Follow every call that changes or syncs something."""
        for line in trace.splitlines():
            match = _CALL.match(line)
            if match is not None and not _FAILED.search(line):
                self._follow(match[1], match[2])

    def _follow(self, call: str, arguments: str) -> None:
        if call in _WRITES:
            self._written(self._open_file(arguments))
        elif call in {"fsync", "fdatasync"}:
            self._synced(self._open_file(arguments))
        else:
            names = [self._inside(os.path.join(*pair)) for pair in _AT.findall(arguments)]  # noqa: PTH118
            if call.startswith(("rename", "link")):
                self._renamed(*names[:2], moves=call.startswith("rename"))
            elif call.startswith(("unlink", "rmdir")) and names[0] is not None:
                self.names.pop(names[0], None)
            elif names and names[0] is not None:
                self._made(names[0], truncates="O_TRUNC" in arguments, call=call, text=arguments)

    def _open_file(self, arguments: str) -> str | None:
        match = _OPEN_FILE.match(arguments)
        return None if match is None else self._inside(match[1])

    def _inside(self, path: str) -> str | None:
        """Return the name below the folder, None for what lies elsewhere."""
        top = f"{self.after}/"
        whole = os.path.normpath(path)
        if whole == str(self.after):
            return "."
        return whole.removeprefix(top) if whole.startswith(top) else None

    def _made(self, name: str, *, truncates: bool, call: str, text: str) -> None:
        creates = call.startswith("mkdir") or "O_CREAT" in text
        if creates and name not in self.names:
            self.names[name] = _File(is_new=True, is_changed=True)
        elif truncates and name in self.names:
            self._written(name)

    def _written(self, name: str | None) -> None:
        if name in self.names:
            self.names[name].is_changed = self.names[name].is_dirty = True

    def _renamed(self, old: str | None, new: str | None, *, moves: bool) -> None:
        if old is not None and new is not None and old in self.names:
            self.names[new] = self.names[old]
            if moves:
                del self.names[old]

    def _synced(self, name: str | None) -> None:
        if name is None:
            return
        if name in self.names:
            self.names[name].is_dirty = False
        for known in (self.names, self.durable):
            for other in [other for other in known if _folder(other) == name]:
                if other in self.names:
                    self.durable[other] = self.names[other]
                else:
                    del self.durable[other]

    def cut(self, target: Path) -> None:
        """Write down what is on the disk if the power fails now."""
        target.mkdir()
        for name in sorted(self.durable):
            source = self._source(name, self.durable[name])
            if not (target / name).parent.is_dir() or source is None:
                continue
            if source.is_dir():
                (target / name).mkdir()
            elif self.durable[name].is_dirty:
                (target / name).touch()
            else:
                shutil.copy2(source, target / name)

    def _source(self, name: str, file: _File) -> Path | None:
        """Return where the bytes of a file still are."""
        if not file.is_changed:
            return next(
                (self.before / n for n in self._all(file, name) if (self.before / n).exists()), None
            )
        known = [self.after / other for other, found in self.names.items() if found is file]
        assert known or file.is_dirty, f"{name} is on the disk, but its bytes are gone"
        return next(iter(known), None)

    def _all(self, file: _File, name: str) -> list[str]:
        return [name, *(other for other, found in self.names.items() if found is file)]


def _folder(name: str) -> str:
    return os.path.dirname(name) or "."  # noqa: PTH120 - a name, not a path
