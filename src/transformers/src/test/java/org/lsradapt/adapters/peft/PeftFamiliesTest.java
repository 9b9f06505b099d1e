package org.lsradapt.adapters.peft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.adapters.TinyAdapter.BACKEND;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.models.GoldenCase;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.objectives.heads.TokenObjective;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.RegressionDescription;
import org.lsradapt.tasks.description.SpansDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.tasks.description.TokensDescription;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Adapters that PEFT saved for models of each family, and what it computes with them; golden/families has the
 * generator.
 */
class PeftFamiliesTest {

    private static final List<String> CLASSIFIERS = List.of(
            "bert",
            "bert-regression",
            "bert-pooler",
            "roberta",
            "xlm-roberta",
            "camembert",
            "distilbert",
            "electra",
            "mpnet",
            "modernbert",
            "deberta-v3",
            "deberta-unshared",
            "deberta-pooler",
            "llama-classification",
            "qwen2-classification",
            "qwen3-classification",
            "mistral-classification",
            "smollm3-classification",
            "gemma2-classification",
            "vit",
            "deit",
            "dinov2",
            "dinov2-gated",
            "dinov2-registers-interpolated");
    private static final List<String> TOKEN_CLASSIFIERS =
            List.of("bert-tokens", "roberta-tokens", "deberta-tokens", "llama-tokens", "modernbert-tokens");
    private static final List<String> ANSWER_EXTRACTORS =
            List.of("bert-spans", "roberta-spans", "distilbert-spans", "modernbert-spans");
    private static final List<String> LANGUAGE_MODELS = List.of(
            "llama", "llama-gqa-tied", "llama-bias", "qwen2", "qwen3", "mistral", "smollm3", "gemma2", "gemma3");

    @TempDir
    Path folder;

    static Stream<Arguments> classifiers() {
        return typed(Stream.concat(CLASSIFIERS.stream(), Stream.of("phi3-classification"))
                .toList());
    }

    static Stream<Arguments> languageModels() {
        return typed(Stream.concat(LANGUAGE_MODELS.stream(), Stream.of("phi3", "phi3-longrope"))
                .toList());
    }

    static Stream<Arguments> ofEachToken() {
        return typed(Stream.concat(TOKEN_CLASSIFIERS.stream(), ANSWER_EXTRACTORS.stream())
                .toList());
    }

    static Stream<String> all() {
        return Stream.of(CLASSIFIERS, TOKEN_CLASSIFIERS, ANSWER_EXTRACTORS, LANGUAGE_MODELS)
                .flatMap(List::stream);
    }

    private static Stream<Arguments> typed(List<String> names) {
        return names.stream()
                .flatMap(name -> Stream.of(DataType.DOUBLE, DataType.FLOAT).map(t -> Arguments.of(name, t)));
    }

    private static double tolerance(DataType type) {
        return type == DataType.DOUBLE ? 1e-9 : 1e-5;
    }

