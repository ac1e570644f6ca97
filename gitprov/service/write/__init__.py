"""From a draft to a signed entry: spool, group commit, read-back."""
