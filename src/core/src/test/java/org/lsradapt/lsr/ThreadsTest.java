package org.lsradapt.lsr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;
import static org.lsradapt.lsr.RandomArrays.relativeError;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.LsrAdapter.LoraMatrices;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What the types of this package say about threads: one at a time and noticed, or shared. */
class ThreadsTest {
    private static final int THREADS = 4;
    private static final LsrConfig CONFIG =
            LsrConfig.builder().separationRank(3).alpha(0.7).termWeights(true).build();

    private final Random random = new Random(1);
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final CountDownLatch inside = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    /** The standard backend, whose products wait in the first thread that comes to one. */
    private Backend waiting(Thread[] waiting) {
        Backend real = Backends.standard();
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (Thread.currentThread() == waiting[0]) {
                        inside.countDown();
                        goOn.await();
                        waiting[0] = null;
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private AdapterSet randomSet(Backend backend) {
        AdapterSet set = AdapterSet.create(
                List.of(
                        FrozenLinear.of("q", normal(random, DataType.FLOAT, 12, 10)),
                        FrozenLinear.of("v", normal(random, DataType.FLOAT, 12, 7))),
                CONFIG,
                backend);
        set.values().assign(normal(random, DataType.FLOAT, set.parameterCount()));
        set.materialize();
        return set;
    }

    /** Runs the same in all threads at once, many times over. */
    private <T> List<T> atOnce(Callable<T> call) throws Exception {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Future<List<T>>> futures = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            futures.add(threads.submit(() -> {
                List<T> results = new ArrayList<>();
                start.await();
                for (int i = 0; i < 50; i++) {
                    results.add(call.call());
                }
                return results;
            }));
        }
        List<T> all = new ArrayList<>();
        for (Future<List<T>> future : futures) {
            all.addAll(future.get());
        }
        return all;
    }

    @Test
    void adapters_secondThreadWhileAnotherIsInside_isRefusedWithTheWayOut() throws Exception {
        Thread[] waiting = new Thread[1];
        AdapterSet set = randomSet(waiting(waiting));
        LsrAdapter adapter = set.lsrAdapter("q");
        LsrAdapter other = set.lsrAdapter("v");
        INDArray x = normal(random, DataType.FLOAT, 5, 12);
        INDArray g = normal(random, DataType.FLOAT, 5, 7);
        INDArray expected = adapter.deltaWeight();
        Map<String, Runnable> calls = new LinkedHashMap<>();
        calls.put("forward", () -> other.forward(x));
        calls.put("backward", () -> other.backward(x, g));
        calls.put("merge", other::merge);
        calls.put("merge ", () -> other.merge(DataType.FLOAT16));
        calls.put("deltaWeight", other::deltaWeight);
        calls.put("exportLora", other::exportLora);
        calls.put("materialize", other::materialize);
        calls.put("zeroGradients", other::zeroGradients);
        calls.put("materialize ", set::materialize);
        calls.put("zeroGradients ", set::zeroGradients);
        calls.put("collectGradients", set::collectGradients);
        calls.put("denseGradients", () -> set.denseGradients(1));
        calls.put("updates", () -> DenseUpdates.of(set));
        calls.put("updates ", () -> DenseUpdates.of(other));
        calls.put("merge in place", () -> InPlaceMerge.of(set));
        calls.put("close", set::close);
        Future<INDArray> first = threads.submit(() -> {
            Thread.currentThread().setName("first");
            waiting[0] = Thread.currentThread();
            return adapter.deltaWeight();
        });
        inside.await();
        Thread.currentThread().setName("second");
        for (Map.Entry<String, Runnable> call : calls.entrySet()) {
            String message = assertThrows(IllegalStateException.class, call.getValue()::run, call.getKey())
                    .getMessage();
            assertEquals(
                    call.getKey().trim() + ": thread 'second' came while thread 'first' uses the adapters; a set and"
                            + " its adapters are for one thread at a time: to serve from many threads, share"
                            + " DenseUpdates.of(…); to train in many, give each a set of its own",
                    message);
        }
        goOn.countDown();
        assertEquals(0, relativeError(expected, first.get()), "the first thread's result");
        assertEquals(0, relativeError(expected, adapter.deltaWeight()), "one after the other they may");
        set.close();
    }

    /** Calls that do not meet another thread's are fine, so some succeed; none may be wrong. */
    @Test
    void adapters_usedByManyThreads_giveNoWrongResult() throws Exception {
        LsrAdapter adapter = randomSet(Backends.standard()).lsrAdapter("q");
        INDArray x = normal(random, DataType.FLOAT, 5, 12);
        List<Callable<INDArray>> calls = List.of(() -> adapter.forward(x), adapter::merge, adapter::deltaWeight);
        List<INDArray> expected = new ArrayList<>();
        for (Callable<INDArray> call : calls) {
            expected.add(call.call());
        }
        AtomicInteger next = new AtomicInteger();
        List<Integer> errors = atOnce(() -> {
            int which = next.getAndIncrement() % calls.size();
            try {
                return relativeError(expected.get(which), calls.get(which).call()) < 1e-6 ? 0 : 1;
            } catch (IllegalStateException e) {
                return -1;
            }
        });
        assertFalse(errors.contains(1), errors::toString);
        assertTrue(errors.contains(0), errors::toString);
    }

    @Test
    void inPlaceMerge_closedWhileAnotherThreadIsInside_isRefusedAndCanBeClosedLater() throws Exception {
        Thread[] waiting = new Thread[1];
        AdapterSet set = randomSet(waiting(waiting));
        INDArray before = Weights.copy(set.lsrAdapter("v").layer());
        InPlaceMerge merge = InPlaceMerge.of(set);
        Future<INDArray> first = threads.submit(() -> {
            waiting[0] = Thread.currentThread();
            return set.lsrAdapter("q").forward(normal(new Random(2), DataType.FLOAT, 5, 12));
        });
        inside.await();
        assertThrows(IllegalStateException.class, merge::close);
        goOn.countDown();
        first.get();
        merge.close();
        assertEquals(0, relativeError(before, Weights.copy(set.lsrAdapter("v").layer())));
    }

    /** What the encoder does: A and B are read, and each lane writes arrays and gradients of its own. */
    @Test
    void uses_ofLanesAtOnce_giveWhatOneThreadGives() throws Exception {
        AdapterSet set = randomSet(Backends.standard());
        INDArray x = normal(random, DataType.FLOAT, 9, 12);
        List<INDArray> gradients = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            boolean alone = run == 0;
            set.zeroGradients();
            List<Map<LsrAdapter, LayerUpdate>> lanes = new ArrayList<>();
            for (int lane = 0; lane < THREADS; lane++) {
                Map<LsrAdapter, LayerUpdate> uses = new LinkedHashMap<>();
                for (LsrAdapter adapter : set.lsrAdapters()) {
                    uses.put(adapter, set.use(adapter.name(), lane));
                }
                lanes.add(uses);
            }
            List<Future<?>> done = new ArrayList<>();
            for (Map<LsrAdapter, LayerUpdate> uses : lanes) {
                Future<?> future = threads.submit(() -> {
                    for (int i = 0; i < 50; i++) {
                        uses.forEach((adapter, use) -> bothWays(adapter, use, x));
                    }
                });
                if (alone) {
                    future.get();
                }
                done.add(future);
            }
            for (Future<?> future : done) {
                future.get();
            }
            set.collectGradients();
            gradients.add(set.gradients().dup());
        }
        assertTrue(gradients.get(0).norm2Number().doubleValue() > 0);
        assertEquals(0, relativeError(gradients.get(0), gradients.get(1)));
    }

