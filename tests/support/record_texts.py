"""Records as the text that is in a ledger, written down independently of the codec."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

ALL_KINDS = (
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
WORK_KINDS = ALL_KINDS[:5]
JOB = "0b0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f1"
WORKFLOW = "9c9a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f2"
DIGEST = "6f" * 32


@dataclass(frozen=True)
class File:
    """A file for the tree, and what the entry's message says of it.

    Args:
        path: in the ledger's tree.
        text: its bytes.
        kind: ledger, policy, key, run, ...
        name: how the subject names it.
        label: for a run "<status> <agent> ".
        commits: code commits that a run names.
    """

    path: str
    text: bytes
    kind: str
    name: str
    label: str = ""
    commits: tuple[str, ...] = ()

    def edited(self, old: str | bytes, new: str | bytes) -> File:
        """Replace a part of the text, which must be there."""
        before = old.encode() if isinstance(old, str) else old
        after = new.encode() if isinstance(new, str) else new
        if before not in self.text:
            raise KeyError(old)
        return replace(self, text=self.text.replace(before, after, 1))

    def with_text(self, text: bytes) -> File:
        """Give it another text."""
        return replace(self, text=text)

    @property
    def digest(self) -> str:
        """The text's digest as plans name it."""
        return f"sha256:{hashlib.sha256(self.text).hexdigest()}"


def time_text(seconds: float) -> str:
    """Render a time as records do."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def uuid7(seconds: int, number: int) -> str:
    """Make a UUIDv7 of that time; different numbers make different ids."""
    digits = f"{seconds * 1000:012x}"
    return f"{digits[:8]}-{digits[8:]}-7e97-b00d-{number:012x}"


def path_of(kind: str, record_id: str) -> str:
    """Return the path that a record's id yields."""
    moment = datetime.fromtimestamp(int(record_id[:8] + record_id[9:13], 16) / 1000, UTC)
    folder = "enactments" if kind == "enactment" else f"{kind}s"
    return f"{folder}/{moment:%Y/%m/%d/%H/%M}/{record_id}.yaml"


@dataclass(frozen=True)
class Author:
    """Whose act a record states, when, and the number that makes its ids unique."""

    seconds: int
    number: int
    actor_kind: str = "HUMAN"


def _head(kind: str, record_id: str, author: Author) -> str:
    context = ""
    if author.actor_kind == "AI":
        context = f'  job_id: "{JOB}"\n  workflow_id: "{WORKFLOW}"\n'
    return (
        'schema_version: "v1.0"\n'
        f'kind: "{kind}"\n'
        f'{kind}_id: "{record_id}"\n'
        f'recorded_at: "{time_text(author.seconds)}"\n'
        "mutation:\n"
        f'  actor_kind: "{author.actor_kind}"\n'
        f"{context}"
        f'  edit_event_id: "5f0a5cf6-2df6-4b33-a6a2-{author.number:012x}"\n'
        f'  resource_id: "{kind}:{record_id}"\n'
    )


def _record(kind: str, record_id: str, author: Author, rest: str) -> File:
    text = (_head(kind, record_id, author) + rest).encode()
    return File(path_of(kind, record_id), text, kind, record_id)


def run(
    author: Author, *, agent: str = "4_DOCUMENTS", commits: Sequence[str] = (), more: str = ""
) -> File:
    """Write a run that succeeded.

    Args:
        author: who recorded it.
        agent: its agent_name.
        commits: code commits it names.
        more: the text of further fields, behind ``code_commits``.
    """
    run_id = uuid7(author.seconds, author.number)
    links = "".join(f'- commit: "{oid}"\n  tree: "{"3e" * 20}"\n' for oid in sorted(commits))
    rest = (
        f'agent_name: "{agent}"\n'
        f'started_at: "{time_text(author.seconds - 60)}"\n'
        f'finished_at: "{time_text(author.seconds - 1)}"\n'
        'status_before: "IN_PROGRESS"\n'
        'status_after: "CHECKED"\n'
        'run_status: "SUCCESS"\n'
        "input_context:\n"
        '  method: "files"\n'
        f'  digest: "{"8b" * 32}"\n'
        '  head_commit: "unborn"\n'
        "  dirty: false\n" + (f"code_commits:\n{links}" if commits else "") + more
    )
    made = _record("run", run_id, author, rest)
    return replace(made, label=f"SUCCESS {agent} ", commits=tuple(commits))


