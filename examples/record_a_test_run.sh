#!/usr/bin/env bash
# Runs pytest and records the run: the test files are its inputs, the JUnit report its output,
# its exit code decides the status, and the commit under test gets a note.
#
#   examples/record_a_test_run.sh tests/test_one.py tests/test_two.py
#
# Run it at the top of a repository that has a ledger (gitprov init). The exit code is pytest's.
set -euo pipefail

if [ "$#" -eq 0 ]; then
  echo "usage: $0 TEST_FILE..." >&2
  exit 2
fi

report=${REPORT:-junit.xml}
started=$(date -u +%Y-%m-%dT%H:%M:%SZ)
code=0
"${PYTHON:-python3}" -m pytest -q -p no:cacheprovider --junitxml "$report" "$@" || code=$?

arguments=(--agent pytest --actor system --started "$started" --commit HEAD --output "$report")
for file in "$@"; do
  arguments+=(--input "$file")
done
case "$code" in
  0) arguments+=(--status SUCCESS --before UNTESTED --after PASSED) ;;
  1) arguments+=(--status PARTIAL --before UNTESTED --after FAILED --note "some tests failed") ;;
  *) arguments+=(--status FAILED --before UNTESTED --after UNTESTED
    --error-code "pytest-$code" --error "pytest ended with exit code $code") ;;
esac

# A record that cannot be written now waits in the spool; recording never fails the test run.
gitprov record "${arguments[@]}" || echo "the run was not recorded" >&2
exit "$code"
