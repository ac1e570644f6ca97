"""The notes on code commits, derived from the ledger (2.9)."""
