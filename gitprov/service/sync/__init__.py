"""Push, pull, merge entries, and records that can never land (7.3)."""
