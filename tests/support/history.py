"""Builds real ledgers entry by entry, honest or not, so that an attack takes three lines.

Everything is written without gitprov: objects byte for byte, signatures by gpg, message and
chain by the few lines below. What gitprov then says of the ledger is its own.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support import record_texts as texts
from tests.support.people import HOUR, START, People
from tests.support.raw_objects import RawObjects
from tests.support.record_texts import Author, File, Plan, PolicyPlan, Signer

LEDGER = "refs/gitprov/ledger"
LEDGER_ID = "4d0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7bb"
OTHER_ID = "0d0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7bb"
OWNERS = ("o1", "o2", "o3")
_STEP = 60


@dataclass(frozen=True)
class Claims:
    """What an entry says of its place: its children build on it."""

    height: int
    chain: str
    seconds: int
    policy: int


@dataclass
class Draft:
    """An entry that is not signed yet; every part may be changed before it is.

    Args:
        tree: the root tree.
        parents: as they will be in the header.
        author: the author line less its keyword.
        committer: the committer line less its keyword.
        message: the message.
        claims: its own place.
        by: whose key will sign.
        at: the signature's time, Unix seconds.
    """

    tree: str
    parents: tuple[str, ...]
    author: bytes
    committer: bytes
    message: bytes
    claims: Claims
    by: str
    at: int

    @property
    def headers(self) -> bytes:
        """The header lines without a signature."""
        lines = [b"tree " + self.tree.encode()]
        lines += [b"parent " + parent.encode() for parent in self.parents]
        lines += [b"author " + self.author, b"committer " + self.committer]
        return b"\n".join(lines) + b"\n"

    @property
    def payload(self) -> bytes:
        """What an honest signer signs."""
        return self.headers + b"\n" + self.message


def gpgsig(block: bytes) -> bytes:
    """Render a signature as the header line that carries it."""
    return b"gpgsig " + block.replace(b"\n", b"\n ") + b"\n"


class HistoryBuilder:
    """One ledger in a bare repository.

    Args:
        path: the repository.
        people: the keys.
        objects: its objects.
    """

    def __init__(self, path: Path, people: People, objects: RawObjects | None = None) -> None:
        self.path = path
        self.people = people
        self.objects = objects or RawObjects(path)
        self.claims: dict[str, Claims] = {}
        self.trees: dict[str, str] = {}
        self.tip = ""
        self.old = ""
        self.ledger_id = LEDGER_ID
        self.policy = PolicyPlan(1, {}, ())
        self.policy_file = File("", b"", "policy", "")
        self.seconds = START
        self.now = START + 12 * HOUR
        self.count = 0

    @classmethod
    def in_new_repository(cls, path: Path, people: People) -> HistoryBuilder:
        """Make a bare repository with no ledger in it yet."""
        argv = ["git", "init", "--quiet", "--bare", "--template=", "-b", "main", str(path)]
        subprocess.run(argv, check=True)
        return cls(path, people)

    def copy(self, path: Path) -> HistoryBuilder:
        """Copy ledger and builder; what happens to the copy does not reach the original."""
        shutil.copytree(self.path, path)
        twin = HistoryBuilder(path, self.people, RawObjects(path, self.objects.known))
        for name in ("tip", "old", "ledger_id", "policy", "policy_file", "seconds", "now", "count"):
            setattr(twin, name, getattr(self, name))
        twin.claims = dict(self.claims)
        twin.trees = dict(self.trees)
        return twin

    # ------------------------------------------------------------------ records

    def author(self, by: str = "alice", *, actor_kind: str = "") -> Author:
        """Say who records now, and count on, so that every id is new."""
        self.count += 1
        kind = actor_kind or ("AI" if by == "bot" else "HUMAN")
        return Author(self.seconds, self.count, kind)

    def run(self, by: str = "alice", *, agent: str = "4_DOCUMENTS", more: str = "") -> File:
        """Write a new run of that person or machine."""
        return texts.run(self.author(by), agent=agent, more=more)

    def signer(self, label: str, **rights: tuple[str, ...]) -> Signer:
        """Describe a key as a policy lists it: every right, but for what is given."""
        key = self.people.ring[label]
        signer = Signer(key.name, key.email, key.fingerprint)
        return replace(signer, **rights)  # type: ignore[arg-type]  # field names with their values

    def certificate(self, label: str, number: int = 1, moment: str = "") -> File:
        """Return a certificate file of a key, as it was at some moment."""
        text = self.people.certificates[f"{label} {moment}".strip()]
        return texts.certificate(self.people.fingerprint(label), number, text)

    # ------------------------------------------------------------------ entries

    def draft(
        self,
        *files: File,
        by: str = "alice",
        on: str | None = None,
        merge: str | None = None,
        tree: str | None = None,
        seconds: int | None = None,
        policy: int | None = None,
    ) -> Draft:
        """Render an honest entry.

        Args:
            files: what it adds.
            by: who signs.
            on: its first parent; the tip if absent, none if empty.
            merge: its second parent.
            tree: its root tree where that is not the parent's with the files added.
            seconds: its time; the builder's clock if absent.
            policy: the number of the policy it claims to be under.
        """
        first = self.tip if on is None else on
        parents = tuple(oid for oid in (first, merge) if oid)
        before = [self.claims[oid] for oid in parents]
        root = tree
        if root is None:
            root = self._union(first, merge) if merge else self.trees.get(first)
            for file in files:
                root = self.objects.add(root, file.path, self.objects.put("blob", file.text))
        key = self.people.ring[by]
        when = self.seconds if seconds is None else seconds
        height = 1 + max((claims.height for claims in before), default=-1)
        lines = [f"{self.ledger_id} {height} {when} {key.fingerprint}\n"]
        lines += [f"{claims.chain}\n" for claims in before]
        lines += sorted(f"{f.path} {f.digest.removeprefix('sha256:')}\n" for f in files)
        chain = hashlib.sha256(("gitprov-chain-v1\n" + "".join(lines)).encode()).hexdigest()
        number = policy or (before[0].policy if before else 1)
        claims = Claims(height, chain, when, number)
        message = self.message(files, claims, merge)
        who = f"{key.name} <{key.email}> {when} +0000".encode()
        return Draft(root or "", parents, who, who, message, claims, by, when)

    def _union(self, first: str, second: str) -> str:
        root = self.trees[first]
        ours = self.objects.files(root)
        for path, oid in self.objects.files(self.trees[second]).items():
            if path not in ours:
                root = self.objects.add(root, path, oid)
        return root

    def message(self, files: Sequence[File], claims: Claims, merge: str | None) -> bytes:
        """Render the message that belongs to this content (2.8)."""
        listed = sorted(files, key=lambda file: file.path)
        runs = [file.name for file in listed if file.kind == "run"]
        commits = sorted({oid for file in listed for oid in file.commits})
        lines = [
            _subject(listed, merge),
            "",
            f"Gitprov-Ledger: {self.ledger_id}",
            f"Gitprov-Height: {claims.height}",
            f"Gitprov-Chain: sha256:{claims.chain}",
            f"Gitprov-Policy: {claims.policy}",
        ]
        lines += [f"Run-Id: {run}" for run in runs if len(runs) <= 20]
        lines += [f"Code-Commit: {oid}" for oid in commits if len(commits) <= 20]
        return "\n".join([*lines, ""]).encode()

    def sign(
        self, payload: bytes, by: str, *options: str, at: int | None = None, key: str = ""
    ) -> bytes:
        """Sign with gpg at that time; return the armoured block.

        Args:
            payload: what to sign.
            by: whose key.
            options: further options of gpg.
            at: Unix seconds; the builder's clock if absent.
            key: fingerprint of the very subkey.
        """
        when = self.seconds if at is None else at
        return self.people.ring.sign(payload, by, *options, at=when, by=key)

    def commit(self, draft: Draft, block: bytes | None = None) -> str:
        """Sign a draft (or take a block made elsewhere) and make it the tip."""
        signature = self.sign(draft.payload, draft.by, at=draft.at) if block is None else block
        return self.land(draft.headers + gpgsig(signature) + b"\n" + draft.message, draft)

    def land(self, raw: bytes, draft: Draft) -> str:
        """Write a commit of any bytes and make it the tip; children take it for the draft."""
        oid = self.objects.put("commit", raw)
        self.claims[oid] = draft.claims
        self.trees[oid] = draft.tree
        self.tip = oid
        self.seconds = max(self.seconds, draft.claims.seconds) + _STEP
        return oid

    def append(self, *files: File, by: str = "alice", on: str | None = None) -> str:
        """Append an honest entry; return it."""
        return self.commit(self.draft(*files, by=by, on=on))

    def merge(self, second: str, by: str = "alice", on: str | None = None) -> str:
        """Merge another line of entries into the tip; return the merge."""
        return self.commit(self.draft(by=by, on=on, merge=second))

    def branch(self, *files: File, by: str = "alice", on: str | None = None) -> str:
        """Append an entry beside the tip, which stays; return it."""
        tip = self.tip
        made = self.append(*files, by=by, on=on)
        self.tip = tip
        return made

    def forget(self) -> None:
        """Begin again: the next entry is a genesis, and none was accepted before."""
        self.tip = self.old = ""
        self.claims.clear()

    def rewind(self, oid: str) -> None:
        """Go on from an earlier entry."""
        self.tip = oid

    # ------------------------------------------------------------------ governance

    def found(self, policy: PolicyPlan, certificates: Sequence[File], by: str = "o1") -> str:
        """Make the genesis."""
        document = texts.ledger_document(self.ledger_id, self.seconds)
        self.policy = policy
        self.policy_file = policy.file(self.ledger_id, 1, None)
        return self.append(document, self.policy_file, *certificates, by=by, on="")

    def next_policy(self, policy: PolicyPlan) -> File:
        """Write the policy that would follow the one in force."""
        version = int(self.policy_file.name) + 1
        return policy.file(self.ledger_id, version, self.policy_file.digest)

    def propose(self, plan: Plan, by: str = "o1", *, expires: int | None = None) -> File:
        """Write a proposal for the policy in force."""
        end = self.seconds + 24 * HOUR if expires is None else expires
        number = int(self.policy_file.name)
        return texts.proposal(self.author(by), self.ledger_id, number, plan, end)

    def approve(self, proposal: File, by: str, decision: str = "APPROVE") -> File:
        """Write an owner's approval."""
        author = self.author(by)
        return texts.approval(author, proposal, self.people.fingerprint(by), decision)

    def carry(self, plan: Plan, approvers: Sequence[str] = ("o1", "o2")) -> File:
        """Append a proposal and its approvals, each by its owner; return the proposal."""
        proposal = self.propose(plan)
        self.append(proposal, by="o1")
        for owner in approvers:
            self.append(self.approve(proposal, owner), by=owner)
        return proposal

    def change(
        self,
        policy: PolicyPlan | None,
        *certificates: File,
        approvers: Sequence[str] = ("o1", "o2"),
        by: str = "o1",
    ) -> str:
        """Change policy, certificates or both by the book; return the enacting entry."""
        effect, plan = self.planned(policy, *certificates)
        proposal = self.carry(plan, approvers)
        return self.enact(proposal, *effect, by=by)

    def planned(self, policy: PolicyPlan | None, *certificates: File) -> tuple[list[File], Plan]:
        """Return the files of a change and the plan that describes them."""
        keys = {file.path: file.digest for file in certificates}
        if policy is None:
            return [*certificates], texts.policy_change(None, "", keys)
        file = self.next_policy(policy)
        plan = texts.policy_change(int(file.name), file.digest, keys)
        return [file, *certificates], plan

    def enact(self, proposal: File, *effect: File, by: str = "o1") -> str:
        """Append the enactment of a proposal with its effect."""
        oid = self.append(texts.enactment(self.author(by), proposal), *effect, by=by)
        for file in effect:
            if file.kind == "policy":
                self.policy_file = file
                self.claims[oid] = replace(self.claims[oid], policy=int(file.name))
        return oid


