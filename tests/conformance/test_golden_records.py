"""One record of every kind and version stays readable for ever.

The golden files hold every field. They are never made again: their digests are fixed here. A
version that gained optional fields before any release (2.4) has a second file with them.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from gitprov.codec.canonical import parse
from gitprov.codec.json_schema import json_schema
from gitprov.codec.records import parse_record, to_bytes
from gitprov.codec.versions import CURRENT, VERSIONS
from tests.support.json_schema import schema_problems

GOLDEN = Path(__file__).resolve().parents[1] / "data" / "golden"
DIGESTS = {
    ("ledger", "v1.0"): "8289cf677254f60fc64de8e438612d3c35590ebc1992f708c5e9ebc171a8e60c",
    ("policy", "v1.0"): "744ad1c001408ff00114364c5c93874e917337c8db27b61adf20de3bd040f020",
    ("run", "v1.0"): "26d95aff1b147e083a06cb1e3a5f0d805f2e95142e8fc9924996cb68a4c5f228",
    ("state", "v1.0"): "1e937e44e9ec9f939120c07945fd99ffab7decf22d36f4eac136986c4fa47913",
    ("artifact", "v1.0"): "4ee30c49e5563a1b1831fb62ec766c2d5fe7fd2997ffd79c537bd3d8708f5503",
    ("log", "v1.0"): "0d47d6459014bbe9ff61c63cb2a1983e8944b865bedd7162e3fc0c4d667bf3eb",
    ("amendment", "v1.0"): "5192aa72dc5c8c27a1e6f21e273da87338603bd68712c79b92cf7b314ef947e7",
    ("proposal", "v1.0"): "98bc17b8257031457f1934d3adcaafa372aec9148fd03d05fc64daa9fd5ddb77",
    ("approval", "v1.0"): "a94e2ceb8131c6788b469d1b6eacfd5fd0302792f8fef528674d77cd74d3702e",
    ("enactment", "v1.0"): "e6511d8a7dc28646007265800c8a607f2c87b2bce584812061a62803e4b239b3",
    ("tombstone", "v1.0"): "cace3ea295c4e9b1c2c24d77678a22c2e70d413c54a4764b2e826f5a476ba384",
}
LATER = {("run", "v1.0"): "515e7d85e7f8af071cf1dafdfbf02c99ba570fd3a704da452d301f42054ee693"}
"""The second files: the fields of the first and those gained since."""


def golden(kind: str, version: str) -> bytes:
    return (GOLDEN / f"{kind}-{version}.yaml").read_bytes()


def test_every_version_has_a_golden_file_and_no_file_is_forgotten() -> None:
    assert set(DIGESTS) == set(VERSIONS)
    later = {f"{kind}-{version}-later.yaml" for kind, version in LATER}
    assert {path.name for path in GOLDEN.iterdir()} == {
        f"{kind}-{version}.yaml" for kind, version in VERSIONS
    } | later


@pytest.mark.parametrize(("kind", "version"), DIGESTS)
def test_a_golden_file_never_changes(kind: str, version: str) -> None:
    assert sha256(golden(kind, version)).hexdigest() == DIGESTS[kind, version]


@pytest.mark.parametrize(("kind", "version"), LATER)
def test_a_later_golden_file_never_changes_and_adds_to_the_first(kind: str, version: str) -> None:
    later = golden(kind, f"{version}-later")
    assert sha256(later).hexdigest() == LATER[kind, version]
    assert parse(golden(kind, version)).items() <= parse(later).items()


@pytest.mark.parametrize(
    ("kind", "version", "file"),
    [(k, v, v) for k, v in DIGESTS] + [(k, v, f"{v}-later") for k, v in LATER],
)
def test_a_golden_record_is_read(kind: str, version: str, file: str) -> None:
    data = golden(kind, file)
    document = parse_record(data, kind)
    assert document.schema_version == CURRENT
    assert yaml.safe_load(data) == parse(data)
    if version == CURRENT:
        assert to_bytes(document) == data
        assert schema_problems(document.to_mapping(), json_schema(kind)) == []


@pytest.mark.parametrize("kind", [kind for kind, version in VERSIONS if version == CURRENT])
def test_a_golden_record_of_the_current_version_has_every_field(kind: str) -> None:
    newest = f"{CURRENT}-later" if (kind, CURRENT) in LATER else CURRENT
    mapping = parse(golden(kind, newest))
    assert list(mapping) == list(json_schema(kind)["properties"])
