"""``gitprov schema``."""

from __future__ import annotations

import json

import click

from gitprov.app.about import schema
from gitprov.cli.input.options import Pick, example, json_option
from gitprov.cli.output.render import out, print_json
from gitprov.model.kinds import MODELS


@click.command(
    "schema",
    epilog=example("gitprov schema", "gitprov schema run", "gitprov schema policy --json"),
)
@click.argument("kind", type=Pick(*MODELS), required=False)
@json_option
def command(kind: str | None, *, as_json: bool) -> None:
    """Print the JSON Schema (draft 2020-12) of a kind of document, or name the kinds.

    With --json the schema is one field of an answer in gitprov's own shape.
    """
    if kind is None:
        if as_json:
            print_json("schema", {"kinds": list(MODELS)})
        else:
            out("\n".join(MODELS))
        return
    document = schema(kind)
    if as_json:
        print_json("schema", {"kind": kind, "json_schema": document})
    else:
        out(json.dumps(document, indent=2))
