package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.CentralDifferences;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.internal.weights.MappedWeights;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.DualTowers;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.EmbeddingObjective;
import org.lsradapt.objectives.Target;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.Trainer;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;
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

/** CLIP against transformers; golden/families/clip.py writes the values. */
class DualModelTest {
    private static final Backend BACKEND = Backends.standard();
    private static final List<Target> ROLES = List.of(
            Target.Role.ANCHOR,
            Target.Role.POSITIVE,
            Target.Role.ANCHOR,
            Target.Role.POSITIVE,
            Target.Role.ANCHOR,
            Target.Role.POSITIVE);
    private static final Map<String, Map<String, INDArray>> ALL = new TreeMap<>();
    private static Path golden;

    @TempDir
    Path folder;

    @BeforeAll
    static void read() throws IOException, URISyntaxException {
        golden =
                Path.of(DualModelTest.class.getResource("/golden/families/clip").toURI());
        for (String family : List.of("clip", "siglip")) {
            Map<String, INDArray> expected = new TreeMap<>();
            try (SafeTensors tensors = SafeTensors.open(folder(family).resolve("expected.safetensors"))) {
                for (String name : tensors.names()) {
                    expected.put(name, tensors.read(name).castTo(DataType.DOUBLE));
                }
            }
            ALL.put(family, expected);
        }
    }

    private static Path folder(String family) {
        return golden.resolveSibling(family);
    }

    private static INDArray expected(DualModel model, String name) {
        return ALL.get(model.modelType()).get(name);
    }

    private static List<ModelInput> inputs(DualModel model, boolean texts) {
        List<ModelInput> inputs = new ArrayList<>();
        if (texts) {
            int[] ids = expected(model, "input_ids").castTo(DataType.INT32).toIntVector();
            int[] offsets = expected(model, "offsets").castTo(DataType.INT32).toIntVector();
            for (int i = 0; i + 1 < offsets.length; i++) {
                int[] own = Arrays.copyOfRange(ids, offsets[i], offsets[i + 1]);
                inputs.add(new TokenSequence(own, new int[own.length]));
            }
            return inputs;
        }
        INDArray pixels = expected(model, "pixel_values");
        for (int i = 0; i < pixels.size(0); i++) {
            float[] numbers =
                    pixels.slice(i).dup('c').castTo(DataType.FLOAT).reshape(432).toFloatVector();
            inputs.add(new ImageInput(
                    "image " + i,
                    12,
                    12,
                    model.towers().images().model().patches().orElseThrow(),
                    () -> numbers));
        }
        return inputs;
    }

    private static void assertClose(INDArray expected, INDArray found, DataType type, String what) {
        double error =
                expected.sub(found.castTo(DataType.DOUBLE)).normmaxNumber().doubleValue()
                        / expected.normmaxNumber().doubleValue();
        assertTrue(
                error < (type == DataType.DOUBLE ? 1e-9 : 1e-5), () -> what + ": off by " + error + " of the largest");
    }

    @ParameterizedTest
    @CsvSource({"clip, DOUBLE", "clip, FLOAT", "siglip, DOUBLE", "siglip, FLOAT"})
    void towers_everyLayerAndEmbedding_equalTransformers(String family, DataType type) throws IOException {
        try (DualModel model = DualModel.load(folder(family).toString(), type)) {
            INDArray texts = embeddings(model, true, type);
            INDArray images = embeddings(model, false, type);
            assertClose(expected(model, "text_embeds"), texts, type, "texts");
            assertClose(expected(model, "image_embeds"), images, type, "images");
            INDArray logits = images.mmul(texts.transpose()).muli(model.scale()).addi(model.bias());
            assertClose(expected(model, "logits_per_image"), logits, type, "logits");
        }
    }

