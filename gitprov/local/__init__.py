"""Files beside Git: spool, lock, audit log, remembered tips, hooks."""
