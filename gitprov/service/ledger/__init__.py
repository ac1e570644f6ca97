"""The ledger as it is: objects, trees, entries and how they hang together."""
