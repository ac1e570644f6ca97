"""Git repositories: objects, refs, notes, configuration, and git as a program."""
