#!/usr/bin/env bash
# Training in one process of one thread, and on clusters of Spark with one and two workers of one core each on this machine.
#   spark-training.sh MODEL TASK DIR|- EPOCHS EXAMPLES [BATCH]
# SPARK_HOME is a Spark 4.2 for Scala 2.13, JARS a folder with what mvn dependency:copy-dependencies copied; see README.md.
set -euo pipefail
cd "$(dirname "$0")"
: "${SPARK_HOME:?is the folder of Spark}" "${JARS:?is the folder of the dependencies}"
work=$(mktemp -d)
app=target/lsr-adapt-benchmarks-0.1.0-SNAPSHOT.jar
# Behind Spark's own jars, and not sent to the executors, which would be counted.
export SPARK_DIST_CLASSPATH="$PWD/$app:$(cd "$JARS" && pwd)/*"
main=org.lsradapt.benchmarks.SparkTraining
pids=()
export SPARK_LOCAL_IP=127.0.0.1
stop() { kill -9 "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; pids=(); pkill -9 -f "CoarseGrainedExecutorBackend.*$work" || true; }
trap 'stop; rm -rf "$work"' EXIT

echo "one process, one thread"
java -Xmx3g -Dlsradapt.threads=1 -cp "$app:$JARS/*:$SPARK_HOME/jars/*" "$main" local "$@" 2> "$work/local.log"
for workers in 1 2; do
  port=$((7077 + workers))
  "$SPARK_HOME"/bin/spark-class org.apache.spark.deploy.master.Master --host 127.0.0.1 --port $port --webui-port 0 > "$work/master.log" 2>&1 &
  pids+=($!)
  sleep 5
  for ((i = 0; i < workers; i++)); do
    "$SPARK_HOME"/bin/spark-class org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --cores 1 --memory 4g --webui-port 0 \
      --work-dir "$work/worker$i" spark://127.0.0.1:$port > "$work/worker$i.log" 2>&1 &
    pids+=($!)
  done
  echo "Spark, $workers workers of one core"
  "$SPARK_HOME"/bin/spark-submit --master spark://127.0.0.1:$port --driver-memory 3g --executor-memory 3g \
    --conf spark.ui.enabled=false --conf spark.scheduler.minRegisteredResourcesRatio=1 --conf spark.default.parallelism=$workers \
    --conf spark.cores.max=$workers --class "$main" "$app" spark "$@" 2> "$work/spark-$workers.log" \
    || { tail -50 "$work/spark-$workers.log"; exit 1; }
  stop
done
