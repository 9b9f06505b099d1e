package org.lsradapt.adapters.peft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.RestoredModel;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.SequenceModels;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Adapters as other libraries save them, with the outputs that PyTorch computed; {@code interop.py} made them. */
class ImportGoldenTest {

    private static final Path GOLDEN = Path.of("src/transformers/src/test/resources/golden/interop");

    @TempDir
    Path folder;

    private static ImportedAdapter load(String name) throws IOException {
        return name.equals("authors")
                ? AuthorsImport.load(GOLDEN.resolve("authors.safetensors"), 3)
                : PeftImport.load(GOLDEN.resolve(name));
    }

    private static TransformerWeights encoder(String name, DataType type) throws IOException {
        return model(name).weights(type);
    }

    private static SmallModel model(String name) {
        return name.equals("rslora") ? SmallModel.ROBERTA : SmallModel.BERT;
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "rslora", "lokr", "authors"})
    void importedLayers_addWhatPyTorchAdds(String name) throws IOException {
        JsonNode expected = new ObjectMapper()
                .readTree(GOLDEN.resolve("expected.json").toFile())
                .get(name);
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            try (ImportedAdapter imported = load(name);
                    TransformerWeights encoder = encoder(name, type);
                    AdapterSet adapters = imported.adapters(model(name).family(), encoder, TinyAdapter.BACKEND)) {
                Set<String> layers = new HashSet<>();
                expected.fieldNames().forEachRemaining(layers::add);
                assertEquals(
                        layers,
                        new HashSet<>(adapters.lsrAdapters().stream()
                                .map(LsrAdapter::name)
                                .toList()));
                for (LsrAdapter adapter : adapters.lsrAdapters()) {
                    JsonNode layer = expected.get(adapter.name());
                    INDArray x = matrix(layer.get("x"));
                    INDArray added = matrix(layer.get("added"));
                    INDArray found = x.mmul(adapter.deltaWeight().castTo(DataType.DOUBLE));
                    double tolerance = (type == DataType.DOUBLE ? 1e-13 : 2e-6)
                            * added.amaxNumber().doubleValue();
                    for (int i = 0; i < added.rows(); i++) {
                        assertArrayEquals(
                                added.getRow(i).toDoubleVector(),
                                found.getRow(i).toDoubleVector(),
                                tolerance);
                    }
                }
            }
        }
    }

    private static INDArray matrix(JsonNode node) {
        return Nd4j.createFromArray(new ObjectMapper().convertValue(node, double[][].class));
    }

    @Test
    void loraPatterns_giveEachLayerItsRankAndScaling() throws IOException {
        try (ImportedAdapter imported = load("lora")) {
            assertEquals(
                    List.of(3, 5, 3, 2, 3, 5),
                    imported.layers().stream()
                            .map(layer -> layer.config().bottleneckRank())
                            .toList());
            assertTrue(imported.layers().stream().map(SavedLayer::config).allMatch(LsrConfig::isLora));
            assertEquals(0.25, imported.layers().get(4).config().scaling());
        }
        try (ImportedAdapter imported = load("rslora")) {
            assertEquals(11 / Math.sqrt(7), imported.layers().get(0).config().scaling());
            assertEquals(3 / Math.sqrt(7), imported.layers().get(2).config().scaling());
        }
    }

    @Test
    void lokr_isOneTermWithFewNumbers() throws IOException {
        try (ImportedAdapter imported = load("lokr")) {
            for (SavedLayer layer : imported.layers()) {
                assertEquals(1, layer.config().separationRank());
                assertEquals(2, layer.config().factorCount());
            }
            SavedLayer products = imported.layers().get(3);
            assertEquals(4, products.config().bottleneckRank());
            assertEquals(2 * (4 + 3 + 5 + 4), products.parameterCount(), "no number more than LoKr's own");
            SavedLayer whole = imported.layers().get(0);
            assertEquals(3 * 3, whole.config().bottleneckRank());
            assertEquals(12 + 12 + 9 + 9, whole.parameterCount(), "two identities more than LoKr's own");
        }
    }

    @Test
    void authors_areLsrAdaptersOfTheirShape() throws IOException {
        try (ImportedAdapter imported = load("authors")) {
            LsrConfig config = imported.layers().get(0).config();
            assertEquals(4, config.bottleneckRank());
            assertEquals(5, config.separationRank());
            assertEquals(List.of(4, 3), config.inFactors());
            assertEquals(List.of(6, 2), config.outFactors());
            assertEquals(1.5, config.scaling());
            assertEquals(
                    6 * 5 * 2 * (4 + 3 + 6 + 2),
                    imported.layers().stream()
                            .mapToLong(SavedLayer::parameterCount)
                            .sum());
            assertEquals(3, imported.headOutputs());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "rslora", "lokr", "authors"})
    void imported_trainsOn_andComesBackFromItsFolder(String name) throws IOException {
        try (ImportedAdapter imported = load(name);
                TransformerWeights encoder = encoder(name, DataType.FLOAT);
                AdapterSet adapters = imported.adapters(model(name).family(), encoder, TinyAdapter.BACKEND);
                SequenceHead head =
                        imported.headOutputs() == 0 ? new SequenceHead(encoder, 2, 1) : imported.head(encoder);
                AdaptedModel model =
                        SequenceModels.of(encoder, adapters, head, Loss.CROSS_ENTROPY, TinyAdapter.BACKEND);
                TinyAdapter tiny = TinyAdapter.lsr()) {
            List<Target> labels = Target.categories(1, 0);
            double before = model.lossAndGradients(tiny.sequences(), labels);
            INDArray gradient = adapters.gradients();
            double norm = gradient.norm2Number().doubleValue();
            assertTrue(norm > 0);
            double step = 1e-4 * before / (norm * norm);
            adapters.values().subi(gradient.mul(step));
            assertEquals(before * (1 - 1e-4), model.lossAndGradients(tiny.sequences(), labels), 2e-5 * before);
            List<String> names = head.outputs() == 2 ? List.of("a", "b") : List.of("a", "b", "c");
            AdapterCard card = new AdapterCard(
                    "tiny", "bert", TinyAdapter.FINGERPRINT, new ClassificationDescription("t", names, false), 16);
            AdapterFolder.save(folder, card, adapters, head);
            try (SavedAdapter saved = AdapterFolder.load(folder);
                    RestoredModel restored =
                            RestoredModel.of(saved, encoder, "tiny", TinyAdapter.FINGERPRINT, TinyAdapter.BACKEND)) {
                double[][] expected = model.predict(tiny.sequences());
                double[][] found = restored.predict(tiny.sequences());
                for (int i = 0; i < expected.length; i++) {
                    assertArrayEquals(expected[i], found[i], 1e-6 * Math.abs(expected[i][0]) + 1e-6);
                }
            }
        }
    }

    @Test
    void anotherFamilysModel_isRefused() throws IOException {
        try (ImportedAdapter imported = load("lora");
                TransformerWeights roberta = encoder("rslora", DataType.FLOAT)) {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> imported.adapters(SmallModel.ROBERTA.family(), roberta, TinyAdapter.BACKEND))
                    .getMessage();
            assertTrue(message.endsWith("adapts layers of 'bert.', the model's begin with 'roberta.'"), message);
        }
    }

    /** The file's head was trained behind a pooler, which Hugging Face's classifier always has. */
    @Test
    void headForABertWithoutPooler_isRefused() throws IOException {
        try (ImportedAdapter imported = load("lora");
                TransformerWeights encoder = SmallModel.BERT.weights(DataType.FLOAT, false)) {
            String message = assertThrows(IllegalArgumentException.class, () -> imported.head(encoder))
                    .getMessage();
            assertTrue(
                    message.endsWith(": the head belongs behind a pooler, and the model has none; expected a base"
                            + " model with pooler.dense"),
                    message);
        }
    }

    @Test
    void headThatIsMissing_isRefused() throws IOException {
        try (ImportedAdapter imported = load("lokr");
                TransformerWeights encoder = encoder("lokr", DataType.FLOAT)) {
            assertFalse(imported.headOutputs() > 0);
            String message = assertThrows(IllegalArgumentException.class, () -> imported.head(encoder))
                    .getMessage();
            assertTrue(message.endsWith("has no head, expected one in the file"), message);
        }
    }
}
