package org.lsradapt.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.serving.ServedFixture.ALL;
import static org.lsradapt.serving.ServedFixture.BACKEND;
import static org.lsradapt.serving.ServedFixture.QUERY_VALUE;
import static org.lsradapt.serving.ServedFixture.lsr;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

/** Many threads predict with mixed adapters while one replaces, adds, combines and removes some, and changes who opens passes. */
class ConcurrentServingTest {
    private static final int READERS = 6;
    /** How many calls run at once, whatever the machine: fewer than there are readers, so that some wait. */
    private static final int PASSES = 4;

    private static final int CALLS = 60;

    private final ServedFixture fixture = new ServedFixture(SmallModel.BERT, DataType.FLOAT);
    private final List<TokenSequence> batch = fixture.sequences(5, 9, 2, 31, 17, 1, 8, 23, 5);
    private final AdapterSet first = fixture.adapters(QUERY_VALUE, LsrConfig.defaults(), 1);
    private final AdapterSet second = fixture.adapters(ALL, lsr(3, 2, true), 2);
    private final AdapterSet third = fixture.adapters(ALL, LsrConfig.lora(2, 1), 3);
    private final SequenceHead two = fixture.head(2, 1);
    private final SequenceHead three = fixture.head(3, 2);

    @Test
    void predict_whileOneThreadSwitches_givesExactlyOneOfTheValidResults()
            throws InterruptedException, ExecutionException {
        MultiAdapterModel model = new MultiAdapterModel(fixture.encoder, BACKEND, PASSES);
        model.add("switched", first, two);
        model.add("steady", third, two);
        model.add("guest", second, two);
        double[][] steady = model.predict(batch, "steady");
        double[][] guest = model.predict(batch, "guest");
        double[][] before = model.predict(batch, "switched");
        model.replace("switched", second, three);
        double[][] after = model.predict(batch, "switched");
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger refused = new AtomicInteger();
        AtomicInteger[] versions = {new AtomicInteger(), new AtomicInteger()};
        ExecutorService threads = Executors.newFixedThreadPool(READERS + 1);
        try {
            List<Future<?>> readers = new ArrayList<>();
            for (int reader = 0; reader < READERS; reader++) {
                Random random = new Random(reader);
                readers.add(threads.submit(() -> {
                    for (int call = 0; call < CALLS; call++) {
                        List<String> names = IntStream.range(0, batch.size())
                                .mapToObj(i -> List.of("switched", "steady", "switched", "guest")
                                        .get(random.nextInt(random.nextInt(3) == 0 ? 4 : 3)))
                                .toList();
                        try {
                            double[][] scores = model.predict(batch, names);
                            boolean late = false;
                            for (int i = 0; i < scores.length; i++) {
                                late |= names.get(i).equals("switched") && scores[i].length == 3;
                            }
                            versions[late ? 1 : 0].incrementAndGet();
                            for (int i = 0; i < scores.length; i++) {
                                double[][] expected = names.get(i).equals("steady")
                                        ? steady
                                        : names.get(i).equals("guest") ? guest : late ? after : before;
                                assertArrayEquals(expected[i], scores[i]);
                            }
                        } catch (IllegalArgumentException e) {
                            assertTrue(e.getMessage().startsWith("unknown adapter 'guest'"), e.getMessage());
                            refused.incrementAndGet();
                        }
                    }
                }));
            }
            Future<?> writer = threads.submit(() -> {
                for (int round = 0; !done.get(); round++) {
                    model.replace("switched", round % 2 == 0 ? first : second, round % 2 == 0 ? two : three);
                    model.combine("sum", Map.of("switched", 0.5, "steady", 0.5), "steady");
                    model.remove("guest");
                    model.remove("sum");
                    model.add("guest", second, two);
                    if (round % 8 == 0) {
                        model.passes(PassFactory.here(BACKEND));
                    }
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
        assertEquals(READERS * CALLS, versions[0].get() + versions[1].get() + refused.get());
        assertArrayEquals(steady, model.predict(batch, "steady"));
        model.close();
    }
}
