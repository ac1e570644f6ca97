"""Git's raw objects as pure functions: ids and trees."""
