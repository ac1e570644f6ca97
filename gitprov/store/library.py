"""The version of the Git library."""

from __future__ import annotations

import pygit2

LIBGIT2_VERSION: str = pygit2.LIBGIT2_VERSION
