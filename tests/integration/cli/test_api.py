"""The Python API: its names, its promises, and the examples of its page."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import gitprov
from gitprov import api
from gitprov.model.ids import record_path
from gitprov.model.kinds import MODELS
from gitprov.service.ledger.read_entries import EntryReader, ListedEntry
from gitprov.service.read import entry_finder, find_record
from tests.support.cli_world import Cli
from tests.support.git import Git
from tests.support.keys import KeyRing
from tests.support.source_tree import ROOT

DRAFT = {
    "agent_name": "nightly",
    "run_status": "SUCCESS",
    "status_before": "A",
    "status_after": "B",
    "mutation": {"actor_kind": "HUMAN"},
}
PAGES = (ROOT / "docs" / "python-api.md", ROOT / "README.md")
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = [
    pytest.param(code, id=f"{page.name}-{number}")
    for page in PAGES
    for number, code in enumerate(_BLOCK.findall(page.read_text(encoding="utf-8")))
]


@pytest.fixture
def here(cli: Cli, keys: KeyRing, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Work in a repository with a ledger, in this process."""
    monkeypatch.chdir(cli.path)
    monkeypatch.setenv("GNUPGHOME", str(keys.home))
    return cli


@pytest.fixture
def ledger(here: Cli) -> Iterator[gitprov.Ledger]:
    """The ledger of that repository."""
    assert here.path.is_dir()
    with gitprov.open_ledger() as opened:
        yield opened


def test_the_public_names_are_all_there_and_no_other() -> None:
    assert sorted(dir(gitprov)) == sorted(gitprov.__all__)
    assert len(set(gitprov.__all__)) == len(gitprov.__all__)
    for name in gitprov.__all__:
        assert getattr(gitprov, name) is not None
    with pytest.raises(AttributeError, match="no public name 'bootstrap_all'"):
        gitprov.bootstrap_all  # noqa: B018 - the access is what is tested


