package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.objectives.Target;

/** A restored model is for one thread at a time, and says so. */
class RestoredModelTest {

    @TempDir
    private Path folder;

    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final CountDownLatch inside = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final AtomicReference<Thread> waits = new AtomicReference<>();
    private TinyAdapter trained;
    private RestoredModel restored;

    @BeforeEach
    void restore() throws IOException {
        trained = TinyAdapter.lsr();
        trained.save(folder);
        restored = RestoredModel.of(
                AdapterFolder.load(folder), trained.encoder, "tiny", TinyAdapter.FINGERPRINT, waiting());
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
        restored.close();
        trained.close();
    }

    /** The backend, which waits in the thread that was told to, once. */
    private Backend waiting() {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (waits.compareAndSet(Thread.currentThread(), null)) {
                        inside.countDown();
                        goOn.await();
                    }
                    try {
                        return method.invoke(TinyAdapter.BACKEND, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void secondThread_whileOnePredicts_isRefused() throws Exception {
        double[][] expected = restored.predict(trained.sequences());
        Future<double[][]> first = threads.submit(() -> {
            Thread.currentThread().setName("first");
            waits.set(Thread.currentThread());
            return restored.predict(trained.sequences());
        });
        inside.await();
        Thread.currentThread().setName("second");
        assertEquals(
                "predict: thread 'second' came while thread 'first' uses the model; it is for one thread at a time: to"
                        + " predict from many threads, take MultiAdapterModel, or give each a model of its own",
                assertThrows(IllegalStateException.class, () -> restored.predict(trained.sequences()))
                        .getMessage());
        for (Runnable call : List.<Runnable>of(
                restored::close,
                () -> restored.model().lossAndGradients(trained.sequences(), Collections.nCopies(2, Target.OWN)),
                () -> restored.model().beginStep(),
                () -> restored.model().endStep(),
                () -> restored.model().checkpointing(true))) {
            assertThrows(IllegalStateException.class, call::run);
        }
        goOn.countDown();
        assertArrayEquals(expected, first.get(), "the first thread's result");
        assertArrayEquals(expected, restored.predict(trained.sequences()), "one after the other they may");
    }

    @Test
    void predict_byManyThreads_givesNoWrongResult() throws Exception {
        double[][] expected = restored.predict(trained.sequences());
        CyclicBarrier start = new CyclicBarrier(4);
        List<Future<List<Boolean>>> futures = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            futures.add(threads.submit(() -> {
                List<Boolean> right = new ArrayList<>();
                start.await();
                for (int i = 0; i < 50; i++) {
                    try {
                        right.add(Arrays.deepEquals(expected, restored.predict(trained.sequences())));
                    } catch (IllegalStateException e) {
                        assertTrue(e.getMessage().contains("one thread at a time"), e.getMessage());
                    }
                }
                return right;
            }));
        }
        List<Boolean> all = new ArrayList<>();
        for (Future<List<Boolean>> future : futures) {
            all.addAll(future.get());
        }
        assertFalse(all.contains(false), all::toString);
        assertTrue(all.contains(true), "none was let in");
    }

    @Test
    void predict_afterClose_isRefused() {
        restored.close();
        assertEquals(
                "predict: the model is closed",
                assertThrows(IllegalStateException.class, () -> restored.predict(trained.sequences()))
                        .getMessage());
        restored.close();
    }
}
