"""A record's id yields its path, and a path is accepted only if an id yields it."""

from __future__ import annotations

import pytest

from gitprov.errors import Code, RecordError
from gitprov.model.ids import (
    GENESIS_KINDS,
    KIND_FOLDERS,
    KIND_ORDER,
    RECORD_KINDS,
    key_path,
    parse_path,
    policy_path,
    record_path,
    uuid7_ms,
)
from gitprov.model.kinds import MODELS
from tests.support.sample_records import short

RUN = "01a1c506-70fb-7e97-b00d-1c0ffee00123"
FPR = "27F2F28E561C69A7E50A471AD5DC639308F50E65"
FOLDER = "2026/11/10/10/34"


def test_the_order_of_kinds_is_that_of_the_messages() -> None:
    assert KIND_ORDER == (
        "ledger",
        "policy",
        "key",
        "run",
        "state",
        "artifact",
        "log",
        "amendment",
        "proposal",
        "approval",
        "enactment",
        "tombstone",
    )
    assert KIND_ORDER == GENESIS_KINDS + RECORD_KINDS
    assert set(MODELS) == set(KIND_ORDER) - {"key"}


@pytest.mark.parametrize("kind", RECORD_KINDS)
def test_each_kind_has_its_folder(kind: str) -> None:
    path = f"{kind}s/{FOLDER}/{RUN}.yaml"
    assert record_path(kind, RUN) == path
    assert parse_path(path) == (kind, RUN)
    assert KIND_FOLDERS[kind] == f"{kind}s"


@pytest.mark.parametrize(
    ("kind", "name", "path"),
    [
        ("ledger", "", "ledger.yaml"),
        ("policy", "0001", "policy/0001.yaml"),
        ("policy", "9999", "policy/9999.yaml"),
        ("key", f"{FPR}/0001", f"keys/{FPR}/0001.asc"),
    ],
)
def test_documents_that_are_no_records(kind: str, name: str, path: str) -> None:
    assert record_path(kind, name) == path
    assert parse_path(path) == (kind, name)


def test_numbers_have_four_digits() -> None:
    assert policy_path(1) == "policy/0001.yaml"
    assert key_path(FPR, 9999) == f"keys/{FPR}/9999.asc"


@pytest.mark.parametrize("number", [0, -1, 10_000])
def test_numbers_beyond_four_digits_have_no_path(number: int) -> None:
    with pytest.raises(RecordError) as caught:
        policy_path(number)
    assert caught.value.code is Code.SCHEMA
    with pytest.raises(RecordError):
        key_path(FPR, number)


def test_a_key_path_needs_a_full_fingerprint() -> None:
    with pytest.raises(RecordError):
        key_path(FPR.lower(), 1)


@pytest.mark.parametrize(
    ("record_id", "ms"),
    [
        ("00000000-0000-7000-8000-000000000001", 0),
        (RUN, 1_794_306_896_123),
        ("e677d21f-dbff-7fff-bfff-ffffffffffff", 253_402_300_799_999),
    ],
)
def test_the_first_48_bits_are_milliseconds(record_id: str, ms: int) -> None:
    assert uuid7_ms(record_id) == ms


@pytest.mark.parametrize(
    "record_id",
    [
        "",
        RUN.upper(),
        RUN.replace("-", ""),
        RUN + "\n",
        " " + RUN,
        RUN[:-1],
        RUN + "0",
        "01a1c506-70fb-4e97-b00d-1c0ffee00123",
        "01a1c506-70fb-7e97-c00d-1c0ffee00123",
        "01a1c506-70fb-7e97-700d-1c0ffee00123",
        "e677d21f-dc00-7000-8000-000000000000",
        "ffffffff-ffff-7fff-bfff-ffffffffffff",
        "٠1a1c506-70fb-7e97-b00d-1c0ffee00123",
        "../../etc/passwd",
        "x" * 100_000,
    ],
    ids=short,
)
def test_anything_else_is_no_record_id(record_id: str) -> None:
    with pytest.raises(RecordError) as caught:
        uuid7_ms(record_id)
    assert caught.value.code is Code.SCHEMA
    assert len(caught.value.message) < 200
    with pytest.raises(RecordError):
        record_path("run", record_id)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("ledger", "x"),
        ("policy", "1"),
        ("policy", "0000"),
        ("policy", "00001"),
        ("policy", "0001\n"),
        ("key", f"{FPR}/0000"),
        ("key", f"{FPR}"),
        ("key", f"{FPR.lower()}/0001"),
        ("key", f"{FPR[:-1]}/0001"),
        ("runs", RUN),
        ("", ""),
    ],
)
def test_no_path_follows_from_other_names(kind: str, name: str) -> None:
    with pytest.raises(RecordError):
        record_path(kind, name)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "ledger.yml",
        "Ledger.yaml",
        "ledger.yaml/",
        "ledger.yaml\n",
        "policy/0000.yaml",
        "policy/1.yaml",
        "policy/00001.yaml",
        "policy/0001.yml",
        "policy/0001.asc",
        "policy/٠٠٠١.yaml",
        f"keys/{FPR}/0000.asc",
        f"keys/{FPR}/0001.yaml",
        f"keys/{FPR.lower()}/0001.asc",
        f"keys/{FPR}.asc",
        f"runs/{RUN}.yaml",
        f"run/{FOLDER}/{RUN}.yaml",
        f"keys/{FOLDER}/{RUN}.yaml",
        f"Runs/{FOLDER}/{RUN}.yaml",
        f"runs/{FOLDER}/{RUN}.yml",
        f"runs/{FOLDER}/{RUN}.yaml\n",
        f"runs/{FOLDER}/{RUN.upper()}.yaml",
        f"runs//{FOLDER}/{RUN}.yaml",
        f"/runs/{FOLDER}/{RUN}.yaml",
        f"x/runs/{FOLDER}/{RUN}.yaml",
        f"runs/2026/11/10/10/35/{RUN}.yaml",
        f"runs/2026/11/10/10/{RUN}.yaml",
        f"runs/2026/11/10/10/34/00/{RUN}.yaml",
        f"runs/2026/11/10/10/034/{RUN}.yaml",
        f"runs/26/11/10/10/34/{RUN}.yaml",
        f"runs/{FOLDER}/01a1c506-70fb-4e97-b00d-1c0ffee00123.yaml",
        "runs/9999/12/31/23/59/ffffffff-ffff-7fff-bfff-ffffffffffff.yaml",
        f"runs/{FOLDER}/../{RUN}.yaml",
        f"runs/{FOLDER}/{RUN}.yaml::$DATA",
        "CON",
    ],
    ids=short,
)
def test_t13_a_path_that_no_id_yields_is_no_path(path: str) -> None:
    assert parse_path(path) is None
