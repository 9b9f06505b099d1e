package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.families.Families;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.internal.weights.MappedWeights;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ImageInput;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Where {@code config.json} says something in an older or a second place, and texts that spell special tokens out: as transformers. */
class ConfigVariantsTest {
    private static final Backend BACKEND = Backends.standard();

    @TempDir
    Path folder;

    private static Path golden(String name) {
        try {
            return Path.of(ConfigVariantsTest.class
                    .getResource("/golden/families/" + name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A row of variants.json, under its name. */
    record Variant(JsonNode row) {
        @Override
        public String toString() {
            return row.path("name").asText();
        }
    }

    static Stream<Variant> variants() throws IOException {
        JsonNode rows = new JsonMapper().readTree(golden("variants.json").toFile());
        return StreamSupport.stream(rows.spliterator(), false).map(Variant::new);
    }

    @ParameterizedTest
    @MethodSource("variants")
    void outputs_equalTransformers(Variant variant) throws IOException {
        JsonNode row = variant.row();
        Path base = golden(row.path("base").asText());
        try (Stream<Path> files = Files.list(base)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        new JsonMapper().writeValue(folder.resolve("config.json").toFile(), row.path("config"));
        if (row.has("logits")) {
            assertClose(row.path("logits"), logits(texts(row)));
            return;
        }
        if (row.has("hidden_states")) {
            assertClose(row.path("hidden_states"), hiddenStates(texts(row)));
            return;
        }
        try (DualModel model = DualModel.load(folder.toString(), DataType.DOUBLE)) {
            Transformer images = model.towers().images().model();
            assertClose(
                    row.path("text_features"),
                    features(
                            model.towers().texts(),
                            model.towers().textProjection().orElseThrow(),
                            texts(row)));
            assertClose(
                    row.path("image_features"),
                    features(
                            model.towers().images(),
                            model.towers().imageProjection().orElseThrow(),
                            images(images)));
        }
    }

    private static List<ModelInput> texts(JsonNode row) {
        List<ModelInput> texts = new ArrayList<>();
        for (JsonNode ids : row.path("texts")) {
            int[] own = StreamSupport.stream(ids.spliterator(), false)
                    .mapToInt(JsonNode::asInt)
                    .toArray();
            texts.add(new TokenSequence(own, new int[own.length]));
        }
        return texts;
    }

    private static List<ModelInput> images(Transformer model) throws IOException {
        try (SafeTensors expected = SafeTensors.open(golden("clip").resolve("expected.safetensors"))) {
            INDArray pixels = expected.read("pixel_values");
            List<ModelInput> images = new ArrayList<>();
            for (int i = 0; i < pixels.size(0); i++) {
                float[] numbers = pixels.slice(i).dup('c').reshape(432).toFloatVector();
                images.add(new ImageInput("image " + i, 12, 12, model.patches().orElseThrow(), () -> numbers));
            }
            return images;
        }
    }

    private INDArray hiddenStates(List<ModelInput> texts) throws IOException {
        JsonFields fields = new JsonFields("config.json", JsonFile.readObject(folder.resolve("config.json")));
        Family family = Families.of(fields);
        Transformer model = HuggingFaceFolder.describe(family, fields);
        try (TensorSource tensors = HuggingFaceFolder.openWeights(folder);
                TransformerWeights weights = new TransformerWeights(
                        model,
                        new MappedWeights(tensors, family, model, HuggingFaceFolder.layout(tensors, family)),
                        DataType.DOUBLE);
                TransformerPass pass = TransformerPass.inference(weights, BACKEND)) {
            return pass.forward(TokenBatch.of(texts, model, Rows.ALL)).dup();
        }
    }

    /** Bidirectional models, which transformers makes of any family of causal ones by this field. */
    @Test
    void isCausal_false_isRefused() throws IOException {
        ObjectNode config = JsonFile.readObject(golden("llama").resolve("config.json"));
        config.put("is_causal", false);
        JsonFields fields = new JsonFields("config.json", config);
        assertEquals(
                "config.json: field \"is_causal\": found false, only causal models are supported",
                assertThrows(IOException.class, () -> Families.of(fields).describe(fields))
                        .getMessage());
    }

    private INDArray logits(List<ModelInput> texts) throws IOException {
        ObjectNode config = JsonFile.readObject(folder.resolve("config.json"));
        JsonFields fields = new JsonFields("config.json", config);
        Family family = Families.of(fields);
        Transformer model = HuggingFaceFolder.describe(family, fields);
        try (TensorSource tensors = HuggingFaceFolder.openWeights(folder);
                TransformerWeights weights = new TransformerWeights(
                        model,
                        new MappedWeights(tensors, family, model, HuggingFaceFolder.layout(tensors, family)),
                        DataType.DOUBLE)) {
            SavedHead saved =
                    SavedHead.find(tensors, config, family, model, false).orElseThrow();
            SequenceHead head = new SequenceHead(weights, saved.outputs(), 1);
            saved.copyTo(head);
            try (AdaptedModel classifier =
                    new AdaptedModel(weights, SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND), BACKEND)) {
                return Nd4j.createFromArray(classifier.predict(texts));
            }
        }
    }

    private static INDArray features(TransformerWeights tower, FrozenLinear projection, List<ModelInput> inputs) {
        try (TransformerPass pass = TransformerPass.inference(tower, BACKEND)) {
            INDArray rows = pass.forward(TokenBatch.of(
                    inputs, tower.model(), Rows.of(tower.model().head().row())));
            INDArray projected = Nd4j.create(DataType.DOUBLE, rows.size(0), projection.outFeatures());
            projection.apply(BACKEND, rows, projected);
            return projected;
        }
    }

    private static void assertClose(JsonNode expected, INDArray found) {
        for (int i = 0; i < found.size(0); i++) {
            for (int j = 0; j < found.size(1); j++) {
                assertEquals(expected.path(i).path(j).asDouble(), found.getDouble(i, j), 1e-9, "row " + i);
            }
        }
        assertEquals(expected.size(), found.size(0));
    }

    /** Its tower alone, too, whose classifier the library trains. */
    @Test
    void visionConfigDict_isTheTowersWhereItIsReadAlone() throws IOException {
        JsonNode row = variants()
                .filter(v -> v.toString().equals("clip-vision-config-dict"))
                .findFirst()
                .orElseThrow()
                .row();
        JsonFields config = new JsonFields("config.json", (ObjectNode) row.path("config"));
        Family family = Families.of(config);
        assertEquals(6, family.describe(config).blocks().get(0).attention().heads());
        assertTrue(family.signature(config).contains("heads 6 "), family.signature(config));
    }

    /** Of what is too long the beginning is cut where tokenizer_config.json, or else tokenizer.json, says so. */
    @ParameterizedTest
    @CsvSource({"left,", "left, Right", ", Left"})
    void truncationSide_isTheTokenizers(String inConfig, String inTokenizer) throws IOException {
        copyOfBert(inConfig, inTokenizer);
        JsonNode rows = new JsonMapper().readTree(golden("truncation.json").toFile());
        assertEquals(25, rows.size());
        try (PretrainedModel model = Models.load(folder.toString())) {
            for (JsonNode row : rows) {
                int limit = row.path("max_length").asInt();
                String second = row.path("second").textValue();
                TokenSequence cut = model.tokenizer().encode(row.path("first").asText(), second, limit);
                assertEquals(row.path("ids").toString(), numbers(cut.ids()), row::toString);
                assertEquals(row.path("types").toString(), numbers(cut.typeIds()), row::toString);
            }
        }
    }

    private static String numbers(int[] array) {
        return Arrays.toString(array).replace(" ", "");
    }

    private void copyOfBert(String inConfig, String inTokenizer) throws IOException {
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(golden("bert").resolve(file), folder.resolve(file));
        }
        ObjectNode tokenizer = JsonFile.readObject(golden("bert").resolve("tokenizer.json"));
        if (inTokenizer != null) {
            tokenizer
                    .putObject("truncation")
                    .put("direction", inTokenizer)
                    .put("max_length", 5)
                    .put("strategy", "LongestFirst")
                    .put("stride", 0);
        }
        JsonFile.write(folder.resolve("tokenizer.json"), tokenizer);
        if (inConfig != null) {
            JsonFile.write(
                    folder.resolve("tokenizer_config.json"),
                    JsonFile.newObject().put("truncation_side", inConfig));
        }
    }

    @Test
    void truncationSide_thatIsNone_isRefused() throws IOException {
        copyOfBert("middle", null);
        String message = assertThrows(IOException.class, () -> Models.load(folder.toString()))
                .getMessage();
        assertEquals(
                folder.resolve("tokenizer_config.json")
                        + ": field \"truncation_side\": found middle, expected left or right",
                message);
    }

    /** Distances beyond the buckets of their own have a logarithm only where there is room for one. */
    @ParameterizedTest
    @CsvSource({"7, 4, max_relative_positions", "8, 5, max_relative_positions", "1, 40, position_buckets"})
    void bucketsWithoutRoom_areRefused(int buckets, int furthest, String field) throws IOException {
        Files.copy(golden("deberta-v3").resolve("config.json"), folder.resolve("config.json"));
        ObjectNode config = JsonFile.readObject(folder.resolve("config.json"));
        JsonFields fields = new JsonFields(
                "config.json", config.put("position_buckets", buckets).put("max_relative_positions", furthest));
        String message = assertThrows(
                        IOException.class, () -> Families.of(fields).describe(fields))
                .getMessage();
        assertTrue(message.contains("field \"" + field + "\": found "), message);
        config.put("position_buckets", 8).put("max_relative_positions", 6);
        Families.of(fields).describe(fields);
    }
}
