package org.lsradapt.lsr.kronecker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.SequenceUpdates;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.shared.SharedConfig;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Users whose updates are coefficients of the same terms, against the dense updates of each. */
class SharedTermsTest {
    private static final int IN = 12;
    private static final int OUT = 10;
    private static final List<AdapterConfig> KINDS = List.of(
            SharedConfig.of(4, 3),
            LsrConfig.builder()
                    .bottleneckRank(2)
                    .separationRank(5)
                    .termWeights(true)
                    .build());

    private final Random random = new Random(3);

    private INDArray drawn(int rows, int cols) {
        double[] numbers = random.doubles((long) rows * cols, -1, 1).toArray();
        return Nd4j.createFromArray(numbers).castTo(DataType.FLOAT).reshape('c', rows, cols);
    }

    private AdapterSet adapters(AdapterConfig kind, Backend backend) {
        List<FrozenLinear> layers =
                List.of(FrozenLinear.of("one", drawn(IN, OUT)), FrozenLinear.of("two", drawn(IN, OUT)));
        AdapterSet adapters = AdapterSet.create(layers, kind, backend);
        adapters.values().assign(drawn(1, (int) adapters.parameterCount()).reshape(adapters.parameterCount()));
        return adapters;
    }

    private static SharedTerms terms(AdapterSet adapters) {
        return new SharedTerms(adapters.adapters().stream()
                .map(LayerAdapter::termSums)
                .map(Optional::orElseThrow)
                .toList());
    }

    /** Other coefficients, in the adapters too. */
    private float[] user(AdapterSet adapters) {
        List<Float> all = new ArrayList<>();
        for (LayerAdapter adapter : adapters.adapters()) {
            for (Parameter one : adapter.coefficients()) {
                for (int k = 0; k < one.count(); k++) {
                    float number = (float) random.nextGaussian();
                    one.value().putScalar(k, number);
                    all.add(number);
                }
            }
        }
        float[] weights = new float[all.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = all.get(i);
        }
        return weights;
    }

    @Test
    void mixedBatch_equalsTheUsersMatrices_andEachUserAloneToTheBit() {
        for (AdapterConfig kind : KINDS) {
            try (AdapterSet adapters = adapters(kind, Backends.standard());
                    SharedTerms terms = terms(adapters);
                    SequenceUpdates layer = new SequenceUpdates(Backends.standard(), DataType.FLOAT)) {
                List<@Nullable DenseUpdates> matrices = new ArrayList<>();
                List<@Nullable DenseUpdates> weighted = new ArrayList<>();
                for (int user = 0; user < 3; user++) {
                    float[] weights = user(adapters);
                    matrices.add(DenseUpdates.of(adapters));
                    weighted.add(DenseUpdates.weighted(terms, weights));
                }
                matrices.add(null);
                weighted.add(null);
                matrices.add(matrices.get(0));
                weighted.add(matrices.get(0));
                int[] rows = {0, 2, 5, 6, 10, 13};
                INDArray x = drawn(13, IN);
                for (String name : List.of("one", "two")) {
                    INDArray found = forward(layer, weighted, name, rows, x);
                    assertTrue(
                            forward(layer, matrices, name, rows, x).equalsWithEps(found, 1e-4), kind + " of " + name);
                    assertEquals(0, Views.rows(found, 6, 10).amaxNumber().doubleValue());
                    for (int user = 0; user < 3; user++) {
                        List<@Nullable DenseUpdates> alone = new ArrayList<>(Collections.nCopies(5, null));
                        alone.set(user, weighted.get(user));
                        INDArray own = Views.rows(forward(layer, alone, name, rows, x), rows[user], rows[user + 1]);
                        assertArrayEquals(
                                Views.rows(found, rows[user], rows[user + 1])
                                        .dup()
                                        .data()
                                        .asFloat(),
                                own.dup().data().asFloat());
                    }
                    DenseUpdates one = weighted.get(1);
                    assertTrue(one.find(name)
                            .a()
                            .equalsWithEps(matrices.get(1).find(name).a(), 1e-5));
                    assertTrue(one.find(name)
                            .b()
                            .equalsWithEps(matrices.get(1).find(name).b(), 1e-5));
                }
                matrices.subList(0, 3).forEach(DenseUpdates::close);
                weighted.subList(0, 3).forEach(DenseUpdates::close);
            }
        }
    }

    private static INDArray forward(
            SequenceUpdates layer, List<@Nullable DenseUpdates> updates, String name, int[] rows, INDArray x) {
        INDArray y = Nd4j.zeros(DataType.FLOAT, x.size(0), OUT);
        layer.use(updates);
        layer.of(name).forward(rows, x, y);
        return y;
    }

    /** Counts what the issue asks for: two products per layer, for one user and for a thousand. */
    @Test
    void aThousandUsers_takeTheProductsOfOne_andNoMatrices() {
        AtomicInteger products = new AtomicInteger();
        Backend counting = counting(products);
        try (AdapterSet adapters = adapters(KINDS.get(0), Backends.standard());
                SharedTerms terms = terms(adapters);
                SequenceUpdates layer = new SequenceUpdates(counting, DataType.FLOAT)) {
            INDArray x = drawn(1000, IN);
            int[] rows = new int[1001];
            List<@Nullable DenseUpdates> users = new ArrayList<>();
            for (int user = 0; user < 1000; user++) {
                rows[user + 1] = user + 1;
                users.add(DenseUpdates.weighted(terms, user(adapters)));
            }
            forward(layer, Collections.nCopies(1000, users.get(0)), "one", rows, x);
            assertEquals(2, products.getAndSet(0));
            forward(layer, users, "one", rows, x);
            assertEquals(2, products.get());
            long bytes = users.stream().mapToLong(DenseUpdates::bytes).sum();
            assertEquals(1000L * Float.BYTES * terms.coefficients(), bytes);
            users.forEach(DenseUpdates::close);
        }
    }

    private static Backend counting(AtomicInteger products) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("gemm") || method.getName().equals("addThinProducts")) {
                        products.incrementAndGet();
                    }
                    try {
                        return method.invoke(Backends.standard(), arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void sharedMemory_isFreedWithTheLastOwner_andWrongCountsAreRefused() {
        try (AdapterSet adapters = adapters(KINDS.get(0), Backends.standard())) {
            SharedTerms terms = terms(adapters);
            float[] weights = user(adapters);
            DenseUpdates user = DenseUpdates.weighted(terms, weights);
            terms.close();
            DenseUpdates other = DenseUpdates.of(adapters);
            DenseUpdates shared = other.share();
            other.close();
            other.close();
            assertTrue(user.find("one").a().equalsWithEps(shared.find("one").a(), 1e-5));
            shared.close();
            user.close();
            SharedTerms again = terms(adapters);
            String message = assertThrows(
                            IllegalArgumentException.class, () -> DenseUpdates.weighted(again, new float[3]))
                    .getMessage();
            assertTrue(message.contains("3 coefficients, the terms have 12"), message);
            again.close();
        }
    }
}
