#!/usr/bin/env bash
# Is this commit as fast as another one? Training steps, generation and embedding of both, in turn.
#
# gate.sh [BASE [ROUNDS]]     e.g. gate.sh main~1 5
#
# Builds BASE (default: HEAD~1) in a temporary worktree, then this commit, both by way of Maven's local repository, where
# this commit stays, and prints for each measurement the median ratio of times, new over old. Ends with status 1 if one is
# above 1.05. Nothing else may run meanwhile. Needs git, Java and Maven.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
base=${1:-HEAD~1} rounds=${2:-3}
work=$(mktemp -d)
trap 'git -C "$here" worktree remove --force "$work/old" || true; rm -rf "$work"' EXIT
git -C "$here" worktree add --quiet --detach "$work/old" "$base"

build() { # of a tree: its benchmarks with all that they need, in a folder
  (cd "$1" && mvn -q -B -ntp install -DskipTests)
  (cd "$1/benchmarks" && mvn -q -B -ntp package dependency:copy-dependencies -DoutputDirectory="$2" && cp target/*.jar "$2")
}
# Maven ends with a control sequence, which is no part of the table.
build "$work/old" "$work/jars-old" >&2
build "$here" "$work/jars-new" >&2

names=("step f32" "step bf16" "generate bf16" "embed f32" "embed bf16")
runs=(
  "step minilm lsr 32 64 0 f32"
  "step minilm lsr 32 64 0 bf16"
  "generate smollm-135m 64 0 bf16"
  "embed minilm f32"
  "embed minilm bf16"
)
seconds() { # of a run by old or new
  # shellcheck disable=SC2086 # a run is several words
  java --add-modules jdk.incubator.vector -cp "$work/jars-$1/*" org.lsradapt.benchmarks.Main measure $2 2>/dev/null |
    sed -n 's/.*"\(step_s\|s_per_token\|s_per_text\)":\([0-9.E-]*\).*/\2/p'
}
slow=0
printf '| measurement | new over old, median of %s | all |\n|---|---|---|\n' "$rounds"
for i in "${!runs[@]}"; do
  ratios=()
  for ((round = 0; round < rounds; round++)); do
    old=$(seconds old "${runs[$i]}")
    new=$(seconds new "${runs[$i]}")
    [ -n "$old" ] && [ -n "$new" ] || { printf '| %s | not measured | |\n' "${names[$i]}"; continue 2; }
    ratios+=("$(awk "BEGIN { printf \"%.3f\", $new / $old }")")
  done
  median=$(printf '%s\n' "${ratios[@]}" | sort -n | sed -n "$((rounds / 2 + 1))p")
  printf '| %s | %s | %s |\n' "${names[$i]}" "$median" "${ratios[*]}"
  awk "BEGIN { exit !($median > 1.05) }" && slow=1
done
exit $slow
