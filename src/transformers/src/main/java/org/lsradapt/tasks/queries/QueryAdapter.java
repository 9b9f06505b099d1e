package org.lsradapt.tasks.queries;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter.LoraMatrices;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.tasks.embeddings.TextEncoder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Changes the vectors of queries so that they find their passages better, q′ = q + q·ΔW, divided by its norm and
 * multiplied by that of q. ΔW is an LSR or LoRA update, trained on queries and the passages that answer them. The
 * passages' vectors stay as they are, whatever embedder made them, and so does their index.
 *
 * <pre>{@code
 * QueryAdapter adapter = QueryAdapter.on(encoder).train(pairs);
 * TextEncoder better = adapter.wrap(encoder);
 * adapter.save(folder);
 * }</pre>
 *
 * <p>Similarities are cosines. Immutable, holds no native memory, and is safe for use by many threads.
 */
public final class QueryAdapter {
    static final String LAYER = "query";

    private final QueryCard card;
    private final LsrConfig config;
    private final float[] parameters;
    /** A [in, r] and B [r, out] with c in B. */
    private final float[] a;

    private final double[] b;
    private final Optional<QueryScores> scores;

    private QueryAdapter(
            QueryCard card, LsrConfig config, float[] parameters, float[] a, double[] b, Optional<QueryScores> scores) {
        this.card = card;
        this.scores = scores;
        this.config = config;
        this.parameters = parameters;
        this.a = a;
        this.b = b;
    }

    /** Begins a training on the vectors of an encoder, which it uses and does not close. */
    public static QueryTraining on(TextEncoder encoder) {
        return new QueryTraining(encoder, "");
    }

    /** Begins a training on the vectors of any embedder, such as a remote one, of queries and passages alike. */
    public static QueryTraining on(Function<List<String>, float[][]> embed) {
        return on(new OneForBoth(embed));
    }

    /** Begins a training on vectors alone: {@link QueryTraining#train(float[][], float[][], List)}. */
    public static QueryTraining onVectors() {
        return on((List<String> texts) -> {
            throw new IllegalStateException("query adapter: there is no embedder for texts, expected"
                    + " QueryAdapter.on(encoder), or a training on vectors");
        });
    }

    private record OneForBoth(Function<List<String>, float[][]> embed) implements TextEncoder {
        @Override
        public float[][] embed(List<String> texts) {
            return embed.apply(texts);
        }

        @Override
        public float[][] embedQueries(List<String> queries) {
            return embed.apply(queries);
        }
    }

    static AdapterSet adapters(LsrConfig config, int dimensions, DataType type) {
        return AdapterSet.create(List.of(layer(dimensions, type)), config, Backends.standard());
    }

    private static FrozenLinear layer(int dimensions, DataType type) {
        return new FrozenLinear(LAYER, new IdentityWeight(dimensions, type), Optional.empty());
    }

    /** Copies the present state of adapters. */
    static QueryAdapter of(QueryCard card, Optional<QueryScores> scores, AdapterSet adapters) {
        adapters.materialize();
        LoraMatrices update = adapters.lsrAdapter(LAYER).exportLora();
        try (INDArray a = update.a();
                INDArray b = update.b()) {
            double[] scaled = numbers(b);
            for (int i = 0; i < scaled.length; i++) {
                scaled[i] *= update.scaling();
            }
            return new QueryAdapter(
                    card,
                    adapters.lsrAdapter(LAYER).config(),
                    floats(numbers(adapters.values())),
                    floats(numbers(a)),
                    scaled,
                    scores);
        }
    }

    private static double[] numbers(INDArray array) {
        double[] numbers = new double[(int) array.length()];
        Backends.standard().read(array, numbers);
        return numbers;
    }

