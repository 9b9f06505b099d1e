package org.lsradapt.adapters.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.adapters.internal.FusedLayers;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.GoldenCase;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Adapters of layers that files have as one. */
class FusedLayersTest {
    private static final Backend BACKEND = Backends.standard();
    private static final String QKV = "layers.0.self_attn.qkv_proj";

    @TempDir
    Path folder;

    @Test
    void importedAndExported_hasPeftsOwnTensors() throws IOException {
        GoldenCase golden = new GoldenCase("phi3");
        Path theirs = golden.folder.resolve("adapter");
        Path saved = folder.resolve("saved");
        Path out = folder.resolve("out");
        try (ImportedAdapter imported = PeftImport.load(theirs);
                TransformerWeights weights = golden.weights(golden.model, DataType.FLOAT);
                AdapterSet adapters = imported.adapters(golden.family, weights, BACKEND)) {
            assertEquals(2 * (3 + 1 + 2 + 1), adapters.adapters().size());
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> PeftExport.save(out, "org/base", golden.family, adapters))
                    .getMessage();
            assertTrue(message.contains("type phi3 have several of its layers as one"), message);
            AdapterFolder.save(saved, adapters);
        }
        try (SavedAdapter adapter = AdapterFolder.load(saved)) {
            PeftExport.saveBare(out, "org/base", adapter, Optional.of(golden.model));
        }
        try (SafeTensors expected = SafeTensors.open(theirs.resolve("adapter_model.safetensors"));
                SafeTensors found = SafeTensors.open(out.resolve("adapter_model.safetensors"))) {
            assertEquals(expected.names().size(), found.names().size());
            for (String tensor : expected.names()) {
                String bare = tensor.replace(".model.model.", ".model.");
                assertEquals(expected.read(tensor), found.read(bare), tensor);
            }
        }
    }

    /** Different A, scaling and ranks, and a part without an adapter. */
    @Test
    void join_adaptersOfTheParts_addsTheSame() throws IOException {
        GoldenCase golden = new GoldenCase("phi3");
        try (TransformerWeights weights = golden.weights(golden.model, DataType.DOUBLE)) {
            List<FrozenLinear> layers = List.of(
                    weights.linearLayer("layers.0.self_attn.v_proj").orElseThrow(),
                    weights.linearLayer("layers.0.self_attn.q_proj").orElseThrow());
            try (AdapterSet adapters = AdapterSet.create(
                    layers,
                    layer -> layer.name().contains("v_proj")
                            ? LsrConfig.lora(2, 5)
                            : LsrConfig.defaults().toBuilder().alpha(3).build(),
                    BACKEND)) {
                adapters.values()
                        .assign(RandomArrays.normal(new Random(4), DataType.DOUBLE, adapters.parameterCount()));
                adapters.materialize();
                List<SavedLayer> joined = new FusedLayers(golden.model)
                        .join(adapters.lsrAdapters().stream()
                                .map(SavedLayer::of)
                                .toList());
                assertEquals(List.of(QKV), joined.stream().map(SavedLayer::name).toList());
                SavedLayer whole = joined.get(0);
                INDArray delta = whole.a()
                        .materialize()
                        .mmul(whole.b().materialize())
                        .muli(whole.config().scaling());
                LsrAdapter value = adapters.lsrAdapters().get(0);
                LsrAdapter query = adapters.lsrAdapters().get(1);
                int width = golden.model.width();
                INDArray zero = Nd4j.zeros(DataType.DOUBLE, width, 8);
                assertTrue(RandomArrays.relativeError(query.deltaWeight(), columns(delta, 0, width)) < 1e-12);
                assertEquals(zero, columns(delta, width, width + 8L));
                assertTrue(RandomArrays.relativeError(value.deltaWeight(), columns(delta, width + 8L, width + 16L))
                        < 1e-12);
            }
        }
    }

    private static INDArray columns(INDArray matrix, long from, long to) {
        return matrix.get(NDArrayIndex.all(), NDArrayIndex.interval(from, to)).dup('c');
    }
}
