"""Policies (6.1): a policy that is accepted is canonical, and judging it never fails."""

from __future__ import annotations

from gitprov.codec.records import parse_record, to_bytes
from gitprov.errors import Code, GitprovError
from gitprov.guard.authority import check_identity
from gitprov.guard.globs import glob_matches
from gitprov.guard.policy_rules import check_policy, check_succession
from gitprov.model.policy import Policy
from tests.fuzz.target import ACCEPTED, Target, code_of, require

WORDS = (
    b'revoked:\n    from_height: 0\n    reason: "x"\n', b"  threshold: ", b"retention:\n",
    b'- "AI"\n', b'- "HUMAN"\n', b'  agents:\n  - "*"\n', b'"*?*?*"', b"version: 1\n",
    b'previous: "sha256:', b'"v1.0"', b'"v1.1"', b'"v2.0"', b"max_record_bytes: 4095\n",
    b'- "approval"\n', b"A" * 40, b"  kinds:\n", b'extensions:\n  a: "b"\n',
    b'- kind: "artifact"\n  minimum_days: 1\n', b"owners:\n",
)  # fmt: skip
_NAMES = ("", "*", "4_DOCUMENTS", "a" * 200)


def check(data: bytes) -> str:
    """Read any bytes as a policy; judge one that is accepted, with no certificate at all."""
    try:
        policy = parse_record(data, "policy")
    except GitprovError as reason:
        return code_of(reason)
    require(isinstance(policy, Policy), "another model came out")
    if isinstance(policy, Policy):
        require(to_bytes(policy) == data, "what was accepted is not canonical")
        _judge(policy)
    return ACCEPTED


def _judge(policy: Policy) -> None:
    findings = check_policy(policy, {}, 0)
    findings += check_succession(policy, "sha256:" + "0" * 64, policy, policy.version)
    for signer in policy.signers:
        findings += check_identity(signer, signer.name, signer.email)
        for pattern in signer.agents or ():
            matched = [glob_matches(pattern, name) for name in _NAMES]
            require(pattern != "*" or all(matched), "a star does not match everything")
    require(all(isinstance(finding.code, Code) for finding in findings), "an unknown code")


def target() -> Target:
    """The policy."""
    codes = frozenset({Code.RECORD_FORM, Code.LIMIT, Code.POLICY, Code.NEWER_SCHEMA})
    return Target("policy", check, codes, WORDS)
