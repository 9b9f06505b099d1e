package org.lsradapt.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.serving.ServedFixture.ALL;
import static org.lsradapt.serving.ServedFixture.BACKEND;
import static org.lsradapt.serving.ServedFixture.QUERY_VALUE;
import static org.lsradapt.serving.ServedFixture.lsr;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.transformer.InferencePass;
import org.lsradapt.transformer.ModelPass;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SharedPassesTest {
    private static final SharedPasses.Listener UNHEARD = (sequences, tokens, waited) -> {};

    private final ServedFixture fixture = new ServedFixture(SmallModel.BERT, DataType.DOUBLE);
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void close() {
        threads.shutdownNow();
        fixture.encoder.close();
    }

    private SharedPasses shared(PassFactory where, int most) {
        return SharedPasses.of(fixture.encoder, where, BACKEND, most, UNHEARD);
    }

    @Test
    void join_hasTheSequencesAndWantedRowsOfAllBatches() {
        List<TokenSequence> sequences = fixture.sequences(1, 5, 3, 9, 2);
        for (Rows rows : List.of(Rows.ALL, Rows.FIRST, Rows.END)) {
            TokenBatch whole = TokenBatch.of(sequences, fixture.model, rows);
            TokenBatch joined = TokenBatch.join(List.of(
                    TokenBatch.of(sequences.subList(0, 1), fixture.model, rows),
                    TokenBatch.of(sequences.subList(1, 4), fixture.model, rows)));
            assertArrayEquals(whole.ids(), joined.ids());
            assertArrayEquals(whole.positions(), joined.positions());
            assertArrayEquals(whole.offsets(), joined.offsets());
            assertArrayEquals(whole.wantedRows(), joined.wantedRows());
            assertArrayEquals(whole.wantedOffsets(), joined.wantedOffsets());
        }
    }

    /** Classes, tokens and embeddings of different adapters, by many threads, with steps of a few tokens and of many. */
    @Test
    void callers_getTheirOwnResults_whateverSharesTheirSteps() throws Exception {
        for (int most : new int[] {1, 16, 4096}) {
            try (MultiAdapterModel alone = new MultiAdapterModel(fixture.encoder, BACKEND);
                    MultiAdapterModel together = new MultiAdapterModel(fixture.encoder, BACKEND);
                    SharedPasses shared = shared(PassFactory.here(BACKEND), most)) {
                for (MultiAdapterModel model : List.of(alone, together)) {
                    fill(model);
                }
                together.passes(shared);
                List<Future<?>> calls = new ArrayList<>();
                for (int i = 0; i < 24; i++) {
                    int seed = i;
                    calls.add(threads.submit(() -> compare(alone, together, seed)));
                }
                for (Future<?> call : calls) {
                    call.get();
                }
                together.close();
            }
        }
    }

    private void fill(MultiAdapterModel model) {
        try (AdapterSet first = fixture.adapters(QUERY_VALUE, lsr(2, 3, true), 1);
                AdapterSet second = fixture.adapters(ALL, LsrConfig.lora(3, 1), 2);
                SequenceHead two = fixture.head(2, 3);
                SequenceHead five = fixture.head(5, 4)) {
            model.add("first", first, two);
            model.add("second", second, five);
        }
    }

    private void compare(MultiAdapterModel alone, MultiAdapterModel together, int seed) {
        List<TokenSequence> sequences = fixture.sequences(seed, 3 + seed % 5, 11, 1 + seed % 17);
        List<String> names = List.of("first", seed % 2 == 0 ? "second" : "first", "second");
        double[][] expected = alone.predict(sequences, names);
        double[][] found = together.predict(sequences, names);
        for (int i = 0; i < expected.length; i++) {
            assertArrayEquals(expected[i], found[i], 1e-9);
        }
        float[][] embedded = alone.embed(sequences, names, Pooling.MEAN, true);
        float[][] shared = together.embed(sequences, names, Pooling.MEAN, true);
        for (int i = 0; i < embedded.length; i++) {
            assertArrayEquals(embedded[i], shared[i], 1e-6f);
        }
    }

    /** Passes that wait for a permit before each step, and record the sequences of the steps by their first tokens. */
    private static final class HeldPasses implements PassFactory {
        final Semaphore steps = new Semaphore(0);
        final BlockingQueue<List<Integer>> begun = new LinkedBlockingQueue<>();
        volatile int refused = -1;

        @Override
        public InferencePass inference(TransformerWeights weights, Backend backend) {
            return new InferencePass() {
                @Override
                public INDArray forward(TokenBatch batch, List<@Nullable DenseUpdates> updates) {
                    List<Integer> first = IntStream.range(0, batch.size())
                            .mapToObj(i -> batch.ids()[batch.offsets()[i]])
                            .toList();
                    begun.add(first);
                    steps.acquireUninterruptibly();
                    if (first.contains(refused)) {
                        throw new IllegalArgumentException("refused " + refused);
                    }
                    INDArray rows = Nd4j.create(
                            weights.dataType(),
                            batch.wantedRows().length,
                            weights.model().width());
                    for (int i = 0; i < batch.size(); i++) {
                        rows.getRow(i).assign(first.get(i));
                    }
                    return rows;
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public ModelPass open(TransformerWeights weights, Optional<AdapterSet> adapters, Optional<Training> training) {
            throw new UnsupportedOperationException();
        }
    }

    /** Texts whose first tokens are the given ones, each of some tokens. */
    private TokenBatch batch(int tokens, int... first) {
        List<TokenSequence> sequences = IntStream.of(first)
                .mapToObj(id -> {
                    int[] ids = new int[tokens];
                    ids[0] = id;
                    return new TokenSequence(ids, new int[tokens]);
                })
                .toList();
        return TokenBatch.of(sequences, fixture.model, Rows.FIRST);
    }

    private static List<Integer> found(INDArray rows) {
        return IntStream.range(0, (int) rows.size(0))
                .mapToObj(i -> rows.getInt(i, 0))
                .toList();
    }

    private Future<List<Integer>> submit(SharedPasses shared, PassCaller caller, TokenBatch batch) {
        return threads.submit(() -> {
            try (InferencePass pass = shared.inference(fixture.encoder, BACKEND)) {
                return caller.call(() -> found(pass.forward(batch, Collections.nCopies(batch.size(), null))));
            }
        });
    }

    /** Submits, and returns when the batch waits or is computed. */
    private Future<List<Integer>> submitted(SharedPasses shared, PassCaller caller, TokenBatch batch) throws Exception {
        Future<List<Integer>> call = submit(shared, caller, batch);
        while (caller.tokens() == 0) {
            Thread.sleep(1);
        }
        Thread.sleep(20);
        return call;
    }

    @Test
    void batches_thatWaited_shareAStep_andShortOnesDoNotWaitForALongOne() throws Exception {
        HeldPasses held = new HeldPasses();
        try (SharedPasses shared = shared(held, 10)) {
            Future<List<Integer>> first = submitted(shared, new PassCaller(), batch(2, 1));
            assertEquals(List.of(1), held.begun.take());
            PassCaller longCaller = new PassCaller();
            Future<List<Integer>> longOne = submitted(shared, longCaller, batch(4, 11, 12, 13, 14, 15));
            Future<List<Integer>> second = submitted(shared, new PassCaller(), batch(2, 2));
            Future<List<Integer>> third = submitted(shared, new PassCaller(), batch(2, 3));
            held.steps.release(10);
            assertEquals(List.of(1), first.get());
            assertEquals(List.of(11, 12, 13, 14, 15), longOne.get());
            assertEquals(List.of(2), second.get());
            assertEquals(List.of(3), third.get());
            // A quarter of each step is for the texts that arrived after the long batch.
            assertEquals(
                    List.of(List.of(11, 12, 2), List.of(13, 14, 3), List.of(15)),
                    List.of(held.begun.take(), held.begun.take(), held.begun.take()));
            assertEquals(20, longCaller.tokens());
        }
    }

    @Test
    void failure_reachesItsOwnCallerAlone() throws Exception {
        HeldPasses held = new HeldPasses();
        held.refused = 7;
        try (SharedPasses shared = shared(held, 100)) {
            Future<List<Integer>> first = submitted(shared, new PassCaller(), batch(2, 1));
            Future<List<Integer>> good = submitted(shared, new PassCaller(), batch(2, 2, 3));
            Future<List<Integer>> bad = submitted(shared, new PassCaller(), batch(2, 7));
            held.steps.release(10);
            assertEquals(List.of(1), first.get());
            assertEquals(List.of(2, 3), good.get());
            Exception thrown = assertThrows(ExecutionException.class, bad::get);
            assertEquals("refused 7", thrown.getCause().getMessage());
            assertEquals(
                    List.of(4), submit(shared, new PassCaller(), batch(2, 4)).get());
        }
    }

    @Test
    void callerThatGivesUp_leavesTheQueue_atOnceOrAfterItsStep() throws Exception {
        HeldPasses held = new HeldPasses();
        try (SharedPasses shared = shared(held, 4)) {
            PassCaller partly = new PassCaller();
            Future<List<Integer>> begun = submitted(shared, partly, batch(4, 1, 2, 3));
            assertEquals(List.of(1), held.begun.take());
            PassCaller waiting = new PassCaller();
            Future<List<Integer>> queued = submitted(shared, waiting, batch(4, 8));
            waiting.cancel();
            assertInstanceOf(
                    CancellationException.class,
                    assertThrows(ExecutionException.class, queued::get).getCause());
            partly.cancel();
            held.steps.release(10);
            assertInstanceOf(
                    CancellationException.class,
                    assertThrows(ExecutionException.class, begun::get).getCause());
            assertEquals(
                    List.of(5), submit(shared, new PassCaller(), batch(4, 5)).get());
            assertEquals(List.of(5), held.begun.take());
            assertTrue(partly.isCancelled());
            assertThrows(
                    CancellationException.class,
                    () -> partly.call(() -> {
                        try (InferencePass pass = shared.inference(fixture.encoder, BACKEND)) {
                            return pass.forward(batch(4, 6), Collections.nCopies(1, null));
                        }
                    }));
        }
    }

    @Test
    void caller_knowsItsTokensAndLongestSequence_andMayLimitThem() throws Exception {
        List<Long> asked = new ArrayList<>();
        PassCaller caller = new PassCaller(tokens -> {
            asked.add(tokens);
            if (tokens > 8) {
                throw new IllegalArgumentException("more than 8");
            }
        });
        try (SharedPasses shared = shared(PassFactory.here(BACKEND), 64);
                InferencePass pass = shared.inference(fixture.encoder, BACKEND)) {
            for (int[] lengths : new int[][] {{2, 4}, {1}}) {
                TokenBatch batch = TokenBatch.of(fixture.sequences(1, lengths), fixture.model, Rows.ALL);
                caller.call(() -> pass.forward(batch, Collections.nCopies(batch.size(), null)));
            }
            TokenBatch more = TokenBatch.of(fixture.sequences(1, 5), fixture.model, Rows.ALL);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> caller.call(() -> pass.forward(more, Collections.nCopies(1, null))));
        }
        assertEquals(List.of(6L, 7L, 12L), asked);
        assertEquals(7, caller.tokens());
        assertEquals(4, caller.longest());
    }

    @Test
    void close_computesWhatWaits_andRefusesMore() throws Exception {
        HeldPasses held = new HeldPasses();
        SharedPasses shared = shared(held, 4);
        Future<List<Integer>> first = submitted(shared, new PassCaller(), batch(4, 1));
        Future<List<Integer>> second = submitted(shared, new PassCaller(), batch(4, 2));
        held.steps.release(2);
        shared.close();
        assertEquals(List.of(1), first.get());
        assertEquals(List.of(2), second.get());
        Future<List<Integer>> late = submit(shared, new PassCaller(), batch(4, 3));
        assertInstanceOf(
                IllegalStateException.class,
                assertThrows(ExecutionException.class, late::get).getCause());
    }

    @Test
    void passes_ofAnotherModel_areRefused() {
        try (SharedPasses shared = shared(PassFactory.here(BACKEND), 4);
                TransformerWeights other = new ServedFixture(SmallModel.BERT, DataType.DOUBLE).encoder) {
            assertThrows(IllegalArgumentException.class, () -> shared.inference(other, BACKEND));
        }
        assertThrows(IllegalArgumentException.class, () -> shared(PassFactory.here(BACKEND), 0));
    }
}
