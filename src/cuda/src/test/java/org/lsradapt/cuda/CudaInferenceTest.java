package org.lsradapt.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.cuda.interpreter.FreeMemory;
import org.lsradapt.cuda.interpreter.InterpretedDriver;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.TinyModels;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.objectives.language.Sampling;
import org.lsradapt.objectives.language.TokenGenerator;
import org.lsradapt.objectives.language.TokenRequest;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TrainingStep;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.transformer.NextTokenPass;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

/** Predictions, embeddings and generation on the device, with the shipped PTX interpreted, beside the same on the CPU. */
class CudaInferenceTest {
    private static final Backend BACKEND = Backends.standard();
    /** Of all tests of this process, which end with it. */
    private static final CudaPasses GPU = new CudaPasses(new InterpretedDriver().open(0), CudaPasses.Products.FLOAT);

    private static final LsrConfig LSR =
            LsrConfig.builder().separationRank(2).termWeights(true).build();

    /** FLOAT on either side, sums in another order; of the largest number. */
    private static final double TOLERANCE = 1e-5;

    @TempDir
    Path folder;

    private static AdapterSet adapters(TransformerWeights weights, AdapterConfig config, int seed) {
        AdapterSet adapters = AdapterSet.create(weights.encoderLayers(), config, BACKEND);
        adapters.values()
                .assign(RandomArrays.normal(new Random(seed), DataType.FLOAT, adapters.parameterCount())
                        .muli(0.2));
        return adapters;
    }

    private static List<ModelInput> texts(TransformerWeights weights, int... lengths) {
        Random random = new Random(lengths.length);
        int vocabulary = weights.model().vocabulary();
        return IntStream.of(lengths)
                .<ModelInput>mapToObj(
                        n -> new TokenSequence(random.ints(n, 0, vocabulary).toArray(), new int[n]))
                .toList();
    }

    private static void assertClose(double[] expected, double[] actual) {
        double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        assertTrue(largest > 0, "nothing was computed");
        assertArrayEquals(expected, actual, TOLERANCE * largest);
    }

    private static double[] doubles(float[][] rows) {
        return Arrays.stream(rows)
                .flatMapToDouble(row -> IntStream.range(0, row.length).mapToDouble(i -> row[i]))
                .toArray();
    }

    private static MultiAdapterModel bare(TransformerWeights weights, PassFactory passes) {
        MultiAdapterModel model = new MultiAdapterModel(weights, BACKEND);
        model.passes(passes);
        return model;
    }

    private static MultiAdapterModel model(TransformerWeights weights, PassFactory passes, SequenceHead head) {
        MultiAdapterModel model = bare(weights, passes);
        try (AdapterSet lsr = adapters(weights, LSR, 3);
                AdapterSet kronecker = adapters(weights, KroneckerConfig.lokr(1, 4), 4)) {
            model.add("lsr", lsr, head);
            model.add("kronecker", kronecker, head);
        }
        return model;
    }

    /** Adapters of each kind, several in one batch and none, and a second call with a larger batch. */
    @ParameterizedTest
    @EnumSource(names = {"BERT", "DEBERTA"})
    void predictAndEmbed_severalAdapters_areThoseOfTheCpu(SmallModel small) {
        try (TransformerWeights weights = small.weights(DataType.FLOAT);
                SequenceHead head = new SequenceHead(weights, 3, 5);
                MultiAdapterModel here = model(weights, PassFactory.here(BACKEND), head);
                MultiAdapterModel there = model(weights, GPU.inference(), head)) {
            List<ModelInput> one = texts(weights, 3);
            assertClose(here.predict(one, "kronecker")[0], there.predict(one, "kronecker")[0]);
            List<ModelInput> all = texts(weights, 2, 4, 3);
            List<String> names = List.of("lsr", MultiAdapterModel.BASE, "kronecker");
            assertClose(
                    doubles(here.embed(all, names, Pooling.MEAN, true)),
                    doubles(there.embed(all, names, Pooling.MEAN, true)));
        }
    }

    @Test
    void embed_moreThanFits_isRefusedInOneLineOrComputedOnTheCpu() {
        FreeMemory memory = new FreeMemory();
        List<String> told = new ArrayList<>();
        List<String> names = List.of(MultiAdapterModel.BASE);
        CudaPasses gpu = new CudaPasses(memory.device(), CudaPasses.Products.FLOAT);
        try (AutomaticPasses passes = new AutomaticPasses(() -> gpu, told::add);
                TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                MultiAdapterModel here = new MultiAdapterModel(weights, BACKEND);
                MultiAdapterModel there = bare(weights, gpu.inference());
                MultiAdapterModel automatic = bare(weights, passes.inference())) {
            List<ModelInput> text = texts(weights, 15);
            memory.set(1000);
            IllegalStateException e =
                    assertThrows(IllegalStateException.class, () -> there.embed(text, names, Pooling.CLS, false));
            assertEquals(
                    "predicting takes 0.00 GiB for the model's layers of the GPU's memory, found 0.00 of 1.00 GiB free;"
                            + " compute on the CPU, or a smaller model",
                    e.getMessage());
            memory.set(1 << 30);
            there.embed(texts(weights, 2), names, Pooling.CLS, false);
            automatic.embed(texts(weights, 2), names, Pooling.CLS, false);
            memory.set(1000);
            e = assertThrows(IllegalStateException.class, () -> there.embed(text, names, Pooling.CLS, false));
            assertTrue(e.getMessage().startsWith("a pass over 15 tokens takes "), e.getMessage());
            assertArrayEquals(
                    here.embed(text, names, Pooling.CLS, false), automatic.embed(text, names, Pooling.CLS, false));
            assertEquals(2, told.size(), told.toString());
            assertEquals("device: cpu; no GPU is used: " + e.getMessage(), told.get(1));
        }
    }

