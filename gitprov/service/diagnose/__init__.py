"""Checks of doctor and server doctor, each with its remedy."""
