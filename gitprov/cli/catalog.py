"""Every command by name, with its one line of help: all that ``gitprov --help`` has to know."""

from __future__ import annotations

from typing import Final

COMMANDS: Final = {
    "init": "Start a ledger in this repository, or join one.",
    "record": "Record one run, or many.",
    "flush": "Append the records that wait in the spool.",
    "show": "Show one record with its entry, signer and verdict.",
    "log": "List runs, newest first.",
    "pull": "Fetch a remote's ledger, judge it, follow it.",
    "push": "Send the ledger to the remote that accepts it.",
    "reappend": "Append again the records of entries that can never land.",
    "recover": "Bring back entries that the ledger's ref has lost.",
    "verify": "Verify the whole ledger offline.",
    "notes": "Show, rebuild or check the notes on code commits.",
    "context": "Compute or check the digest of a run's input.",
    "key": "Add, renew, revoke or list the keys that may record.",
    "checkpoint": "Write or check a signed statement of the ledger's tip.",
    "audit": "Show, check or prune the audit log.",
    "server": "Guard a ledger on the Git server that it is pushed to.",
    "doctor": "Find everything that could be wrong, with its remedy.",
    "schema": "Print the JSON Schema of a record kind.",
    "config": "Print every setting and where it comes from.",
    "version": "Print the versions of gitprov and of what it uses.",
    "completion": "Print the completion script of a shell.",
}
"""The command NAME is ``command`` in the module ``gitprov.cli.commands.NAME``."""
