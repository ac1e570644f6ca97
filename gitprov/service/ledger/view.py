"""Reads a ledger's commits, trees, files and authority; remembers what it just read."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from gitprov.codec.chain import sha256_hex
from gitprov.codec.commit import COMMIT_LIMIT
from gitprov.codec.records import parse_record
from gitprov.errors import Code, GitprovError, RecordError, StorageError
from gitprov.gitraw.item import FILE, FOLDER, TREE_LIMIT
from gitprov.gitraw.tree import Tree, parse_tree
from gitprov.guard.limits import FILE_LIMIT
from gitprov.model.entry import CertificateFacts
from gitprov.model.policy import Policy
from gitprov.service.ports.objects import ObjectReader
from gitprov.service.ports.signatures import SignatureEngine

_T = TypeVar("_T")
_TREES_KEPT = 512
_LARGE_TREE = 4096
_AUTHORITIES_KEPT = 64
# Whatever else a bad tree holds in these places is refused where it is added.
_POLICY_NAME = re.compile(r"[0-9]{4}\.yaml")
_CERTIFICATE_NAME = re.compile(r"[0-9]{4}\.asc")
_KEY_NAME = re.compile(rb"[0-9A-F]{40}")


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate file: its number, its bytes, and what they say."""

    number: int
    armoured: bytes
    facts: CertificateFacts


@dataclass(frozen=True, slots=True)
class Authority:
    """The policy in force and the newest certificate of each key, from one tree.

    Args:
        policy: the highest policy.
        digest: ``sha256:<hex>`` of its file.
        certificates: primary fingerprint -> newest file.
        issuers: fingerprint and key id of every key in them -> primary fingerprint.
        earlier: primary fingerprint -> (number, object id) of its older files, newest first.
    """

    policy: Policy
    digest: str
    certificates: Mapping[str, Certificate]
    issuers: Mapping[str, str]
    earlier: Mapping[str, Sequence[tuple[int, str]]] = field(default_factory=dict)

    @property
    def facts(self) -> dict[str, CertificateFacts]:
        """Primary fingerprint -> facts of its newest certificate."""
        return {key: certificate.facts for key, certificate in self.certificates.items()}

    def signing_keys(self, key: str, seconds: int) -> tuple[str, ...]:
        """Return the keys of a signer's certificate that may sign then, the best one first."""
        certificate = self.certificates.get(key)
        return () if certificate is None else certificate.facts.signing_order(seconds)


def _issuers(certificates: Mapping[str, Certificate]) -> dict[str, str]:
    """Find whose key an issuer is; a primary key is its own, whoever binds it as a subkey."""
    issuers: dict[str, str] = {}
    for first, last in ((0, 1), (1, None)):
        for primary, certificate in certificates.items():
            for key in certificate.facts.keys[first:last]:
                issuers.setdefault(key.fingerprint, primary)
                issuers.setdefault(key.key_id, primary)
    return issuers


