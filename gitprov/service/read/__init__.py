"""Looks up and lists records, runs and their context."""