def state(author: Author, run_id: str) -> File:
    """Write one step of a run."""
    rest = (
        f'run_id: "{run_id}"\nagent_name: "4_DOCUMENTS"\nsequence: 0\nstatus: "WORKING"\n'
        f'started_at: "{time_text(author.seconds - 60)}"\n'
    )
    return _record("state", uuid7(author.seconds, author.number), author, rest)


def artifact(author: Author, sha256: str = DIGEST) -> File:
    """Write an artifact."""
    rest = (
        'agent_name: "4_DOCUMENTS"\nrole: "qa_report"\nmedia_type: "text/plain"\n'
        f'name: "report"\nsha256: "{sha256}"\nsize: 3\nstore: "files"\n'
    )
    return _record("artifact", uuid7(author.seconds, author.number), author, rest)


def amendment(author: Author, run_id: str, changes: str = "") -> File:
    """Write an amendment that withdraws a run, or changes it (the text of the changes)."""
    rest = f'run_id: "{run_id}"\naction: "{"AMEND" if changes else "WITHDRAW"}"\n'
    if changes:
        rest += f"changes:\n{changes}"
    rest += 'reason: "it was wrong"\n'
    return _record("amendment", uuid7(author.seconds, author.number), author, rest)


@dataclass(frozen=True)
class Plan:
    """What is proposed: its action, and the text of its plan at an indentation of two."""

    action: str
    text: str


def policy_change(version: int | None, digest: str, keys: Mapping[str, str]) -> Plan:
    """Plan a new policy (None: certificates only) and certificates (path -> digest)."""
    text = "" if version is None else f'  policy_version: {version}\n  policy_digest: "{digest}"\n'
    listed = "".join(f'    "{path}": "{keys[path]}"\n' for path in sorted(keys))
    return Plan("policy-change", text + (f"  keys:\n{listed}" if keys else "  keys: {}\n"))


def expunge(*digests: str) -> Plan:
    """Plan to delete payloads."""
    return Plan("expunge", "  artifacts:\n" + "".join(f'  - "{d}"\n' for d in sorted(digests)))


def withdraw_range(first: int, last: int) -> Plan:
    """Plan to mark acceptance heights as withdrawn."""
    return Plan("withdraw-range", f"  from_height: {first}\n  to_height: {last}\n")


def plan_digest(ledger_id: str, policy: int, plan: Plan) -> str:
    """Digest a plan with the ledger and policy it belongs to (6.2)."""
    text = (
        f'ledger_id: "{ledger_id}"\naction: "{plan.action}"\nbase_policy: {policy}\n'
        f"plan:\n{plan.text}"
    )
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def proposal(author: Author, ledger_id: str, policy: int, plan: Plan, expires: int) -> File:
    """Write a proposal that expires at that second."""
    rest = (
        f'action: "{plan.action}"\n'
        f"base_policy: {policy}\n"
        f"plan:\n{plan.text}"
        f'plan_digest: "{plan_digest(ledger_id, policy, plan)}"\n'
        'reason: "it is needed"\n'
        f'expires_at: "{time_text(expires)}"\n'
    )
    return _record("proposal", uuid7(author.seconds, author.number), author, rest)


def stated(file: File, field: str) -> str:
    """Return the text of a top-level field of a record."""
    line = next(ln for ln in file.text.decode().splitlines() if ln.startswith(f"{field}: "))
    return line.partition('"')[2].removesuffix('"')


