"""What a caller sees: streams, tables, exit codes, errors."""
