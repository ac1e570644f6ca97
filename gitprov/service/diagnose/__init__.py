"""What could be wrong, each with its remedy."""
