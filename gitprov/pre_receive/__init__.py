"""The server's hook: judges a push before Git lets it in."""
