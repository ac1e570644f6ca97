#!/bin/sh
# A guard for a ledger on a server that has git and GnuPG (gpgv) but no Python.
# Put it into the bare repository as hooks/pre-receive, make it executable, and put the keys of the
# ledger beside it: gitprov server keyring PATH -o KEYRING, again after every change of keys.
ref='refs/gitprov/ledger'         # the ledger's ref
genesis=''                        # its first entry (40 hex digits); '' lets any in, once
keyring='gitprov/keyring.gpg'     # below the repository, or an absolute path
#
# For the ledger's ref and refs/gitprov/ledgers/* it refuses: deletions, rewinds (by first parents),
# files that are changed or removed against any parent, files with other names or modes than a
# ledger has, a second or another genesis, entries that are not signed exactly once, in the
# ledger's form, by a key of the keyring that is neither expired nor revoked. It refuses the other
# names in refs/gitprov/, names that differ from a guarded one only in case or are below one,
# refs/replace/*, and symbolic refs. Every other ref passes. It refuses whatever it cannot find out.
#
# It does NOT check: the policy (who may record what, owners, votes), keys that the policy revoked
# after the export, the content of records and messages, the encoding of names, the chain, that a
# merge holds nothing of its own, the order of dates, the notes, sizes and forms of trees (set
# receive.fsckObjects where the code history allows it; a bomb ends by the limit of time only), that
# a ref which a forge deleted or moved without asking a hook comes back with all that had landed.
# `gitprov verify` finds all of those, on any clone. Use hooks/pre-receive where Python is there.
set -u
set -f
LC_ALL=C
# A pusher on this machine chose PATH; whatever a program is called must be the server's own.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin
export PATH
case ${BASH_VERSION:-} in
  ?*) unset -f '[' command printf read refuse stop ;;
esac
GIT_NO_REPLACE_OBJECTS=1
GIT_GRAFT_FILE=/dev/null
GIT_SHALLOW_FILE=''
GIT_CONFIG_COUNT=2
GIT_CONFIG_KEY_0=core.commitGraph
GIT_CONFIG_VALUE_0=false
GIT_CONFIG_KEY_1=advice.graftFileDeprecated
GIT_CONFIG_VALUE_1=false
export LC_ALL GIT_NO_REPLACE_OBJECTS GIT_GRAFT_FILE GIT_SHALLOW_FILE
export GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0 GIT_CONFIG_KEY_1 GIT_CONFIG_VALUE_1
unset GIT_REPLACE_REF_BASE GIT_CONFIG_PARAMETERS
# Processor seconds of each program; a shell that does not know it goes without.
# shellcheck disable=SC3045
ulimit -t 60 2>/dev/null || :

commit_limit=65536
skew=600
refused=0

refuse() {
  printf 'gitprov: %s %s: %s\n' "$1" "$2" "$3" >&2
  refused=1
}

# Without these programs nothing is accepted unseen.
stop() {
  printf 'gitprov: GPV-500-INTERNAL %s; the push is refused\n' "$1" >&2
  exit 1
}

is_oid() {
  case "$1" in
    *[!0-9a-f]* | '') return 1 ;;
    *) [ "${#1}" -eq 40 ] ;;
  esac
}

is_zero() {
  case "$1" in
    *[!0]*) return 1 ;;
    *) return 0 ;;
  esac
}