def approval(author: Author, of: File, approver: str, decision: str = "APPROVE") -> File:
    """Write an approval of a proposal; its id has the proposal's time."""
    rest = (
        f'proposal_id: "{of.name}"\n'
        f'plan_digest: "{stated(of, "plan_digest")}"\n'
        f'approver: "{approver}"\n'
        f'decision: "{decision}"\n'
    )
    return _record("approval", of.name[:-12] + f"{author.number:012x}", author, rest)


def enactment(author: Author, of: File) -> File:
    """Write the enactment of a proposal."""
    rest = f'plan_digest: "{stated(of, "plan_digest")}"\n'
    return _record("enactment", of.name, author, rest)


def tombstone(author: Author, of: File) -> File:
    """Write the tombstone of a proposal to expunge."""
    return _record("tombstone", of.name, author, 'reason: "expunged"\n')


def ledger_document(ledger_id: str, seconds: int) -> File:
    """Write ledger.yaml."""
    text = (
        f'schema_version: "v1.0"\nkind: "ledger"\nledger_id: "{ledger_id}"\n'
        f'created_at: "{time_text(seconds)}"\n'
    )
    return File("ledger.yaml", text.encode(), "ledger", ledger_id)


@dataclass(frozen=True)
class Signer:
    """A signer of a policy; ``revoked_from`` is a height, None while the key counts."""

    name: str
    email: str
    key: str
    actor_kinds: tuple[str, ...] = ("HUMAN",)
    agents: tuple[str, ...] = ("*",)
    kinds: tuple[str, ...] = ALL_KINDS
    revoked_from: int | None = None

    def text(self) -> str:
        """Render the item of the list."""
        text = f'- name: "{self.name}"\n  email: "{self.email}"\n  key: "{self.key}"\n'
        for field, values in (
            ("actor_kinds", self.actor_kinds),
            ("agents", self.agents),
            ("kinds", self.kinds),
        ):
            text += f"  {field}:\n" + "".join(f'  - "{value}"\n' for value in values)
        if self.revoked_from is not None:
            text += f'  revoked:\n    from_height: {self.revoked_from}\n    reason: "lost"\n'
        return text


@dataclass(frozen=True)
class PolicyPlan:
    """A policy before it is written down.

    Args:
        threshold: how many persons decide.
        persons: name -> fingerprints.
        signers: the list of signers.
        max_record_bytes: the limit of a record.
    """

    threshold: int
    persons: Mapping[str, tuple[str, ...]]
    signers: tuple[Signer, ...]
    max_record_bytes: int = 262144

    def file(self, ledger_id: str, version: int, previous: str | None) -> File:
        """Write the policy."""
        owners = "".join(
            f'  - name: "{name}"\n    keys:\n' + "".join(f'    - "{key}"\n' for key in keys)
            for name, keys in self.persons.items()
        )
        text = (
            f'schema_version: "v1.0"\nkind: "policy"\nversion: {version}\n'
            f'ledger_id: "{ledger_id}"\n'
            + ("" if previous is None else f'previous: "{previous}"\n')
            + f"owners:\n  threshold: {self.threshold}\n  persons:\n{owners}signers:\n"
            + "".join(signer.text() for signer in self.signers)
            + f"rules:\n  max_record_bytes: {self.max_record_bytes}\n"
        )
        return File(f"policy/{version:04d}.yaml", text.encode(), "policy", f"{version:04d}")

    def with_signer(self, signer: Signer) -> PolicyPlan:
        """Add a signer, or replace the one of the same key."""
        kept = [s for s in self.signers if s.key != signer.key]
        place = next((n for n, s in enumerate(self.signers) if s.key == signer.key), len(kept))
        return replace(self, signers=(*kept[:place], signer, *kept[place:]))


def certificate(fingerprint: str, number: int, text: bytes) -> File:
    """Name a certificate file."""
    name = f"{fingerprint}/{number:04d}"
    return File(f"keys/{name}.asc", text, "key", name)
