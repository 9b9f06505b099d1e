package org.lsradapt.tasks.queries;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.lsradapt.finetuning.StandaloneTraining;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.tasks.embeddings.PairsTask;

/** {@code --task query-adapter}: queries whose vectors are adapted to the stored vectors of passages. */
final class QueryAdapterTask implements TaskType {
    static final String NAME = "query-adapter";
    static final TaskOption VECTORS = new TaskOption(
            "--vectors",
            TaskOption.Form.INPUT,
            "FILE",
            "The stored vectors of all passages, as embed writes them: JSON lines with \"embedding\", \"text\" and,"
                    + " optionally, \"id\".");
    static final TaskOption QUERY_VECTORS = new TaskOption(
            "--query-vectors",
            TaskOption.Form.INPUT,
            "FILE",
            "The vectors of all queries, in the same form, made by the embedder of --vectors. Default: --model embeds"
                    + " the queries.");
    static final TaskOption POSITIVE = PairsTask.Type.POSITIVE.described(
            "The column of the passage that answers the query: its id or its text in --vectors. Default: positive.");

    private static final Training TRAINING = new Training();

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<TaskOption> options() {
        return List.of(
                TaskOption.TRAIN,
                TaskOption.DEV,
                TaskOption.FORMAT,
                PairsTask.Type.ANCHOR,
                POSITIVE,
                VECTORS,
                QUERY_VECTORS);
    }

    @Override
    public TrainingDefaults defaults(TaskOptions given) {
        return TrainingDefaults.QUERY_VECTORS;
    }

    @Override
    public void check(TaskOptions given) {
        given.requireOneFile();
        given.refuse(!given.has(VECTORS), "no vectors of passages", "--vectors FILE");
    }

    @Override
    public TrainingTask<?, ?> read(TaskOptions given) {
        throw new IllegalArgumentException(
                "--task " + NAME + ": adapts no layer of a base model, expected it in the" + " command finetune alone");
    }

    @Override
    public Optional<StandaloneTraining> standalone() {
        return Optional.of(TRAINING);
    }

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
