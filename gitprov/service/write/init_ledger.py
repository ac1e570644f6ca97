"""Makes a ledger: its id, its first policy, its owner's certificate, signed by the owner."""

from __future__ import annotations

from dataclasses import dataclass

from gitprov.codec.message import FileFacts
from gitprov.codec.records import build, to_bytes
from gitprov.errors import Code, RecordError, RefMovedError
from gitprov.model.ids import GENESIS_KINDS, RECORD_KINDS, key_path, policy_path
from gitprov.model.policy import MAX_RECORD_BYTES, Policy, SignerRule
from gitprov.model.times import format_time
from gitprov.service.ledger.view import LedgerView
from gitprov.service.ports.clock import Ids
from gitprov.service.ports.writing import WriterLock
from gitprov.service.write.append_entry import AppendPorts, EntryAppender, NewFile

AGENT_KINDS = ("run", "state", "artifact", "log", "amendment")


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """A key for the first policy.

    Args:
        name: the signer's name.
        email: the signer's email.
        fingerprint: of the primary key.
        certificate: the certificate file.
    """

    name: str
    email: str
    fingerprint: str
    certificate: bytes


@dataclass(frozen=True, slots=True)
class InitResult:
    """The ledger that init found or made.

    Args:
        ledger_id: the ledger.
        genesis: object id of its first entry.
        created: False if another process made it in the meantime.
    """

    ledger_id: str
    genesis: str
    created: bool


def first_policy(ledger_id: str, owner: LedgerKey, agent: LedgerKey | None) -> Policy:
    """Make policy 0001: one owner, and a key of its own for agents if there is one.

    Args:
        ledger_id: the ledger.
        owner: signs HUMAN records and governance; without an agent key everything.
        agent: signs AI and SYSTEM records.
    """
    human = ["HUMAN"] if agent is not None else ["HUMAN", "AI", "SYSTEM"]
    signers = [_signer(owner, human, RECORD_KINDS)]
    if agent is not None:
        signers.append(_signer(agent, ["AI", "SYSTEM"], AGENT_KINDS))
    mapping = {
        "schema_version": "v1.0",
        "kind": "policy",
        "version": 1,
        "ledger_id": ledger_id,
        "owners": {
            "threshold": 1,
            "persons": [{"name": owner.name, "keys": [owner.fingerprint]}],
        },
        "signers": signers,
        "rules": {"max_record_bytes": MAX_RECORD_BYTES},
    }
    policy = build(mapping, "policy")
    if not isinstance(policy, Policy):
        raise RecordError(Code.POLICY, "the first policy could not be made")
    return policy


def _signer(key: LedgerKey, actor_kinds: list[str], kinds: tuple[str, ...]) -> dict[str, object]:
    return {
        "name": key.name,
        "email": key.email,
        "key": key.fingerprint,
        "actor_kinds": actor_kinds,
        "agents": ["*"],
        "kinds": list(kinds),
    }


class LedgerFounder:
    """Makes the genesis of a ledger that does not exist yet.

    Args:
        view: reads the repository.
        ids: makes the ledger's id.
    """

    def __init__(
        self, ports: AppendPorts, view: LedgerView, lock: WriterLock, ids: Ids, ref: str
    ) -> None:
        self._ports = ports
        self._view = view
        self._lock = lock
        self._ids = ids
        self._ref = ref

    def found(self, owner: LedgerKey, agent: LedgerKey | None) -> InitResult | None:
        """Make the genesis; None if there is a ledger at the ref by now.

        Raises:
            GitprovError: as EntryAppender.append.
        """
        ledger_id = self._ids.uuid4()
        policy = first_policy(ledger_id, owner, agent)
        files = self._files(ledger_id, policy, [owner] if agent is None else [owner, agent])
        signer = next(s for s in policy.signers if s.key == owner.fingerprint)
        return self._append(ledger_id, signer, files)

    def _append(
        self, ledger_id: str, signer: SignerRule, files: list[NewFile]
    ) -> InitResult | None:
        appender = EntryAppender(self._ports, self._view, self._ref)
        with self._lock.hold(10.0):
            if self._ports.refs.get(self._ref) is not None:
                return None
            try:
                entry = appender.append(None, 1, signer, files)
            except RefMovedError:
                return None
        return InitResult(ledger_id, entry.oid, created=True)

    def _files(self, ledger_id: str, policy: Policy, keys: list[LedgerKey]) -> list[NewFile]:
        document = {
            "schema_version": "v1.0",
            "kind": GENESIS_KINDS[0],
            "ledger_id": ledger_id,
            "created_at": format_time(self._ports.clock.now_ms()),
        }
        ledger = to_bytes(build(document, "ledger"))
        files = [
            NewFile("ledger.yaml", ledger, FileFacts("ledger.yaml", "ledger", ledger_id)),
            NewFile(policy_path(1), to_bytes(policy), FileFacts(policy_path(1), "policy", "0001")),
        ]
        for key in keys:
            path = key_path(key.fingerprint, 1)
            facts = FileFacts(path, "key", f"{key.fingerprint}/0001")
            files.append(NewFile(path, key.certificate, facts))
        return files
