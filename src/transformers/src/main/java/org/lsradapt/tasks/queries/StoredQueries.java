package org.lsradapt.tasks.queries;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.IntStream;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.data.Table;
import org.lsradapt.data.TextPair;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.data.rules.Quoted;
import org.lsradapt.finetuning.StandaloneTraining;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.tasks.embeddings.Cosine;
import org.lsradapt.tasks.embeddings.PairsTask;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.training.settings.TrainingConfig;

/**
 * Queries with the stored passages that answer them, as {@code --task query-adapter} reads them.
 *
 * @param embedder the embedder's name; empty if the queries' vectors were read
 * @param dev the queries of {@code --dev}; empty without it
 * @param heldOut the share of the training queries that chooses the epoch; empty for {@code dev} if there is one
 * @param notes sentences about the data
 */
@SuppressWarnings("ArrayRecordComponent")
record StoredQueries(
        String embedder,
        float[][] passages,
        JudgedVectors train,
        Optional<JudgedVectors> dev,
        OptionalDouble heldOut,
        List<String> notes)
        implements StandaloneTraining.Subject {
    /** The number of stored texts that are embedded again, to see whether the model made their vectors. */
    private static final int COMPARED = 8;

    private static final double SAME_MODEL = 0.95;

    /** Reads the files, and embeds the queries unless their vectors are given. */
    static StoredQueries read(TaskOptions given, String model, OptionalDouble heldOut) throws IOException {
        VectorFile stored = file(given, given.path(QueryAdapterTask.VECTORS).orElseThrow());
        Map<String, Set<Integer>> train = answers(given.train(), given, stored);
        Optional<Map<String, Set<Integer>>> dev = Optional.empty();
        if (given.dev().isPresent()) {
            dev = Optional.of(answers(given.dev().get(), given, stored));
        }
        List<String> notes = new ArrayList<>();
        notes.add(String.format(
                Locale.ROOT,
                "task %s: %,d queries to train on, %s; %,d passages with vectors of %,d numbers",
                QueryAdapterTask.NAME,
                train.size(),
                dev.map(some -> String.format(Locale.ROOT, "%,d to evaluate on", some.size()))
                        .orElse("part of which is held out"),
                stored.vectors().length,
                stored.vectors()[0].length));
        Optional<Path> vectors = given.path(QueryAdapterTask.QUERY_VECTORS);
        if (vectors.isPresent()) {
            VectorFile queries = file(given, vectors.get());
            return new StoredQueries(
                    "",
                    stored.vectors(),
                    judged(queries.of(train.keySet(), vectors.get()), train),
                    dev.isPresent()
                            ? Optional.of(judged(queries.of(dev.get().keySet(), vectors.get()), dev.get()))
                            : Optional.empty(),
                    heldOut,
                    notes);
        }
        try (Embedder embedder = Embedder.load(model)) {
            embedder.compare(stored, model).ifPresent(notes::add);
            return new StoredQueries(
                    embedder.texts.base().name(),
                    stored.vectors(),
                    judged(embedder.texts.embedQueries(List.copyOf(train.keySet())), train),
                    dev.map(some -> judged(embedder.texts.embedQueries(List.copyOf(some.keySet())), some)),
                    heldOut,
                    notes);
        }
    }

    private static VectorFile file(TaskOptions given, Path file) throws IOException {
        return VectorFile.read(given.table(file.toString()));
    }

    private static JudgedVectors judged(float[][] queries, Map<String, Set<Integer>> answers) {
        return new JudgedVectors(
                queries, answers.values().stream().map(List::copyOf).toList());
    }

    /** The rows of the passages that answer each query. */
    private static Map<String, Set<Integer>> answers(Table table, TaskOptions given, VectorFile stored)
            throws IOException {
        PairData.FromFile file = PairData.of(table);
        given.value(PairsTask.ANCHOR).ifPresent(file::anchor);
        given.value(QueryAdapterTask.POSITIVE).ifPresent(file::positive);
        List<TextPair> pairs = file.all();
        Map<String, Set<Integer>> answers = new LinkedHashMap<>();
        List<String> unknown = new ArrayList<>();
        for (TextPair pair : pairs) {
            List<Integer> rows = stored.rows(pair.positive());
            if (rows.isEmpty()) {
                unknown.add(pair.positive());
            }
            answers.computeIfAbsent(pair.anchor(), query -> new LinkedHashSet<>())
                    .addAll(rows);
        }
        if (!unknown.isEmpty()) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "%s: %,d of %,d positives are neither an id nor a text of %s, such as %s; expected the vectors of all",
                    table,
                    unknown.size(),
                    pairs.size(),
                    given.value(QueryAdapterTask.VECTORS).orElseThrow(),
                    Quoted.value(unknown.get(0))));
        }
        return answers;
    }

    /** An embedder with its base model. */
    private record Embedder(TextEmbedder texts, Optional<BaseModel> base) implements AutoCloseable {

        /** Loads an adapter's folder, or a model as it is. */
        static Embedder load(String model) throws IOException {
            if (AdapterFolder.isOne(Path.of(model))) {
                return new Embedder(TextEmbedder.load(Path.of(model)), Optional.empty());
            }
            BaseModel base = BaseModel.load(model);
            try {
                return new Embedder(TextEmbedder.of(base), Optional.of(base));
            } catch (IOException | RuntimeException e) {
                base.close();
                throw e;
            }
        }

        /** A warning if stored texts have other vectors by this model; empty without texts. */
        Optional<String> compare(VectorFile stored, String model) {
            int[] rows = IntStream.range(0, stored.vectors().length)
                    .filter(row -> stored.texts()
                            .get(row)
                            .filter(text -> !text.isBlank())
                            .isPresent())
                    .limit(COMPARED)
                    .toArray();
            float[][] again = texts.embed(IntStream.of(rows)
                    .mapToObj(row -> stored.texts().get(row).orElseThrow())
                    .toList());
            Require.argument(
                    rows.length == 0 || again[0].length == stored.vectors()[0].length,
                    "--model %s: makes vectors of %d numbers, the stored ones have %d; expected the model that made them,"
                            + " or --query-vectors FILE",
                    model,
                    rows.length == 0 ? 0 : again[0].length,
                    stored.vectors()[0].length);
            double mean = IntStream.range(0, rows.length)
                    .mapToDouble(i -> Cosine.of(again[i], stored.vectors()[rows[i]]))
                    .average()
                    .orElse(1);
            return mean >= SAME_MODEL
                    ? Optional.empty()
                    : Optional.of(String.format(
                            Locale.ROOT,
                            "warning: --model %s makes other vectors of the stored texts (mean cosine of %d: %.2f), expected"
                                    + " the model that made them",
                            model,
                            rows.length,
                            mean));
        }

        @Override
        public void close() {
            texts.close();
            base.ifPresent(BaseModel::close);
        }
    }

    /** The queries of {@code dev} choose the epoch, unless a part is held out, which leaves them to be measured once. */
    @Override
    public StandaloneTraining.Trained train(AdapterConfig adapters, TrainingConfig config) {
        Require.argument(
                adapters instanceof LsrConfig,
                "--task %s: found adapters of the kind %s, expected lora or lsr",
                QueryAdapterTask.NAME,
                adapters.label());
        QueryTraining training = QueryAdapter.onVectors()
                .embedder(embedder)
                .adapters((LsrConfig) adapters)
                .epochs(config.epochs())
                .batchSize(config.batchSize())
                .learningRate(config.learningRate());
        heldOut.ifPresent(training::heldOut);
        QueryAdapter trained = dev.isPresent() && heldOut.isEmpty()
                ? training.train(train, dev.get(), passages)
                : training.train(train.queries(), passages, train.answers());
        QueryScores scores = dev.isPresent() && heldOut.isPresent()
                ? trained.evaluate(dev.get(), passages)
                : trained.scores().orElseThrow();
        Map<String, Measurement> measured = new LinkedHashMap<>();
        measured.put("before", scores.before());
        measured.put("after", scores.after());
        measured.put("gain", scores.gain());
        return new StandaloneTraining.Trained(trained.parameterCount(), trained.summary(), measured, trained::save);
    }
}
