"""The shared keys, for this folder."""

from __future__ import annotations

from tests.support.keys import keys

__all__ = ["keys"]
