"""What the use cases need from outside, as narrow protocols; adapters fit them by shape."""
