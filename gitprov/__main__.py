"""Makes ``python -m gitprov`` the same as ``gitprov``."""

from __future__ import annotations

from gitprov.cli.main import main

if __name__ == "__main__":
    main()
