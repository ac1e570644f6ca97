#!/bin/sh
# A guard for a ledger on a server that has git and a POSIX shell and nothing else.
# Put it into the bare repository as hooks/pre-receive and make it executable.
#
# For refs/gitprov/* it refuses: deletions, rewinds, changed or removed files, names that differ
# from a guarded one only in case or lie below one, and entries without a signature header.
# It lets every other ref pass.
#
# It does NOT check: signatures, keys and the policy; the form of records; the chain; merges.
# `gitprov verify` finds those, on any clone.
set -u
LC_ALL=C
export LC_ALL
unset GIT_REPLACE_REF_BASE GIT_GRAFT_FILE
GIT_NO_REPLACE_OBJECTS=1
export GIT_NO_REPLACE_OBJECTS

refused=0
refuse() {
  printf 'gitprov: %s %s: %s\n' "$1" "$2" "$3" >&2
  refused=1
}

is_zero() {
  case "$1" in
    *[!0]*) return 1 ;;
    *) return 0 ;;
  esac
}

# Every new entry: signed, and nothing of its first parent's tree changed or removed.
check_entries() {
  if is_zero "$1"; then range="$2"; else range="$1..$2"; fi
  git rev-list --reverse "$range" >"$list" || {
    refuse GPV-500-INTERNAL "$3" "git cannot list the new entries"
    return
  }
  while read -r entry; do
    # The header ends at the first empty line; a signature below it is no signature.
    if ! git cat-file commit "$entry" | sed '/^$/q' | grep -q '^gpgsig -----BEGIN PGP SIGNATURE-----$'; then
      refuse GPV-401-UNSIGNED "$entry" "the entry is not signed"
    fi
    parent=$(git rev-parse --verify --quiet "$entry^1") || continue
    changed=$(git diff-tree -r --no-renames --diff-filter=a --name-only "$parent" "$entry") || changed=unreadable
    if [ -n "$changed" ]; then
      refuse GPV-409-APPEND-ONLY "$entry" "it changes or removes what an earlier entry holds"
    fi
  done <"$list"
}

check_ledger() {
  if is_zero "$2"; then
    refuse GPV-409-REF-DELETE "$3" "a ledger is never deleted"
    return
  fi
  if ! is_zero "$1" && ! git rev-list --first-parent "$2" | grep -qx "$1"; then
    refuse GPV-409-NON-FF "$3" "the old tip is not on the new tip's first-parent chain"
    return
  fi
  check_entries "$1" "$2" "$3"
}

list=$(mktemp "${TMPDIR:-/tmp}/gitprov-entries.XXXXXX") || exit 1
trap 'rm -f "$list"' EXIT
lines=0
while read -r old new ref; do
  lines=$((lines + 1))
  folded=$(printf '%s' "$ref" | tr '[:upper:]' '[:lower:]')
  case "$ref" in
    refs/gitprov/ledger | refs/gitprov/ledgers/*) check_ledger "$old" "$new" "$ref" ;;
    refs/replace/*) refuse GPV-403-REF-FORBIDDEN "$ref" "replace refs bend what readers see" ;;
    *)
      case "$folded" in
        refs/gitprov | refs/gitprov/*) refuse GPV-403-REF-FORBIDDEN "$ref" "this name is reserved" ;;
      esac
      ;;
  esac
done
if [ "$lines" -eq 0 ]; then
  refuse GPV-500-INTERNAL push "git named no ref; nothing is accepted unseen"
fi
exit "$refused"