    private static void bothWays(LsrAdapter adapter, LayerUpdate use, INDArray x) {
        INDArray y = Nd4j.zeros(DataType.FLOAT, x.size(0), adapter.layer().outFeatures());
        use.forward(new int[] {0, (int) x.size(0)}, x, y);
        use.backward(x, y, x.ulike());
    }

    @Test
    void kroneckerSum_sharedByThreads_givesEachWhatOneGets() throws Exception {
        AdapterSet set = randomSet(Backends.standard());
        KroneckerSum sum = set.lsrAdapter("q").a();
        INDArray x = normal(random, DataType.FLOAT, 5, 12);
        INDArray dense = sum.materialize();
        INDArray product = sum.apply(x);
        double norm = sum.normF();
        for (Object[] found : atOnce(() -> new Object[] {sum.materialize(), sum.apply(x), sum.normF()})) {
            assertEquals(0, relativeError(dense, (INDArray) found[0]));
            assertEquals(0, relativeError(product, (INDArray) found[1]));
            assertEquals(norm, found[2]);
        }
    }

    @Test
    void denseUpdates_sharedByThreads_giveEachWhatTheAdapterAdds() throws Exception {
        AdapterSet set = randomSet(Backends.standard());
        LsrAdapter adapter = set.lsrAdapter("v");
        INDArray x = normal(random, DataType.FLOAT, 5, 12);
        INDArray expected = adapter.forward(x);
        try (DenseUpdates updates = DenseUpdates.of(set);
                DenseUpdates single = DenseUpdates.of(adapter)) {
            assertEquals(Set.of("v"), single.layers());
            for (DenseUpdates shared : List.of(updates, single)) {
                for (INDArray found : atOnce(() -> {
                    LoraMatrices update = shared.find("v");
                    INDArray added = x.mmul(update.a()).mmul(update.b()).muli(update.scaling());
                    return x.mmul(Weights.copy(adapter.layer())).addi(added);
                })) {
                    assertTrue(relativeError(expected, found) < RandomArrays.tolerance(DataType.FLOAT));
                }
            }
        }
    }

    @Test
    void immutableTypes_sharedByThreads_giveEachWhatOneGets() throws Exception {
        FrozenLinear layer = FrozenLinear.of("model.query", normal(random, DataType.FLOAT, 12, 10));
        LayerSelector selector = LayerSelector.regex("model\\..*");
        ParameterNames names = ParameterNames.ofA("model.query", CONFIG);
        for (Object found : atOnce(() -> List.of(
                selector.select(List.of(layer)),
                CONFIG.inFactors(12),
                CONFIG.scaling(),
                names.factors(),
                layer.inFeatures()))) {
            assertEquals(List.of(List.of(layer), List.of(4, 3), 0.7, names.factors(), 12), found);
        }
    }
}
