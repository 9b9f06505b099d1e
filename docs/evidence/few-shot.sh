#!/usr/bin/env bash
# Few examples of each class (docs/background/evidence.md): trains on the splits of few-shot.py.
# few-shot.sh DATA OUT "TASKS" "SIZES" METHODS [OPTION...]: METHODS such as frozen,lsr; OPTION such as --few-shot
set -euo pipefail
data=$1 out=$2 tasks=$3 sizes=$4 methods=$5
shift 5
for size in $sizes; do
  for task in $tasks; do
    text=text
    [ "$task" != mrpc ] || text=first,second
    for seed in 1 2 3; do
      lsr-adapt finetune --task classify --train "$data/$task/train-$size-$seed.csv" --dev "$data/$task/dev.csv" \
        --text $text --methods "$methods" --seed $seed --eval-every 1000000 "$@" --out "$out/$task-$size-$seed"
    done
  done
done
