"""The server's side: judging pushes, installing the hook."""
