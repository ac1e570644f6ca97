"""A draft gets what docs/schema-reference.md says in its column "when drafting"."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from gitprov.model.kinds import MODELS
from tests.support.cli_world import Cli
from tests.support.sample_records import sample
from tests.support.schema_facts import FACTS

FLAG = re.compile(r"--[a-z-]+")
KINDS = ("run", "state", "artifact", "log", "amendment")


def drafted(cli: Cli, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Record what a draft must say itself, and nothing else; return draft and record."""
    whole = sample(kind)
    must = {
        place
        for place, fact in FACTS[MODELS[kind].__name__].items()
        if fact.drafting == "-" or (FLAG.search(fact.drafting) and "both now" not in fact.drafting)
    }
    draft = {name: value for name, value in whole.items() if name in must}
    ended = cli(
        *("record", "--kind", kind, "-", "--actor", "human", "--dry-run"), stdin=yaml.dump(draft)
    )
    assert ended.code == 0, ended
    return draft, yaml.safe_load(ended.out)


@pytest.mark.parametrize("kind", KINDS)
def test_a_draft_gets_what_the_reference_says_and_nothing_else(cli: Cli, kind: str) -> None:
    draft, record = drafted(cli, kind)
    facts = {**FACTS["head"], **FACTS[MODELS[kind].__name__]}
    filled = {
        place.replace("<kind>", kind)
        for place, fact in facts.items()
        if "." not in place and fact.drafting != "-" and not FLAG.search(fact.drafting)
    }
    times = {"started_at", "finished_at"} if kind == "run" else set()
    assert set(record) - set(draft) == filled | times
    assert (record["schema_version"], record["kind"]) == ("v1.0", kind)


def test_the_parts_that_are_computed_are_there(cli: Cli) -> None:
    _, record = drafted(cli, "run")
    computed = {
        place.partition(".")[2]
        for place in FACTS["RunRecord"]
        if place.startswith("input_context.")
    }
    assert set(record["input_context"]) == computed
    assert record["input_context"]["method"] == "composite"
    assert set(record["mutation"]) == {"actor_kind", "edit_event_id", "resource_id"}
    assert record["started_at"] == record["finished_at"]
    assert record["mutation"]["edit_event_id"][14] == "4"


def test_every_flag_of_a_field_is_one_of_record_and_none_is_missing(cli: Cli) -> None:
    told = {
        flag
        for name in ("RunRecord", "FileRef", "CodeCommit", "Mutation")
        for fact in FACTS[name].values()
        for flag in FLAG.findall(fact.drafting)
    }
    usage = cli("record", "--help").out.partition("  --batch")[0]
    offered = set(re.findall(r"^  (--[a-z-]+)", usage, re.MULTILINE))
    assert told == offered


def test_the_first_policy_is_what_the_reference_says(cli: Cli) -> None:
    policy = yaml.safe_load(cli.git("show", "refs/gitprov/ledger:policy/0001.yaml"))
    facts = FACTS["Policy"]
    assert str(policy["version"]) == facts["version"].drafting
    assert str(policy["owners"]["threshold"]) == facts["owners.threshold"].drafting
    assert str(policy["rules"]["max_record_bytes"]) == facts["rules.max_record_bytes"].drafting
    owner, agent = policy["signers"]
    assert facts["signers[].agents"].drafting == f"`{owner['agents'][0]}`"
    assert facts["signers[].actor_kinds"].drafting == (
        f"{owner['actor_kinds'][0]} for the owner; {' and '.join(agent['actor_kinds'])} "
        "for the agent key"
    )
    assert facts["signers[].kinds"].drafting == (
        f"owner: all; agent key: {', '.join(agent['kinds'])}"
    )
    assert len(owner["kinds"]) == 9
    assert "retention" not in policy
