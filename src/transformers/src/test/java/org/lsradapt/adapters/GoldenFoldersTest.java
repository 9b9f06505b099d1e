package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.transformer.RandomWeights;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Folders that were written once stay readable, with the same update to the bit; {@link GoldenFolders} made them. */
class GoldenFoldersTest {

    private static final Path GOLDEN = Path.of("src/transformers/src/test/resources/golden/adapters");

    @ParameterizedTest
    @ValueSource(strings = {"lsr", "three-factors", "lora", "mixed", "mixed-fp16", "mixed-int4", "deberta"})
    void goldenFolder_givesItsUpdateToTheBit(String name) throws IOException {
        Path folder = GOLDEN.resolve(name);
        SmallModel family = switch (name) {
            case "lora" -> SmallModel.ROBERTA;
            case "deberta" -> SmallModel.DEBERTA;
            default -> SmallModel.BERT;
        };
        RandomWeights source = new RandomWeights(family.model(), family != SmallModel.DEBERTA);
        try (SafeTensors deltas = SafeTensors.open(folder.resolve(GoldenFolders.DELTAS));
                SavedAdapter saved = AdapterFolder.load(folder);
                TransformerWeights encoder = new TransformerWeights(source.model(), source, DataType.FLOAT);
                RestoredModel restored =
                        RestoredModel.of(saved, encoder, "tiny", TinyAdapter.FINGERPRINT, TinyAdapter.BACKEND)) {
            assertDeltas(deltas, restored.adapters().orElseThrow());
            assertEquals(family.family().modelType(), saved.card().orElseThrow().modelType());
            assertEquals(saved.card().orElseThrow().task().outputs(), restored.predict(List.of(sequence()))[0].length);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"alone", "alone-int4"})
    void goldenFolder_ofAdaptersAlone_givesItsUpdateToTheBit(String name) throws IOException {
        Path folder = GOLDEN.resolve(name);
        try (SafeTensors deltas = SafeTensors.open(folder.resolve(GoldenFolders.DELTAS));
                SavedAdapter saved = AdapterFolder.load(folder);
                AdapterSet adapters = saved.adapters(AdaptersAloneTest.layers(DataType.FLOAT), TinyAdapter.BACKEND)) {
            assertEquals(Optional.empty(), saved.card());
            assertDeltas(deltas, adapters);
        }
    }

    @Test
    void goldenFolder_ofATextModel_givesItsUpdateToTheBit() throws IOException {
        Path folder = GOLDEN.resolve("llama-text");
        try (SafeTensors deltas = SafeTensors.open(folder.resolve(GoldenFolders.DELTAS));
                SavedAdapter saved = AdapterFolder.load(folder);
                TransformerWeights weights = SmallModel.LLAMA.weights(DataType.FLOAT);
                RestoredModel restored =
                        RestoredModel.of(saved, weights, "tiny", TinyAdapter.FINGERPRINT, TinyAdapter.BACKEND)) {
            assertEquals(Optional.of(TextAdapterTest.CARD), saved.card());
            assertDeltas(deltas, restored.adapters().orElseThrow());
        }
    }

    private static void assertDeltas(SafeTensors deltas, AdapterSet adapters) throws IOException {
        List<LsrAdapter> all = adapters.lsrAdapters();
        assertEquals(new HashSet<>(all.stream().map(LsrAdapter::name).toList()), deltas.names());
        for (LsrAdapter adapter : all) {
            INDArray expected = deltas.read(adapter.name());
            assertArrayEquals(floats(expected), floats(adapter.deltaWeight()), adapter.name());
        }
    }

    private static TokenSequence sequence() {
        return new TokenSequence(new int[] {2, 30, 4}, new int[3]);
    }

    private static float[] floats(INDArray array) {
        return array.dup('c').data().asFloat();
    }
}
