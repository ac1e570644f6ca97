"""The verification of whole ledgers, and checkpoints of them."""
