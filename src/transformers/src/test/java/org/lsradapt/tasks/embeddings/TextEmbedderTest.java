package org.lsradapt.tasks.embeddings;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.data.TextPair;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.retrieval.ScoredPair;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.description.EmbeddingDescription;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.settings.TrainingConfig;
import org.nd4j.linalg.api.ndarray.INDArray;

class TextEmbedderTest {
    @TempDir
    Path parent;

    /** Words of the small vocabulary in pairs that nothing but training can tell. */
    private static final List<TextPair> PAIRS = List.of(
            TextPair.of("the sun", "is cold"),
            TextPair.of("the rain", "is warm", "is cold"),
            TextPair.of("a smile", "and and"),
            TextPair.of("the film", "rain and sun"),
            TextPair.of("and the", "smile the sun"));

    private static EmbedderTraining on(String family) {
        return TextEmbedder.on(Samples.model(family)).config(quick().build());
    }

    private static TrainingConfig.Builder quick() {
        return TrainingConfig.builder()
                .epochs(40)
                .batchSize(5)
                .learningRate(2e-2)
                .evaluateEvery(10)
                .patience(3);
    }

    private static EmbeddingSettings settings(Pooling pooling) {
        return new EmbeddingSettings(pooling, true, "the: ", "is: ", 12);
    }

