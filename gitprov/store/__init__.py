"""Floor 3: the Git side and the files beside it; the only home of pygit2."""
