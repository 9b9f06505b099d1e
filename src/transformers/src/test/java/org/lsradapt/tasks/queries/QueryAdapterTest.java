package org.lsradapt.tasks.queries;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.TextPair;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.CentralDifferences;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.retrieval.NegativeMining;
import org.lsradapt.retrieval.RetrievalData;
import org.lsradapt.tasks.embeddings.TextEncoder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class QueryAdapterTest {
    private static final int WIDTH = 24;
    private static final int COUNT = 240;

    static Stream<LsrConfig> configs() {
        return Stream.of(
                LsrConfig.lora(8, 8),
                LsrConfig.builder().bottleneckRank(4).separationRank(6).build());
    }

    /** Passages at random; each query is its passage with the numbers moved by one place, and noise. */
    private static float[][] passages() {
        Random random = new Random(5);
        float[][] passages = new float[COUNT][WIDTH];
        Arrays.stream(passages).forEach(row -> fill(row, random));
        return passages;
    }

    private static void fill(float[] row, Random random) {
        for (int i = 0; i < row.length; i++) {
            row[i] = (float) random.nextGaussian();
        }
    }

    private static float[][] queries(float[][] passages) {
        Random random = new Random(6);
        float[][] queries = new float[passages.length][WIDTH];
        for (int q = 0; q < queries.length; q++) {
            for (int i = 0; i < WIDTH; i++) {
                queries[q][i] = (float) (0.8 * passages[q][i]
                        + (i < WIDTH / 2 ? 1.5 * passages[q][i + WIDTH / 2] : 0)
                        + 0.6 * random.nextGaussian());
            }
        }
        return queries;
    }

    private static List<List<Integer>> own() {
        return IntStream.range(0, COUNT).mapToObj(List::of).toList();
    }

    private static QueryAdapter trained(LsrConfig config) {
        float[][] passages = passages();
        return QueryAdapter.onVectors()
                .embedder("random")
                .adapters(config)
                .learningRate(0.01)
                .epochs(8)
                .heldOut(0.25)
                .train(queries(passages), passages, own());
    }

    @ParameterizedTest
    @MethodSource("configs")
    void train_rotatedQueries_findsMoreAndEqualsTheDenseProduct(LsrConfig config, @TempDir Path folder)
            throws IOException {
        QueryAdapter adapter = trained(config);
        assertTrue(adapter.after() > adapter.before() + 0.05, adapter.summary());
        assertFalse(adapter.isIdentity());
        assertTrue(adapter.summary().startsWith("nDCG@10 of 60 held-out queries from 0."), adapter.summary());
        float[] query = queries(passages())[3];
        float[] copy = query.clone();
        float[] adapted = adapter.apply(query);
        assertArrayEquals(copy, query);
        assertEquals(QueryData.norm(query), QueryData.norm(adapted), 1e-5);
        assertArrayEquals(naive(adapter, query, folder), adapted, 1e-5f);
    }

    /** W = I + ΔW as a dense matrix of the saved adapter, applied in double. */
    private static float[] naive(QueryAdapter adapter, float[] query, Path folder) throws IOException {
        adapter.save(folder);
        INDArray weight;
        try (SavedAdapter saved = AdapterFolder.load(folder);
                AdapterSet set = saved.adapters(
                        List.of(FrozenLinear.of(
                                QueryAdapter.LAYER, Nd4j.eye(WIDTH).castTo(DataType.FLOAT))),
                        Backends.standard())) {
            weight = set.lsrAdapter(QueryAdapter.LAYER).merge();
        }
        double[] sum = new double[WIDTH];
        double square = 0;
        for (int j = 0; j < WIDTH; j++) {
            for (int i = 0; i < WIDTH; i++) {
                sum[j] += query[i] * weight.getDouble(i, j);
            }
            square += sum[j] * sum[j];
        }
        float[] expected = new float[WIDTH];
        for (int j = 0; j < WIDTH; j++) {
            expected[j] = (float) (sum[j] * QueryData.norm(query) / Math.sqrt(square));
        }
        return expected;
    }

    @ParameterizedTest
    @MethodSource("configs")
    void apply_newAdapter_isExactlyTheIdentity(LsrConfig config) {
        try (AdapterSet adapters = QueryAdapter.adapters(config, WIDTH, DataType.FLOAT)) {
            QueryAdapter start =
                    QueryAdapter.of(new QueryCard("", WIDTH, 1, 0.5, 0.5, 0, 3), Optional.empty(), adapters);
            float[] query = queries(passages())[7];
            assertArrayEquals(query, start.apply(query), 0);
            assertArrayEquals(new float[WIDTH], start.apply(new float[WIDTH]), 0);
        }
    }

    @Test
    void train_twice_isTheSame() {
        LsrConfig config = LsrConfig.defaults();
        float[] query = queries(passages())[11];
        assertArrayEquals(trained(config).apply(query), trained(config).apply(query), 0);
    }

    @Test
    void train_queriesEqualToTheirPassages_keepsTheIdentity() {
        float[][] passages = passages();
        QueryAdapter adapter = QueryAdapter.onVectors().epochs(2).train(passages, passages, own());
        assertTrue(adapter.isIdentity());
        assertEquals(1, adapter.before(), 0);
        assertEquals(1, adapter.after(), 0);
        assertEquals(
                "none of 2 epochs is better than the queries as they are, whose nDCG@10 is 1.0000 (24 held-out queries):"
                        + " they stay unchanged",
                adapter.summary());
        assertArrayEquals(passages[2], adapter.apply(passages[2]), 0);
    }

    @ParameterizedTest
    @MethodSource("configs")
    void saveAndLoad_gives_theSameNumbers(LsrConfig config, @TempDir Path folder) throws IOException {
        QueryAdapter adapter = trained(config);
        adapter.save(folder.resolve("adapter"));
        adapter.save(folder.resolve("adapter"));
        QueryAdapter loaded = QueryAdapter.load(folder.resolve("adapter"));
        float[] query = queries(passages())[9];
        assertArrayEquals(adapter.apply(query), loaded.apply(query), 0);
        assertEquals(adapter.toString(), loaded.toString());
        assertEquals(
                List.of("random", WIDTH, config), List.of(loaded.embedder(), loaded.dimensions(), loaded.config()));
        assertEquals(adapter.parameterCount(), loaded.parameterCount());
    }

    @Test
    void load_otherDimensions_saysSo(@TempDir Path folder) throws IOException {
        assertEquals(
                folder + ": has no query_adapter.json, expected a folder that QueryAdapter.save wrote",
                assertThrows(IOException.class, () -> QueryAdapter.load(folder)).getMessage());
        trained(LsrConfig.lora(2, 2)).save(folder);
        Path card = folder.resolve(QueryCard.NAME);
        Files.writeString(card, Files.readString(card).replace("24", "25"));
        String message =
                assertThrows(IOException.class, () -> QueryAdapter.load(folder)).getMessage();
        assertTrue(message.startsWith(folder + ": query_adapter.json says 25 dimensions: "), message);
    }

    @Test
    void apply_otherLength_isRefused() {
        QueryAdapter adapter = trained(LsrConfig.lora(2, 2));
        assertEquals(
                "query adapter: a vector of 3 numbers, expected 24 as random makes them",
                assertThrows(IllegalArgumentException.class, () -> adapter.apply(new float[3]))
                        .getMessage());
    }

    @Test
    void wrap_adapts_queriesAlone() {
        QueryAdapter adapter = trained(LsrConfig.defaults());
        float[][] vectors = passages();
        TextEncoder encoder = new TextEncoder() {
            @Override
            public float[][] embed(List<String> texts) {
                return texts.stream().map(text -> vectors[text.length()]).toArray(float[][]::new);
            }

            @Override
            public float[][] embedQueries(List<String> queries) {
                return embed(queries);
            }
        };
        TextEncoder wrapped = adapter.wrap(encoder);
        assertArrayEquals(vectors[2], wrapped.embed(List.of("ab"))[0], 0);
        assertArrayEquals(adapter.apply(vectors[2]), wrapped.embedQueries(List.of("ab"))[0], 0);
    }

    @Test
    void apply_manyThreads_areTheSame() {
        QueryAdapter adapter = trained(LsrConfig.defaults());
        float[][] queries = queries(passages());
        float[][] expected = Arrays.stream(queries).map(adapter::apply).toArray(float[][]::new);
        IntStream.range(0, 2000)
                .parallel()
                .forEach(i -> assertArrayEquals(expected[i % COUNT], adapter.apply(queries[i % COUNT]), 0));
    }

    @Test
    void train_wrongVectors_areNamed() {
        float[][] passages = passages();
        QueryTraining training = QueryAdapter.onVectors().epochs(1);
        float[][] queries = queries(passages);
        assertMessage(
                "query adapter: query 5 has passage 240, expected 0 to 239",
                () -> training.train(queries, passages, replaced(5, List.of(240))));
        assertMessage(
                "query adapter: query 5 has no passage, expected one at least",
                () -> training.train(queries, passages, replaced(5, List.of())));
        assertMessage(
                "query adapter: 240 queries and the passages of 2, expected as many",
                () -> training.train(queries, passages, own().subList(0, 2)));
        passages[7] = new float[3];
        String message = assertThrows(IllegalArgumentException.class, () -> training.train(queries, passages, own()))
                .getMessage();
        assertEquals("query adapter: the vector of passage 7 has 3 numbers, expected 24 as the passages", message);
        assertThrows(
                IllegalStateException.class,
                () -> training.train(List.of(TextPair.of("a", "b"), TextPair.of("c", "d"))));
    }

    private static void assertMessage(String expected, Executable call) {
        assertEquals(
                expected, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    private static List<List<Integer>> replaced(int query, List<Integer> answers) {
        List<List<Integer>> all = new ArrayList<>(own());
        all.set(query, answers);
        return all;
    }

    @Test
    void train_minedNegatives_findsMore() {
        float[][] passages = passages();
        QueryAdapter adapter = QueryAdapter.onVectors()
                .hardNegatives(NegativeMining.builder().negatives(2).build())
                .learningRate(0.01)
                .epochs(4)
                .train(queries(passages), passages, own());
        assertTrue(adapter.after() > adapter.before(), adapter.summary());
    }

    /** Three queries, two of one passage, a copy of a passage, and hard negatives. */
    private static QueryData small() {
        Random random = new Random(8);
        float[][] passages = new float[6][WIDTH];
        Arrays.stream(passages).forEach(row -> fill(row, random));
        for (float[] row : passages) {
            double norm = QueryData.norm(row);
            for (int i = 0; i < row.length; i++) {
                row[i] = (float) (row[i] / norm);
            }
        }
        passages[4] = passages[0].clone();
        float[][] queries = new float[3][WIDTH];
        Arrays.stream(queries).forEach(row -> fill(row, random));
        RetrievalData evaluation = new RetrievalData(
                List.of(new IdentifiedText("p", "p")),
                List.of(new IdentifiedText("q", "q")),
                Map.of("q", Map.of("p", 1)));
        return new QueryData(
                queries,
                passages,
                List.of(Set.of(0), Set.of(1, 2), Set.of(4)),
                List.of(Set.of(3), Set.of(), Set.of(5, 3)),
                queries,
                new int[] {0},
                evaluation);
    }

    @ParameterizedTest
    @MethodSource("configs")
    void loss_equals_naiveDouble_andItsGradientCentralDifferences(LsrConfig config) {
        QueryData data = small();
        List<int[]> batch = data.examples();
        try (AdapterSet adapters = QueryAdapter.adapters(config, WIDTH, DataType.DOUBLE);
                QueryRun.Step step = new QueryRun.Step(data, adapters, 0.3)) {
            Random random = new Random(2);
            for (Parameter parameter : adapters.parameters()) {
                for (long i = 0; i < parameter.count(); i++) {
                    parameter.value().putScalar(i, 0.3 * random.nextGaussian());
                }
            }
            assertEquals(naiveLoss(data, batch, adapters, 0.3), step.loss(batch), 1e-12);
            CentralDifferences.assertAgree(adapters.parameters(), () -> step.loss(batch), 1e-7);
        }
    }

    private static double naiveLoss(QueryData data, List<int[]> batch, AdapterSet adapters, double temperature) {
        adapters.materialize();
        INDArray weight = adapters.lsrAdapter(QueryAdapter.LAYER).merge();
        double loss = 0;
        for (int[] example : batch) {
            double own = 0;
            double sum = 0;
            for (int c : new int[] {0, 1, 2, 4, 3, 5}) {
                double power = Math.exp(cosine(data.queries()[example[0]], weight, data.passages()[c]) / temperature);
                own = c == example[1] ? power : own;
                boolean copy = c != example[1] && c % 4 == 0 && example[1] % 4 == 0;
                boolean other = c + example[1] == 3 && c * example[1] == 2;
                sum += copy || other ? 0 : power;
            }
            loss -= Math.log(own / sum) / batch.size();
        }
        return loss;
    }

    private static double cosine(float[] query, INDArray weight, float[] passage) {
        double dot = 0;
        double square = 0;
        for (int j = 0; j < WIDTH; j++) {
            double adapted = 0;
            for (int i = 0; i < WIDTH; i++) {
                adapted += query[i] * weight.getDouble(i, j);
            }
            square += adapted * adapted;
            dot += adapted * passage[j];
        }
        return dot / Math.sqrt(square);
    }

    @Test
    void identityWeight_equals_denseIdentity() {
        IdentityWeight identity = new IdentityWeight(5, DataType.DOUBLE);
        INDArray x = Nd4j.rand(DataType.DOUBLE, 3, 5);
        INDArray y = Nd4j.rand(DataType.DOUBLE, 3, 5);
        INDArray expected = y.mul(0.5).add(x);
        identity.multiply(Backends.standard(), x, 0.5, y);
        assertEquals(expected, y);
        identity.multiplyTransposed(Backends.standard(), x, 0, y);
        assertEquals(x, y);
        INDArray dense = Nd4j.create(DataType.DOUBLE, 5, 5);
        identity.copyTo(dense);
        assertEquals(Nd4j.eye(5).castTo(DataType.DOUBLE), dense);
        INDArray part = Nd4j.create(DataType.DOUBLE, 5, 2);
        identity.columns(2, 4).copyTo(part);
        assertEquals(1, part.getDouble(2, 0), 0);
        assertEquals(2, part.sumNumber().doubleValue(), 0);
    }
}