    private static INDArray embeddings(DualModel model, boolean texts, DataType type) throws IOException {
        DualTowers towers = model.towers();
        TransformerWeights weights = texts ? towers.texts() : towers.images();
        Optional<FrozenLinear> projection = texts ? towers.textProjection() : towers.imageProjection();
        Transformer whole = weights.model();
        List<ModelInput> inputs = inputs(model, texts);
        for (int layers = 1; layers <= whole.blocks().size(); layers++) {
            // With fewer layers, whose weights are among those of the whole.
            Transformer part = new Transformer(
                    whole.embeddings(),
                    whole.blocks().subList(0, layers),
                    Optional.empty(),
                    whole.head(),
                    whole.vocabularyHead(),
                    whole.maxTokens());
            try (TransformerWeights some = part(model, part, type);
                    TransformerPass pass = TransformerPass.inference(some, BACKEND)) {
                String expected = (texts ? "text_" : "vision_") + layers;
                INDArray found = pass.forward(TokenBatch.of(inputs, part, Rows.ALL));
                assertClose(expected(model, expected), found, type, expected);
            }
        }
        try (TransformerPass pass = TransformerPass.inference(weights, BACKEND)) {
            INDArray rows = pass.forward(
                    TokenBatch.of(inputs, whole, Rows.of(whole.head().row())));
            INDArray projected = rows;
            if (projection.isPresent()) {
                projected = Nd4j.create(type, rows.size(0), towers.dimensions());
                projection.get().apply(BACKEND, rows, projected);
            }
            return projected.divColumnVector(projected.norm2(1));
        }
    }

    private static TransformerWeights part(DualModel model, Transformer part, DataType type) throws IOException {
        try (SafeTensors tensors = SafeTensors.open(folder(model.modelType()).resolve("model.safetensors"))) {
            MappedWeights weights = new MappedWeights(
                    tensors,
                    part,
                    List.of(),
                    tensor -> Optional.of(new MappedWeights.Place(tensor.name(), tensor.linear())));
            return new TransformerWeights(part, weights, type);
        }
    }

    @ParameterizedTest
    @CsvSource({"clip, DOUBLE", "clip, FLOAT", "siglip, DOUBLE", "siglip, FLOAT"})
    void contrastiveLossAndGradients_adaptersOnBothTowers_equalTransformersAndPeft(String family, DataType type)
            throws IOException {
        try (DualModel model = DualModel.load(folder(family).toString(), type);
                AdapterSet adapters = adapters(model)) {
            EmbeddingObjective objective = new EmbeddingObjective(model.towers(), true, model.contrast(), BACKEND);
            try (AdaptedModel adapted = new AdaptedModel(model.towers(), adapters, objective, BACKEND)) {
                List<ModelInput> images = inputs(model, false);
                List<ModelInput> pairs = new ArrayList<>();
                for (int i = 0; i < images.size(); i++) {
                    pairs.addAll(List.of(images.get(i), inputs(model, true).get(i)));
                }
                List<Target> labels = ROLES;
                double tolerance = type == DataType.DOUBLE ? 1e-9 : 1e-5;
                assertEquals(
                        expected(model, "adapted_loss").getDouble(0),
                        adapted.lossAndGradients(pairs, labels),
                        tolerance);
                double[] whole = adapters.gradients().toDoubleVector();
                for (LsrAdapter adapter : adapters.lsrAdapters()) {
                    for (int side = 0; side < 2; side++) {
                        String key = "grad." + key(adapter.name(), side == 0 ? "A" : "B");
                        INDArray found = adapter.parameters().get(side).gradient();
                        INDArray expected =
                                expected(model, key).transpose().dup('c').reshape(found.shape());
                        double error = expected.sub(found.castTo(DataType.DOUBLE))
                                .normmaxNumber()
                                .doubleValue();
                        double largest = expected(model, key).normmaxNumber().doubleValue();
                        assertTrue(
                                error <= 4 * tolerance * largest, () -> key + " is off by " + error + " of " + largest);
                    }
                }
                adapted.checkpointing(true);
                adapted.lossAndGradients(pairs, labels);
                assertArrayEquals(whole, adapters.gradients().toDoubleVector());
                adapted.checkpointing(false);
                adapted.chunkSize(2);
                adapted.lossAndGradients(pairs, labels);
                assertArrayEquals(whole, adapters.gradients().toDoubleVector(), type == DataType.DOUBLE ? 1e-12 : 1e-5);
            }
        }
    }

    private static String key(String layer, String side) {
        return "base_model.model." + layer + ".lora_" + side + ".weight";
    }

