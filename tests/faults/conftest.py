"""Fixtures of the fault suite."""

from tests.support.keys import keys

__all__ = ["keys"]
