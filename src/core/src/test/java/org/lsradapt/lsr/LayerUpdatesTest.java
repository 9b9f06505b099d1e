package org.lsradapt.lsr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The uses of adapted layers in a model's pass, against products of whole matrices. */
class LayerUpdatesTest {
    private static final Backend BACKEND = Backends.standard();
    private static final int[] ROWS = {0, 2, 3, 6};

    private final Random random = new Random(Long.getLong("seed", 64));
    private final List<FrozenLinear> layers =
            List.of(FrozenLinear.of("one", normal(6, 8)), FrozenLinear.of("two", normal(8, 6)));

    private INDArray normal(long... shape) {
        return RandomArrays.normal(random, DataType.DOUBLE, shape);
    }

    private AdapterSet set(LsrConfig config) {
        AdapterSet set = AdapterSet.create(layers, config, BACKEND);
        set.values().assign(normal(set.values().length()));
        set.materialize();
        return set;
    }

    private static INDArray delta(AdapterSet set, String layer) {
        LsrAdapter adapter = set.lsrAdapter(layer);
        return adapter.a().materialize().mmul(adapter.b().materialize()).mul(adapter.scaling());
    }

    private static void assertClose(INDArray expected, INDArray found) {
        assertTrue(expected.sub(found).normmaxNumber().doubleValue() < 1e-11, expected + " and " + found);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void use_addsTheUpdate_andCollectsTheGradientsOfTheAdapterAlone(int lane) {
        LsrConfig config = LsrConfig.builder()
                .bottleneckRank(4)
                .separationRank(2)
                .alpha(1.5)
                .build();
        try (AdapterSet set = set(config);
                AdapterSet same = AdapterSet.create(layers, config, BACKEND)) {
            same.values().assign(set.values());
            same.materialize();
            set.denseGradients(lane);
            INDArray x = normal(6, 6);
            INDArray gradOutput = normal(6, 8);
            INDArray y = normal(6, 8);
            INDArray expected = y.add(x.mmul(delta(set, "one")));
            for (int step = 0; step < 2; step++) {
                set.zeroGradients();
                same.zeroGradients();
                assertEquals(0, set.gradients().normmaxNumber().doubleValue());
                try (LayerUpdate use = set.use("one", lane)) {
                    assertTrue(use.trains());
                    INDArray found = y.dup();
                    use.forward(ROWS, x, found);
                    assertClose(expected, found);
                    INDArray gradInput = normal(6, 6);
                    INDArray expectedInput =
                            gradInput.add(gradOutput.mmul(delta(set, "one").transpose()));
                    use.backward(x, gradOutput, gradInput);
                    assertClose(expectedInput, gradInput);
                }
                set.collectGradients();
                same.lsrAdapter("one").backward(x, gradOutput);
                assertTrue(set.gradients().normmaxNumber().doubleValue() > 0);
                assertClose(same.gradients(), set.gradients());
            }
        }
    }

    @Test
    void sequenceUpdates_addToEachSequenceItsOwn() {
        LsrConfig small =
                LsrConfig.builder().bottleneckRank(2).separationRank(2).build();
        LsrConfig large = LsrConfig.builder()
                .bottleneckRank(6)
                .separationRank(3)
                .alpha(0.5)
                .build();
        try (AdapterSet first = set(small);
                AdapterSet second = set(large);
                DenseUpdates ofFirst = DenseUpdates.of(first);
                DenseUpdates ofTwoAlone = DenseUpdates.of(second.lsrAdapter("two"));
                SequenceUpdates updates = new SequenceUpdates(BACKEND, DataType.DOUBLE)) {
            LayerUpdate one = updates.of("one");
            LayerUpdate two = updates.of("two");
            INDArray x = normal(6, 8);
            INDArray y = normal(6, 6);
            INDArray found = y.dup();
            two.forward(ROWS, x, found);
            assertEquals(y, found, "nothing is used yet");
            assertSame(one.variant(0), one.variant(2));

            updates.use(Arrays.asList(ofFirst, null, ofTwoAlone));
            two.forward(ROWS, x, found);
            INDArray expected = y.dup();
            add(expected, x, 0, 2, delta(first, "two"));
            add(expected, x, 3, 6, delta(second, "two"));
            assertClose(expected, found);
            assertSame(ofFirst, two.variant(0));
            assertNotSame(two.variant(0), two.variant(1));
            assertNotSame(two.variant(1), two.variant(2));

            INDArray shared = y.dup();
            two.forwardShared(2, x, shared);
            assertClose(y.add(x.mmul(delta(second, "two"))), shared);
            INDArray wide = normal(6, 6);
            INDArray narrow = normal(6, 8);
            INDArray before = narrow.dup();
            one.forward(ROWS, wide, narrow);
            add(before, wide, 0, 2, delta(first, "one"));
            assertClose(before, narrow);

            updates.use(Collections.nCopies(3, null));
            two.forward(ROWS, x, found);
            two.forwardShared(1, x, found);
            assertClose(expected, found);
        }
    }

    private static void add(INDArray y, INDArray x, int from, int to, INDArray delta) {
        INDArray rows =
                x.get(NDArrayIndex.interval(from, to), NDArrayIndex.all()).dup();
        y.get(NDArrayIndex.interval(from, to), NDArrayIndex.all()).addi(rows.mmul(delta));
    }

    @Test
    void create_ofOneNameTwice_isRefused() {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> AdapterSet.create(List.of(layers.get(0), layers.get(0)), LsrConfig.defaults(), BACKEND));
        assertEquals("adapter set: two layers are named one", e.getMessage());
    }
}