def _subject(files: Sequence[File], merge: str | None) -> str:
    if merge is not None:
        return f"merge {merge[:12]}"
    for kind in ("ledger", "policy"):
        for file in files:
            if file.kind == kind:
                return f"{kind} {file.name}"
    if len(files) == 1:
        return f"{files[0].kind} {files[0].label}{files[0].name}"
    kinds = ("ledger", "policy", "key", *texts.ALL_KINDS)
    counts = [(sum(file.kind == kind for file in files), kind) for kind in kinds]
    listed = ", ".join(f"{count} {kind}" for count, kind in counts if count)
    return f"{len(files)} records: {listed}"


def found_usual(path: Path, people: People) -> HistoryBuilder:
    """Build the ledger that most attacks begin with.

    Owners o1 to o3, of whom two decide; alice, a person; bot, a machine that may record runs of
    the agents 4_*; passing, whose key expires. One run of alice's and one of bot's.
    """
    builder = HistoryBuilder.in_new_repository(path, people)
    builder.found(*usual_rules(builder))
    builder.append(builder.run("alice"))
    builder.append(builder.run("bot"), by="bot")
    builder.old = builder.tip
    return builder


def usual_rules(builder: HistoryBuilder) -> tuple[PolicyPlan, list[File]]:
    """Return the usual first policy and its certificates."""
    signers = [builder.signer(owner) for owner in OWNERS]
    signers.append(builder.signer("alice", kinds=(*texts.WORK_KINDS, "proposal")))
    rights = {"actor_kinds": ("AI", "SYSTEM"), "agents": ("4_*",), "kinds": texts.WORK_KINDS}
    signers += [builder.signer("bot", **rights), builder.signer("passing", kinds=texts.WORK_KINDS)]
    persons = {owner: (builder.people.fingerprint(owner),) for owner in OWNERS}
    labels = (*OWNERS, "alice", "bot", "passing")
    return PolicyPlan(2, persons, tuple(signers)), [builder.certificate(each) for each in labels]
