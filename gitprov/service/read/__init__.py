"""What is looked up and listed: records, runs, their context."""
