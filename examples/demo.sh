#!/usr/bin/env bash
# The guided tour: keys, a ledger, runs of a person, an AI and a batch, notes, verification, a
# forged entry that is found, and a server that refuses it. Everything is checked with plain git
# and gpg, not only shown.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/gitprov-demo.XXXXXX")
export HOME="$scratch" GNUPGHOME="$scratch/gnupg" GIT_CONFIG_NOSYSTEM=1
export GIT_CONFIG_GLOBAL="$scratch/gitconfig"
unset GIT_DIR GIT_WORK_TREE XDG_CONFIG_HOME XDG_STATE_HOME
ledger=refs/gitprov/ledger

clean_up() {
  gpgconf --kill all 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean_up EXIT

step() { printf '\n== %s\n' "$*"; }
fail() {
  printf 'demo: not as it should be: %s\n' "$*" >&2
  exit 1
}
# check WHAT EXPECTED FOUND
check() {
  [ "$2" = "$3" ] || fail "$1: expected $2, found $3"
  printf '   ok: %s is %s\n' "$1" "$3"
}
entries() { git rev-list --count "$ledger"; }
records() { git ls-tree -r --name-only "$ledger" -- runs | wc -l | tr -d ' '; }
# signer REV: the fingerprint of the primary key that plain git and gpg find behind an entry
signer() { git log -1 --format=%GP "$1"; }

mkdir -m 700 "$GNUPGHOME"
git config --global user.name "Ann Example"
git config --global user.email ann@example.org
git config --global init.defaultBranch main
cd "$scratch"
git init -q project
cd project

step "Without a key, init prints the line to type"
gitprov init 2>said && fail "init without a key succeeded"
grep -q 'gitprov init --generate-key' said || fail "init did not say what to type"
cat said && rm said

step "A ledger with two keys: one for people, one for agents"
gitprov init --generate-key "Ann Example <ann@example.org>"
check "number of secret keys" 2 "$(gpg --list-secret-keys --with-colons | grep -c '^sec')"
check "number of entries" 1 "$(entries)"
owner=$(git config gitprov.key)
agent=$(git config gitprov.agentKey)
check "signer of the genesis" "$owner" "$(signer "$ledger")"

step "A person records a run that made a commit"
echo "a specification" > SPEC.md
git add SPEC.md
git commit -q -m "Write the specification"
gitprov record --agent editor --actor human --actor-id ann --status SUCCESS \
  --before EMPTY --after DRAFT --input SPEC.md --commit HEAD --note "first draft"
check "number of entries" 2 "$(entries)"
check "signer" "$owner" "$(signer "$ledger")"

step "An AI records a run, with its job and its workflow"
gitprov record --agent 4_DOCUMENTS --actor ai --actor-id example-agent \
  --job-id 0b0a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f1 \
  --workflow-id 9c9a5cf6-2df6-4b33-a6a2-8fd4e1b0a7f2 \
  --status SUCCESS --before DRAFT --after CHECKED --input SPEC.md
check "signer" "$agent" "$(signer "$ledger")"

step "A batch of 500 runs goes into one entry"
for number in $(seq 500); do
  printf '{"agent_name": "nightly", "run_status": "SUCCESS", "status_before": "A", '
  printf '"status_after": "B", "parameters": {"number": "%s"}}\n' "$number"
done > batch.jsonl
gitprov record --batch --actor system batch.jsonl | tail -n 1
check "number of entries" 4 "$(entries)"
check "number of records" 502 "$(records)"

step "An AI without a job is refused, and nothing is written"
code=0
gitprov record --agent 4_DOCUMENTS --actor ai --status SUCCESS --before A --after B 2>said || code=$?
check "exit code" 1 "$code"
grep -q HSK-403-SILENT-EDIT said || fail "the refusal has another code"
cat said && rm said
check "number of entries" 4 "$(entries)"

step "A real test run, recorded by examples/record_a_test_run.sh"
cat > test_spec.py <<'PY'
def test_the_specification_says_something():
    assert open("SPEC.md").read().strip()
PY
git add test_spec.py
git commit -q -m "Test the specification"
PYTHON=${PYTHON:-python3} "$here/record_a_test_run.sh" test_spec.py
check "number of records" 503 "$(records)"
record=$(git log -1 --format='%(trailers:key=Run-Id,valueonly)' "$ledger" | sed -n 1p)
digest=$(python3 -c 'import hashlib; print(hashlib.sha256(open("junit.xml", "rb").read()).hexdigest())')
gitprov show "$record" --raw > said
grep -q "$digest" said || fail "the report's digest is not in the record"
grep -q "$(git rev-parse HEAD)" said || fail "the commit is not in the record"
rm said

step "git log shows the notes"
git log -2 | tee said
grep -q "run $record SUCCESS \"pytest\"" said || fail "the note is missing"
rm said

step "The ledger is plain Git"
git log -3 --format='%h %an: %s' "$ledger"
git fsck --strict --no-dangling
git verify-commit "$ledger" 2>/dev/null || fail "git verify-commit refuses the tip"
gitprov log -n 3

step "gitprov verify proves it offline"
gitprov verify
good=$(git rev-parse "$ledger")

step "A forged entry, put on the ref with plain git, is found"
forged=$(git commit-tree -p "$good" -m "run SUCCESS forged" "$good^{tree}")
git update-ref "$ledger" "$forged"
code=0
gitprov verify >said || code=$?
check "exit code" 1 "$code"
grep -q GPV-401-UNSIGNED said || fail "the forged entry is found with another code"
cat said && rm said
git update-ref "$ledger" "$good"

step "An edited record is found too, even if its owner signed it"
path=$(git ls-tree -r --name-only "$good" -- runs | sed -n 1p)
blob=$(git show "$good:$path" | sed 's/first draft/last draft/;s/"SUCCESS"/"FAILED"/' |
  git hash-object -w --stdin)
GIT_INDEX_FILE="$scratch/index" git read-tree "$good"
GIT_INDEX_FILE="$scratch/index" git update-index --cacheinfo "100644,$blob,$path"
tree=$(GIT_INDEX_FILE="$scratch/index" git write-tree)
edited=$(git log -1 --format=%B "$good" |
  git -c user.signingkey="$owner" commit-tree -S -p "$good" "$tree")
git update-ref "$ledger" "$edited"
code=0
gitprov verify >said || code=$?
check "exit code" 1 "$code"
grep -q GPV-409-APPEND-ONLY said || fail "the edit is found with another code"
cat said && rm said
git update-ref "$ledger" "$good"

step "With the true tip back, everything holds"
gitprov verify | tail -n 1
check "verdict" pass "$(gitprov verify --json | sed 's/.*"verdict": "\([a-z]*\)".*/\1/')"

step "A server with the hook takes the ledger, and its doctor proves that it guards it"
server="$scratch/server.git"
git init -q --bare "$server"
gitprov server install "$server" --genesis "$(git rev-list --max-parents=0 "$ledger")"
git remote add origin "$server"
git push -q origin HEAD:refs/heads/main
gitprov push
gitprov server doctor "$server" | tee said
check "number of refusals shown" 3 "$(grep -c ': refused with GPV-' said)"
rm said

step "Two clones record at the same time, and both arrive"
git clone -q "$server" ../second
(cd ../second && gitprov init --genesis "$(git -C ../project rev-list --max-parents=0 "$ledger")")
for clone in . ../second; do
  (cd "$clone" && gitprov record --agent demo --actor human --status SUCCESS \
    --before CHECKED --after DONE --note "from $(basename "$PWD")")
done
gitprov push
(cd ../second && gitprov push)
gitprov pull
check "parents of the last entry" 2 "$(git log -1 --format=%P "$ledger" | wc -w | tr -d ' ')"
check "number of records" 505 "$(records)"
git log -4 --graph --format='%h %an: %s' "$ledger"
gitprov verify | tail -n 1

# refused CODE WHAT: plain git pushes WHAT to the ledger's ref, by force, and the server says no
refused() {
  local before
  before=$(git ls-remote origin "$ledger")
  if git push -q --force origin "$2:$ledger" 2>said; then fail "the server accepted $2"; fi
  grep -q "$1" said || fail "the server refused with another code: $(cat said)"
  check "the server's answer" "$1" "$(grep -o "$1" said | sed -n 1p)"
  [ "$before" = "$(git ls-remote origin "$ledger")" ] || fail "the server's ref moved"
  rm said
}

step "What plain git tries by force, the server refuses"
good=$(git rev-parse "$ledger")
refused GPV-409-NON-FF "$good~1"
refused GPV-409-REF-DELETE ""
refused GPV-401-UNSIGNED "$(git commit-tree -p "$good" -m "run SUCCESS forged" "$good^{tree}")"
GIT_INDEX_FILE="$scratch/index" git read-tree "$good"
GIT_INDEX_FILE="$scratch/index" git update-index --cacheinfo "100644,$blob,$path"
tree=$(GIT_INDEX_FILE="$scratch/index" git write-tree)
refused GPV-409-APPEND-ONLY "$(git log -1 --format=%B "$good" |
  git -c user.signingkey="$owner" commit-tree -S -p "$good" "$tree")"

step "Code passes as ever"
git push -q origin HEAD:refs/heads/topic
check "the branch on the server" "$(git rev-parse HEAD)" "$(git ls-remote origin refs/heads/topic | cut -f 1)"

step "A hook that does not run is found"
gitprov server doctor "$server" >/dev/null
chmod -x "$server/hooks/pre-receive"
code=0
gitprov server doctor "$server" >said || code=$?
check "exit code" 1 "$code"
grep -q 'not executable' said || fail "the doctor does not say what is wrong"
cat said && rm said
chmod +x "$server/hooks/pre-receive"
printf '\ndemo: every step was as it should be\n'