    private static AdapterSet adapters(DualModel model) throws IOException {
        AdapterSet set = AdapterSet.create(model.towers().linearLayers(), LsrConfig.lora(4, 6), BACKEND);
        assertEquals(
                model.modelType().equals("clip") ? 6 * 5 + 2 : 6 * 5 + 3,
                set.adapters().size());
        try (SafeTensors tensors =
                SafeTensors.open(folder(model.modelType()).resolve("adapter/adapter_model.safetensors"))) {
            for (LsrAdapter adapter : set.lsrAdapters()) {
                put(
                        tensors.read(key(adapter.name(), "A")),
                        adapter.a().factors().get(0));
                put(
                        tensors.read(key(adapter.name(), "B")),
                        adapter.b().factors().get(0));
            }
            assertEquals(2 * set.adapters().size(), tensors.names().size());
        }
        return set;
    }

    private static void put(INDArray stored, INDArray factor) {
        factor.assign(stored.transpose().dup('c').castTo(factor.dataType()).reshape(factor.shape()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip", "siglip"})
    void gradients_lsrOnEachLinearLayer_agreeWithCentralDifferences(String family) throws IOException {
        LsrConfig config =
                LsrConfig.builder().bottleneckRank(2).separationRank(2).build();
        try (DualModel model = DualModel.load(folder(family).toString(), DataType.DOUBLE);
                AdapterSet adapters = AdapterSet.create(model.towers().linearLayers(), config, BACKEND)) {
            adapters.values()
                    .assign(RandomArrays.normal(new Random(3), DataType.DOUBLE, adapters.parameterCount())
                            .muli(0.5));
            EmbeddingObjective objective = new EmbeddingObjective(model.towers(), true, model.contrast(), BACKEND);
            try (AdaptedModel adapted = new AdaptedModel(model.towers(), adapters, objective, BACKEND)) {
                List<ModelInput> texts = inputs(model, true);
                List<ModelInput> images = inputs(model, false);
                List<ModelInput> pairs = List.of(images.get(0), texts.get(0), texts.get(2), images.get(1));
                List<Target> labels = ROLES.subList(0, 4);
                CentralDifferences.assertAgree(adapted.trainable(), () -> adapted.lossAndGradients(pairs, labels));
            }
        }
    }

    @Test
    void chunksOfANewModel_withDropout_dropTheProjectionsInputs() throws IOException {
        try (DualModel model = DualModel.load(golden.toString(), DataType.DOUBLE);
                AdapterSet adapters = AdapterSet.create(
                        List.of(
                                model.towers().textProjection().orElseThrow(),
                                model.towers().imageProjection().orElseThrow()),
                        LsrConfig.defaults(),
                        BACKEND)) {
            adapters.values().assign(RandomArrays.normal(new Random(3), DataType.DOUBLE, adapters.parameterCount()));
            EmbeddingObjective objective =
                    new EmbeddingObjective(model.towers(), true, EmbeddingLoss.symmetricContrast(0.3), BACKEND);
            List<ModelInput> pairs = List.of(
                    inputs(model, false).get(0),
                    inputs(model, true).get(0),
                    inputs(model, true).get(2),
                    inputs(model, false).get(1));
            List<Target> labels = ROLES.subList(0, 4);
            List<Double> losses = new ArrayList<>();
            for (double rate : new double[] {0, 0.3, 0.3}) {
                try (AdaptedModel adapted = new AdaptedModel(model.towers(), adapters, objective, BACKEND)) {
                    adapted.chunkSize(2);
                    adapted.dropout(rate, 5);
                    losses.add(adapted.lossAndGradients(pairs, labels));
                }
            }
            assertTrue(Math.abs(losses.get(0) - losses.get(1)) > 1e-6, "nothing was dropped");
            assertEquals(losses.get(1), losses.get(2));
        }
    }

    @Test
    void adaptedModel_training_bringsPairsTogether() throws IOException {
        try (DualModel model = DualModel.load(golden.toString());
                AdapterSet adapters = AdapterSet.create(model.towers().linearLayers(), LsrConfig.defaults(), BACKEND)) {
            EmbeddingObjective objective = new EmbeddingObjective(
                    model.towers(), true, EmbeddingLoss.symmetricContrast(1 / model.scale()), BACKEND);
            try (AdaptedModel adapted = new AdaptedModel(model.towers(), adapters, objective, BACKEND)) {
                List<TrainingExample> pairs = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    pairs.add(TrainingExample.contrast(
                            inputs(model, false).get(i), inputs(model, true).get(i), List.of()));
                }
                TrainingConfig config = TrainingConfig.builder()
                        .epochs(30)
                        .learningRate(5e-3)
                        .dropout(0.1)
                        .build();
                Evaluation none = Evaluation.of("zero", trained -> Map.of("zero", 0.0));
                List<Double> losses = new ArrayList<>();
                new Trainer(adapted, config, new TrainingListener() {
                            @Override
                            public void stepped(int step, int steps, double loss) {
                                losses.add(loss);
                            }
                        })
                        .run(pairs, none);
                assertTrue(losses.get(29) < 0.5 * losses.get(0), losses.get(0) + " became " + losses.get(29));
            }
        }
    }

    @Test
    void adaptedModel_adaptersOfAnotherModel_areRefused() throws IOException {
        FrozenLinear other = FrozenLinear.of("other", Nd4j.ones(DataType.FLOAT, 4, 4));
        try (DualModel model = DualModel.load(golden.toString());
                AdapterSet adapters = AdapterSet.create(List.of(other), LsrConfig.lora(2, 2), BACKEND)) {
            EmbeddingObjective objective =
                    new EmbeddingObjective(model.towers(), true, EmbeddingLoss.symmetricContrast(0.1), BACKEND);
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> new AdaptedModel(model.towers(), adapters, objective, BACKEND))
                    .getMessage();
            assertTrue(message.contains("it has no layer 'other'"), message);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip", "siglip"})
    void tokenizer_textsOfEveryKind_givesTheIdsOfTransformers(String family) throws IOException {
        try (DualModel model = DualModel.load(folder(family).toString())) {
            for (JsonNode row : new JsonMapper()
                    .readTree(folder(family).resolve("expected_tokens.json").toFile())) {
                int[] ids = new JsonMapper().convertValue(row.path("ids"), int[].class);
                assertArrayEquals(
                        ids,
                        model.encode(row.path("text").asText(), model.maxLength())
                                .ids(),
                        row.toString());
            }
        }
    }

    /** SigLIP 2 for images of one size is a SigLIP with Gemma's tokenizer. */
    @Test
    void load_siglip2OfOneSize_readsTextsAsTransformersDoes() throws IOException {
        for (String name : List.of("config.json", "model.safetensors", "preprocessor_config.json")) {
            Files.copy(folder("siglip").resolve(name), folder.resolve(name));
        }
        for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.copy(folder("siglip2").resolve(name), folder.resolve(name));
        }
        try (DualModel model = DualModel.load(folder.toString())) {
            for (JsonNode row : new JsonMapper()
                    .readTree(folder("siglip2").resolve("expected_tokens.json").toFile())) {
                int[] ids = new JsonMapper().convertValue(row.path("ids"), int[].class);
                String text = row.path("text").asText();
                assertArrayEquals(ids, model.encode(text, model.maxLength()).ids(), text);
            }
        }
    }

    @Test
    void load_siglip2OfAnyShape_isRefused() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"siglip2\"}");
        String message = assertThrows(IOException.class, () -> DualModel.load(folder.toString()))
                .getMessage();
        assertTrue(
                message.endsWith(
                        "field \"model_type\": found siglip2, SigLIP 2 for images of any shape (NaFlex), which is not"
                                + " supported; expected a SigLIP 2 model for images of one size, whose model_type is siglip"),
                message);
    }

    @Test
    void load_whatIsMissing_isNamed() throws IOException {
        String none = assertThrows(IllegalArgumentException.class, () -> DualModel.load("nowhere"))
                .getMessage();
        assertEquals("model 'nowhere': there is no such folder, expected one of a CLIP or SigLIP model", none);
        for (String name : List.of("config.json", "preprocessor_config.json", "tokenizer.json")) {
            Files.copy(golden.resolve(name), folder.resolve(name));
        }
        Files.copy(
                Path.of("src/transformers/src/test/resources/golden/families/vit/model.safetensors"),
                folder.resolve("model.safetensors"));
        String weights = assertThrows(IOException.class, () -> DualModel.load(folder.toString()))
                .getMessage();
        assertTrue(weights.endsWith("there is no weight 'logit_scale'"), weights);
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"vit\"}");
        String type = assertThrows(IOException.class, () -> DualModel.load(folder.toString()))
                .getMessage();
        assertTrue(type.endsWith("field \"model_type\": found vit, expected one of two towers: clip, siglip"), type);
    }
}
