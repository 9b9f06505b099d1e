package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.lsradapt.adapters.kinds.LsrFormat;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LsrConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class AdapterFormatsTest {

    private static final class Another implements AdapterFormat<LsrConfig> {
        @Override
        public String peftType() {
            return "LSR";
        }

        @Override
        public Class<LsrConfig> settings() {
            return LsrConfig.class;
        }

        @Override
        public JsonForm<LsrConfig> form() {
            return new JsonForm<>();
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
    void twoFormatsOfOnePeftType_areRefused() {
        assertEquals(
                "adapter formats: org.lsradapt.adapters.kinds.LsrFormat and"
                        + " org.lsradapt.adapters.AdapterFormatsTest$Another are both of peft_type LSR",
                assertThrows(
                                IllegalStateException.class,
                                () -> new AdapterFormats(Stream.of(new LsrFormat(), new Another())))
                        .getMessage());
    }

    @Test
    void kindWithoutAFormat_isRefused() {
        AdapterFormats formats = new AdapterFormats(Stream.of(new LsrFormat()));
        FrozenLinear layer = FrozenLinear.of("first", Nd4j.zeros(DataType.FLOAT, 12, 8));
        try (AdapterSet set = AdapterSet.create(List.of(layer), KroneckerConfig.krona(1.5), TinyAdapter.BACKEND)) {
            assertEquals(
                    "save adapter: layer first is adapted by kind 'kronecker', which no adapter format on the class path"
                            + " stores; those of LSR are there",
                    assertThrows(
                                    IllegalStateException.class,
                                    () -> formats.of(set.adapters().get(0)))
                            .getMessage());
        }
        assertEquals(
                "found KRONECKER, the adapter formats on the class path are of LSR",
                assertThrows(IllegalArgumentException.class, () -> formats.named("KRONECKER"))
                        .getMessage());
    }
}
