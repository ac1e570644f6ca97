"""Changes of policy and keys: proposal, approval, enactment (6)."""
