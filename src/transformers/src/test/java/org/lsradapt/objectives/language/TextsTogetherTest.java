package org.lsradapt.objectives.language;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.transformer.KeyValueCache;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;

/** Texts that are generated at once are those that are generated one at a time. */
class TextsTogetherTest {
    private static final Backend BACKEND = Backends.standard();
    private static final GenerationLimits NO_PREFIXES = new GenerationLimits(32, 1 << 30, 0);

    private final ExecutorService threads = Executors.newFixedThreadPool(12);

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    private static TokenGenerator generator(TransformerWeights weights, GenerationLimits limits) {
        return new TokenGenerator(weights, BACKEND, PassFactory.here(BACKEND), limits);
    }

    private static AdapterSet adapters(TransformerWeights weights, int seed) {
        AdapterSet set = AdapterSet.create(weights.linearLayers(), LsrConfig.defaults(), BACKEND);
        set.values()
                .assign(RandomArrays.normal(new Random(seed), DataType.FLOAT, set.parameterCount())
                        .muli(0.3));
        return set;
    }

    private static int[] prompt(Random random, int length) {
        return random.ints(length, 0, 31).toArray();
    }

    private int[] text(TokenGenerator generator, TokenRequest request) {
        return generator.generate(request, token -> true, () -> false);
    }

    private List<int[]> together(TokenGenerator generator, List<TokenRequest> requests) throws Exception {
        CountDownLatch all = new CountDownLatch(Math.min(12, requests.size()));
        List<Future<int[]>> texts = new ArrayList<>();
        for (TokenRequest request : requests) {
            texts.add(threads.submit(() -> {
                all.countDown();
                all.await();
                return text(generator, request);
            }));
        }
        List<int[]> done = new ArrayList<>();
        for (Future<int[]> text : texts) {
            done.add(text.get());
        }
        return done;
    }

    /** Different prompts, adapters, settings and lengths: each text joins and leaves while others go on. */
    @ParameterizedTest
    @CsvSource({"LLAMA,FLOAT", "QWEN3,FLOAT", "GEMMA2,FLOAT", "PHI3,FLOAT", "LLAMA,DOUBLE"})
    void generate_manyThreads_eachTextAsAlone(SmallModel family, DataType type) throws Exception {
        Random random = new Random(31);
        try (TransformerWeights weights = family.longer(type, 300);
                AdapterSet one = adapters(weights, 3);
                AdapterSet other = adapters(weights, 4);
                DenseUpdates first = DenseUpdates.of(one);
                DenseUpdates second = DenseUpdates.of(other)) {
            List<Optional<DenseUpdates>> updates = List.of(Optional.empty(), Optional.of(first), Optional.of(second));
            List<TokenRequest> requests = new ArrayList<>();
            for (int i = 0; i < 18; i++) {
                Sampling sampling = i % 2 == 0 ? Sampling.GREEDY : new Sampling(1.2, 0.9, i).withTopK(20);
                int length = i % 5 == 0 ? 1 : i % 7 == 0 ? 140 + i : 2 + random.nextInt(9);
                requests.add(new TokenRequest(
                        prompt(random, length),
                        updates.get(i % 3),
                        i % 4 == 3 ? sampling.withRepetitionPenalty(1.3) : sampling,
                        3 + random.nextInt(25),
                        Set.of(i % 31)));
            }
            List<int[]> expected = new ArrayList<>();
            try (TokenGenerator generator = generator(weights, NO_PREFIXES)) {
                requests.forEach(request -> expected.add(text(generator, request)));
                assertEquals(
                        generator.counts().steps.get(), generator.counts().rows.get());
            }
            try (TokenGenerator generator = generator(weights, NO_PREFIXES)) {
                List<int[]> actual = together(generator, requests);
                for (int i = 0; i < expected.size(); i++) {
                    assertArrayEquals(expected.get(i), actual.get(i), "text " + i);
                }
                long steps = generator.counts().steps.get();
                assertTrue(2 * steps < generator.counts().rows.get(), steps + " steps");
            }
        }
    }

