package org.lsradapt.benchmarks;

import java.util.Arrays;

/** What the benchmarks' README runs. */
public final class Main {

    private Main() {}

    /**
     * Runs one of the programs.
     *
     * @param args {@code jmh [options of JMH]}, {@code peer FOLDER [PYTHON]}, {@code growth}, {@code mixed}, {@code tenants …}, {@code users FOLDER USERS MOVED SEED}, {@code folds OUT.csv SEEDS}, {@code labels OUT.csv SEEDS SHARES head|lsr}, {@code uncertain OUT.csv SEEDS}, {@code queries OUT.csv SEEDS RATES METHODS [BEIR_FOLDER]}, {@code embed},
     *     {@code generate MODEL.gguf [TOKENS [ROUNDS]]}, {@code texts MODEL [PRECISION [TOKENS [ROUNDS]]]},
     *     {@code memory MODEL BATCH TOKENS keep|checkpointing [LAYERS]}, {@code endurance}, or {@code measure …} as {@code peer} starts it
     * @throws Exception if the program fails
     */
    public static void main(String[] args) throws Exception {
        String program = args.length == 0 ? "" : args[0];
        String[] rest = args.length == 0 ? args : Arrays.copyOfRange(args, 1, args.length);
        switch (program) {
            case "jmh" -> JmhRun.main(rest);
            case "peer" -> PeerComparison.main(rest);
            case "growth" -> CostGrowth.main(rest);
            case "mixed" -> MixedAdapters.main(rest);
            case "tenants" -> TenantAdapters.main(rest);
            case "users" -> UserTables.main(rest);
            case "folds" -> FoldTeachers.main(rest);
            case "labels" -> LabelErrors.main(rest);
            case "uncertain" -> UncertainCurve.main(rest);
            case "queries" -> QuerySearch.main(rest);
            case "embed" -> EmbeddingSpeed.main(rest);
            case "generate" -> GenerationSpeed.main(rest);
            case "texts" -> TextsAtOnce.main(rest);
            case "measure" -> Measure.main(rest);
            case "endurance" -> Endurance.main(rest);
            case "memory" -> MemoryUse.main(rest);
            default ->
                throw new IllegalArgumentException(
                        "benchmarks: '" + program
                                + "', expected jmh, peer, growth, mixed, tenants, users, folds, labels, uncertain, queries, embed, generate, texts, measure, memory or endurance");
        }
    }
}