is_ledger() {
  case "$1" in
    "$ref") return 0 ;;
    # One part that no disk takes for another one: plain small letters.
    refs/gitprov/ledgers/*/* | refs/gitprov/ledgers/*[!!-@[-~]*) return 1 ;;
    refs/gitprov/ledgers/?*) return 0 ;;
    *) return 1 ;;
  esac
}

lower() {
  printf '%s' "$1" | tr '[:upper:]' '[:lower:]'
}

# Takes a commit apart, strictly: only the lines of an entry, in their order. Writes the signature
# to one file, what was signed to another, and prints the parents; ends with 1 on any other form.
split_entry() {
  awk -v signature="$work/signature" -v payload="$work/payload" '
    function bad(why) { print why > "/dev/stderr"; failed = 1; exit 1 }
    BEGIN { part = "tree"; printf "" > signature; printf "" > payload }
    part == "message" {
      if ($0 ~ /^gpgsig/) bad("a line of the message begins with gpgsig")
      print > payload
      next
    }
    part == "signature" {
      if (substr($0, 1, 1) != " ") bad("its signature does not end")
      line = substr($0, 2)
      print line > signature
      if (line == "-----END PGP SIGNATURE-----") {
        if (armour != "sum") bad("its signature is not in the form of a ledger")
        part = "blank"
      } else if (armour == "begin" && line == "") armour = "body"
      else if (armour == "body" && line ~ /^=[A-Za-z0-9+\/][A-Za-z0-9+\/][A-Za-z0-9+\/][A-Za-z0-9+\/]$/)
        armour = "sum"
      else if (armour != "body" || last || line !~ /^[A-Za-z0-9+\/]+=*$/ || length(line) > 64)
        bad("its signature is not in the form of a ledger")
      last = length(line) > 0 && length(line) < 64
      next
    }
    part == "blank" {
      if ($0 != "") bad("a header line follows the signature")
      part = "message"; print > payload
      next
    }
    part == "tree" && /^tree [0-9a-f]+$/ && length($2) == 40 { part = "parents"; print > payload; next }
    part == "parents" && /^parent [0-9a-f]+$/ && length($2) == 40 {
      if (seen[$2]++ || ++count > 2) bad("its parents are not those of an entry")
      print $2; print > payload
      next
    }
    part == "parents" && /^author [^<>]+ <[^<> ]+> [0-9]+ \+0000$/ {
      author = substr($0, 8); part = "committer"; print > payload
      next
    }
    part == "committer" && /^committer / && substr($0, 11) == author {
      part = "gpgsig"; print > payload
      next
    }
    part == "gpgsig" && $0 == "gpgsig -----BEGIN PGP SIGNATURE-----" {
      print substr($0, 8) > signature; part = "signature"; armour = "begin"
      next
    }
    { bad("its header is not that of an entry") }
    END { if (!failed && part != "message") { print "it ends too soon" > "/dev/stderr"; exit 1 } }
  ' "$1"
}

# The whole commit: its size, its characters, its form. Sets parents.
read_entry() {
  size=$(git cat-file -s "$1") || stop "git cannot read $1"
  if [ "$size" -gt "$commit_limit" ]; then
    refuse GPV-413-LIMIT "$1" "the entry is larger than $commit_limit bytes"
    return 1
  fi
  git cat-file commit "$1" >"$work/commit" || stop "git cannot read the commit $1"
  tr -d '\000-\011\013-\037\177' <"$work/commit" >"$work/plain" || stop "tr does not work"
  last=$(tail -c 1 "$work/commit" | od -An -tx1 | tr -d ' \n') || stop "od does not work"
  if ! cmp -s "$work/commit" "$work/plain" || [ "$last" != 0a ]; then
    refuse GPV-400-COMMIT-FORM "$1" "control characters, or no line feed at the end"
    return 1
  fi
  # The header ends at the first empty line; a signature below it is not a signature.
  if ! sed '/^$/q' "$work/commit" | grep -q '^gpgsig '; then
    refuse GPV-401-UNSIGNED "$1" "the entry is not signed"
    return 1
  fi
  if ! split_entry "$work/commit" >"$work/parents" 2>"$work/why"; then
    refuse GPV-400-COMMIT-FORM "$1" "$(head -n 1 "$work/why")"
    return 1
  fi
  parents=$(cat "$work/parents") || stop "cat does not work"
}

# Exactly one signature, good, by a key of the keyring. The exit code of gpgv is not a verdict: it is
# 0 for expired keys as well. Its status lines are.
check_signature() {
  seconds=$(sed -n 's/^committer .* \([0-9][0-9]*\) +0000$/\1/p;/^$/q' "$work/payload") ||
    stop "sed does not work"
  now=$(date +%s) || stop "date does not work"
  if [ "$((seconds - now))" -gt "$skew" ]; then
    refuse GPV-422-CLOCK "$1" "the entry is dated in the future"
    return
  fi
  gpgv --homedir "$work/home" --keyring "$keyring" --status-fd 1 \
    "$work/signature" "$work/payload" >"$work/status" 2>/dev/null
  verdict=$(awk -v seconds="$seconds" -v skew="$skew" '
    $1 != "[GNUPG:]" { next }
    $2 == "NEWSIG" { signatures++ }
    $2 == "GOODSIG" { good++ }
    $2 == "VALIDSIG" {
      valid++
      if (length($3) != 40 || length($12) != 40) odd = 1
      if ($5 - seconds > skew || seconds - $5 > 2 * skew) odd = 1
      if ($6 != 0 || ($10 != 8 && $10 != 9 && $10 != 10) || $11 != "00") odd = 1
    }
    $2 == "BADSIG" { broken = 1 }
    $2 == "EXPKEYSIG" { expired = 1 }
    $2 == "REVKEYSIG" { revoked = 1 }
    $2 == "EXPSIG" { odd = 1 }
    $2 == "ERRSIG" { if ($8 == 9) unknown = 1; else odd = 1 }
    END {
      if (broken) print "GPV-401-BAD-SIGNATURE"
      else if (signatures != 1 || odd) print "GPV-401-SIGNATURE-FORM"
      else if (unknown) print "GPV-403-UNKNOWN-KEY"
      else if (expired) print "GPV-403-KEY-EXPIRED"
      else if (revoked) print "GPV-403-KEY-REVOKED"
      else if (good == 1 && valid == 1) print "good"
      else print "GPV-401-BAD-SIGNATURE"
    }' "$work/status") || stop "awk does not work"
  [ "$verdict" = good ] || refuse "${verdict:-GPV-500-INTERNAL}" "$1" "its signature does not hold"
}

# Against every parent: only new files, with the names and the mode of a ledger's files.
check_files() {
  for parent in ${parents:-$empty_tree}; do
    git diff-tree -r --raw --no-renames --no-abbrev --ignore-submodules=none "$parent" "$1" \
      >"$work/files" || stop "git cannot compare $1 with its parents"
    if [ ! -s "$work/files" ]; then
      refuse GPV-400-TREE-FORM "$1" "it adds nothing"
      return
    fi
    if grep -qv '^:000000 ' "$work/files"; then
      refuse GPV-409-APPEND-ONLY "$1" "it changes or removes what an earlier entry holds"
      return
    fi
    hex='[0-9a-f]'
    kinds='(runs|states|artifacts|logs|amendments|proposals|approvals|enactments|tombstones)'
    name="ledger\\.yaml|policy/[0-9]{4}\\.yaml|keys/[0-9A-F]{40}/[0-9]{4}\\.asc"
    name="$name|$kinds/[0-9]{4}(/[0-9]{2}){4}/$hex{8}-$hex{4}-7$hex{3}-$hex{4}-$hex{12}\\.yaml"
    tab=$(printf '\t')
    if grep -Eqv "^:000000 100644 0{40} $hex{40} A$tab($name)\$" "$work/files"; then
      refuse GPV-400-TREE-FORM "$1" "it holds a file that no ledger has"
      return
    fi
    # A tree may name a file twice; git then calls the second one new.
    cut -f 2 "$work/files" >"$work/names" || stop "cut does not work"
    sort "$work/names" | uniq -d >"$work/twice" || stop "sort or uniq does not work"
    if [ "$parent" != "$empty_tree" ]; then
      xargs git ls-tree --name-only "$parent" -- <"$work/names" >>"$work/twice" ||
        stop "git cannot read the tree of $parent"
    fi
    if [ -s "$work/twice" ]; then
      refuse GPV-400-TREE-FORM "$1" "it names a file twice"
      return
    fi
  done
}

check_entry() {
  parents=''
  read_entry "$1" || return 0
  if [ -z "$parents" ]; then
    roots=$((roots + 1))
    if [ -n "$genesis" ] && [ "$1" != "$genesis" ]; then
      refuse GPV-409-ROLLBACK "$1" "it is not the genesis that this server expects"
    fi
  fi
  check_signature "$1"
  check_files "$1"
}

check_ledger() {
  if is_zero "$2"; then
    refuse GPV-409-REF-DELETE "$3" "a ledger is never deleted"
    return
  fi
  # git lists the commits behind a tag as well, but a ledger ends in an entry.
  kind=$(git cat-file -t "$2") || stop "git cannot read $2"
  if [ "$kind" != commit ]; then
    refuse GPV-400-COMMIT-FORM "$2" "it is a $kind, not an entry"
    return
  fi
  if is_zero "$1"; then
    git rev-list "$2" >"$work/entries" || stop "git cannot list the entries of $3"
    most=1
  else
    git rev-list --first-parent "$2" >"$work/line" || stop "git cannot list the entries of $3"
    if ! grep -qx "$1" "$work/line"; then
      refuse GPV-409-NON-FF "$3" "the old tip is not on the new tip's first-parent chain"
      return
    fi
    git rev-list "$2" "^$1" >"$work/entries" || stop "git cannot list the entries of $3"
    most=0
  fi
  roots=0
  while read -r entry; do
    check_entry "$entry"
  done <"$work/entries"
  if [ "$roots" -gt "$most" ]; then
    refuse GPV-409-REPLAY "$3" "it has another genesis"
  fi
}

# A symbolic ref is another name for its target, and a dangling one as well: git resolves it after
# the hook. They lie as files below refs/, so they are looked for there.
list_aliases() {
  find refs -type f -exec awk 'FNR == 1 && tolower($0) ~ /^ref:/ { print FILENAME }' {} + \
    >"$work/aliases" || stop "find or awk does not work"
  find refs -type l >>"$work/aliases" || stop "find does not work"
  head=$(git symbolic-ref -q HEAD || :)
}

check_update() {
  if [ -s "$work/aliases" ] && grep -Fqx -e "$3" "$work/aliases"; then
    refuse GPV-403-REF-FORBIDDEN "$3" "it is a symbolic ref"
    return
  fi
  if is_ledger "$3"; then
    if [ "$head" = "$3" ]; then
      refuse GPV-403-REF-FORBIDDEN "$3" "HEAD of this repository leads to it"
    fi
    check_ledger "$1" "$2" "$3"
    return
  fi
  folded=$(lower "$3") || stop "tr does not work"
  case "$folded" in
    refs/gitprov | refs/gitprov/* | "$folded_ref" | "$folded_ref"/*)
      refuse GPV-403-REF-FORBIDDEN "$3" "this name is reserved"
      ;;
    refs/replace | refs/replace/*)
      refuse GPV-403-REF-FORBIDDEN "$3" "replace refs bend what readers see"
      ;;
    refs/notes | refs/notes/gitprov/*)
      refuse GPV-403-REF-FORBIDDEN "$3" "it would block the notes"
      ;;
    refs/notes/gitprov)
      [ "$3" = refs/notes/gitprov ] || refuse GPV-403-REF-FORBIDDEN "$3" "this name is reserved"
      ;;
  esac
  case "$folded_ref" in
    "$folded"/*) refuse GPV-403-REF-FORBIDDEN "$3" "it would block the ledger's ref" ;;
  esac
}

for program in git gpgv awk sed tr od tail head cut sort uniq xargs date grep cmp find mktemp; do
  command -v "$program" >/dev/null || stop "this server has no $program"
done
[ -z "${GIT_NAMESPACE:-}" ] || stop "a ref namespace is set"
[ ! -e commondir ] || stop "this is a linked work tree, not a repository of its own"
case "$keyring" in
  /*) ;;
  *) keyring=$PWD/$keyring ;;
esac
work=$(mktemp -d "${TMPDIR:-/tmp}/gitprov-hook.XXXXXX") || stop "mktemp does not work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work/home" || stop "$work cannot be written"
empty_tree=$(git hash-object -t tree /dev/null) || stop "git does not work"
folded_ref=$(lower "$ref") || stop "tr does not work"
list_aliases

lines=0
# The last line may lack its end.
while read -r old new name more || [ -n "${old:-}" ]; do
  lines=$((lines + 1))
  if ! is_oid "$old" || ! is_oid "$new" || [ -z "$name" ] || [ -n "$more" ]; then
    stop "git names an update that has no proper form"
  fi
  case "$name" in
    *[[:cntrl:]]*) stop "git names a ref with control characters" ;;
  esac
  if is_ledger "$name" && ! is_zero "$new" && [ ! -s "$keyring" ]; then
    stop "the keyring $keyring is not there; export it with: gitprov server keyring"
  fi
  check_update "$old" "$new" "$name"
  old=''
done
[ "$lines" -gt 0 ] || stop "git named no ref"
exit "$refused"
