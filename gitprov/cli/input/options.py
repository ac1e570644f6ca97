"""The options and kinds of value that several commands share.

A value that some program could take for an option of its own (it begins with ``-``) is refused
with GPV-422-ARGUMENT before anything is done with it.
"""

from __future__ import annotations

import re

import click
from click.shell_completion import CompletionItem

from gitprov.model.refs import LEDGER_REF
from gitprov.model.unicode import CONTROLS, SURROGATES
from gitprov.model.words import did_you_mean

_FORBIDDEN = re.compile(f"[{CONTROLS}{SURROGATES}]")
_REF = re.compile(
    r"refs/(?:[A-Za-z0-9_+=,@-][A-Za-z0-9_.+=,@-]*)(?:/[A-Za-z0-9_+=,@][A-Za-z0-9_.+=,@-]*)+"
)
_REMOTE = re.compile(r"\w[\w./@+=,%-]*")
_OBJECT_ID = re.compile(r"[0-9a-f]{40}")
_WHOLE = re.compile(r"-?[0-9]{1,16}")
_NUMBER = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,3})?")
_MAX_WORD = 4096


def example(*lines: str) -> str:
    """Build the epilog of a command: each line is one command that a reader can type."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


class _Kind(click.ParamType):  # type: ignore[type-arg] # older releases take no type argument
    """A kind of value of our own."""


class Word(_Kind):
    """One line of text that cannot be taken for an option: an id, a revision, a name.

    Args:
        what: how messages call it, with its article: "a run id".
    """

    name = "text"

    def __init__(self, what: str) -> None:
        self.what = what

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text as it is, or refuse it."""
        if not value:
            self.fail(f"it is empty; give {self.what}", param, ctx)
        if value.startswith("-"):
            self.fail(f"{value[:60]!r} begins with '-', so it is not {self.what}", param, ctx)
        if _FORBIDDEN.search(value) or len(value) > _MAX_WORD:
            self.fail(f"{value[:60]!r} holds control characters or is too long", param, ctx)
        return value


class RefName(Word):
    """The full name of a ref: ``refs/...``."""

    name = "ref"

    def __init__(self) -> None:
        super().__init__("the full name of a ref")

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name, or refuse it."""
        name = super().convert(value, param, ctx)
        if not _REF.fullmatch(name) or ".." in name or name.endswith((".", ".lock")):
            hint = f"; write it in full, such as {LEDGER_REF}"
            self.fail(f"{name[:60]!r} is not the full name of a ref{hint}", param, ctx)
        return name


class RemoteName(Word):
    """The name of a remote in git's configuration; never a URL."""

    name = "remote"

    def __init__(self) -> None:
        super().__init__("the name of a remote")

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name, or refuse it."""
        name = super().convert(value, param, ctx)
        if not _REMOTE.fullmatch(name):
            self.fail(f"{name[:60]!r} is not the name of a remote; see git remote", param, ctx)
        return name


class ObjectId(Word):
    """The full object id of an entry; upper case is forgiven."""

    name = "oid"

    def __init__(self) -> None:
        super().__init__("an object id")

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return 40 lower-case hex digits."""
        digits = super().convert(value, param, ctx).lower()
        if not _OBJECT_ID.fullmatch(digits):
            self.fail(f"{value[:60]!r} is not an object id; give all 40 hex digits", param, ctx)
        return digits


class Pick(_Kind):
    """One of a few words, in any case; a misspelt one is answered with the nearest.

    Args:
        choices: the words as the command gets them.
    """

    name = "choice"

    def __init__(self, *choices: str) -> None:
        self.choices = tuple(map(str, choices))

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Show the words in the help."""
        del param, ctx
        return f"[{'|'.join(self.choices)}]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the word as it is in the list."""
        found = [choice for choice in self.choices if choice.casefold() == value.casefold()]
        if not found:
            known = ", ".join(self.choices)
            hint = did_you_mean(value, self.choices)
            self.fail(f"{value[:60]!r} is not one of {known}.{hint}", param, ctx)
        return found[0]

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the words that begin like what was typed."""
        del ctx, param
        begun = incomplete.casefold()
        return [CompletionItem(c) for c in self.choices if c.casefold().startswith(begun)]


class Picks(Pick):
    """Some of a few words, separated by commas."""

    name = "choices"

    def convert(  # type: ignore[override] # several words give a tuple
        self,
        value: str | tuple[str, ...],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, ...]:
        """Return the words as they are in the list, each once, in its order."""
        words = value.split(",") if isinstance(value, str) else value
        picked = {super(Picks, self).convert(word.strip(), param, ctx) for word in words}
        return tuple(choice for choice in self.choices if choice in picked)


class KeyValue(_Kind):
    """``K=V``: a pair of texts, cut at the first ``=``."""

    name = "K=V"

    def convert(
        self,
        value: str | tuple[str, str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, str]:
        """Return (key, value)."""
        if isinstance(value, tuple):
            return value
        key, mark, text = value.partition("=")
        if not mark or not key:
            self.fail(f"{value[:60]!r} is not of the form KEY=VALUE", param, ctx)
        return key, text


class KeyNumber(_Kind):
    """``K=N``: a text and a number."""

    name = "K=N"

    def convert(
        self,
        value: str | tuple[str, float],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, float]:
        """Return (key, number); a whole number stays whole."""
        if isinstance(value, tuple):
            return value
        key, mark, text = value.partition("=")
        if not mark or not key or not _NUMBER.fullmatch(text):
            self.fail(f"{value[:60]!r} is not of the form KEY=NUMBER", param, ctx)
        return key, int(text) if _WHOLE.fullmatch(text) else float(text)


RUN_ID = Word("a run id")
REVISION = Word("a revision")
TIME = Word("a time")
REF = RefName()
REMOTE = RemoteName()
OBJECT_ID = ObjectId()

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document of a stable shape."
)
jsonl_option = click.option(
    "--jsonl", "as_jsonl", is_flag=True, help="Print one JSON document per line."
)
ref_option = click.option(
    "--ref", type=REF, metavar="REF", help="The ledger's ref instead of git config gitprov.ref."
)
