package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.lsradapt.adapters.kinds.LsrKind;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class AdapterKindsTest {

    private static final class Another extends AdapterKind<LsrConfig> {
        Another() {
            super("LSR", LsrConfig.class, new JsonForm<>());
        }

        @Override
        public LsrConfig read(JsonFields section) {
            return LsrConfig.defaults();
        }

        @Override
        public List<String> tensors(String layer, LsrConfig config) {
            return List.of();
        }

        @Override
        public Size size(LsrConfig config, LayerTensors tensors) {
            return new Size(1, 1);
        }
    }

    @Test
    void twoKindsOfOnePeftType_areRefused() {
        assertEquals(
                "kinds of adapters: org.lsradapt.adapters.kinds.LsrKind and"
                        + " org.lsradapt.adapters.AdapterKindsTest$Another are both of peft_type LSR",
                assertThrows(
                                IllegalStateException.class,
                                () -> new AdapterKinds(Stream.of(new LsrKind(), new Another())))
                        .getMessage());
    }

    @Test
    void kindThatIsNotRegistered_isRefused() {
        AdapterKinds kinds = new AdapterKinds(Stream.of(new LsrKind()));
        FrozenLinear layer = FrozenLinear.of("first", Nd4j.zeros(DataType.FLOAT, 12, 8));
        try (AdapterSet set = AdapterSet.create(List.of(layer), KroneckerConfig.krona(1.5), TinyAdapter.BACKEND)) {
            assertEquals(
                    "save adapter: layer first: kind 'kronecker' is not registered on the class path, where there are LSR",
                    assertThrows(
                                    IllegalStateException.class,
                                    () -> kinds.of(set.adapters().get(0)))
                            .getMessage());
        }
        assertEquals(
                "found KRONECKER, the kinds of adapters on the class path are LSR",
                assertThrows(IllegalArgumentException.class, () -> kinds.named("KRONECKER"))
                        .getMessage());
    }
}
