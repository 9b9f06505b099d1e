package org.lsradapt.lsr;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Whoever makes an object closes it; what was given to it stays its giver's. */
class OwnershipTest {
    private final Random random = new Random(1);
    private final INDArray weight = normal(random, DataType.FLOAT, 12, 10);
    private final INDArray other = normal(random, DataType.FLOAT, 12, 10);
    private final INDArray bias = normal(random, DataType.FLOAT, 10);
    private final INDArray x = normal(random, DataType.FLOAT, 5, 12);

    private AdapterSet set() {
        return AdapterSet.create(
                List.of(FrozenLinear.of("q", weight, bias), FrozenLinear.of("v", other)),
                LsrConfig.builder().initialization(Initialization.PAPER_AUTHORS).build(),
                Backends.standard());
    }

    private void assertClosed(LsrAdapter adapter) {
        assertTrue(adapter.parameters().get(0).value().wasClosed());
        assertTrue(adapter.parameters().get(0).gradient().wasClosed());
        assertTrue(adapter.a().factors().get(0).wasClosed());
        Map<String, Runnable> calls = new LinkedHashMap<>();
        calls.put("forward", () -> adapter.forward(x));
        calls.put("backward", () -> adapter.backward(x, normal(random, DataType.FLOAT, 5, 10)));
        calls.put("merge", adapter::merge);
        calls.put("merge ", () -> adapter.merge(DataType.FLOAT));
        calls.put("deltaWeight", adapter::deltaWeight);
        calls.put("exportLora", adapter::exportLora);
        calls.put("materialize", adapter::materialize);
        calls.put("zeroGradients", adapter::zeroGradients);
        calls.put("updates", () -> DenseUpdates.of(adapter));
        calls.forEach((name, call) -> assertEquals(
                name.trim() + ": the adapters are closed",
                assertThrows(IllegalStateException.class, call::run).getMessage()));
        assertFalse(weight.wasClosed());
        assertFalse(bias.wasClosed());
    }

    @Test
    void wrappedAdapter_closed_freesItsMemoryAndNotTheWeight() {
        LsrAdapter adapter = LsrAdapter.wrap(weight, bias, LsrConfig.defaults());
        try (adapter) {
            adapter.forward(x);
        }
        adapter.close();
        assertClosed(adapter);
    }

    @Test
    void adapterOfASet_closed_leavesTheSetAsItIs() {
        AdapterSet set = set();
        INDArray expected = set.lsrAdapter("q").forward(x);
        set.lsrAdapter("q").close();
        assertArrayEquals(
                expected.data().asFloat(), set.lsrAdapter("q").forward(x).data().asFloat());
        set.close();
        set.close();
        set.lsrAdapters().forEach(this::assertClosed);
        assertEquals(
                "collectGradients: the adapters are closed",
                assertThrows(IllegalStateException.class, set::collectGradients).getMessage());
    }

    @Test
    void whatWasMadeOfASet_outlivesIt() {
        float[] before = weight.data().asFloat();
        AdapterSet set = set();
        INDArray expected = set.lsrAdapter("v").deltaWeight();
        DenseUpdates updates = DenseUpdates.of(set);
        LsrAdapter.LoraMatrices lora = set.lsrAdapter("v").exportLora();
        InPlaceMerge merge = InPlaceMerge.of(set);
        set.close();
        for (LsrAdapter.LoraMatrices found : List.of(lora, updates.find("v"))) {
            INDArray delta = found.a().mmul(found.b()).muli(found.scaling());
            assertTrue(RandomArrays.relativeError(expected, delta) < RandomArrays.tolerance(DataType.FLOAT));
        }
        updates.close();
        updates.close();
        assertTrue(updates.find("v").a().wasClosed());
        merge.close();
        assertArrayEquals(before, weight.data().asFloat());
    }
}