    @ParameterizedTest
    @MethodSource("classifiers")
    void importedClassifier_computesWhatPeftComputes(String name, DataType type) throws IOException {
        GoldenCase golden = new GoldenCase(name);
        try (ImportedAdapter imported = PeftImport.load(golden.folder.resolve("adapter"));
                TransformerWeights weights = golden.weights(golden.model, type);
                AdapterSet adapters = imported.adapters(golden.family, weights, BACKEND);
                SequenceHead head = imported.head(weights);
                AdaptedModel model = new AdaptedModel(
                        weights, adapters, SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND), BACKEND)) {
            assertNotEquals(Optional.of("CAUSAL_LM"), imported.taskType());
            INDArray expected = golden.expected("adapted_logits");
            INDArray found = Nd4j.createFromArray(model.predict(golden.inputs()));
            double largest = expected.normmaxNumber().doubleValue();
            assertEquals(0, expected.sub(found).normmaxNumber().doubleValue() / largest, tolerance(type));
        }
    }

    @ParameterizedTest
    @MethodSource("ofEachToken")
    void importedHeadOfEachToken_computesWhatPeftComputes(String name, DataType type) throws IOException {
        GoldenCase golden = new GoldenCase(name);
        try (ImportedAdapter imported = PeftImport.load(golden.folder.resolve("adapter"));
                TransformerWeights weights = golden.weights(golden.model, type);
                AdapterSet adapters = imported.adapters(golden.family, weights, BACKEND);
                SequenceHead head = imported.head(weights);
                AdaptedModel model = new AdaptedModel(weights, adapters, new TokenObjective(head, BACKEND), BACKEND)) {
            assertEquals(TOKEN_CLASSIFIERS.contains(name), imported.taskType().equals(Optional.of("TOKEN_CLS")));
            assertEquals(ANSWER_EXTRACTORS.contains(name), imported.taskType().equals(Optional.of("QUESTION_ANS")));
            INDArray expected = golden.expected("adapted_logits");
            INDArray found = Nd4j.createFromArray(Stream.of(model.predict(golden.inputs()))
                            .flatMapToDouble(Arrays::stream)
                            .toArray())
                    .reshape(expected.shape());
            double largest = expected.normmaxNumber().doubleValue();
            assertEquals(0, expected.sub(found).normmaxNumber().doubleValue() / largest, tolerance(type));
        }
    }

    @ParameterizedTest
    @MethodSource("languageModels")
    void importedLanguageModel_computesWhatPeftComputes(String name, DataType type) throws IOException {
        GoldenCase golden = new GoldenCase(name);
        try (ImportedAdapter imported = PeftImport.load(golden.folder.resolve("adapter"));
                TransformerWeights weights = golden.weights(golden.model, type);
                AdapterSet adapters = imported.adapters(golden.family, weights, BACKEND);
                AdaptedModel model =
                        new AdaptedModel(weights, adapters, new NextTokenObjective(weights, BACKEND), BACKEND)) {
            assertEquals(Optional.of("CAUSAL_LM"), imported.taskType());
            assertEquals(0, imported.headOutputs());
            List<TokenSequence> sequences =
                    golden.sequences(false).stream().filter(s -> s.length() > 1).toList();
            double loss = 0;
            double count = 0;
            for (double[] output : model.predict(sequences)) {
                loss += output[0];
                count += output[1];
            }
            assertEquals(golden.number("adapted_lm_loss"), loss / count, 10 * tolerance(type));
        }
    }

    /** Copies a golden adapter into the test's folder, with LoRA on one more layer. */
    private void addLora(String name, String layer, int in, int out) throws IOException {
        Path theirs = new GoldenCase(name).folder.resolve("adapter");
        ObjectNode config = (ObjectNode) config(theirs);
        ((ArrayNode) config.get("target_modules")).add(layer);
        Files.writeString(folder.resolve("adapter_config.json"), config.toString());
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        try (SafeTensors found = SafeTensors.open(theirs.resolve("adapter_model.safetensors"))) {
            for (String tensor : found.names()) {
                tensors.put(tensor, found.read(tensor));
            }
        }
        tensors.put("base_model.model." + layer + ".lora_A.weight", Nd4j.ones(DataType.FLOAT, 4, in));
        tensors.put("base_model.model." + layer + ".lora_B.weight", Nd4j.ones(DataType.FLOAT, out, 4));
        SafeTensors.write(folder.resolve("adapter_model.safetensors"), tensors, Map.of());
    }

    /** The layers that PEFT adapts where {@code lm_head} is among the target_modules of a language model. */
    @Test
    void loraOnTheOutputLayer_isRefusedByItsName() throws IOException {
        addLora("llama", "lm_head", 24, 61);
        assertEquals(
                folder.resolve("adapter_model.safetensors")
                        + ": tensor 'base_model.model.lm_head.lora_A.weight' is of an adapter on lm_head, which is beside the"
                        + " base model and cannot be represented here; leave it out of target_modules",
                assertThrows(IOException.class, () -> PeftImport.load(folder)).getMessage());
    }

    /** The projection that PEFT adapts too where target_modules is all-linear and embeddings are smaller (ELECTRA, DeBERTa). */
    @ParameterizedTest
    @CsvSource({"electra, electra.embeddings_project", "deberta-embed-proj, deberta.embeddings.embed_proj"})
    void loraOnTheProjectionOfEmbeddings_isRefusedByItsName(String name, String layer) throws IOException {
        addLora(name, layer, 15, 24);
        GoldenCase golden = new GoldenCase(name);
        try (ImportedAdapter imported = PeftImport.load(folder);
                TransformerWeights weights = golden.weights(golden.model, DataType.FLOAT)) {
            assertEquals(
                    folder.resolve("adapter_model.safetensors") + ": adapts '" + layer.substring(layer.indexOf('.') + 1)
                            + "', the projection of the embeddings, which cannot be represented here; leave it out of"
                            + " target_modules (all-linear has it)",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> imported.adapters(golden.family, weights, BACKEND))
                            .getMessage());
        }
    }

    /** Names, orientation and parameters, to the bit: LoRA with c = α/r is what PEFT's files hold. */
    @ParameterizedTest
    @MethodSource("all")
    void importedAndExported_hasPeftsOwnTensors(String name) throws IOException {
        GoldenCase golden = new GoldenCase(name);
        Path theirs = golden.folder.resolve("adapter");
        try (ImportedAdapter imported = PeftImport.load(theirs);
                TransformerWeights weights = golden.weights(golden.model, DataType.FLOAT);
                AdapterSet adapters = imported.adapters(golden.family, weights, BACKEND)) {
            if (imported.taskType().equals(Optional.of("CAUSAL_LM"))) {
                PeftExport.save(folder, "org/base", golden.family, adapters);
            } else {
                try (SequenceHead head = imported.head(weights)) {
                    PeftExport.save(folder, "org/base", golden.family, task(name, head.outputs()), adapters, head);
                }
            }
        }
        try (SafeTensors expected = SafeTensors.open(theirs.resolve("adapter_model.safetensors"));
                SafeTensors found = SafeTensors.open(folder.resolve("adapter_model.safetensors"))) {
            assertEquals(expected.names(), found.names());
            for (String tensor : expected.names()) {
                assertEquals(expected.read(tensor), found.read(tensor), tensor);
            }
        }
        JsonNode wrote = config(theirs);
        assertEquals(
                wrote.path("task_type").asText("null"),
                config(folder).path("task_type").asText("null"));
        assertEquals(wrote.get("r"), config(folder).get("r"));
        assertEquals(6.0, config(folder).get("lora_alpha").doubleValue());
    }

    private static TaskDescription task(String name, int outputs) {
        if (ANSWER_EXTRACTORS.contains(name)) {
            return new SpansDescription("t", OptionalDouble.empty());
        }
        if (outputs == 1) {
            return new RegressionDescription("t", false);
        }
        List<String> labels =
                IntStream.range(0, outputs).mapToObj(Integer::toString).toList();
        return TOKEN_CLASSIFIERS.contains(name)
                ? new TokensDescription("t", labels)
                : new ClassificationDescription("t", labels, false);
    }

    private static JsonNode config(Path folder) throws IOException {
        return new ObjectMapper().readTree(folder.resolve("adapter_config.json").toFile());
    }

    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void headParameters_areTheHeadsOfTheFamily(SmallModel model) throws IOException {
        try (TransformerWeights weights = model.weights(DataType.FLOAT, false);
                SequenceHead head = new SequenceHead(weights, 2, 1)) {
            assertEquals(
                    head.parameters().stream().map(Parameter::name).toList(),
                    model.family().headParameters());
        }
    }

    /** PEFT takes the classifier alone for a classifier's head. */
    @Test
    void trainedPooler_isNamedInModulesToSave_andComesBack() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.mixed(SmallModel.DEBERTA)) {
            PeftExport.save(folder, "org/base", tiny.family, tiny.card.task(), tiny.adapters, tiny.head);
            assertEquals(
                    "[\"pooler\",\"classifier\"]",
                    config(folder).get("modules_to_save").toString());
            try (SafeTensors file = SafeTensors.open(folder.resolve("adapter_model.safetensors"))) {
                assertTrue(
                        file.has("base_model.model.deberta.encoder.layer.0.attention.self.query_proj.lora_A.weight"));
                assertTrue(file.names()
                        .containsAll(List.of(
                                "base_model.model.pooler.dense.weight",
                                "base_model.model.pooler.dense.bias",
                                "base_model.model.classifier.weight",
                                "base_model.model.classifier.bias")));
            }
            try (ImportedAdapter imported = PeftImport.load(folder);
                    SequenceHead head = imported.head(tiny.encoder)) {
                assertArrayEquals(
                        tiny.head.values().data().asFloat(),
                        head.values().data().asFloat());
            }
            try (ImportedAdapter imported = PeftImport.load(folder);
                    TransformerWeights pooled = SmallModel.DEBERTA.weights(DataType.FLOAT)) {
                assertRefused(
                        "the head has [pooler.dense.weight, pooler.dense.bias], which the base model has too and which is"
                                + " not trained then; expected a base model without it",
                        imported,
                        pooled);
            }
        }
    }

    @Test
    void poolerThatPeftDidNotSave_isRefusedWithTheFix() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.mixed(SmallModel.DEBERTA)) {
            PeftExport.save(folder, "org/base", tiny.family, tiny.card.task(), tiny.adapters, tiny.head);
            Path file = folder.resolve("adapter_model.safetensors");
            Map<String, INDArray> tensors = new LinkedHashMap<>();
            try (SafeTensors all = SafeTensors.open(file)) {
                for (String name : all.names()) {
                    if (!name.contains("pooler")) {
                        tensors.put(name, all.read(name));
                    }
                }
            }
            SafeTensors.write(file, tensors, Map.of());
            try (ImportedAdapter imported = PeftImport.load(folder)) {
                assertRefused(
                        "the head has no pooler.dense, and neither has the base model: PEFT saves the classifier alone, and"
                                + " the random layer that it was trained behind is lost. Expected the base model saved"
                                + " with that layer, or an adapter trained with modules_to_save=[\"pooler\","
                                + " \"classifier\"]",
                        imported,
                        tiny.encoder);
            }
        }
    }

    private static void assertRefused(String complaint, ImportedAdapter imported, TransformerWeights weights) {
        String message = assertThrows(IllegalArgumentException.class, () -> imported.head(weights))
                .getMessage();
        assertTrue(message.endsWith(": " + complaint), message);
    }

    @Test
    void anEncoderForText_isRefused() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> PeftExport.save(folder, "org/base", tiny.family, tiny.adapters))
                    .getMessage();
            assertEquals("PEFT export: a model of type bert is not a language model, expected a head", message);
        }
    }
}