    private static int[] greedy(TokenGenerator generator, Optional<DenseUpdates> updates) {
        return generator.generate(
                new TokenRequest(new int[] {3, 7, 5}, updates, Sampling.GREEDY, 4, Set.of()),
                token -> true,
                () -> false);
    }

    /** Prompt, next tokens and a second sequence. */
    @Test
    void logits_ofAPromptAndNextTokens_areThoseOfTheCpu() {
        try (TransformerWeights weights = SmallModel.LLAMA.weights(DataType.FLOAT);
                AdapterSet set = adapters(weights, LSR, 3);
                DenseUpdates updates = DenseUpdates.of(set);
                NextTokenPass here = PassFactory.here(BACKEND).nextTokens(weights, BACKEND);
                NextTokenPass there = GPU.inference().nextTokens(weights, BACKEND)) {
            for (Optional<DenseUpdates> added : List.of(Optional.<DenseUpdates>empty(), Optional.of(updates))) {
                try (NextTokenPass.Sequence expected = here.begin(6, added);
                        NextTokenPass.Sequence actual = there.begin(6, added)) {
                    for (int[] ids : new int[][] {{3, 7, 5}, {2}, {9, 4}}) {
                        assertClose(expected.logits(ids), actual.logits(ids));
                        assertEquals(expected.tokens(), actual.tokens());
                    }
                    IllegalArgumentException e =
                            assertThrows(IllegalArgumentException.class, () -> actual.logits(new int[] {1}));
                    assertEquals("pass: 1 tokens after 6, the cache has room for 6", e.getMessage());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LLAMA", "QWEN3", "PHI3"})
    void generate_greedy_isTheTextOfTheCpu(SmallModel small) {
        try (TransformerWeights weights = small.weights(DataType.FLOAT);
                TokenGenerator here = new TokenGenerator(weights, BACKEND);
                TokenGenerator there = new TokenGenerator(weights, BACKEND, GPU.inference())) {
            assertArrayEquals(greedy(here, Optional.empty()), greedy(there, Optional.empty()));
        }
    }

    @Test
    void generate_tooLittleMemory_isRefusedInOneLineOrContinuedOnTheCpu() {
        FreeMemory memory = new FreeMemory();
        List<String> told = new ArrayList<>();
        CudaPasses gpu = new CudaPasses(memory.device(), CudaPasses.Products.FLOAT);
        try (AutomaticPasses passes = new AutomaticPasses(() -> gpu, told::add);
                TransformerWeights weights = SmallModel.LLAMA.weights(DataType.FLOAT);
                TokenGenerator here = new TokenGenerator(weights, BACKEND);
                TokenGenerator there = new TokenGenerator(weights, BACKEND, gpu.inference());
                TokenGenerator automatic = new TokenGenerator(weights, BACKEND, passes.inference())) {
            memory.set(100);
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> greedy(there, Optional.empty()));
            assertTrue(e.getMessage().startsWith("keys and values of 7 tokens take 0.00 GiB"), e.getMessage());
            assertFalse(e.getMessage().contains("\n"));
            assertArrayEquals(greedy(here, Optional.empty()), greedy(automatic, Optional.empty()));
            assertEquals("device: cpu; no GPU is used: " + e.getMessage(), told.get(1));
        }
        assertEquals(2, told.size(), told.toString());
    }

    @Test
    void embed_byThreadsBesideATraining_isThatOfOneThread() throws Exception {
        List<String> names = List.of(MultiAdapterModel.BASE);
        TrainingStep step = new TrainingStep(
                1,
                1,
                List.of(List.of(
                        new TrainingExample(new TokenSequence(new int[] {3, 5}, new int[2]), new Target.Category(1)))));
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try (TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdapterSet adapters = adapters(weights, LSR, 3);
                SequenceHead head = new SequenceHead(weights, 3, 5);
                AdaptedModel trained = new AdaptedModel(
                        weights, adapters, SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND), BACKEND);
                MultiAdapterModel one = bare(weights, GPU.inference());
                MultiAdapterModel other = bare(weights, GPU.inference())) {
            List<ModelInput> text = texts(weights, 3);
            float[][] alone = one.embed(text, names, Pooling.CLS, false);
            double loss = GPU.gradients(trained, step);
            Future<Double> losses = threads.submit(() -> GPU.gradients(trained, step));
            List<Future<float[][]>> found = new ArrayList<>();
            for (MultiAdapterModel model : List.of(one, other, one, other)) {
                found.add(threads.submit(() -> model.embed(text, names, Pooling.CLS, false)));
            }
            for (Future<float[][]> rows : found) {
                assertArrayEquals(alone, rows.get());
            }
            assertEquals(loss, losses.get());
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void passes_ofAnEmbedder_computeThereUntilTheyAreSetBack() throws IOException {
        List<String> texts = List.of("hello world", "cafe");
        try (BaseModel base = BaseModel.load(TinyModels.writeBert(folder, 5).toString());
                TextEmbedder embedder = TextEmbedder.of(base)) {
            float[][] here = embedder.embed(texts);
            embedder.passes(GPU);
            float[][] there = embedder.embed(texts);
            assertClose(doubles(here), doubles(there));
            assertFalse(Arrays.deepEquals(here, there), "both are to the bit the same, expected sums in another order");
            embedder.passes(PassExecutor.LOCAL);
            assertArrayEquals(here, embedder.embed(texts));
        }
    }
}
