#!/usr/bin/env bash
# An adapter for each of many constructed users (docs/guides/per-user.md): what each gains over the shared one.
#
# per-user.sh FOLDER [USERS [SEEDS]]     e.g. per-user.sh /tmp/per-user 100 "1 2 3"
#
# MOVED are the numbers of files that users have moved; 0 is the control: users who agree with the convention, so that
# nobody has anything to gain but from chance. METHODS are those of the shared classifiers, OWN what finetune --own takes,
# and OPTIONS further options of finetune --per: "--hold-out 0.25 --chance 1" is the rule of docs/evidence/per-user.csv.
# LSR_ADAPT is the program lsr-adapt, BENCHMARKS the program of this folder that writes the tables.
set -euo pipefail
folder=$1 users=${2:-100} seeds=${3:-1 2 3}
lsr=${LSR_ADAPT:-lsr-adapt}
benchmarks=${BENCHMARKS:-java -cp target/lsr-adapt-benchmarks-0.1.0-SNAPSHOT.jar:target/jars/* org.lsradapt.benchmarks.Main}
own=${OWN:-head,adapter}
results=$folder/per-user.csv
mkdir -p "$folder"
echo "moved,seed,method,own,users,kept,mean_gain_held_out,shared_test,store_test" > "$results"

accuracy() { # of a store's predictions on the test rows
  $lsr store predict --store "$1" --adapter "$2" --data "$data/test.csv" --per user 2>&1 >/dev/null |
    sed -n 's/.*accuracy \([0-9.]*\).*/\1/p'
}

for moved in ${MOVED:-5 0}; do
  for seed in $seeds; do
    data=$folder/moved-$moved-seed-$seed
    [ -f "$data/test.csv" ] || $benchmarks users "$data" "$users" "$moved" "$seed"
    for method in ${METHODS:-lsr lora:1}; do
      name=${method/:/}
      [ -d "$data/shared-$name" ] || $lsr finetune --task classify --train "$data/shared.csv" --methods "$method" \
        --s 1 --epochs 6 --seed "$seed" --out "$data/shared-$name" --quiet
      shared=$(dirname "$data/shared-$name"/*/adapter_config.json)
      store=$data/$name-${own//,/-}.store
      # A store without users, so that the shared adapter answers for all.
      [ -f "$data/none.store" ] || $lsr finetune --per user --from "$shared" --train "$data/users.csv" \
        --store "$data/none.store" --min-rows 1000 --quiet > /dev/null
      summary=$($lsr finetune --per user --from "$shared" --train "$data/users.csv" --store "$store" \
        --own "$own" --seed "$seed" --quiet ${OPTIONS:-})
      kept=$(sed -n 's/.*, \([0-9,]*\) kept.*/\1/p' <<< "$summary")
      gain=$(sed -n 's/.*refused: \([^ ]*\) .*/\1/p' <<< "$summary")
      echo "$moved,$seed,$method,${own//,/ },$users,$kept,$gain,$(accuracy "$data/none.store" "$shared"),$(accuracy "$store" "$shared")" |
        tee -a "$results"
    done
  done
done
