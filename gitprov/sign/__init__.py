"""Floor 3: signatures; the only home of python-gnupg, pysequoia and the gpg program."""
