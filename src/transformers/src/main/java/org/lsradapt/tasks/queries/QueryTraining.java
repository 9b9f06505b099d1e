package org.lsradapt.tasks.queries;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.TextPair;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.retrieval.NegativeMining;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.retrieval.RetrievalData;
import org.lsradapt.tasks.embeddings.TextEncoder;

/**
 * Configures and runs the training of a {@link QueryAdapter}: in-batch contrast of the adapted queries with the
 * passages' vectors ({@link org.lsradapt.objectives.FixedContrast}), AdamW, a linear decay of the learning rate. Each
 * epoch is measured by nDCG@10 on held-out queries and the best one is kept; if none is better than the queries as they
 * are, the result is the identity.
 *
 * <p>Each text is embedded once, so that a training of thousands of pairs takes seconds on a CPU. For one thread at a
 * time.
 */
public final class QueryTraining {
    /** The passes over the pairs unless {@link #epochs} sets them. */
    public static final int EPOCHS = 20;

    /** The pairs per step unless {@link #batchSize} sets them. */
    public static final int BATCH_SIZE = 64;

    /** The learning rate unless {@link #learningRate} sets it, for LoRA and LSR. */
    public static final double LEARNING_RATE = 3e-3;

    static final LsrConfig ADAPTERS = LsrConfig.lora(8, 8);

    private static final double HELD_OUT = 0.1;

    private final TextEncoder encoder;
    private String embedder;
    private LsrConfig adapters = ADAPTERS;
    private int epochs = EPOCHS;
    private int batchSize = BATCH_SIZE;
    private double temperature = EmbeddingLoss.TEMPERATURE;
    private double heldOut = HELD_OUT;
    private double learningRate = LEARNING_RATE;
    private Optional<NegativeMining> mining = Optional.empty();

    QueryTraining(TextEncoder encoder, String embedder) {
        this.encoder = encoder;
        this.embedder = embedder;
    }

    /** Sets the embedder's name for messages, such as {@code all-MiniLM-L6-v2}, saved with the adapter; empty by default. */
    public QueryTraining embedder(String name) {
        embedder = name.strip();
        return this;
    }

    /**
     * Sets ΔW, an LSR or LoRA update; by default {@code LsrConfig.lora(8, 8)}. Its seed also draws the order of the
     * pairs and the queries that are held out.
     */
    public QueryTraining adapters(LsrConfig config) {
        adapters = config;
        return this;
    }

    /** Sets the number of passes over the pairs, at least 1. */
    public QueryTraining epochs(int passes) {
        Require.argument(passes >= 1, "query adapter: %d epochs, expected 1 or more", passes);
        epochs = passes;
        return this;
    }

    /** Sets the number of pairs per step, at least 2: the passages of the others are each query's wrong answers. */
    public QueryTraining batchSize(int pairs) {
        Require.argument(pairs >= 2, "query adapter: a batch of %d pairs, expected 2 or more", pairs);
        batchSize = pairs;
        return this;
    }

    /** Sets the learning rate of the first step, positive; {@link #LEARNING_RATE} by default. */
    public QueryTraining learningRate(double rate) {
        Require.argument(
                rate > 0 && Double.isFinite(rate), "query adapter: learning rate %s, expected a positive number", rate);
        learningRate = rate;
        return this;
    }

    /** Sets the temperature of the contrast, positive; {@link EmbeddingLoss#TEMPERATURE} by default. */
    public QueryTraining temperature(double value) {
        temperature = value;
        return this;
    }

    /** Adds hard negatives: passages that the queries find before training and that do not answer them. */
    public QueryTraining hardNegatives(NegativeMining settings) {
        mining = Optional.of(settings);
        return this;
    }

    /**
     * Sets the share of pairs to hold out for the evaluation, 0 to 1, both exclusive; 0.1 by default. {@link PairData}
     * has its own evaluation.
     */
    public QueryTraining heldOut(double share) {
        Require.argument(
                share > 0 && share < 1, "query adapter: held out %s, expected more than 0, less than 1", share);
        heldOut = share;
        return this;
    }

    /**
     * Trains on pairs of texts. The passages are the positives and negatives of the pairs.
     *
     * @param pairs queries with passages that answer them, some of which can be held out
     * @return the adapter of the best epoch, or the identity
     */
    public QueryAdapter train(List<TextPair> pairs) {
        return train(PairData.of(pairs).heldOut(heldOut).seed(adapters.seed()).read());
    }

    /**
     * Trains on pairs of texts with their evaluation data.
     *
     * @param data the pairs, and the passages to search
     * @return the adapter of the best epoch, or the identity
     */
    public QueryAdapter train(PairData data) {
        return train(encoder, data.train(), data.evaluation());
    }