def test_every_error_is_public() -> None:
    kinds = [gitprov.GitprovError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    ours = {kind.__name__ for kind in kinds if kind.__module__.startswith("gitprov.")}
    public = {name: getattr(gitprov, name) for name in gitprov.__all__}
    errors = {n for n, v in public.items() if isinstance(v, type) and issubclass(v, Exception)}
    assert errors == ours


def test_every_model_of_a_ledgers_documents_is_public() -> None:
    for model in MODELS.values():
        assert getattr(gitprov, model.__name__) is model


def test_the_page_names_what_is_public() -> None:
    page = PAGES[0].read_text(encoding="utf-8")
    assert [name for name in gitprov.__all__ if f"`{name}" not in page] == []
    methods = [name for name in vars(gitprov.Ledger) if not name.startswith("_")]
    assert [name for name in methods if f"`{name}`" not in page] == []
    filters = api.RunFilters.__annotations__
    assert [name for name in filters if f"`{name}`" not in page] == []


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_examples_run(here: Cli, code: str) -> None:
    exec(compile(code, "example", "exec"), {})  # noqa: S102 - the page's own words
    assert here("verify").code == 0


def test_a_run_is_appended_and_read_back(ledger: gitprov.Ledger) -> None:
    assert ledger.height == 0
    receipt = ledger.append(DRAFT)
    assert isinstance(receipt, gitprov.Receipt)
    assert receipt.state is gitprov.RecordState.RECORDED
    assert (receipt.entry, receipt.height) == (ledger.tip, ledger.height)
    run = ledger.get(receipt.run_id)
    assert isinstance(run, gitprov.RunRecord)
    assert run.run_status is gitprov.RunStatus.SUCCESS
    assert run.mutation.actor_kind is gitprov.ActorKind.HUMAN
    again = ledger.append(run)
    assert (again.state, again.entry) == (gitprov.RecordState.ALREADY_RECORDED, receipt.entry)
    with pytest.raises(AttributeError):
        receipt.record_id = "other"  # type: ignore[misc] # receipts are frozen


def test_all_or_nothing_is_written(ledger: gitprov.Ledger) -> None:
    before = ledger.tip
    with pytest.raises(gitprov.RecordError) as caught:
        ledger.append_many([DRAFT, {**DRAFT, "run_status": "DONE"}])
    assert caught.value.details["document"] == 2
    assert caught.value.details["field"] == "run_status"
    with pytest.raises(gitprov.RefusedError) as refused:
        ledger.append({**DRAFT, "mutation": {"actor_kind": "AI"}})
    assert refused.value.code is gitprov.Code.SILENT_EDIT
    assert ledger.tip == before
    assert ledger.flush() == []


def test_runs_are_filtered_as_the_log_does(here: Cli, ledger: gitprov.Ledger) -> None:
    commit = here.git.commit({"in.txt": "x"})
    first = ledger.append({**DRAFT, "labels": {"team": "docs"}, "code_commits": ["HEAD"]})
    second = ledger.append(
        {**DRAFT, "run_status": "FAILED", "notes": "why", "output_files": ["in.txt"]}
    )

    def ids(**filters: object) -> list[str]:
        return [run.run_id for run in ledger.iter(**filters)]  # type: ignore[arg-type]

    assert ids() == [second.run_id, first.run_id]
    assert ids(limit=1) == [second.run_id]
    assert ids(status="failed") == ids(status=["FAILED"]) == [second.run_id]
    assert ids(status=["FAILED", "SUCCESS"], agent="night*", actor="HUMAN") == ids()
    assert ids(labels={"team": "docs"}) == ids(labels={"team": None}) == [first.run_id]
    assert ids(commit="HEAD") == ids(commit=commit[:12]) == [first.run_id]
    assert ids(commit="ab" * 20) == []
    assert ids(output="in.txt") == [second.run_id]
    assert ids(input=["in.txt"]) == []
    assert ids(since="1h ago", until="now") == ids()
    assert ids(until="1h ago") == []
    assert ids(signer="Alice", grep="why", with_hidden=True) == [second.run_id]
    assert ids(job="0b0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f1") == []


def test_a_filter_that_can_never_hold_is_refused_at_once(ledger: gitprov.Ledger) -> None:
    with pytest.raises(gitprov.UsageError, match="SUCCESS, PARTIAL"):
        ledger.iter(status="sucess")
    with pytest.raises(gitprov.UsageError, match="HUMAN, AI"):
        ledger.iter(actor=["robot"])
    with pytest.raises(gitprov.UsageError, match="2h ago"):
        ledger.iter(since="soon")
    with pytest.raises(gitprov.UsageError):
        ledger.iter(commit="no-such-branch")
    with pytest.raises(TypeError, match="unexpected filter 'agnt'"):
        ledger.iter(agnt="x")  # type: ignore[call-arg] # a misspelt name


def test_a_run_that_is_not_there_is_refused(ledger: gitprov.Ledger) -> None:
    with pytest.raises(gitprov.UsageError) as caught:
        ledger.get("01a1c506-70fb-7e97-b00d-1c0ffee00123")
    assert caught.value.code is gitprov.Code.LINK


def test_a_run_that_cannot_be_read_is_left_to_verification(
    here: Cli, ledger: gitprov.Ledger
) -> None:
    run_id = "01a1c506-70fb-7e97-b00d-1c0ffee00123"
    path = record_path("run", run_id)
    blob = here.git("hash-object", "-w", "--stdin", stdin="not canonical")
    here.git("read-tree", "--index-output=.git/odd", "refs/gitprov/ledger")
    index = Git(here.path, {"GIT_INDEX_FILE": ".git/odd"})
    index("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    tree = index("write-tree")
    oid = here.git("commit-tree", "-p", "refs/gitprov/ledger", "-m", "odd", tree)
    here.git("update-ref", "refs/gitprov/ledger", oid)
    with pytest.raises(gitprov.UsageError, match="gitprov verify"):
        ledger.get(run_id)


def test_verification_finds_what_the_command_finds(here: Cli, ledger: gitprov.Ledger) -> None:
    ledger.append(DRAFT)
    report = ledger.verify()
    assert report.verdict is gitprov.Verdict.PASS
    assert (report.pinned, report.engine, report.entries) == (True, "sequoia", 2)
    assert ledger.verify(engine="gpg", since=0).engine == "gpg"
    assert ledger.verify(genesis="1" * 40).verdict is gitprov.Verdict.FAIL
    here.git("update-ref", "-d", "refs/gitprov/ledger")
    assert ledger.verify().findings[0].code is gitprov.Code.NO_LEDGER


def test_a_repository_without_a_ledger_opens_and_says_so(bare_cli: Cli) -> None:
    with gitprov.open_ledger(bare_cli.path) as ledger:
        assert (ledger.tip, ledger.height) == (None, -1)
        assert list(ledger.iter()) == []
        for call in (lambda: ledger.get("01a1c506"), ledger.flush):
            with pytest.raises(gitprov.UsageError) as caught:
                call()
            assert caught.value.code is gitprov.Code.NO_LEDGER
        waiting = ledger.append(DRAFT)
        assert (waiting.state, waiting.warnings[0].code) == ("spooled", gitprov.Code.NO_LEDGER)


def test_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(gitprov.UnsupportedRepositoryError), gitprov.open_ledger(tmp_path):
        pass


def test_many_threads_may_each_open_the_ledger(here: Cli) -> None:
    states: list[gitprov.RecordState] = []

    def work() -> None:
        with gitprov.open_ledger(here.path) as ledger:
            states.append(ledger.append(DRAFT).state)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states == [gitprov.RecordState.RECORDED] * 4
    assert here("verify", "--json").json["records"] == {"run": 4}


def test_a_batch_that_comes_again_is_found_entry_by_entry(
    ledger: gitprov.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look for an entry goes through the ledger, so it is not a look for each record."""
    made = ledger.append_many([DRAFT] * 300)
    for _ in range(3):
        ledger.append(DRAFT)
    looks: list[str] = []

    def locate(reader: EntryReader, tip: str, path: str) -> ListedEntry | None:
        looks.append(path)
        return find_record.locate(reader, tip, path)

    monkeypatch.setattr(entry_finder, "locate", locate)
    again = ledger.append_many([ledger.get(receipt.run_id) for receipt in made])
    assert {receipt.state for receipt in again} == {"already-recorded"}
    assert [receipt.entry for receipt in again] == [receipt.entry for receipt in made]
    assert len(looks) == 1
