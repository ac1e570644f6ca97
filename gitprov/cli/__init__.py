"""Floor 5: the command line; each command parses, calls one service, renders."""
