package org.lsradapt.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.baselines.FactorSplit;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.baselines.composed.HiraConfig;
import org.lsradapt.baselines.composed.MixedConfig;
import org.lsradapt.baselines.frozen.FourierConfig;
import org.lsradapt.baselines.frozen.LoraXsConfig;
import org.lsradapt.baselines.frozen.MissConfig;
import org.lsradapt.baselines.frozen.VeraConfig;
import org.lsradapt.baselines.unilora.UniLoraConfig;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.shared.SharedConfig;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.TinyModels;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.serving.ServedSource;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.EmbeddingDescription;
import org.lsradapt.tasks.description.RegressionDescription;
import org.lsradapt.tasks.description.RerankingDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.tasks.embeddings.MultiAdapterEmbedder;
import org.lsradapt.tasks.reranking.MultiAdapterReranker;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class ServedStoreTest {
    private static final Backend BACKEND = Backends.standard();
    private static final List<TokenSequence> BATCH = List.of(
            new TokenSequence(new int[] {2, 5, 6, 3}, new int[4]),
            new TokenSequence(new int[] {2, 10, 3}, new int[3]),
            new TokenSequence(new int[] {2, 6, 6, 5, 3}, new int[5]));

    @TempDir
    Path folder;

    private BaseModel base;
    private AdapterStore store;

    @BeforeEach
    void open() throws IOException {
        base = BaseModel.load(TinyModels.writeBert(Files.createDirectory(folder.resolve("base")), 1)
                .toString());
        store = AdapterStore.open(folder.resolve("users.store"), base);
    }

    @AfterEach
    void close() {
        store.close();
        base.close();
    }

    /** A folder with random numbers; of LSR with three factors, or of LoRA, by turns. */
    private Path saved(int seed, Precision storage, TaskDescription task, int outputs) throws IOException {
        LsrConfig config = seed % 2 == 0
                ? LsrConfig.builder()
                        .bottleneckRank(2)
                        .separationRank(3)
                        .termWeights(true)
                        .build()
                : LsrConfig.lora(2, 4);
        return saved(folder.resolve("saved-" + seed + storage), config, seed, storage, task, outputs);
    }

    private Path saved(Path saved, AdapterConfig config, int seed, Precision storage, TaskDescription task, int outputs)
            throws IOException {
        try (AdapterSet adapters = AdapterSet.create(base.encoderLayers(), config, BACKEND);
                SequenceHead head = new SequenceHead(base.weights(), outputs, seed)) {
            randomize(adapters.values(), seed);
            randomize(head.values(), seed + 1);
            AdapterCard card = new AdapterCard(base.name(), base.modelType(), base.fingerprint(), task, 8);
            AdapterFolder.save(saved, card, adapters, head, storage);
        }
        return saved;
    }

    private Path saved(int seed, Precision storage) throws IOException {
        return saved(
                seed, storage, new ClassificationDescription("colours", List.of("red", "green", "blue"), false), 3);
    }

    private static void randomize(INDArray values, long seed) {
        values.assign(RandomArrays.normal(new Random(seed), DataType.FLOAT, values.length()));
    }

    private double[][] expected(Path saved) throws IOException {
        try (MultiAdapterModel model = new MultiAdapterModel(base.weights(), BACKEND);
                SavedAdapter one = AdapterFolder.load(saved)) {
            model.add("one", one);
            return model.predict(BATCH, "one");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"FP32", "FP16", "BF16", "INT8", "INT4"})
    void predict_byKey_isToTheBitThatOfTheFolder(Precision storage) throws IOException {
        List<double[][]> expected = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Path saved = saved(i, storage);
            store.put("user-" + i, saved);
            expected.add(expected(saved));
        }
        for (long bytes : new long[] {0, 4000, 1 << 20}) {
            try (MultiAdapterModel model =
                    new MultiAdapterModel(base, BACKEND, ServedSource.of(store).withBytes(bytes))) {
                for (int round = 0; round < 2; round++) {
                    for (int i = 0; i < 3; i++) {
                        assertArrayEquals(expected.get(i), model.predict(BATCH, "user-" + i));
                    }
                    double[][] mixed = model.predict(BATCH, List.of("user-2", "user-0", "user-1"));
                    assertArrayEquals(expected.get(2)[0], mixed[0]);
                    assertArrayEquals(expected.get(0)[1], mixed[1]);
                    assertArrayEquals(expected.get(1)[2], mixed[2]);
                }
            }
        }
    }

    static Stream<AdapterConfig> otherKinds() {
        KroneckerConfig krona = KroneckerConfig.krona(0.5);
        FactorSplit balanced = new FactorSplit(0, 0);
        return Stream.of(
                krona,
                new KroneckerConfig(krona.method(), 3, balanced, balanced, 0, 0.5, 4),
                KroneckerConfig.cdka(1, 2, 2, 3),
                new MixedConfig(List.of(2, 1), List.of(1, 2), 0.3, 8),
                HiraConfig.of(2),
                new HiraConfig(LsrConfig.builder().separationRank(2).build()),
                new HiraConfig(KroneckerConfig.krona(1)),
                VeraConfig.of(3),
                LoraXsConfig.of(2),
                FourierConfig.of(6),
                MissConfig.of(2),
                SharedConfig.of(2, 3),
                SharedConfig.ofWhole(2),
                UniLoraConfig.of(40));
    }

    @ParameterizedTest
    @MethodSource("otherKinds")
    void otherKinds_putAndExported_haveTheirBytes_andPredictByKey(AdapterConfig kind) throws IOException {
        Path saved =
                saved(folder.resolve("saved"), kind, 1, Precision.FP32, new RegressionDescription("mark", false), 1);
        store.put("ada", saved);
        Path exported = folder.resolve("exported");
        store.export("ada", exported);
        for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
            assertEquals(-1, Files.mismatch(saved.resolve(name), exported.resolve(name)), name);
        }
        assertEquals(Map.of(), store.check());
        try (MultiAdapterModel model = new MultiAdapterModel(base, BACKEND, ServedSource.of(store))) {
            double[][] expected = expected(saved);
            assertArrayEquals(expected, model.predict(BATCH, "ada"));
            assertArrayEquals(expected, model.predict(BATCH, List.of("ada", "ada", "ada")));
        }
    }

    @Test
    void predict_afterPutAndRemove_isOfTheAdapterThereNow() throws IOException {
        store.put("ada", saved(1, Precision.FP32));
        try (MultiAdapterModel model = new MultiAdapterModel(base, BACKEND, ServedSource.of(store))) {
            assertArrayEquals(expected(saved(1, Precision.FP32)), model.predict(BATCH, "ada"));
            store.put("ada", saved(2, Precision.FP32));
            assertArrayEquals(expected(saved(2, Precision.FP32)), model.predict(BATCH, "ada"));
            store.remove("ada", 2);
            assertArrayEquals(expected(saved(1, Precision.FP32)), model.predict(BATCH, "ada"));
            store.remove("ada");
            String message = assertThrows(IllegalArgumentException.class, () -> model.predict(BATCH, "ada"))
                    .getMessage();
            assertEquals("unknown adapter 'ada', expected a key of " + store.name(), message);
            assertEquals(List.of(), model.names());
        }
    }

    @Test
    void predict_ofAnAddedName_isOfThatAdapter() throws IOException {
        store.put("ada", saved(1, Precision.FP32));
        try (MultiAdapterModel model = new MultiAdapterModel(base, BACKEND, ServedSource.of(store));
                SavedAdapter one = AdapterFolder.load(saved(2, Precision.FP32))) {
            model.add("ada", one);
            assertArrayEquals(expected(saved(2, Precision.FP32)), model.predict(BATCH, "ada"));
            model.remove("ada");
            assertArrayEquals(expected(saved(1, Precision.FP32)), model.predict(BATCH, "ada"));
            try (SavedAdapter alone = AdapterFolder.load(saved(3, Precision.FP32));
                    AdapterSet adapters = alone.adapters(base.linearLayers(), BACKEND)) {
                model.add("without-head", adapters);
                assertThrows(IllegalArgumentException.class, () -> model.predict(BATCH, "without-head"));
            }
            assertEquals(List.of("without-head"), model.names());
            assertTrue(assertThrows(IllegalArgumentException.class, () -> model.predict(BATCH, "nobody"))
                    .getMessage()
                    .endsWith(store.name() + " or one of without-head"));
        }
    }

    /** Readers see each adapter as one of those that were put, never a mixture, and nobody reads freed memory. */
    @Test
    void predict_whileOthersPutAndRemove_isOfOneOfThem() throws Exception {
        List<double[][]> allowed = new ArrayList<>();
        List<PackedAdapter> adapters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Path saved = saved(i, Precision.FP32);
            allowed.add(expected(saved));
            adapters.add(PackedAdapter.read(saved));
            store.put("user-" + i, adapters.get(i));
        }
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        try (MultiAdapterModel model =
                new MultiAdapterModel(base, BACKEND, ServedSource.of(store).withBytes(2500))) {
            List<Thread> readers = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                Random random = new Random(t);
                Thread reader = new Thread(() -> {
                    while (!done.get() && failure.get() == null) {
                        List<String> names = List.of(
                                "user-" + random.nextInt(4), "user-" + random.nextInt(4), "user-" + random.nextInt(4));
                        try {
                            double[][] found = model.predict(BATCH, names);
                            for (int i = 0; i < found.length; i++) {
                                int row = i;
                                assertTrue(allowed.stream().anyMatch(one -> Arrays.equals(one[row], found[row])));
                            }
                        } catch (IllegalArgumentException e) {
                            if (!e.getMessage().startsWith("unknown adapter 'user-0'")) {
                                failure.set(e);
                            }
                        } catch (Throwable e) {
                            failure.set(e);
                        }
                    }
                });
                reader.start();
                readers.add(reader);
            }
            for (int i = 0; i < 40; i++) {
                store.put("user-" + i % 4, adapters.get((i + 1) % 4));
                if (i % 8 == 0) {
                    store.remove("user-0");
                }
            }
            done.set(true);
            for (Thread reader : readers) {
                reader.join();
            }
        }
        assertEquals(null, failure.get());
    }

    @Test
    void serving_ofAnotherTask_isRefusedByKey() throws IOException {
        store.put("ada", saved(1, Precision.FP32));
        try (MultiAdapterEmbedder embedder = MultiAdapterEmbedder.of(base, store);
                MultiAdapterReranker reranker = MultiAdapterReranker.of(base, 8, ServedSource.of(store))) {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> embedder.encoder("ada").embed(List.of("hello")))
                    .getMessage();
            assertTrue(message.contains("key 'ada'") && message.contains("expected an adapter of embeddings"), message);
            message = assertThrows(
                            IllegalArgumentException.class, () -> reranker.score("ada", "hello", List.of("world")))
                    .getMessage();
            assertTrue(message.contains("key 'ada'") && message.contains("expected an adapter of a reranker"), message);
        }
    }

    @Test
    void rerank_byKey_isThatOfTheFolder() throws IOException {
        Path saved = saved(2, Precision.INT8, new RerankingDescription("answers"), 1);
        store.put("ada", saved);
        try (MultiAdapterReranker byKey = MultiAdapterReranker.of(base, 8, ServedSource.of(store));
                MultiAdapterReranker byFolder = MultiAdapterReranker.of(base, 8)) {
            byFolder.add("ada", saved);
            List<String> passages = List.of("world", "cafe hello");
            assertArrayEquals(byFolder.score("ada", "hello", passages), byKey.score("ada", "hello", passages));
        }
    }

    @Test
    void embed_byKey_isThatOfTheFolder() throws IOException {
        Path saved = folder.resolve("embeddings");
        try (MultiAdapterEmbedder byKey = MultiAdapterEmbedder.of(base, store);
                MultiAdapterEmbedder byFolder = MultiAdapterEmbedder.of(base);
                AdapterSet adapters = AdapterSet.create(base.encoderLayers(), LsrConfig.lora(2, 4), BACKEND)) {
            randomize(adapters.values(), 9);
            AdapterCard card = new AdapterCard(
                    base.name(),
                    base.modelType(),
                    base.encoderFingerprint(),
                    new EmbeddingDescription("search"),
                    byKey.settings().maxLength(),
                    Optional.of(byKey.settings()),
                    base.precision());
            AdapterFolder.save(saved, card, adapters);
            store.put("ada", saved);
            byFolder.add("ada", saved);
            List<String> texts = List.of("hello world", "cafe");
            List<String> names = Collections.nCopies(2, "ada");
            assertArrayEquals(byFolder.embed(texts, names), byKey.embed(texts, names));
            assertArrayEquals(
                    byFolder.embed(texts, List.of("ada", "base")), byKey.embed(texts, List.of("ada", "base")));
        }
    }
}
