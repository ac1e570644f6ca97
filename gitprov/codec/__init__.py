"""Floor 2: bytes to model and back. Pure; knows no policy and no repository."""
