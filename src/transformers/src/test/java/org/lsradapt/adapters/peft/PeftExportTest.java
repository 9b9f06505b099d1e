package org.lsradapt.adapters.peft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.SequenceModels;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.RegressionDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.transformer.RandomWeights;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.weights.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Exported folders, read by PEFT's rules written out here: names against the exact list, outputs against merged weights. */
class PeftExportTest {

    @TempDir
    Path folder;

    /** What PEFT adds to a weight [out, in], transposed to [in, out]: by the file and its configuration alone, in double. */
    private static double[][] delta(JsonNode config, SafeTensors file, String path, String layer) throws IOException {
        double r = pattern(config, "rank_pattern", layer, config.get("r").doubleValue());
        double alpha =
                pattern(config, "alpha_pattern", layer, config.get("lora_alpha").doubleValue());
        INDArray a = file.read(path + layer + ".lora_A.weight");
        INDArray b = file.read(path + layer + ".lora_B.weight");
        assertEquals((int) r, (int) a.size(0));
        assertEquals((int) r, (int) b.size(1));
        double[][] delta = new double[(int) a.size(1)][(int) b.size(0)];
        for (int i = 0; i < delta.length; i++) {
            for (int j = 0; j < delta[0].length; j++) {
                for (int k = 0; k < r; k++) {
                    delta[i][j] += alpha / r * a.getDouble(k, i) * b.getDouble(j, k);
                }
            }
        }
        return delta;
    }

    private static double pattern(JsonNode config, String field, String layer, double otherwise) {
        JsonNode patterns = config.get(field);
        return patterns == null || patterns.get(layer) == null
                ? otherwise
                : patterns.get(layer).doubleValue();
    }

    private JsonNode config() throws IOException {
        return new ObjectMapper().readTree(folder.resolve("adapter_config.json").toFile());
    }

    private SafeTensors tensors() throws IOException {
        return SafeTensors.open(folder.resolve("adapter_model.safetensors"));
    }

