"""The parts of a run record (2.4)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from gitprov.model.frozen import Choice, Count, Integer, Many, Model, TextMap
from gitprov.model.text import (
    NULL_OID,
    Amount,
    Currency,
    Cwd,
    Head,
    Line,
    OidHex,
    RelPath,
    Sha256Hex,
    Text,
    refuse,
)


class RunStatus(StrEnum):
    """How a run ended."""

    SUCCESS = "SUCCESS"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


class ContextMethod(StrEnum):
    """How the digest of a run's input was made (2.7)."""

    FILES = "files"
    GIT_HEAD = "git-head"
    COMPOSITE = "composite"


class Source(Model):
    """Where a record came from; the triple is recorded once."""

    system: Line = Field(description="the system that reported the run")
    session_id: Line = Field(description="its session")
    turn_id: Line | None = Field(default=None, description="its turn within the session")


class InputContext(Model):
    """The state of the input, recomputable from files and Git."""

    method: Choice[ContextMethod] = Field(description="how the digest was made")
    digest: Sha256Hex = Field(description="the digest of the input")
    head_commit: Head = Field(description="the commit that was checked out, or unborn")
    dirty: bool = Field(description="whether a named input differed from that commit")


class FileRef(Model):
    """A file that a run read or wrote."""

    path: RelPath = Field(description="relative to the root of the repository")
    sha256: Sha256Hex = Field(description="SHA-256 of the content")
    size: Count = Field(description="bytes")
    git_oid: OidHex | None = Field(default=None, description="the Git object id of the content")


class CodeCommit(Model):
    """A commit that a run made or describes; tree and patch id outlive a rebase."""

    commit: OidHex = Field(description="the commit, never the null id")
    tree: OidHex = Field(description="its tree")
    patch_id: OidHex | None = Field(
        default=None, description="its stable patch id, which outlives a rebase"
    )


class Command(Model):
    """The command that was executed."""

    argv: Annotated[Many[Text], Field(min_length=1)] = Field(description="program and arguments")
    cwd: Cwd | None = Field(
        default=None, description="the working directory, relative to the root of the repository"
    )
    exit_code: Integer | None = Field(default=None, description="the exit code")


class LanguageModel(Model):
    """The model that did the work."""

    provider: Line | None = Field(default=None, description="who runs the model")
    name: Line = Field(description="the model")


class Usage(Model):
    """Tokens; input tokens include cached ones (OpenTelemetry GenAI meaning)."""

    input_tokens: Count | None = Field(
        default=None, description="tokens read, cached ones included"
    )
    output_tokens: Count | None = Field(default=None, description="tokens written")
    cache_read_tokens: Count | None = Field(default=None, description="tokens read from a cache")
    cache_creation_tokens: Count | None = Field(default=None, description="tokens put into a cache")
    reasoning_tokens: Count | None = Field(default=None, description="tokens of reasoning")

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if not self.to_mapping():
            raise refuse("is empty: give at least one number of tokens, or leave it out")
        return self


class Cost(Model):
    """The cost of a run."""

    amount: Amount = Field(description="a decimal number as text")
    currency: Currency = Field(description="a currency code of three letters, as in ISO 4217")


class RunError(Model):
    """Why a run did not succeed."""

    code: Line | None = Field(default=None, description="a code for machines")
    message: Text = Field(description="what went wrong")
    details: TextMap | None = Field(default=None, description="more about it")


def _sorted_files(files: tuple[FileRef, ...]) -> tuple[FileRef, ...]:
    # Code points sort like their UTF-8 bytes, so comparing the texts is enough.
    _require_sorted([file.path for file in files], "path")
    return files


def _sorted_commits(commits: tuple[CodeCommit, ...]) -> tuple[CodeCommit, ...]:
    _require_sorted([commit.commit for commit in commits], "commit")
    if commits and commits[0].commit == NULL_OID:
        raise refuse("is the null object id, which names no commit", "0.commit")
    return commits


def _require_sorted(keys: list[str], name: str) -> None:
    for number in range(1, len(keys)):
        if keys[number - 1] >= keys[number]:
            order = "appears twice" if keys[number - 1] == keys[number] else "is out of order"
            raise refuse(f"{order}; sort by {name}, each once", f"{number}.{name}")


Files = Annotated[Many[FileRef], AfterValidator(_sorted_files)]
"""Files sorted by the UTF-8 bytes of their paths, each path once."""

Commits = Annotated[Many[CodeCommit], AfterValidator(_sorted_commits)]
"""Commits sorted by object id, each once."""