class LedgerView:
    """A window on one repository's ledger objects, with small caches and no opinion.

    Args:
        reader: where raw objects come from.
        engine: takes certificates apart.
    """

    def __init__(self, reader: ObjectReader, engine: SignatureEngine) -> None:
        self._reader = reader
        self._engine = engine
        self._trees: OrderedDict[str, Tree] = OrderedDict()
        self._authorities: OrderedDict[tuple[bytes, bytes], Authority | GitprovError] = (
            OrderedDict()
        )
        self._certificates: dict[str, Certificate] = {}

    def over(self, reader: ObjectReader) -> LedgerView:
        """The same window on another reader; what was read is remembered in common.

        Objects are named by their content, so one memory is right for both.
        """
        view = LedgerView(reader, self._engine)
        view._trees = self._trees
        view._authorities = self._authorities
        view._certificates = self._certificates
        return view

    def commit(self, oid: str) -> bytes:
        """Return a raw commit.

        Raises:
            StorageError: as ObjectReader.read.
            RecordError: GPV-400-COMMIT-FORM if the object is not a commit (V1).
        """
        kind, raw = self._reader.read(oid, COMMIT_LIMIT)
        if kind != "commit":
            raise RecordError(Code.COMMIT_FORM, f"{oid[:12]} is a {kind}, not a commit")
        return raw

    def tree(self, oid: str, like: Tree | None = None) -> Tree:
        """Return a tree (V8).

        Args:
            oid: its object id.
            like: a tree that it probably resembles, to save work.

        Raises:
            StorageError: as ObjectReader.read.
            RecordError: GPV-400-TREE-FORM.
        """
        tree = self._trees.get(oid)
        if tree is None:
            kind, raw = self._reader.read(oid, TREE_LIMIT)
            if kind != "tree":
                raise RecordError(Code.TREE_FORM, f"{oid[:12]} is used as a folder, is a {kind}")
            tree = parse_tree(raw, like)
            _remember(self._trees, oid, tree, _TREES_KEPT if len(tree) < _LARGE_TREE else 8)
        else:
            self._trees.move_to_end(oid)
        return tree

    def blob(self, oid: str, limit: int = FILE_LIMIT) -> bytes:
        """Return a file's content.

        Raises:
            StorageError: as ObjectReader.read.
            RecordError: GPV-400-TREE-FORM if the object is not a blob.
        """
        kind, content = self._reader.read(oid, limit)
        if kind != "blob":
            raise RecordError(Code.TREE_FORM, f"{oid[:12]} is used as a file, is a {kind}")
        return content

    def find(self, root: str, path: str) -> str | None:
        """Return the object id at a path below a root tree, None if nothing is there."""
        oid = root
        parts = path.encode().split(b"/")
        for depth, part in enumerate(parts):
            item = self.tree(oid).get(part)
            if item is None:
                return None
            if depth < len(parts) - 1 and item[0] != FOLDER:
                return None
            oid = item[1].hex()
        return oid

    def files_in(self, root: str, folder: str) -> dict[str, str]:
        """Return name -> object id of the files directly in a folder; empty if it is absent."""
        oid = self.find(root, folder)
        if oid is None:
            return {}
        return {
            name.decode("utf-8", "replace"): item[1].hex()
            for name, item in self.tree(oid).items()
            if item[0] == FILE
        }

    def certificate(self, oid: str, number: int) -> Certificate:
        """Return a certificate file's content and facts, read once per object."""
        known = self._certificates.get(oid)
        if known is None or known.number != number:
            armoured = self.blob(oid)
            known = Certificate(number, armoured, self._engine.read_certificate(armoured))
            self._certificates[oid] = known
        return known

    def authority(self, root: str) -> Authority:
        """Return policy and certificates in force for entries on top of this tree.

        Raises:
            GitprovError: whatever made it unreadable; it is judged where it was added.
        """
        tree = self.tree(root)
        policies, keys = tree.get(b"policy"), tree.get(b"keys")
        if policies is None or keys is None:
            raise RecordError(Code.POLICY, "the tree has no policy or no keys")
        place = (policies[1], keys[1])
        known = self._authorities.get(place)
        if known is None:
            known = _attempt(lambda: self._read_authority(root, keys[1].hex()))
            _remember(self._authorities, place, known, _AUTHORITIES_KEPT)
        if isinstance(known, GitprovError):
            raise known
        return known

    def _read_authority(self, root: str, keys: str) -> Authority:
        policies = self.files_in(root, "policy")
        name = max(filter(_POLICY_NAME.fullmatch, policies), default="")
        if not name:
            raise RecordError(Code.POLICY, "the tree has no policy")
        content = self.blob(policies[name])
        policy = parse_record(content, "policy")
        if not isinstance(policy, Policy):
            raise RecordError(Code.POLICY, f"policy/{name} is not a policy")
        certificates = {}
        earlier = {}
        for key in filter(_KEY_NAME.fullmatch, self.tree(keys)):
            name = key.decode("ascii")
            files = self.files_in(keys, name)
            numbers = sorted(filter(_CERTIFICATE_NAME.fullmatch, files), reverse=True)
            if numbers:
                newest, *older = numbers
                certificates[name] = self.certificate(files[newest], int(newest[:4]))
                if older:
                    earlier[name] = [(int(each[:4]), files[each]) for each in older]
        digest = f"sha256:{sha256_hex(content)}"
        return Authority(policy, digest, certificates, _issuers(certificates), earlier)


def _attempt(read: Callable[[], Authority]) -> Authority | GitprovError:
    try:
        return read()
    except StorageError:
        raise
    except GitprovError as reason:
        return reason


_K = TypeVar("_K")


def _remember(cache: OrderedDict[_K, _T], key: _K, value: _T, most: int) -> None:
    cache[key] = value
    while len(cache) > most:
        cache.popitem(last=False)
