"""The server's side: the judgement of pushes, and the hook's installation (7.1, 7.2)."""
