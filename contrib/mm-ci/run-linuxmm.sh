#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Review a checked-out pull request with linuxmm: which promises does it break?
#
#   run-linuxmm.sh [BASE]
#
# BASE is a commit that the work tree descends from; without one LINUXMM_BASE, else the first
# parent of a merge (what GitHub checks out for a pull request), else the merge base with the
# branch that the current one tracks.  LINUX_DIR is the work tree, LINUXMM the command, TIMEOUT
# how many seconds it may take.  Needs git, Python 3.11 and: pip install 'linuxmm[tree]'
#
#   nothing modelled is touched              says nothing               exit 0
#   modelled, and no promise is broken       one line with a tick       exit 0
#   partly read, or no verdict               one line with ?            exit 0
#   a promise is broken by what was executed
#   or read in full                          findings with witnesses    exit 1
#   git, linuxmm or BASE is missing          one line                   exit 4
set -euo pipefail

linux_dir=${LINUX_DIR:-$(dirname "$(realpath "$0")")/../..}
linuxmm=${LINUXMM:-linuxmm}
timeout=${TIMEOUT:-55}

tmp_dir=$(mktemp -d)
trap 'rm -fr "$tmp_dir"' EXIT

function skip() {
	echo "? linuxmm: $1"
	exit 4
}

# git, without programs that the pull request could name
function safe_git() {
	git -C "$linux_dir" --no-pager -c core.fsmonitor=false "$@"
}

function commit_of() {
	safe_git rev-parse --quiet --verify --end-of-options "$1^{commit}" 2> /dev/null
}

function find_base() {
	local base=${1:-${LINUXMM_BASE:-}}

	if [ -n "$base" ]; then
		base=$(commit_of "$base") || skip "BASE is no commit of $linux_dir: $base"
		safe_git merge-base "$base" HEAD || skip "HEAD and $base have no common commit: fetch more"
	elif commit_of 'HEAD^2' > /dev/null; then
		commit_of 'HEAD^1'
	else
		safe_git merge-base '@{upstream}' HEAD 2> /dev/null ||
			skip "the merge base is not known: give it, or set LINUXMM_BASE"
	fi
}

for tool in git python3 tar timeout "$linuxmm"; do
	command -v "$tool" > /dev/null || skip "$tool is not installed (pip install 'linuxmm[tree]')"
done
commit_of HEAD > /dev/null || skip "$linux_dir is no git work tree with a commit"

base=$(find_base "${1:-}") || { echo "$base"; exit 4; }
safe_git diff --no-ext-diff --no-textconv --no-color --src-prefix=a/ --dst-prefix=b/ \
	--unified=3 "$base" HEAD -- > "$tmp_dir/patch"
[ -s "$tmp_dir/patch" ] || exit 0

# What a review looks into, as it was before: in a folder of its own, for the work tree is not
# ours to change and need not be at BASE.
folders=()
for folder in Makefile mm fs/proc include arch/x86/include; do
	safe_git cat-file -e "$base:$folder" 2> /dev/null && folders+=("$folder")
done
mkdir "$tmp_dir/tree"
safe_git archive "$base" "${folders[@]}" | tar -x -C "$tmp_dir/tree"

err=0
left=$((timeout > SECONDS ? timeout - SECONDS : 1))
timeout -s INT -k 5 "$left" "$linuxmm" review - --tree "$tmp_dir/tree" --format json \
	< "$tmp_dir/patch" > "$tmp_dir/review.json" 2> "$tmp_dir/said" || err=$?

# -I: a file of the pull request is never imported
python3 -I - "$tmp_dir" "$err" "$timeout" "${base:0:12}..HEAD" <<'EOF'
import json
import sys

folder, code, seconds, commits = sys.argv[1:]


def plain(text):
    return "".join(c if c.isprintable() else "?" for c in text)


def no_verdict(why):
    print(f"? linuxmm: no verdict: {plain(why)}")
    sys.exit(0)


def count(number, what):
    return f"{number} {what}{'' if number == 1 else 's'}"


if code in ("124", "130", "137"):
    no_verdict(f"not done within {seconds} s")
if code not in ("0", "1", "3"):
    with open(f"{folder}/said", encoding="utf-8", errors="replace") as said:
        lines = said.read().split("\n")
    no_verdict(next((line for line in reversed(lines) if line.strip()), f"exit code {code}"))
with open(f"{folder}/review.json", encoding="utf-8") as found:
    review = json.load(found)

# A finding counts when what it rests on was executed or read, nothing unread could undo it, rules
# and text agree, and the patch fits the kernel that it was read on.
bounds = review["bounds"]
fits = review["patch"]["fit"] != "contradicts"
sure = fits and not review["disagreements"]
proved = [
    finding
    for finding in review["introduced"]
    if sure and set(finding["rests_on"]) <= {"executed", "read"} and "conditional" not in finding
]
for finding in proved:
    print(f"{finding['invariant']}: {finding['explanation']}")
    print(f"sites: {', '.join(finding['sites'])}; rests on: {', '.join(finding['rests_on'])}")
    print(finding["witness"])
if proved:
    print(f"each patch of it: linuxmm review {commits} --tree .")
    print(f"✗ linuxmm: {count(len(proved), 'broken promise')}")
    sys.exit(1)

perhaps = review["introduced"]
if review["extent"] == "nothing" and not perhaps:
    sys.exit(0)

# What keeps the line from a tick, each in a few words
doubts = []
unread = review["not_modelled"] if review["extent"] == "partly" else []
if unread:
    place = ":".join(filter(None, (unread[0]["file"], unread[0]["function"])))
    doubts.append(f"partly read: {count(len(unread), 'hunk')} not judged, as in {place}")
unrun = [
    one for one in review["functions"] if not one["read"] and one["status"] != "executed"
]
if unrun:
    first = unrun[0]
    why = f"{first['status']} ({first['why']})" if first["why"] else first["status"]
    doubts.append(f"{count(len(unrun), 'function')} not executed to the end: "
                  f"{first['function']}: {why}")
unknown = [one for one in review["sites"] + review["rules"] if one["verdict"] == "unknown"]
if unknown:
    doubts.append(f"{count(len(unknown), 'changed rule')} not modelled")
if perhaps:
    doubts.append(count(len(perhaps), "doubtful finding"))
if review["undecided"]:
    doubts.append("a difference leads into what is not modelled")
if review["disagreements"]:
    doubts.append("what was read and what was executed disagree")
if not fits:
    doubts.append("the patch does not fit the modelled kernel")

words = ["no promise broken"]
if review["changed"]:
    words.append(count(len(review["changed"]), "visible change"))
words += doubts
if bounds["setups"]:
    words.append(f"searched {bounds['setups']} set-ups, {bounds['depth']} actions deep")
print(f"{'?' if doubts else '✓'} linuxmm: {plain('; '.join(words))}")
EOF