    private static float[] floats(double[] numbers) {
        float[] floats = new float[numbers.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) numbers[i];
        }
        return floats;
    }

    /** The embedder's name; empty if the training was not given one. */
    public String embedder() {
        return card.embedder();
    }

    /** The length of the embedder's vectors. */
    public int dimensions() {
        return card.dimensions();
    }

    /** The settings of ΔW. */
    public LsrConfig config() {
        return config;
    }

    /** The number of trained parameters. */
    public int parameterCount() {
        return parameters.length;
    }

    /** The nDCG@10 of the held-out queries as they are. */
    public double before() {
        return card.before();
    }

    /** The nDCG@10 of the held-out queries with this adapter. */
    public double after() {
        return card.after();
    }

    /** The metrics of the held-out queries without and with this adapter; empty if it was loaded. */
    public Optional<QueryScores> scores() {
        return scores;
    }

    /** Measures queries that the training has not seen in a search of all passages, given by their vectors. */
    public QueryScores evaluate(JudgedVectors queries, float[][] passages) {
        QueryData data = QueryTraining.data(queries, passages);
        return QueryScores.of(data.byQuery(query -> query), data.byQuery(this::apply));
    }

    /** Whether no epoch was better than the queries as they are, so that vectors are returned unchanged. */
    public boolean isIdentity() {
        return card.epoch() == 0;
    }

    /** Returns a sentence that says what the training reached. */
    public String summary() {
        return isIdentity()
                ? String.format(
                        Locale.ROOT,
                        "none of %d epochs is better than the queries as they are, whose nDCG@10 is %.4f (%d held-out"
                                + " queries): they stay unchanged",
                        card.epochs(),
                        before(),
                        card.heldOut())
                : String.format(
                        Locale.ROOT,
                        "nDCG@10 of %d held-out queries from %.4f to %.4f, after epoch %d of %d",
                        card.heldOut(),
                        before(),
                        after(),
                        card.epoch(),
                        card.epochs());
    }

    /**
     * Adapts the vector of a query.
     *
     * @param query the embedder's vector of finite numbers; not modified
     * @return a new vector of the same Euclidean norm
     * @throws IllegalArgumentException if it has another length than the vectors of the training
     */
    public float[] apply(float[] query) {
        Require.argument(
                query.length == dimensions(),
                "query adapter: a vector of %d numbers, expected %d%s",
                query.length,
                dimensions(),
                embedder().isEmpty() ? "" : " as " + embedder() + " makes them");
        double[] sum = sum(query);
        double square = 0;
        for (double number : sum) {
            square += number * number;
        }
        double factor = square > 0 ? QueryData.norm(query) / Math.sqrt(square) : 1;
        float[] adapted = new float[sum.length];
        for (int i = 0; i < adapted.length; i++) {
            adapted[i] = (float) (sum[i] * factor);
        }
        return adapted;
    }

    /** q + q·ΔW. */
    private double[] sum(float[] query) {
        int d = query.length;
        int r = a.length / d;
        double[] hidden = new double[r];
        for (int i = 0; i < d; i++) {
            for (int k = 0; k < r; k++) {
                hidden[k] += (double) query[i] * a[i * r + k];
            }
        }
        double[] sum = new double[d];
        Arrays.setAll(sum, i -> query[i]);
        for (int k = 0; k < r; k++) {
            for (int i = 0; i < d; i++) {
                sum[i] += hidden[k] * b[k * d + i];
            }
        }
        return sum;
    }

    /** Returns an encoder that adapts the vectors of queries by the training's, and leaves those of passages as they are. */
    public TextEncoder wrap(TextEncoder encoder) {
        return new AdaptedQueries(encoder, this);
    }

    private record AdaptedQueries(TextEncoder encoder, QueryAdapter adapter) implements TextEncoder {
        @Override
        public float[][] embed(List<String> texts) {
            return encoder.embed(texts);
        }

        @Override
        public float[][] embedQueries(List<String> queries) {
            return Arrays.stream(encoder.embedQueries(queries))
                    .map(adapter::apply)
                    .toArray(float[][]::new);
        }
    }

    /**
     * Saves the adapter: its parameters as other adapters' ({@link AdapterFolder}), and {@code query_adapter.json}.
     *
     * @param folder the folder, created if missing; an adapter that is there is replaced
     */
    public void save(Path folder) throws IOException {
        Files.createDirectories(folder);
        Backend backend = Backends.standard();
        try (AdapterSet adapters = adapters(config, dimensions(), DataType.FLOAT)) {
            double[] values = new double[parameters.length];
            Arrays.setAll(values, i -> parameters[i]);
            backend.write(values, adapters.values());
            AdapterFolder.save(folder, adapters);
        }
        card.write(folder);
    }

    /**
     * Loads an adapter.
     *
     * @param folder a folder that {@link #save} wrote
     * @throws IOException if a file is missing, altered or does not fit the others; the message names it
     */
    public static QueryAdapter load(Path folder) throws IOException {
        QueryCard card = QueryCard.read(folder);
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            if (!saved.layerNames().equals(List.of(LAYER)) || !(saved.config(LAYER) instanceof LsrConfig)) {
                throw new IOException(folder + ": adapts the layers " + saved.layerNames() + ", expected an LSR or LoRA"
                        + " adapter of '" + LAYER + "' alone");
            }
            try (AdapterSet adapters =
                    saved.adapters(List.of(layer(card.dimensions(), DataType.FLOAT)), Backends.standard())) {
                return of(card, Optional.empty(), adapters);
            }
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    folder + ": " + QueryCard.NAME + " says " + card.dimensions() + " dimensions: " + e.getMessage(),
                    e);
        }
    }

    @Override
    public String toString() {
        return "query adapter " + config.label() + ", " + dimensions() + " dimensions: " + summary();
    }
}
