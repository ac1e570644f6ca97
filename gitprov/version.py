"""The version of this package; on the lowest floor, since every floor may print it."""

__version__ = "0.1.0"
