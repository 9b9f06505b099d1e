package org.lsradapt.adapters.peft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.SequenceModels;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Adapters that versions of Hugging Face PEFT saved, with the logits that the same version computes with them; {@code
 * peft_versions.py} and {@code modernbert.py} made them. All versions had the same definitions to save.
 */
class PeftVersionsTest {

    private static final Path GOLDEN = Path.of("src/transformers/src/test/resources/golden/interop/peft");
    private static final String CONFIG = "adapter_config.json";
    private static final String TENSORS = "adapter_model.safetensors";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private static void assertSameLogits(Path adapter, Path expected) throws IOException {
        assertSameLogits(adapter, expected, 1e-5);
    }

    /** Compares the logits: FLOAT to its own round-off over two layers, DOUBLE to that of the rational GELU. */
    private static void assertSameLogits(Path adapter, Path expected, double roundOff) throws IOException {
        assertSameLogits(GOLDEN.resolve("base"), adapter, expected, roundOff);
    }

    private static void assertSameLogits(Path model, Path adapter, Path expected, double roundOff) throws IOException {
        JsonNode golden = JSON.readTree(expected.resolve("expected.json").toFile());
        double[][] logits = JSON.convertValue(golden.get("logits"), double[][].class);
        int[][] ids = JSON.convertValue(golden.get("ids"), int[][].class);
        int[][] types = JSON.convertValue(golden.get("types"), int[][].class);
        List<TokenSequence> sequences = new ArrayList<>();
        for (int i = 0; i < ids.length; i++) {
            sequences.add(new TokenSequence(ids[i], types[i]));
        }
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
            try (PretrainedModel base = Models.load(model.toString());
                    ImportedAdapter imported = PeftImport.load(adapter);
                    TransformerWeights encoder = new TransformerWeights(base.model(), base.weights(), type);
                    AdapterSet adapters = imported.adapters(base.family(), encoder, TinyAdapter.BACKEND);
                    SequenceHead head = imported.head(encoder, base.headParameters())) {
                double[][] found = SequenceModels.of(encoder, adapters, head, Loss.CROSS_ENTROPY, TinyAdapter.BACKEND)
                        .predict(sequences);
                for (int i = 0; i < logits.length; i++) {
                    assertArrayEquals(
                            logits[i], found[i], type == DataType.DOUBLE ? 1e-11 : roundOff, adapter + ", " + type);
                }
            }
        }
    }

    private static Path golden(String version, String adapter) {
        return GOLDEN.resolve(version).resolve(adapter);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.11.1", "0.13.2", "0.14.0", "0.15.2", "0.20.0"})
    void loraPatterns_meanWhatTheirVersionMeans(String version) throws IOException {
        for (String name : new String[] {"lora-alphas", "lora-patterns"}) {
            assertSameLogits(golden(version, name), golden(version, name));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.11.1", "0.13.2", "0.14.0", "0.15.2", "0.20.0"})
    void lokr_isScaledAsInItsVersion(String version) throws IOException {
        Path adapter = golden(version, "lokr");
        assertSameLogits(adapter, adapter);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.11.1", "0.13.2", "0.20.0"})
    void lokrPatterns_meanWhatTheirVersionMeans(String version) throws IOException {
        Path adapter = golden(version, "lokr-patterns");
        assertSameLogits(adapter, adapter);
    }

    /** No LoKr file says whether 0.14, or a version from 0.15 to 0.17, wrote it; those read patterns differently. */
    @ParameterizedTest
    @CsvSource({"0.14.0, 0.14.0", "0.15.2, 0.15.2"})
    void lokrPatterns_thatTwoVersionsReadDifferently_needTheVersion(String wrote, String version) throws IOException {
        Path adapter = golden(wrote, "lokr-patterns");
        String message =
                assertThrows(IOException.class, () -> PeftImport.load(adapter)).getMessage();
        assertEquals(
                adapter.resolve(CONFIG) + ": does not say which version of PEFT wrote it, and layer"
                        + " 'bert.encoder.layer.0.attention.self.query' has r 5 and scaling 2.0 in 0.14,"
                        + " r 5 and scaling 1.4 from 0.15 on; add \"peft_version\" with that version",
                message);
        assertSameLogits(changed(adapter, config -> config.put("peft_version", version)), adapter);
    }

    /** As people write it by hand, or as this library exports it: by the fewest fields that every version takes. */
    @Test
    void loraPatterns_ofAnUnknownVersion_needIt() throws IOException {
        Path golden = golden("0.13.2", "lora-patterns");
        Path adapter = changed(golden, config -> config.remove(List.of("auto_mapping", "revision")));
        String message =
                assertThrows(IOException.class, () -> PeftImport.load(adapter)).getMessage();
        assertEquals(
                adapter.resolve(CONFIG) + ": does not say which version of PEFT wrote it, and layer"
                        + " 'bert.encoder.layer.0.attention.self.query' has r 5 and scaling 2.0 up to 0.13,"
                        + " r 5 and scaling 1.4 in 0.14; add \"peft_version\" with that version",
                message);
        assertSameLogits(changed(adapter, config -> config.put("peft_version", "0.13.2")), golden);
    }

    @Test
    void lokr_ofAnUnknownVersion_needsItUnlessTheScalingIsOne() throws IOException {
        Path adapter = changed(golden("0.13.2", "lokr"), config -> config.remove("auto_mapping"));
        String message =
                assertThrows(IOException.class, () -> PeftImport.load(adapter)).getMessage();
        assertEquals(
                adapter.resolve(CONFIG) + ": does not say which version of PEFT wrote it, and layer"
                        + " 'bert.encoder.layer.0.attention.self.query' has r 3 and scaling 1.0 up to 0.13,"
                        + " r 3 and scaling " + 7.0 / 3 + " in 0.14; add \"peft_version\" with that version",
                message);
        assertSameLogits(changed(adapter, config -> config.put("alpha", 3)), golden("0.13.2", "lokr"));
    }

    @ParameterizedTest
    @CsvSource({"\"0.x\", found 0.x", "7, found 7"})
    void version_thatIsNone_isRefused(String version, String found) throws IOException {
        JsonNode value = JSON.readTree(version);
        Path adapter = changed(golden("0.20.0", "lokr"), config -> config.set("peft_version", value));
        String message =
                assertThrows(IOException.class, () -> PeftImport.load(adapter)).getMessage();
        String field = adapter.resolve(CONFIG) + ": field \"peft_version\": ";
        assertTrue(message.startsWith(field + found + ", expected a"), message);
    }

    private Path changed(Path adapter, Consumer<ObjectNode> change) throws IOException {
        ObjectNode config = (ObjectNode) JSON.readTree(adapter.resolve(CONFIG).toFile());
        change.accept(config);
        Files.writeString(folder.resolve(CONFIG), config.toString());
        Files.write(folder.resolve(TENSORS), Files.readAllBytes(adapter.resolve(TENSORS)));
        return folder;
    }

    /** {@code dense} names the first layer of RoBERTa's classifier too; PEFT up to 0.14 adapted it. */
    @Test
    void loraOnRobertasClassifier_isRefusedAsSuch() {
        Path adapter = golden("0.13.2", "roberta-dense");
        String message =
                assertThrows(IOException.class, () -> PeftImport.load(adapter)).getMessage();
        assertEquals(
                adapter.resolve(TENSORS)
                        + ": tensor 'base_model.model.classifier.dense.base_layer.bias' is of an adapter"
                        + " on the classifier, which cannot be represented here; leave the classifier's layers out of"
                        + " target_modules (dense names one of RoBERTa's)",
                message);
    }

    @Test
    void dora_isRefusedByItsName() {
        Path adapter = golden("0.20.0", "dora");
        String message =
                assertThrows(IOException.class, () -> PeftImport.load(adapter)).getMessage();
        assertEquals(
                adapter.resolve(CONFIG) + ": field \"use_dora\": found true; DoRA's magnitude vectors cannot be"
                        + " represented here, expected false",
                message);
    }

    /** PEFT saves the classifier alone; the layer before it is in the files of the masked language model. */
    @Test
    void modernBertsClassifier_readsTheBaseModelsDenseLayer() throws IOException {
        Path golden = GOLDEN.resolve("modernbert");
        assertSameLogits(golden.resolve("base"), golden.resolve("lora"), golden.resolve("lora"), 1e-5);
        try (PretrainedModel base = Models.load(golden.resolve("base").toString());
                ImportedAdapter imported = PeftImport.load(golden.resolve("lora"));
                TransformerWeights encoder = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT)) {
            String message = assertThrows(IllegalArgumentException.class, () -> imported.head(encoder))
                    .getMessage();
            assertTrue(
                    message.endsWith("the head has no head.dense, and neither has the base model: PEFT saves the"
                            + " classifier alone, and the random layer that it was trained behind is lost. Expected the"
                            + " base model saved with that layer, or an adapter trained with"
                            + " modules_to_save=[\"head\", \"classifier\"]"),
                    message);
        }
    }

    /**
     * PEFT's commonest targets for BERT: {@code dense} and {@code all-linear} name the pooler too. PyTorch's own
     * round-off in FLOAT is 1e-5 in one of the cases, 20 times that of the other adapters.
     */
    @ParameterizedTest
    @CsvSource({
        "0.13.2, query-key-value-dense",
        "0.13.2, all-linear",
        "0.20.0, query-key-value-dense",
        "0.20.0, all-linear"
    })
    void loraOnThePooler_isImported(String version, String name) throws IOException {
        Path adapter = golden(version, name);
        assertSameLogits(adapter, adapter, 1e-4);
    }
}
