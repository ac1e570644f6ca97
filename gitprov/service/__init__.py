"""Floor 3: use cases, one per file; they name what they need in `ports`."""
