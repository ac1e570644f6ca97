"""Floor 2: decisions. Values in, findings out; no IO, no clock, no bytes to parse."""