    /** Of two teachers, the means; pairs do not count. */
    @Test
    void teachers_areLearnedFromInPlaceOfPairs() throws Exception {
        List<TextPair> shuffled = List.of(
                TextPair.of("the sun", "rain and sun"),
                TextPair.of("the rain", "and and", "is cold"),
                TextPair.of("a smile", "smile the sun"),
                TextPair.of("the film", "is warm"),
                TextPair.of("and the", "is cold"));
        try (TextEmbedder one = on("bert").train(PAIRS, PAIRS);
                TextEmbedder two = on("bert").config(quick().seed(2).build()).train(PAIRS, PAIRS);
                TextEmbedder student = on("bert").teachers(List.of(one, two)).train(shuffled, PAIRS)) {
            List<String> texts = PAIRS.stream().map(TextPair::positive).toList();
            double before;
            try (BaseModel base = BaseModel.load(Samples.model("bert"));
                    TextEmbedder untrained = TextEmbedder.of(base)) {
                before = distance(untrained, texts, one, two);
            }
            double after = distance(student, texts, one, two);
            assertTrue(after < 0.3 * before, after + " of " + before);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> on("bert").teachers(List.of(one.truncated(6))).train(PAIRS, PAIRS));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> on("bert")
                            .loss(EmbeddingLoss.triplet(0.5))
                            .teachers(List.of(one))
                            .train(PAIRS, PAIRS));
        }
    }

    private static double distance(TextEmbedder student, List<String> texts, TextEmbedder one, TextEmbedder two) {
        float[][] learned = student.embed(texts);
        float[][] means = EmbedderTraining.meanVectors(List.of(one, two), List.of(), texts);
        double sum = 0;
        for (int i = 0; i < learned.length; i++) {
            double dot = 0;
            double norm = 0;
            for (int c = 0; c < means[i].length; c++) {
                dot += learned[i][c] * means[i][c];
                norm += means[i][c] * means[i][c];
            }
            sum += 1 - dot / Math.sqrt(norm);
        }
        return sum;
    }

    /** Cut to lengths that were trained, vectors find what they belong to; the same numbers come of a loaded embedder. */
    @Test
    void dimensions_trainEmbeddingsThatCanBeCut() throws Exception {
        Path folder = parent.resolve("short");
        List<String> texts = PAIRS.stream().map(TextPair::positive).toList();
        float[][] shorter;
        try (TextEmbedder trained = on("bert").dimensions(List.of(24, 6)).train(PAIRS, PAIRS)) {
            shorter = trained.truncated(6).embed(texts);
            float[][] whole = trained.embed(texts);
            for (int i = 0; i < shorter.length; i++) {
                double square = 0;
                double ratio = shorter[i][0] / whole[i][0];
                for (int c = 0; c < 6; c++) {
                    square += shorter[i][c] * shorter[i][c];
                    assertEquals(ratio * whole[i][c], shorter[i][c], 1e-5);
                }
                assertEquals(6, shorter[i].length);
                assertEquals(1, square, 1e-5);
            }
            EmbeddingEvaluation retrieval = EmbeddingEvaluation.retrieval(
                    PairData.of(PAIRS).dev(PAIRS).read().evaluation());
            assertTrue(retrieval.evaluate(trained.truncated(6)).get("ndcg@10") > 0.95);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> trained.truncated(1 + whole[0].length).embed(texts));
            trained.save(folder);
        }
        try (TextEmbedder loaded = TextEmbedder.load(folder)) {
            assertArrayEquals(shorter[1], loaded.truncated(6).embed(texts)[1]);
            assertEquals(List.of(24, 6), loaded.settings().dimensions());
        }
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> on("bert").dimensions(List.of(6, 1000)).train(PAIRS, PAIRS))
                .getMessage();
        assertTrue(
                message.startsWith("Matryoshka loss: dimensions [6, 1000], but the model's embeddings have "), message);
    }

    @Test
    void cosentAndTriplets_train_andRefuseOtherData() throws Exception {
        List<ScoredPair> scored = List.of(
                new ScoredPair("the sun", "is warm", 3), new ScoredPair("the rain", "is warm", 1),
                new ScoredPair("a smile", "and and", 2), new ScoredPair("the film", "is cold", 0));
        try (TextEmbedder trained =
                on("bert").loss(EmbeddingLoss.cosent(EmbeddingLoss.SCALE)).trainScored(scored, scored)) {
            assertTrue(trained.training().orElseThrow().best().metrics().get("spearman") > 0.95);
        }
        List<TextPair> triplets = List.of(
                TextPair.of("the sun", "is cold", "is warm"), TextPair.of("the rain", "is warm", "is cold", "and and"));
        try (TextEmbedder trained =
                on("bert").loss(EmbeddingLoss.triplet(EmbeddingLoss.MARGIN)).train(triplets, triplets)) {
            assertEquals(1, trained.training().orElseThrow().best().metrics().get("mrr@10"), 1e-9);
        }
        assertTrue(assertThrows(
                        IllegalArgumentException.class,
                        () -> on("bert")
                                .loss(EmbeddingLoss.triplet(EmbeddingLoss.MARGIN))
                                .train(PAIRS, PAIRS))
                .getMessage()
                .contains("expected a hard negative after each positive"));
    }

    @ParameterizedTest
    @EnumSource(Pooling.class)
    void train_save_load_embed(Pooling pooling) throws Exception {
        Path folder = parent.resolve("adapter");
        List<String> texts = PAIRS.stream().map(TextPair::positive).toList();
        float[][] before;
        float[] query;
        try (TextEmbedder embedder =
                on("bert").settings(settings(pooling)).name("weather").train(PAIRS, PAIRS)) {
            double best = embedder.training().orElseThrow().best().metrics().get("mrr@10");
            assertTrue(best > 0.9, "mrr@10 " + best);
            before = embedder.embed(texts);
            query = embedder.embedQuery("the sun");
            assertEquals(0, closest(query, before), "the best evaluation's parameters are there");
            assertEquals(1, Cosine.of(before[2], before[2]), 1e-6);
            embedder.save(folder);
        }
        try (TextEmbedder loaded = TextEmbedder.load(folder)) {
            assertEquals(settings(pooling), loaded.settings());
            assertEquals(Optional.empty(), loaded.training());
            assertTrue(loaded.adapterParameterCount() > 0);
            assertEquals(0, loaded.headParameterCount());
            assertArrayEquals(query, loaded.embedQuery("the sun"), 0);
            float[][] after = loaded.embed(texts);
            for (int i = 0; i < after.length; i++) {
                assertArrayEquals(before[i], after[i], 0);
            }
        }
    }

    @Test
    void allLinear_leavesOutThePooler_whichEmbeddingsDoNotRead() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("bert"));
                TextEmbedder embedder = TextEmbedder.on(base)
                        .settings(settings(Pooling.MEAN))
                        .config(quick().epochs(1).build())
                        .targets(LayerSelector.allLinear())
                        .train(PAIRS, PAIRS)) {
            List<String> all =
                    base.linearLayers().stream().map(FrozenLinear::name).toList();
            assertEquals("pooler.dense", all.get(all.size() - 1));
            assertEquals(
                    all.subList(0, all.size() - 1),
                    embedder.adapters().orElseThrow().adapters().stream()
                            .map(LayerAdapter::name)
                            .toList());
        }
    }

    @Test
    void targets_thatEmbeddingsDoNotRead_areRefused() {
        EmbedderTraining training = on("bert").targets(LayerSelector.suffixes(List.of("pooler.dense")));
        String message = assertThrows(IllegalArgumentException.class, () -> training.train(PAIRS, PAIRS))
                .getMessage();
        assertTrue(
                message.startsWith(
                        "layer selector: pooler.dense chooses [pooler.dense], which the training does not read; the"
                                + " layers that it reads are [encoder.layer.0."),
                message);
    }

    /** As adapters of all layers were saved before. */
    @Test
    void load_adapterOfThePoolerToo_embedsAsWithoutIt() throws Exception {
        List<float[][]> found = new ArrayList<>();
        try (BaseModel base = BaseModel.load(Samples.model("bert"))) {
            for (boolean pooler : new boolean[] {true, false}) {
                Path folder = parent.resolve("pooler-" + pooler);
                List<FrozenLinear> layers = pooler ? base.linearLayers() : base.encoderLayers();
                try (AdapterSet adapters = AdapterSet.create(layers, LsrConfig.defaults(), Backends.standard())) {
                    adapters.adapters()
                            .forEach(adapter -> adapter.parameters()
                                    .forEach(parameter -> parameter
                                            .value()
                                            .assign(0.1 + 0.01 * adapter.name().length())));
                    EmbeddingSettings settings = settings(Pooling.CLS);
                    AdapterCard card = new AdapterCard(
                            base.name(),
                            base.modelType(),
                            base.encoderFingerprint(),
                            new EmbeddingDescription("old"),
                            settings.maxLength(),
                            Optional.of(settings),
                            base.precision());
                    AdapterFolder.save(folder, card, adapters);
                }
                try (TextEmbedder embedder = TextEmbedder.load(folder)) {
                    assertEquals(
                            layers.size(),
                            embedder.adapters().orElseThrow().adapters().size());
                    found.add(embedder.embed(List.of("the sun", "is cold and warm")));
                }
            }
        }
        assertArrayEquals(found.get(1)[0], found.get(0)[0], 0);
        assertArrayEquals(found.get(1)[1], found.get(0)[1], 0);
    }

    private static int closest(float[] query, float[][] passages) {
        return IntStream.range(0, passages.length)
                .boxed()
                .max((i, j) -> Double.compare(Cosine.of(query, passages[i]), Cosine.of(query, passages[j])))
                .orElseThrow();
    }

    /** A copy of the small BERT without the pooler, as minilm's file in LangChain4j's 1.x artifacts is one. */
    private Path withoutPooler() throws IOException {
        Path whole = Path.of(Samples.model("bert"));
        Path folder = Files.createDirectory(parent.resolve("without-pooler"));
        for (String name : List.of("config.json", "tokenizer.json")) {
            Files.copy(whole.resolve(name), folder.resolve(name));
        }
        Map<String, INDArray> kept = new LinkedHashMap<>();
        try (SafeTensors file = SafeTensors.open(whole.resolve("model.safetensors"))) {
            for (String name : file.names()) {
                if (!name.contains("pooler")) {
                    kept.put(name, file.read(name));
                }
            }
            assertEquals(file.names().size() - 2, kept.size());
        }
        SafeTensors.write(folder.resolve("model.safetensors"), kept, Map.of());
        return folder;
    }

    @Test
    void load_onTheSameModelWithoutItsPooler_andTheOtherWayAbout_embedsTheSame() throws Exception {
        try (BaseModel whole = BaseModel.load(Samples.model("bert"));
                BaseModel bare = BaseModel.load(withoutPooler().toString())) {
            assertNotEquals(whole.fingerprint(), bare.fingerprint());
            assertEquals(bare.fingerprint(), bare.encoderFingerprint());
            assertEquals(bare.fingerprint(), whole.encoderFingerprint());
            for (BaseModel trainedOn : List.of(whole, bare)) {
                BaseModel other = trainedOn == whole ? bare : whole;
                Path folder = parent.resolve(trainedOn == whole ? "whole" : "bare");
                try (TextEmbedder embedder = TextEmbedder.on(trainedOn)
                        .config(quick().epochs(1).build())
                        .train(PAIRS, PAIRS)) {
                    embedder.save(folder);
                    try (TextEmbedder loaded = (TextEmbedder) FineTunedModel.load(folder, other);
                            MultiAdapterEmbedder tenants = MultiAdapterEmbedder.of(other)) {
                        assertArrayEquals(embedder.embedQuery("the sun"), loaded.embedQuery("the sun"), 0);
                        tenants.add("tenant", folder);
                    }
                }
            }
        }
    }

    @Test
    void load_ofAClassifier_withoutThePoolerItReads_isRefused() throws Exception {
        Path folder = parent.resolve("adapter");
        try (BaseModel whole = BaseModel.load(Samples.model("bert"));
                BaseModel bare = BaseModel.load(withoutPooler().toString())) {
            for (BaseModel trainedOn : List.of(whole, bare)) {
                try (TextClassifier classifier = TextClassifier.on(trainedOn)
                        .config(Samples.quick().epochs(1).build())
                        .train(Samples.weather(30))) {
                    classifier.saveReplacing(folder);
                }
                assertThrows(
                        IllegalArgumentException.class,
                        () -> FineTunedModel.load(folder, trainedOn == whole ? bare : whole));
            }
        }
    }

    @Test
    void load_asAClassifier_isRefused() throws Exception {
        Path folder = parent.resolve("adapter");
        try (TextEmbedder embedder =
                on("bert").config(quick().epochs(1).build()).train(PAIRS, PAIRS)) {
            embedder.save(folder);
        }
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> TextClassifier.load(folder));
        assertEquals(folder + ": holds a TextEmbedder, expected a TextClassifier", e.getMessage());
        try (FineTunedModel model = FineTunedModel.load(folder)) {
            assertTrue(model instanceof TextEmbedder);
        }
    }

    @Test
    void train_withoutEvaluation_holdsAnchorsOut() throws Exception {
        List<TextPair> pairs = new ArrayList<>(PAIRS);
        pairs.add(TextPair.of("the sun", "and and the"));
        try (TextEmbedder embedder = on("bert")
                .adapters(LsrConfig.lora(4, 8))
                .config(quick().epochs(2).batchSize(1).chunkSize(1).build())
                .train(pairs)) {
            int left = embedder.training().orElseThrow().last().step() / 2;
            assertTrue(left == 5 || left == 4, left + " of 6 pairs are trained on: all but those of one anchor");
        }
        assertThrows(IllegalArgumentException.class, () -> on("bert").train(pairs.subList(0, 1)));
    }

    @Test
    void train_evaluationOfOnesOwn_choosesTheBest() throws Exception {
        List<Double> told = new ArrayList<>(List.of(0.2, 0.9, 0.4));
        EmbeddingEvaluation scripted = new EmbeddingEvaluation() {
            @Override
            public String primaryMetric() {
                return "score";
            }

            @Override
            public Map<String, Double> evaluate(TextEncoder encoder) {
                assertEquals(2, encoder.embed(List.of("the sun", "the rain")).length);
                return Map.of("score", told.remove(0));
            }
        };
        TrainingConfig three = quick().epochs(3).evaluateEvery(0).build();
        try (TextEmbedder embedder = on("bert").config(three).train(PAIRS, scripted)) {
            assertEquals(1, embedder.training().orElseThrow().bestIndex());
        }
    }

    @Test
    void train_onPairs_takesTwiceTheRateOfHeads_onScoredPairsThatOfHeads() throws Exception {
        List<ScoredPair> scored =
                List.of(new ScoredPair("the sun", "is cold", 0), new ScoredPair("the rain", "is warm", 1));
        for (LsrConfig adapters : List.of(LsrConfig.defaults(), LsrConfig.lora(2, 8))) {
            TrainingConfig pairs = EmbedderTraining.pairConfig(adapters);
            double rate = FineTuning.defaultConfig(adapters).learningRate();
            assertEquals(2 * rate, pairs.learningRate());
            TrainingConfig heads = pairs.toBuilder().learningRate(rate).build();
            assertEquals(
                    loss(training -> training.adapters(adapters).config(pairs).train(PAIRS, PAIRS)),
                    loss(training -> training.adapters(adapters).train(PAIRS, PAIRS)));
            assertEquals(
                    loss(training -> training.adapters(adapters).config(heads).trainScored(scored, scored)),
                    loss(training -> training.adapters(adapters).trainScored(scored, scored)));
        }
    }

    private interface Trained {
        TextEmbedder by(EmbedderTraining training) throws IOException;
    }

    private static double loss(Trained trained) throws IOException {
        try (TextEmbedder embedder = trained.by(TextEmbedder.on(Samples.model("bert")))) {
            List<EvaluationResult> all = embedder.training().orElseThrow().evaluations();
            return all.get(all.size() - 1).loss();
        }
    }

    @Test
    void checkpoints_ofAnotherLossOrEvaluation_areRefused() throws Exception {
        Supplier<EmbedderTraining> training = () -> on("bert")
                .config(quick().epochs(1).evaluateEvery(0).build())
                .checkpoints(Checkpoints.in(parent.resolve("state")));
        training.get().train(PAIRS, PAIRS).close();
        training.get().train(PAIRS, PAIRS).close();
        assertRefused("evaluation data", () -> training.get().train(PAIRS, PAIRS.subList(1, 5)));
        assertRefused(
                "loss is contrast of temperature 0.05, this one's is contrast of temperature 0.5",
                () -> training.get().loss(EmbeddingLoss.contrast(0.5)).train(PAIRS, PAIRS));
        EmbeddingSettings first = new EmbeddingSettings(Pooling.CLS, true, "", "", 12);
        assertRefused("pooling is", () -> training.get().settings(first).train(PAIRS, PAIRS));
    }

    private static void assertRefused(String expected, Executable training) {
        String message = assertThrows(IOException.class, training).getMessage();
        assertTrue(message.contains(".safetensors: is of a training whose " + expected), message);
    }

    @Test
    void trainScored_learnsTheScores() throws Exception {
        List<ScoredPair> pairs = new ArrayList<>();
        for (TextPair pair : PAIRS) {
            pairs.add(new ScoredPair(pair.anchor(), pair.positive(), 5));
            pairs.add(new ScoredPair(pair.anchor(), "cold film", pairs.size() % 3));
        }
        try (TextEmbedder embedder = on("bert").loss(EmbeddingLoss.cosine(0, 5)).trainScored(pairs, pairs)) {
            Map<String, Double> best = embedder.training().orElseThrow().best().metrics();
            assertTrue(best.get("spearman") > 0.8, "metrics " + best);
            assertTrue(best.containsKey("pearson"), "metrics " + best);
        }
    }

    @Test
    void embed_anyOrderAndManyThreads_isTheSame() throws Exception {
        List<String> texts = IntStream.range(0, 70).mapToObj(Samples::text).toList();
        try (BaseModel base = BaseModel.load(Samples.model("bert"));
                TextEmbedder embedder = TextEmbedder.of(base)) {
            float[][] expected = embedder.embed(texts);
            assertArrayEquals(expected[3], embedder.embed(texts.get(3)), 1e-6f);
            assertEquals(0, embedder.embed(List.of()).length);
            assertThrows(NullPointerException.class, () -> embedder.embed(Arrays.asList("a", null)));
            ExecutorService threads = Executors.newFixedThreadPool(4);
            try {
                List<Future<float[][]>> calls = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    calls.add(threads.submit(() -> embedder.embed(texts)));
                }
                for (Future<float[][]> call : calls) {
                    assertTrue(Arrays.deepEquals(expected, call.get()));
                }
            } finally {
                threads.shutdown();
            }
            assertThrows(IllegalStateException.class, () -> embedder.save(parent.resolve("none")));
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class,
                    () -> TextEmbedder.of(base, settings(Pooling.MEAN).withMaxLength(1_000_000)));
            assertTrue(e.getMessage().startsWith("max length 1000000: model"), e.getMessage());
        }
    }

    @Test
    void embed_prefixes_areThoseOfTheSettings() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("bert"));
                TextEmbedder plain = TextEmbedder.of(base, new EmbeddingSettings(Pooling.MEAN, false, "", "", 12));
                TextEmbedder prefixed =
                        TextEmbedder.of(base, new EmbeddingSettings(Pooling.MEAN, false, "the ", "is ", 12))) {
            assertArrayEquals(plain.embed("the sun"), prefixed.embedQuery("sun"), 0);
            assertArrayEquals(plain.embed("is sun"), prefixed.embed("sun"), 0);
            assertFalse(Arrays.equals(prefixed.embed("sun"), prefixed.embedQuery("sun")));
        }
    }
}
