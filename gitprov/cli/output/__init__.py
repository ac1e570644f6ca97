"""Output: streams, tables, exit codes, errors."""
