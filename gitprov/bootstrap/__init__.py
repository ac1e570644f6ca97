"""Floor 4: the only place that builds adapters and reads environment, clock and random ids."""
