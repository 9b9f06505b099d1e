package org.lsradapt.tasks.queries;

import java.io.IOException;
import java.util.OptionalDouble;
import java.util.Set;
import org.lsradapt.finetuning.StandaloneTraining;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.tasks.embeddings.PairsTask;

/** {@code --task query-adapter}: queries whose vectors are adapted to the stored vectors of passages. */
public final class QueryAdapterTask {
    static final String NAME = "query-adapter";
    static final TaskOption VECTORS = TaskOption.input(
            "--vectors",
            "FILE",
            "The stored vectors of all passages, as embed writes them: JSON lines with \"embedding\", \"text\" and,"
                    + " optionally, \"id\".");
    static final TaskOption QUERY_VECTORS = TaskOption.input(
            "--query-vectors",
            "FILE",
            "The vectors of all queries, in the same form, made by the embedder of --vectors. Default: --model embeds"
                    + " the queries.");
    static final TaskOption POSITIVE = PairsTask.POSITIVE.described(
            "The column of the passage that answers the query: its id or its text in --vectors. Default: positive.");

    /** The type, {@code --task query-adapter}. */
    public static final TaskType TYPE = TaskType.named(NAME)
            .options(
                    TaskOption.TRAIN,
                    TaskOption.DEV,
                    TaskOption.FORMAT,
                    PairsTask.ANCHOR,
                    POSITIVE,
                    VECTORS,
                    QUERY_VECTORS)
            .defaults(given -> TrainingDefaults.QUERY_VECTORS)
            .check(given -> {
                given.requireOneFile();
                given.refuse(!given.has(VECTORS), "no vectors of passages", "--vectors FILE");
            })
            .standalone(new Training());

    private QueryAdapterTask() {}

    private static final class Training implements StandaloneTraining {
        private static final Set<String> SETTINGS = Set.of(
                ("--seed --epochs --batch --hold-out --methods --lr --lora-lr --lora-r --lora-alpha --r --s --factors"
                                + " --in-factors --out-factors --rank-factors --alpha --scaling --init --term-weights")
                        .split(" "));

        @Override
        public Set<String> settings() {
            return SETTINGS;
        }

        @Override
        public AdapterConfig usual() {
            return QueryTraining.ADAPTERS;
        }

        @Override
        public Subject read(TaskOptions given, String model, OptionalDouble heldOut) throws IOException {
            return StoredQueries.read(given, model, heldOut);
        }
    }
}
