package org.lsradapt.langchain4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.OnnxEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.rag.content.retriever.EmbeddingStoreContentRetriever;
import dev.langchain4j.rag.query.Query;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.tasks.embeddings.MultiAdapterEmbedder;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.nd4j.linalg.api.buffer.DataType;

class AdaptedEmbeddingModelTest {

    private static final String TINY = "src/transformers/src/test/resources/golden/families/bert";
    private static final EmbeddingSettings PREFIXED = new EmbeddingSettings(Pooling.MEAN, true, "the ", "is ", 12);

    /** Of a number of a vector of norm 1: FLOAT's round-off through six layers. */
    private static final float TOLERANCE = 1e-5f;

    private static final int TENANTS = 64;
    private static final int READERS = 6;
    private static final int CALLS = 100;

    @TempDir
    private Path work;

    /** Adapters of random numbers that change an embedding a good deal. */
    private static AdapterSet adapters(BaseModel base, long seed) {
        AdapterSet set = AdapterSet.create(
                base.queryAndValue().select(base.linearLayers()), LsrConfig.lora(2, 4), Backends.standard());
        set.values()
                .assign(RandomArrays.normal(new Random(seed), DataType.FLOAT, set.parameterCount())
                        .muli(0.5));
        return set;
    }

    private static List<TextSegment> segments(String... texts) {
        return Arrays.stream(texts).map(TextSegment::from).toList();
    }

    private static float[] vector(EmbeddingModel model, String text) {
        return model.embed(text).content().vector();
    }

    private Path resource(String name) throws IOException {
        Path file = work.resolve(name);
        try (InputStream in = BaseModel.class.getResourceAsStream("/" + name)) {
            Files.copy(in, file);
        }
        return file;
    }

    @Test
    void embedAll_baseModel_isLangChain4jsOwn() throws IOException {
        EmbeddingModel theirs = new OnnxEmbeddingModel(
                resource("all-minilm-l6-v2.onnx"), resource("all-minilm-l6-v2-tokenizer.json"), PoolingMode.MEAN);
        List<TextSegment> segments = segments(
                "The quick brown fox jumps over the lazy dog.",
                "Yes",
                "In 1969, the year in which three astronauts first went to the Moon and back, nobody would have guessed"
                        + " that naïve café owners in Zürich would one day ask a telephone whether it was going to"
                        + " rain.",
                "Adapters change a frozen model by a low-rank update.");
        try (BaseModel base = BaseModel.load("minilm");
                TextEmbedder embedder = TextEmbedder.of(base)) {
            EmbeddingModel ours = AdaptedEmbeddingModel.of(embedder);
            List<Embedding> expected = theirs.embedAll(segments).content();
            List<Embedding> actual = ours.embedAll(segments).content();
            for (int i = 0; i < segments.size(); i++) {
                assertArrayEquals(expected.get(i).vector(), actual.get(i).vector(), TOLERANCE);
                assertArrayEquals(
                        expected.get(i).vector(),
                        ours.embed(segments.get(i)).content().vector(),
                        TOLERANCE);
            }
            assertEquals(theirs.dimension(), ours.dimension());
            assertEquals("minilm", ours.modelName());
        }
    }

    @Test
    void queriesAndPassages_havePrefixes_whichARequestOverrides() throws IOException {
        try (BaseModel base = BaseModel.load(TINY);
                TextEmbedder embedder = TextEmbedder.of(base, PREFIXED)) {
            AdaptedEmbeddingModel model = AdaptedEmbeddingModel.of(embedder);
            float[] passage = embedder.embed("sun");
            float[] query = embedder.embedQuery("sun");
            assertFalse(Arrays.equals(passage, query));
            assertArrayEquals(passage, vector(model, "sun"));
            assertArrayEquals(query, vector(model.queries(), "sun"));
            assertArrayEquals(passage, vector(model.queries().passages(), "sun"));
            assertArrayEquals(
                    query,
                    model.queries().embedAll(segments("sun")).content().get(0).vector());

            EmbeddingRequest asQuery = EmbeddingRequest.builder()
                    .input("sun")
                    .inputType(EmbeddingInputType.QUERY)
                    .build();
            EmbeddingRequest asDocument = EmbeddingRequest.builder()
                    .input("sun")
                    .inputType(EmbeddingInputType.DOCUMENT)
                    .build();
            assertArrayEquals(query, model.embed(asQuery).embeddings().get(0).vector());
            assertArrayEquals(
                    passage,
                    model.queries().embed(asDocument).embeddings().get(0).vector());
            assertEquals(model.modelName(), model.embed(asQuery).modelName());
            assertThrows(
                    UnsupportedFeatureException.class,
                    () -> model.embed(EmbeddingRequest.builder()
                            .input("sun")
                            .dimensions(3)
                            .build()));
            assertEquals(List.of(), model.embedAll(List.of()).content());
        }
    }

