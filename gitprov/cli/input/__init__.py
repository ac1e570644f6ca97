"""What a caller types: options, flags, drafts."""
