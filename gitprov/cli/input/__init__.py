"""Input: options, flags and drafts."""
