"""The actions that owners decide (6.2), apart from plans: messages name them without models."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """An action that owners decide."""

    POLICY_CHANGE = "policy-change"
    EXPUNGE = "expunge"
    RETENTION = "retention"
    WITHDRAW_RANGE = "withdraw-range"
    LEGAL_HOLD = "legal-hold"
    MIGRATION = "migration"
