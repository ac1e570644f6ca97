"""The one judge of entries: the same in writer, hook and verifier (V2 to V15)."""