    @Test
    void queriesAndPassages_inAStore_findEachOther() throws IOException {
        try (BaseModel base = BaseModel.load(TINY);
                TextEmbedder embedder = TextEmbedder.of(base, PREFIXED)) {
            AdaptedEmbeddingModel model = AdaptedEmbeddingModel.of(embedder);
            InMemoryEmbeddingStore<TextSegment> store = new InMemoryEmbeddingStore<>();
            List<TextSegment> segments = segments("warm sun", "cold rain", "a film and a smile");
            store.addAll(model.passages().embedAll(segments).content(), segments);
            EmbeddingStoreContentRetriever retriever = EmbeddingStoreContentRetriever.builder()
                    .embeddingStore(store)
                    .embeddingModel(model.queries())
                    .maxResults(1)
                    .build();
            float[] query = embedder.embedQuery("rain and rain");
            float[][] passages =
                    embedder.embed(segments.stream().map(TextSegment::text).toList());
            int best = IntStream.range(0, 3)
                    .boxed()
                    .max((i, j) -> Double.compare(dot(query, passages[i]), dot(query, passages[j])))
                    .orElseThrow();
            assertEquals(
                    segments.get(best),
                    retriever.retrieve(Query.from("rain and rain")).get(0).textSegment());
        }
    }

    private static double dot(float[] a, float[] b) {
        return IntStream.range(0, a.length)
                .mapToDouble(i -> (double) a[i] * b[i])
                .sum();
    }

    @Test
    void withAdapter_unknown_isNamedAtTheCall() throws IOException {
        try (BaseModel base = BaseModel.load(TINY);
                MultiAdapterEmbedder many = MultiAdapterEmbedder.of(base);
                TextEmbedder one = TextEmbedder.of(base);
                AdapterSet set = adapters(base, 1)) {
            many.model().add("acme", set);
            AdaptedEmbeddingModel model = AdaptedEmbeddingModel.of(many);
            AdaptedEmbeddingModel late = model.withAdapter("late").queries();
            assertEquals(
                    "unknown adapter 'late', expected one of acme",
                    assertThrows(IllegalArgumentException.class, () -> late.embed("sun"))
                            .getMessage());
            many.model().add("late", set);
            assertArrayEquals(vector(model.withAdapter("acme"), "sun"), vector(late, "sun"));
            assertFalse(Arrays.equals(vector(model, "sun"), vector(late, "sun")));
            assertEquals(base.name(), model.modelName());
            assertEquals(base.name() + "/late", late.modelName());
            assertEquals(vector(late, "sun").length, late.dimension());
            AdaptedEmbeddingModel shorter =
                    model.truncated(5).withAdapter("late").queries();
            assertEquals(5, shorter.dimension());
            assertArrayEquals(
                    many.encoder("late").truncated(5).embedQueries(List.of("sun"))[0], vector(shorter, "sun"));
            assertThrows(IllegalArgumentException.class, () -> model.truncated(1 + model.dimension()));
            assertEquals(
                    "with adapter 'acme': the model is made of a TextEmbedder, which has one adapter; expected a"
                            + " MultiAdapterEmbedder",
                    assertThrows(
                                    IllegalStateException.class,
                                    () -> AdaptedEmbeddingModel.of(one).withAdapter("acme"))
                            .getMessage());
        }
    }

    /** Each embedding is to the bit that of one of the two adapters that its tenant has in turns. */
    @Test
    void embedAll_manyTenantsWhileAdaptersAreReplaced_isToTheBitThatOfTheTenant() throws Exception {
        List<TextSegment> segments = segments("the sun is warm", "rain", "and the rain is cold . . .");
        try (BaseModel base = BaseModel.load(TINY);
                MultiAdapterEmbedder many = MultiAdapterEmbedder.of(base)) {
            List<AdapterSet> sets = IntStream.range(0, 2 * TENANTS)
                    .mapToObj(i -> adapters(base, i))
                    .toList();
            AdaptedEmbeddingModel model = AdaptedEmbeddingModel.of(many);
            List<List<List<Embedding>>> expected = new ArrayList<>();
            for (int tenant = 0; tenant < TENANTS; tenant++) {
                String name = "tenant" + tenant;
                many.model().add(name, sets.get(TENANTS + tenant));
                List<Embedding> second =
                        model.withAdapter(name).embedAll(segments).content();
                many.model().replace(name, sets.get(tenant));
                expected.add(List.of(model.withAdapter(name).embedAll(segments).content(), second));
            }
            assertEquals(
                    2 * TENANTS,
                    expected.stream().flatMap(List::stream).distinct().count());

            AtomicBoolean done = new AtomicBoolean();
            AtomicInteger[] versions = {new AtomicInteger(), new AtomicInteger()};
            ExecutorService threads = Executors.newFixedThreadPool(READERS + 1);
            try {
                List<Future<?>> readers = new ArrayList<>();
                for (int reader = 0; reader < READERS; reader++) {
                    Random random = new Random(reader);
                    readers.add(threads.submit(() -> {
                        for (int call = 0; call < CALLS; call++) {
                            int tenant = random.nextInt(TENANTS);
                            List<Embedding> actual = model.withAdapter("tenant" + tenant)
                                    .embedAll(segments)
                                    .content();
                            int version = expected.get(tenant).indexOf(actual);
                            assertTrue(version >= 0, "tenant " + tenant);
                            versions[version].incrementAndGet();
                        }
                    }));
                }
                Future<?> writer = threads.submit(() -> {
                    for (int i = TENANTS; !done.get(); i++) {
                        many.model().replace("tenant" + i % TENANTS, sets.get(i % (2 * TENANTS)));
                    }
                });
                try {
                    for (Future<?> reader : readers) {
                        reader.get();
                    }
                } finally {
                    done.set(true);
                }
                writer.get();
            } finally {
                threads.shutdown();
            }
            assertTrue(versions[0].get() > 0 && versions[1].get() > 0, "both versions were used");
            sets.forEach(AdapterSet::close);
        }
    }
}