    private static List<String> layerNames(String path) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            for (String part : List.of("attention.self.query", "intermediate.dense")) {
                names.add("base_model.model." + path + "encoder.layer." + i + "." + part + ".lora_A.weight");
                names.add("base_model.model." + path + "encoder.layer." + i + "." + part + ".lora_B.weight");
            }
        }
        return names;
    }

    @ParameterizedTest
    @EnumSource(
            value = SmallModel.class,
            names = {"BERT", "ROBERTA"})
    void export_hasExactlyPeftsNames_andGivesTheSameOutputs(SmallModel family) throws IOException {
        boolean roberta = family == SmallModel.ROBERTA;
        String path = roberta ? "roberta." : "bert.";
        try (TinyAdapter tiny = TinyAdapter.mixed(family)) {
            PeftExport.save(folder, "org/base", tiny.family, tiny.card.task(), tiny.adapters, tiny.head);
            try (SafeTensors file = tensors()) {
                List<String> names = layerNames(path);
                names.addAll(
                        roberta
                                ? List.of(
                                        "base_model.model.classifier.dense.weight",
                                        "base_model.model.classifier.dense.bias",
                                        "base_model.model.classifier.out_proj.weight",
                                        "base_model.model.classifier.out_proj.bias")
                                : List.of("base_model.model.classifier.weight", "base_model.model.classifier.bias"));
                assertEquals(names, new ArrayList<>(file.names()));
                assertEquals("pt", file.metadata().get("format"));
                JsonNode config = config();
                for (LsrAdapter adapter : tiny.adapters.lsrAdapters()) {
                    double[][] expected = delta(config, file, "base_model.model." + path, adapter.name());
                    INDArray found = adapter.deltaWeight();
                    double scale = found.amaxNumber().doubleValue();
                    for (int i = 0; i < expected.length; i++) {
                        for (int j = 0; j < expected[0].length; j++) {
                            assertEquals(expected[i][j], found.getDouble(i, j), 2e-6 * scale, adapter.name());
                        }
                    }
                }
                compareOutputs(tiny, family, config, file, path);
            }
        }
    }

    /** Base weights plus what PEFT would add, without any adapter, and the head of the file. */
    private void compareOutputs(TinyAdapter tiny, SmallModel family, JsonNode config, SafeTensors file, String path)
            throws IOException {
        RandomWeights base = new RandomWeights(family.model(), true);
        WeightSource merged = new WeightSource() {
            @Override
            public boolean has(String name) {
                return base.has(name);
            }

            @Override
            public INDArray read(String name) throws IOException {
                INDArray weight = base.read(name);
                String layer = name.replaceFirst("\\.weight$", "");
                if (file.has("base_model.model." + path + layer + ".lora_A.weight")) {
                    double[][] delta = delta(config, file, "base_model.model." + path, layer);
                    for (int i = 0; i < delta.length; i++) {
                        for (int j = 0; j < delta[0].length; j++) {
                            weight.putScalar(i, j, weight.getDouble(i, j) + delta[i][j]);
                        }
                    }
                }
                return weight;
            }
        };
        try (TransformerWeights encoder = new TransformerWeights(base.model(), merged, DataType.FLOAT);
                SequenceHead head = new SequenceHead(encoder, 3, 1)) {
            for (Parameter parameter : head.parameters()) {
                INDArray array = file.read("base_model.model." + parameter.name());
                parameter.value().assign(array.rank() == 2 ? array.transpose() : array);
            }
            double[][] expected = SequenceModels.of(encoder, null, head, Loss.CROSS_ENTROPY, TinyAdapter.BACKEND)
                    .predict(tiny.sequences());
            double[][] found = SequenceModels.of(
                            tiny.encoder, tiny.adapters, tiny.head, Loss.CROSS_ENTROPY, TinyAdapter.BACKEND)
                    .predict(tiny.sequences());
            for (int i = 0; i < expected.length; i++) {
                assertArrayEquals(expected[i], found[i], 2e-4);
            }
        }
    }

    @Test
    void config_hasTheFewestFieldsThatWork() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            PeftExport.save(folder, "org/base", tiny.family, tiny.card.task(), tiny.adapters, tiny.head);
        }
        List<String> names = new ArrayList<>();
        config().fieldNames().forEachRemaining(names::add);
        assertEquals(
                List.of("peft_type", "task_type", "base_model_name_or_path", "r", "lora_alpha", "target_modules"),
                names);
        assertEquals("LORA", config().get("peft_type").textValue());
        assertEquals("SEQ_CLS", config().get("task_type").textValue());
        assertEquals(4, config().get("r").intValue());
        assertEquals(16.0, config().get("lora_alpha").doubleValue(), "c is 4");
        assertEquals(
                "encoder.layer.0.attention.self.query",
                config().get("target_modules").get(0).textValue());
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(
                    List.of("README.md", "adapter_config.json", "adapter_model.safetensors"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void card_ofASavedAdapter_saysBaseModelTaskAndLabels() throws IOException {
        Path saved = folder.resolve("saved");
        Path out = folder.resolve("out");
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            tiny.save(saved);
            try (SavedAdapter adapter = AdapterFolder.load(saved)) {
                PeftExport.save(out, "org/base", adapter, true);
                long parameters = adapter.adapterParameterCount() + adapter.headParameterCount();
                String card = Files.readString(out.resolve("README.md"));
                assertTrue(card.startsWith("""
                                ---
                                library_name: "peft"
                                base_model: "org/base"
                                pipeline_tag: "text-classification"
                                tags:
                                - "lsr-adapt"
                                - "lora"
                                ---
                                """), card);
                assertTrue(card.contains("\n- Task: `colours`\n"), card);
                assertTrue(card.contains("`separation rank s 3`"), card);
                assertTrue(
                        card.contains(String.format(Locale.ROOT, "\n- Trained parameters: %,d\n", parameters)), card);
                assertTrue(card.contains("order of the outputs: `red`, `green`, `blue`\n"), card);
                assertTrue(
                        card.contains("AutoModelForSequenceClassification.from_pretrained(\"org/base\", num_labels=3)"),
                        card);
            }
        }
    }

    @Test
    void card_whereTheBaseModelIsAFolder_doesNotNameIt() throws IOException {
        Path saved = folder.resolve("saved");
        Path out = folder.resolve("out");
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            AdapterCard card = new AdapterCard(
                    "models/secret",
                    tiny.card.modelType(),
                    tiny.card.baseFingerprint(),
                    tiny.card.task(),
                    tiny.card.maxLength());
            AdapterFolder.save(saved, card, tiny.adapters, tiny.head);
            try (SavedAdapter adapter = AdapterFolder.load(saved)) {
                PeftExport.save(out, "models/secret", adapter, true);
            }
        }
        String card = Files.readString(out.resolve("README.md"));
        assertFalse(card.contains("secret") || card.contains("base_model:"), card);
        assertTrue(card.contains("from_pretrained(\"BASE_MODEL\", num_labels=3)"), card);
    }

    @Test
    void card_ofABuiltInModel_hasItsNameOnTheHub() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            PeftExport.saveBare(
                    folder,
                    "bge-small",
                    tiny.adapters.lsrAdapters().stream().map(SavedLayer::of).toList());
        }
        String card = Files.readString(folder.resolve("README.md"));
        assertTrue(card.contains("base_model: \"BAAI/bge-small-en-v1.5\"\ntags:\n"), card);
        assertTrue(card.contains("AutoModel.from_pretrained(\"BAAI/bge-small-en-v1.5\")"), card);
    }

    @Test
    void ranksThatDiffer_areInBothPatterns() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.mixed(SmallModel.BERT)) {
            PeftExport.save(folder, "org/base", tiny.family, tiny.card.task(), tiny.adapters, tiny.head);
        }
        assertEquals(
                "{\"encoder.layer.0.intermediate.dense\":5,\"encoder.layer.1.intermediate.dense\":5,"
                        + "\"encoder.layer.2.intermediate.dense\":6}",
                config().get("rank_pattern").toString());
        assertEquals(
                "{\"encoder.layer.0.intermediate.dense\":20.0,\"encoder.layer.1.intermediate.dense\":20.0,"
                        + "\"encoder.layer.2.intermediate.dense\":3.0}",
                config().get("alpha_pattern").toString());
    }

    @Test
    void bareExport_hasTheEncodersOwnNames() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            PeftExport.saveBare(
                    folder,
                    "org/base",
                    tiny.adapters.lsrAdapters().stream().map(SavedLayer::of).toList());
        }
        assertEquals("FEATURE_EXTRACTION", config().get("task_type").textValue());
        assertNull(config().get("modules_to_save"));
        try (SafeTensors file = tensors()) {
            assertEquals(layerNames(""), new ArrayList<>(file.names()));
        }
    }

    /** Also where layers of one configuration are apart: which r stands for all depends on the order of the layers. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void savedAdapter_exportsTheSameFiles(boolean mixed) throws IOException {
        Path saved = folder.resolve("saved");
        try (TinyAdapter tiny = mixed ? TinyAdapter.mixed(SmallModel.BERT) : TinyAdapter.lsr()) {
            tiny.save(saved);
            PeftExport.save(folder.resolve("one"), "org/base", tiny.family, tiny.card.task(), tiny.adapters, tiny.head);
        }
        Path other = folder.resolve("other");
        try (SavedAdapter adapter = AdapterFolder.load(saved)) {
            PeftExport.save(other, "org/base", adapter, true);
        }
        for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
            assertEquals(-1, Files.mismatch(folder.resolve("one").resolve(name), other.resolve(name)), name);
        }
    }

    /** Hugging Face's classifier puts a pooler there, with random weights: PEFT would compute something else. */
    @Test
    void bertWithoutPooler_isRefusedWithItsHead() throws IOException {
        String complaint = "PEFT export: the base model has no pooler, and the head is on the first token's state"
                + " itself; Hugging Face's BertForSequenceClassification would put a random pooler before it. Write"
                + " the adapters alone, for a bare encoder (saveBare; --bare on the command line)";
        try (TransformerWeights encoder = SmallModel.BERT.weights(DataType.FLOAT, false);
                SequenceHead head = new SequenceHead(encoder, 3, 1);
                TinyAdapter tiny = TinyAdapter.lsr()) {
            assertEquals(
                    complaint,
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> PeftExport.save(
                                            folder.resolve("out"),
                                            "org/base",
                                            tiny.family,
                                            tiny.card.task(),
                                            tiny.adapters,
                                            head))
                            .getMessage());
            tiny.save(folder.resolve("saved"));
        }
        try (SavedAdapter adapter = AdapterFolder.load(folder.resolve("saved"))) {
            assertEquals(
                    complaint,
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> PeftExport.save(folder.resolve("out"), "org/base", adapter, false))
                            .getMessage());
        }
        assertFalse(Files.exists(folder.resolve("out")));
        try (TinyAdapter roberta = TinyAdapter.mixed(SmallModel.ROBERTA)) {
            roberta.save(folder.resolve("roberta"));
        }
        try (SavedAdapter adapter = AdapterFolder.load(folder.resolve("roberta"))) {
            PeftExport.save(folder.resolve("out"), "org/base", adapter, false);
        }
    }

    @Test
    void headAlone_isRefused() throws IOException {
        TaskDescription task = new RegressionDescription("heat", false);
        try (TinyAdapter tiny = new TinyAdapter(SmallModel.BERT, DataType.FLOAT, task, null)) {
            tiny.save(folder.resolve("saved"));
        }
        try (SavedAdapter adapter = AdapterFolder.load(folder.resolve("saved"))) {
            String message = assertThrows(
                            IllegalArgumentException.class, () -> PeftExport.save(folder, "org/base", adapter, true))
                    .getMessage();
            assertEquals("PEFT export: no adapted layers, expected at least one", message);
        }
    }

    @Test
    void exportAndImport_giveTheSameUpdateToTheBit() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.mixed(SmallModel.ROBERTA)) {
            PeftExport.save(folder, "org/base", tiny.family, tiny.card.task(), tiny.adapters, tiny.head);
            try (ImportedAdapter imported = PeftImport.load(folder)) {
                assertEquals(Optional.of("org/base"), imported.baseModel());
                assertEquals(6, imported.layers().size());
                assertEquals(3, imported.headOutputs());
                for (SavedLayer layer : imported.layers()) {
                    LsrAdapter adapter = tiny.adapters.lsrAdapter(layer.name());
                    assertEquals(adapter.scaling(), layer.config().scaling());
                    assertEquals(
                            LsrConfig.lora(
                                    layer.config().bottleneckRank(),
                                    layer.config().alpha()),
                            layer.config());
                    assertArrayEquals(
                            floats(adapter.a().materialize()), floats(layer.a().materialize()));
                    assertArrayEquals(
                            floats(adapter.b().materialize()), floats(layer.b().materialize()));
                }
                try (SequenceHead head = imported.head(tiny.encoder)) {
                    assertArrayEquals(floats(tiny.head.values()), floats(head.values()));
                }
            }
        }
    }

    private static float[] floats(INDArray array) {
        return array.dup('c').data().asFloat();
    }

    @Test
    void save_toAFolderWithFiles_isRefused() throws IOException {
        Path mine = Files.writeString(folder.resolve("adapter_config.json"), "mine");
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            List<SavedLayer> layers =
                    tiny.adapters.lsrAdapters().stream().map(SavedLayer::of).toList();
            String message = assertThrows(IOException.class, () -> PeftExport.saveBare(folder, "tiny", layers))
                    .getMessage();
            assertEquals(
                    folder + ": the folder is not empty, expected a folder that is empty or does not exist yet",
                    message);
        }
        assertEquals("mine", Files.readString(mine));
        assertFalse(Files.exists(folder.resolve("adapter_model.safetensors")));
    }
}
