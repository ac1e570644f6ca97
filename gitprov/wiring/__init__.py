"""Builds adapters from settings; alone reads environment, clock and random ids."""