    @Test
    void generate_promptsWithOnePrefix_computeItOncePerAdapter() throws Exception {
        Random random = new Random(32);
        int[] system = prompt(random, 2 * TokenLoop.PART + 9);
        try (TransformerWeights weights = SmallModel.LLAMA.longer(DataType.FLOAT, 400);
                AdapterSet set = adapters(weights, 3);
                DenseUpdates adapter = DenseUpdates.of(set)) {
            List<TokenRequest> requests = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                int[] prompt = Arrays.copyOf(system, system.length + 3);
                System.arraycopy(prompt(random, 3), 0, prompt, system.length, 3);
                Optional<DenseUpdates> updates = i < 5 ? Optional.empty() : Optional.of(adapter);
                requests.add(new TokenRequest(prompt, updates, Sampling.GREEDY, 10, Set.of()));
            }
            List<int[]> expected = new ArrayList<>();
            try (TokenGenerator generator = generator(weights, NO_PREFIXES)) {
                requests.forEach(request -> expected.add(text(generator, request)));
                assertEquals(0, generator.counts().sharedTokens.get());
            }
            try (TokenGenerator generator = generator(weights, GenerationLimits.standard())) {
                List<int[]> actual = together(generator, requests);
                for (int i = 0; i < expected.size(); i++) {
                    assertArrayEquals(expected.get(i), actual.get(i), "text " + i);
                }
                assertEquals(
                        6 * 2 * TokenLoop.PART, generator.counts().sharedTokens.get());
                assertEquals(
                        2 * 2 * TokenLoop.PART + 8 * 12,
                        generator.counts().promptTokens.get());
            }
        }
    }

    @Test
    void generate_moreThanTheMemory_waitsForItsTurn() throws Exception {
        Random random = new Random(33);
        try (TransformerWeights weights = SmallModel.LLAMA.longer(DataType.FLOAT, 300)) {
            List<TokenRequest> requests = IntStream.range(0, 9)
                    .mapToObj(i -> new TokenRequest(prompt(random, 4), Optional.empty(), Sampling.GREEDY, 30, Set.of()))
                    .toList();
            long one = KeyValueCache.bytes(weights, 34);
            for (GenerationLimits limits :
                    List.of(new GenerationLimits(32, 3 * one + one / 2, one), new GenerationLimits(3, 1 << 30, 0))) {
                try (TokenGenerator generator = generator(weights, limits)) {
                    List<int[]> texts = together(generator, requests);
                    texts.forEach(text -> assertEquals(30, text.length));
                    assertTrue(generator.counts().most.get() <= 3, generator.counts().most + " texts at once");
                }
            }
            try (TokenGenerator generator = generator(weights, new GenerationLimits(32, 0, 0))) {
                assertEquals(30, text(generator, requests.get(0)).length, "a text that is larger runs alone");
            }
        }
    }

    @Test
    void generate_aTextThatFailsOrIsCancelled_leavesTheOthers() throws Exception {
        Random random = new Random(34);
        try (TransformerWeights weights = SmallModel.LLAMA.longer(DataType.FLOAT, 300);
                TokenGenerator generator = generator(weights, NO_PREFIXES)) {
            TokenRequest longer = new TokenRequest(prompt(random, 5), Optional.empty(), Sampling.GREEDY, 250, Set.of());
            int[] expected = text(generator, longer);
            AtomicInteger told = new AtomicInteger();
            AtomicBoolean cancelled = new AtomicBoolean();
            Future<int[]> good = threads.submit(() -> text(generator, longer));
            Future<int[]> stopped =
                    threads.submit(() -> generator.generate(longer, token -> told.incrementAndGet() < 7, () -> false));
            Future<int[]> thrown = threads.submit(() -> generator.generate(
                    longer,
                    token -> {
                        throw new IllegalStateException("the listener fails");
                    },
                    () -> false));
            Future<int[]> gone = threads.submit(() -> generator.generate(
                    longer,
                    token -> {
                        cancelled.set(true);
                        return true;
                    },
                    cancelled::get));
            Future<int[]> wrong = threads.submit(() ->
                    text(generator, new TokenRequest(new int[] {31}, Optional.empty(), Sampling.GREEDY, 9, Set.of())));
            assertArrayEquals(expected, good.get());
            assertArrayEquals(Arrays.copyOf(expected, 7), stopped.get());
            assertEquals(7, told.get());
            assertCause("the listener fails", thrown);
            assertTrue(cause(gone) instanceof CancellationException);
            assertCause("token batch: token id 31 at position 0 of sequence 0, expected 0 … 30", wrong);
        }
    }

    private static Throwable cause(Future<int[]> text) {
        return assertThrows(ExecutionException.class, text::get).getCause();
    }

    private static void assertCause(String message, Future<int[]> text) {
        assertEquals(message, cause(text).getMessage());
    }

    /** A long prompt comes in parts, between which the other text goes on. */
    @Test
    void generate_besideALongPrompt_goesOn() throws Exception {
        Random random = new Random(35);
        try (TransformerWeights weights = SmallModel.LLAMA.longer(DataType.FLOAT, 1000);
                TokenGenerator generator = generator(weights, NO_PREFIXES)) {
            AtomicInteger told = new AtomicInteger();
            CountDownLatch begun = new CountDownLatch(1);
            Future<int[]> text = threads.submit(() -> generator.generate(
                    new TokenRequest(prompt(random, 3), Optional.empty(), Sampling.GREEDY, 800, Set.of()),
                    token -> {
                        told.incrementAndGet();
                        begun.countDown();
                        return true;
                    },
                    () -> false));
            begun.await();
            int before = told.get();
            TokenRequest longest =
                    new TokenRequest(prompt(new Random(1), 900), Optional.empty(), Sampling.GREEDY, 1, Set.of());
            text(generator, longest);
            int during = told.get() - before;
            assertTrue(during >= 900 / TokenLoop.PART - 2, during + " tokens during a long prompt");
            assertEquals(800, text.get().length);
        }
    }

    @Test
    void close_whileATextGrows_endsItsCall() throws Exception {
        try (TransformerWeights weights = SmallModel.LLAMA.longer(DataType.FLOAT, 1000)) {
            TokenGenerator shared = TokenGenerator.shared(weights, BACKEND, PassFactory.here(BACKEND));
            assertEquals(shared, TokenGenerator.shared(weights, BACKEND, PassFactory.here(BACKEND)));
            CountDownLatch begun = new CountDownLatch(1);
            Future<int[]> text = threads.submit(() -> shared.generate(
                    new TokenRequest(new int[] {1}, Optional.empty(), Sampling.GREEDY, 900, Set.of()),
                    token -> {
                        begun.countDown();
                        return true;
                    },
                    () -> false));
            begun.await();
            assertFalse(text.isDone());
            weights.close();
            assertCause("the generator is closed", text);
            TokenRequest late = new TokenRequest(new int[] {1}, Optional.empty(), Sampling.GREEDY, 1, Set.of());
            assertThrows(IllegalStateException.class, () -> text(shared, late));
        }
    }
}
