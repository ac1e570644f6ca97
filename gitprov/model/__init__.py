"""Floor 1: frozen values. No IO, no clock, no decisions about trust."""
