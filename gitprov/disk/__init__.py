"""Files that survive a power cut; what adapters of Git and of local state share."""
