"""Which updates of a push are guarded, and what is refused before any object is opened."""

from __future__ import annotations

from typing import NoReturn

import pytest

from gitprov.errors import Code, StorageError
from gitprov.guard.push_rules import MOST_GUARDED
from gitprov.model.push import RefUpdate
from gitprov.service.server.judge_push import Push, PushJudge

LEDGER, NOTES = "refs/gitprov/ledger", "refs/notes/gitprov"
A, B = "a" * 40, "b" * 40


class Refs:
    """The server's refs; a name that is not here is absent."""

    def __init__(self, **symbolic: str) -> None:
        self.symbolic = {name.replace("__", "/"): target for name, target in symbolic.items()}
        self.values: dict[str, str] = {}

    def value(self, name: str) -> str | None:
        return self.values.get(name)

    def target(self, name: str) -> str | None:
        return self.symbolic.get(name)


def unopened() -> NoReturn:
    raise StorageError(Code.STORE_CORRUPT, "the objects were opened")


def judge(
    *updates: RefUpdate,
    refs: Refs | None = None,
    quarantined: bool = True,
    namespaced: bool = False,
) -> list[tuple[str, list[Code]]]:
    push = Push(updates, LEDGER, None, quarantined, namespaced)
    judge = PushJudge(push, refs or Refs(), unopened, 0)
    return [
        (each.update.name, [finding.code for finding in each.reasons])
        for each in judge.judge(judge.guarded())
    ]


def test_code_is_not_our_business() -> None:
    assert judge(RefUpdate(A, B, "refs/heads/main"), RefUpdate(None, A, "refs/tags/v1")) == []


def test_an_update_of_the_ledger_opens_the_objects_once_for_all() -> None:
    found = judge(RefUpdate(None, A, LEDGER), RefUpdate(None, B, NOTES))
    assert found == [(LEDGER, [Code.STORE_CORRUPT]), (NOTES, [Code.STORE_CORRUPT])]


def test_a_deletion_is_refused_unread() -> None:
    refs = Refs()
    refs.values[LEDGER] = A
    assert judge(RefUpdate(A, None, LEDGER), refs=refs) == [(LEDGER, [Code.REF_DELETE])]


def test_other_names_of_the_ledgers_space_are_refused() -> None:
    (found,) = judge(RefUpdate(None, A, "refs/gitprov/other/thing"))
    assert found[1] == [Code.REF_FORBIDDEN]


def test_a_branch_that_leads_to_the_ledger_is_guarded() -> None:
    refs = Refs(refs__heads__alias=LEDGER)
    (found,) = judge(RefUpdate(A, B, "refs/heads/alias"), refs=refs)
    assert found[1] == [Code.REF_FORBIDDEN]


def test_a_chain_of_symbolic_refs_that_never_ends_does_end() -> None:
    refs = Refs(refs__heads__a="refs/heads/b", refs__heads__b="refs/heads/a")
    assert judge(RefUpdate(A, B, "refs/heads/a"), refs=refs) == []


def test_a_namespace_cannot_hold_a_ledger() -> None:
    found = judge(RefUpdate(None, A, LEDGER), namespaced=True)
    assert found == [(LEDGER, [Code.REPO_UNSUPPORTED])]


def test_too_many_guarded_refs_are_one_refusal() -> None:
    updates = [RefUpdate(None, A, f"refs/gitprov/x{n}") for n in range(MOST_GUARDED + 1)]
    ((_, codes),) = judge(*updates)
    assert codes == [Code.LIMIT]


@pytest.mark.parametrize("name", [LEDGER, NOTES])
def test_what_cannot_be_read_is_no_yes(name: str) -> None:
    class Broken(Refs):
        def value(self, name: str) -> str | None:
            raise StorageError(Code.INTERNAL, f"{name} cannot be read")

    assert judge(RefUpdate(None, A, name), refs=Broken()) == [(name, [Code.INTERNAL])]
