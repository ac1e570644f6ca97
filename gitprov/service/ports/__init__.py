"""The ports of the use cases: narrow protocols that adapters fit by shape."""