    /** Trains on texts of queries with stored vectors of passages; see {@link #train(float[][], float[][], List)}. */
    public QueryAdapter train(List<String> queries, float[][] passages, List<List<Integer>> answers) {
        return train(encoder.embedQueries(queries), passages, answers);
    }

    /**
     * Trains on vectors. All passages are searched in the evaluation. Queries that share a passage are held out
     * together.
     *
     * @param queries the queries' vectors; not modified
     * @param passages the passages' vectors, as the index has them; not modified
     * @param answers for each query the rows of the passages that answer it
     * @return the adapter of the best epoch, or the identity
     * @throws IllegalArgumentException if lengths or numbers do not fit, or no query can be held out
     */
    public QueryAdapter train(float[][] queries, float[][] passages, List<List<Integer>> answers) {
        JudgedVectors all = new JudgedVectors(queries, answers);
        PairData divided = PairData.of(pairs(answers, passages))
                .heldOut(heldOut)
                .seed(adapters.seed())
                .read();
        return train(
                new StoredVectors(queries, passages),
                divided.train(),
                whole(divided.evaluation().queries(), passages.length, all));
    }

    /**
     * Trains on vectors like {@link #train(float[][], float[][], List)}, with other queries that choose the epoch.
     *
     * @param evaluation the queries to evaluate on
     * @param passages the passages' vectors, as the index has them; not modified
     */
    public QueryAdapter train(JudgedVectors train, JudgedVectors evaluation, float[][] passages) {
        JudgedVectors all = train.and(evaluation);
        pairs(evaluation.answers(), passages);
        return train(
                new StoredVectors(all.queries(), passages),
                pairs(train.answers(), passages),
                whole(asked(train.queries().length, all.queries().length), passages.length, all));
    }

    static QueryData data(JudgedVectors queries, float[][] passages) {
        return QueryData.of(
                new StoredVectors(queries.queries(), passages),
                pairs(queries.answers(), passages),
                whole(asked(0, queries.queries().length), passages.length, queries));
    }

    private static List<TextPair> pairs(List<List<Integer>> answers, float[][] passages) {
        List<TextPair> pairs = new ArrayList<>();
        for (int query = 0; query < answers.size(); query++) {
            QueryData.requireRows(query, answers.get(query), passages.length);
            String asked = StoredVectors.query(query);
            answers.get(query).stream()
                    .distinct()
                    .forEach(row -> pairs.add(TextPair.of(asked, StoredVectors.passage(row))));
        }
        return pairs;
    }

    private static List<IdentifiedText> asked(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(StoredVectors::query)
                .map(text -> new IdentifiedText(text, text))
                .toList();
    }

    private static RetrievalData whole(List<IdentifiedText> asked, int passages, JudgedVectors queries) {
        List<IdentifiedText> corpus = IntStream.range(0, passages)
                .mapToObj(StoredVectors::passage)
                .map(text -> new IdentifiedText(text, text))
                .toList();
        Map<String, Map<String, Integer>> judgements = new LinkedHashMap<>();
        for (IdentifiedText query : asked) {
            Map<String, Integer> grades = new LinkedHashMap<>();
            queries.answers()
                    .get(StoredVectors.row(query.text()))
                    .forEach(row -> grades.put(StoredVectors.passage(row), 1));
            judgements.put(query.id(), grades);
        }
        return new RetrievalData(corpus, asked, judgements);
    }

    private QueryAdapter train(TextEncoder vectors, List<TextPair> pairs, RetrievalData evaluation) {
        QueryData data = QueryData.of(vectors, pairs, evaluation);
        return new QueryRun(
                        mining.map(data::mined).orElse(data),
                        embedder,
                        adapters,
                        epochs,
                        batchSize,
                        learningRate,
                        temperature)
                .train();
    }

    /** Stored vectors as texts that name their rows. */
    @SuppressWarnings("ArrayRecordComponent")
    private record StoredVectors(float[][] queries, float[][] passages) implements TextEncoder {
        static String query(int row) {
            return "query " + row;
        }

        static String passage(int row) {
            return "passage " + row;
        }

        static int row(String text) {
            return Integer.parseInt(text.substring(text.indexOf(' ') + 1));
        }

        @Override
        public float[][] embed(List<String> texts) {
            return texts.stream().map(text -> passages[row(text)]).toArray(float[][]::new);
        }

        @Override
        public float[][] embedQueries(List<String> texts) {
            return texts.stream().map(text -> queries[row(text)]).toArray(float[][]::new);
        }
    }
}
