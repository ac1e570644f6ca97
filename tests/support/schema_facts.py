"""What the models cannot say of each field: its value in a draft that leaves it out, its source.

Each line is ``field | when drafting | source | rule``. A source is the letter of a founding
requirement and the name or words it has there, or ``own:`` and the reason. A rule between fields
may be left out. `tests/support/generate_schema_reference.py` makes the tables from it.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Fact(NamedTuple):
    """A field as docs/schema-reference.md tells it, besides what its model says."""

    drafting: str
    source: str
    rule: str = ""


_HEAD = """\
schema_version | `v1.0` | A `SchemaVersion`
kind | the command's kind | own: tells a reader the schema before anything else is read
<kind>_id | a fresh one | A `RunID`; C for other kinds | see [RunID](#runid)
recorded_at | now | D `timestamp` | at most 10 minutes after the entry's time
mutation | see below | D `MutationMetadata`
extensions | - | own: a place for a team's own additions, so that none needs a new version
"""
_MUTATION = """\
actor_kind | `--actor` or `GITPROV_ACTOR`; never guessed | D `last_actor_kind`
actor_id | `--actor-id` | D `last_actor_id`
job_id | `--job-id` or `GITPROV_JOB_ID` | D `last_job_id` | no placeholder, see below
workflow_id | `--workflow-id` or `GITPROV_WORKFLOW_ID` | D `last_workflow_id` | as `job_id`
edit_event_id | a fresh UUIDv4, made by the guard | D `edit_event_id` | unique in its entry
resource_id | made from kind and id | D `resource_id` | the id is this record's
"""
_RUN = """\
run_id | a fresh one | A `RunID` | unique in the ledger, see [RunID](#runid)
agent_name | `--agent` | A `AgentName`
agent_version | - | own: two versions of one agent behave differently
agent_type | `--agent-type` | A `AgentType`
runner_id | `--runner` | B "runner id"
subject | `--subject` | A `DeliverableID`
directive | `--directive` | A `RunPassDirective`
parent_run_id | `--parent` | own: agents start agents; it ties their runs | not this run itself
source | - | own: whatever reports runs may report one twice; the triple shows it
source.system | - | own: names the reporting system
source.session_id | `--id` | own: names the session in that system
source.turn_id | - | own: a session may hold several runs
started_at | `--started`; both now, if neither is given | A `RunTimestamp` | not after `finished_at`
finished_at | `--finished`; both now, if neither is given | A `RunDuration`
status_before | `--before` | A `StatusBefore`
status_after | `--after` | A `StatusAfter`
run_status | `--status` | A `RunStatus` | see [RunStatus](#runstatus)
input_context | computed | A `InputContextSHA`
input_context.method | `composite`, or `--context-method` | A "chosen SHA computation method"
input_context.digest | computed | A `InputContextSHA`
input_context.head_commit | computed | A "Git HEAD SHA"
input_context.dirty | computed | own: without it a commit would claim more than was read
input_files | `--input` | A `InputFiles`
output_files | `--output` | A `OutputFiles`
code_commits | `--commit` | B "commit SHA"
artifacts | - | C `artifact_id`
logs | - | C "log reference"
command | - | own: what a person types to run it again
command.argv | - | own: the words, so that no shell has to guess them
command.cwd | - | own: relative paths among the words need it | a path, or `.`
command.exit_code | - | own: the program's own verdict; SUCCESS and FAILED are held against it
model | - | own: an AI's result depends on its model
model.provider | - | own: one model is offered by several providers
model.name | - | own: says which model
usage | - | own: what a run consumed cannot be found out later | at least one part
usage.input_tokens | - | own: tokens are paid by direction
usage.output_tokens | - | own: tokens are paid by direction
usage.cache_read_tokens | - | own: cached tokens have a price of their own
usage.cache_creation_tokens | - | own: cached tokens have a price of their own
usage.reasoning_tokens | - | own: not visible in the output, and paid
cost | - | own: what was paid cannot be computed later, since prices change
cost.amount | - | own: a text, as fractions are not exact | no sign, exponent, leading zeros
cost.currency | - | own: an amount alone means nothing | `record` warns of unknown codes
metrics | `--metric` | own: results that are numbers can be compared between runs
parameters | `--param` | own: two runs of one agent differ by them
environment | - | own: a result may depend on a variable
labels | `--label` | own: teams select runs, retention and holds by them
error | - | A `ErrorSummary` | not with SUCCESS
error.code | `--error-code` | C "errors: code, message, details"
error.message | `--error` | A `ErrorSummary`
error.details | - | C "errors: code, message, details"
notes | `--note` | A `Notes`
extensions | - | own: see [common head](#common-head)
"""
_FILE = """\
path | `--input`, `--output` | A `InputFiles` | sorted by the bytes of the path, each once
sha256 | computed from the file | A "per-file content hash"
size | computed from the file | own: a reader sees what to expect before it fetches
git_oid | - | own: finds the content in a repository by one look-up
"""
_COMMIT = """\
commit | `--commit` | B "commit SHA" | not all zero; sorted, each once
tree | looked up | own: survives an amended message
patch_id | looked up | own: survives squash, rebase and cherry-pick
"""
_STATE = """\
state_id | a fresh one | C `RunState`
run_id | - | C `run_id`
agent_name | - | C "run metadata" | judged against the policy
sequence | - | own: two states of one millisecond still have an order
status | - | C `state`
phase | - | C `phase`
progress | - | C `progress`
started_at | - | C "run metadata"
last_error | - | C `last_error`
metadata | - | C `metadata`
"""
_ARTIFACT = """\
artifact_id | a fresh one | C `artifact_id`
run_id | - | C `run_id`
agent_name | - | C "run metadata" | judged against the policy
phase | - | C `phase`
role | - | C `role`
media_type | - | C `format` | meant is `type/subtype` (RFC 9110); not judged
name | - | C `description`
sha256 | - | C `checksum_sha256`
size | - | C `size_bytes`
store | - | C `location`
"""
_LOG = """\
log_id | a fresh one | C "log reference"
run_id | - | C `run_id`
agent_name | - | C "run metadata" | judged against the policy
format | - | C `format`
first_at | - | C `created_at` | not after `last_at`
last_at | - | C `updated_at`
lines | - | C `entry_count`
sha256 | - | own: proves the log, as an artifact's digest does
size | - | own: a log that was cut shows without being read
store | - | C `location`
"""
_AMENDMENT = """\
amendment_id | a fresh one | A REQ-03
run_id | - | A REQ-03 | a run on this ledger
action | - | own: a correction and a withdrawal are read differently
changes | - | own: the amended run is judged as a run | see above
reason | - | own: a correction without a reason cannot be judged by a reader
"""
_PROPOSAL = """\
proposal_id | a fresh one | B "owner approval flow"
action | - | B "destructive actions"
base_policy | - | B "owner approval flow" | the policy in force, see [plans](#plans)
plan | - | B "destructive actions" | see [plans](#plans)
plan_digest | computed | B "owner approval flow"
reason | - | B "owner approval flow"
expires_at | - | B "rollback windows" | compared with the enactment entry's time
"""
_POLICY_CHANGE = """\
policy_version | - | B "access-control model" | with `policy_digest`
policy_digest | - | B "access-control model" | with `policy_version`
keys | - | B "access-control model" | paths of certificates to digests; `{}` if none
"""
_REMOVAL = """\
artifacts | - | B "deletion/expunge" | sorted, each once
"""
_WITHDRAW = """\
from_height | - | B "requested rollbacks" | not above `to_height`
to_height | - | B "requested rollbacks" | at most the enactment's height
"""
_HOLD = """\
scope | - | B "retention" | at least one part
scope.run_id | - | B "retention"
scope.label_key | - | B "retention"
scope.label_value | - | B "retention"
scope.from | - | B "retention" | not after `to`
scope.to | - | B "retention"
release | - | B "retention"
"""
_MIGRATION = """\
store | - | B "schema migrations"
from | - | B "schema migrations" | not `to`
to | - | B "schema migrations"
scripts | - | B "schema migrations"
"""
_APPROVAL = """\
approval_id | a fresh one | B "owner approval flow" | the same 48-bit time as the proposal's
proposal_id | - | B "owner approval flow" | a proposal on this ledger or in this entry
plan_digest | - | B "owner approval flow" | the proposal's
approver | - | B "HARD LOCK owner" | an owner's
decision | - | B "owner approval flow"
comment | - | B "owner approval flow"
"""
_ENACTMENT = """\
enactment_id | the proposal's id | B "owner approval flow" | the proposal's id, so it can exist once
plan_digest | - | B "owner approval flow" | the proposal's
"""
_TOMBSTONE = """\
tombstone_id | the proposal's id | B "deletion/expunge" | the proposal's id
reason | - | B "deletion/expunge"
"""
_LEDGER = """\
schema_version | `v1.0` | A `SchemaVersion`
kind | `ledger` | own: see [common head](#common-head)
ledger_id | a fresh one | own: an entry of one ledger cannot be played into another
created_at | now | own: the first time that later ones are held against
predecessor | - | B "authoritative ownership"
predecessor.ledger_id | - | B "authoritative ownership" | not this ledger's
predecessor.tip | - | B "authoritative ownership"
predecessor.height | - | B "authoritative ownership"
predecessor.chain | - | B "authoritative ownership"
"""
_POLICY = """\
schema_version | `v1.0` | A `SchemaVersion`
kind | `policy` | own: see [common head](#common-head)
version | 1 | B "access-control model" | then one more each time
ledger_id | this ledger's | B "access-control model" | this ledger's
previous | - | B "access-control model" | of the previous policy's file
owners | the owner's key | B "HARD LOCK owner"
owners.threshold | 1 | B "HARD LOCK owner" | at most the number of persons
owners.persons | one person | B "HARD LOCK owner" | names are unique
owners.persons[].name | the key's name | B "HARD LOCK owner"
owners.persons[].keys | the owner's key | B "HARD LOCK owner" | each key once among all persons
signers | owner and agent key | B "who/what can mutate records" | each key once
signers[].name | the key's name | B "who/what can mutate records" | may repeat
signers[].email | the key's email | B "who/what can mutate records"
signers[].key | the key | B "who/what can mutate records" | of the primary key
signers[].actor_kinds | HUMAN for the owner; AI and SYSTEM for the agent key | D `WriteActor`
signers[].agents | `*` | B "who/what can mutate records"
signers[].kinds | owner: all; agent key: run, state, artifact, log, amendment | B "guards"
signers[].revoked | - | B "privilege escalation controls" | never taken back
signers[].revoked.from_height | - | B "privilege escalation controls" | never raised
signers[].revoked.reason | - | B "privilege escalation controls"
rules | as below | B "guards"
rules.max_record_bytes | 262144 | B "guards"
retention | - | B "retention policy"
retention[].kind | - | B "retention policy" | at least one of the first four fields is there
retention[].label_key | - | B "retention policy"
retention[].label_value | - | B "retention policy"
retention[].media_type | - | B "retention policy"
retention[].minimum_days | - | B "retention policy"
retention[].maximum_days | - | B "retention policy" | not below `minimum_days`
"""
CONDITIONAL: Final = {
    "Mutation.job_id": "for AI",
    "Mutation.workflow_id": "for AI",
    "Amendment.changes": "with AMEND",
    "Policy.previous": "from 2 on",
}
"""Fields that a rule of their model asks for in some records only, and in which."""


def _read(text: str) -> dict[str, Fact]:
    lines = (line.split(" | ") for line in text.splitlines())
    return {name: Fact(*cells) for name, *cells in lines}


FACTS: Final = {
    "head": _read(_HEAD),
    "Mutation": _read(_MUTATION),
    "RunRecord": _read(_RUN),
    "FileRef": _read(_FILE),
    "CodeCommit": _read(_COMMIT),
    "StateRecord": _read(_STATE),
    "ArtifactRecord": _read(_ARTIFACT),
    "LogRecord": _read(_LOG),
    "Amendment": _read(_AMENDMENT),
    "Proposal": _read(_PROPOSAL),
    "PolicyChange": _read(_POLICY_CHANGE),
    "ArtifactRemoval": _read(_REMOVAL),
    "WithdrawRange": _read(_WITHDRAW),
    "LegalHold": _read(_HOLD),
    "Migration": _read(_MIGRATION),
    "Approval": _read(_APPROVAL),
    "Enactment": _read(_ENACTMENT),
    "Tombstone": _read(_TOMBSTONE),
    "LedgerDocument": _read(_LEDGER),
    "Policy": _read(_POLICY),
}
"""Model -> field -> what is known of it; ``head`` are the fields that every record begins with."""
