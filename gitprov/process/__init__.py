"""Child processes: run to their own end, within a time limit."""
