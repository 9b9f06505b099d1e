package org.lsradapt.conformance;

import static org.lsradapt.conformance.KitFiles.normal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.TaskDescription;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.transformer.BasePrecision;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Adapter folders to read and to write, exports to PEFT, fingerprints. */
final class FolderCases {
    static final String FOLDER = "adapter";
    private static final Path MODELS = Path.of("src", "test", "resources", "golden", "families");
    private static final TaskDescription CLASSES =
            TaskDescription.classification("colours", List.of("rot", "grün", "blau"), true);
    private static final LsrConfig THREE_FACTORS = LsrConfig.builder()
            .seed(42)
            .bottleneckRank(6)
            .separationRank(3)
            .factorCount(3)
            .alpha(2.7)
            .scalingRule(ScalingRule.ALPHA_OVER_SQRT_R)
            .rankFactors(List.of(1, 3, 2))
            .inFactors(List.of(2, 3, 2))
            .build();
    private static final LsrConfig WEIGHTED =
            LsrConfig.builder().separationRank(3).alpha(1.3).termWeights(true).seed(-8).build();

    private FolderCases() {}

    static List<KitCase> all() {
        List<KitCase> cases = new ArrayList<>();
        for (Precision storage :
                List.of(Precision.FP32, Precision.FP16, Precision.BF16, Precision.INT8, Precision.INT4)) {
            cases.add(read("read-" + storage.label(), folder -> saveMixed(folder, SmallModel.BERT, storage)));
        }
        cases.add(read("read-roberta", folder -> save(folder, SmallModel.ROBERTA, LsrConfig.lora(5, 2.9).withSeed(42))));
        cases.add(read("read-deberta", folder -> save(folder, SmallModel.DEBERTA, THREE_FACTORS)));
        cases.add(read("read-head-alone", folder -> {
            try (TinyAdapter tiny = new TinyAdapter(SmallModel.BERT, DataType.FLOAT, CLASSES, null)) {
                tiny.save(folder);
            }
        }));
        cases.add(read("read-text", FolderCases::saveText));
        cases.add(read("read-alone", folder -> saveAlone(folder, Precision.INT4)));
        cases.add(read("read-rounded-base", FolderCases::saveOnRoundedBase));
        cases.add(read("read-embedding", FolderCases::saveEmbedding));
        cases.add(read("read-embedding-rounded", FolderCases::saveEmbeddingOnRoundedBase));
        cases.add(RefusedFolders.make());
        cases.add(written("write-alone-int4", Optional.empty(), Precision.INT4));
        cases.add(written("write-alone-bf16", Optional.empty(), Precision.BF16));
        cases.add(written("write-classifier", Optional.of(SmallModel.BERT), Precision.FP32));
        cases.add(written("write-classifier-int8", Optional.of(SmallModel.ROBERTA), Precision.INT8));
        cases.add(written("write-deberta-fp16", Optional.of(SmallModel.DEBERTA), Precision.FP16));
        cases.add(written("write-two-configurations", Optional.of(SmallModel.ROBERTA), Precision.FP32));
        cases.add(writtenEmbedding());
        cases.add(writtenText());
        cases.add(exported("export-bert", folder -> saveMixed(folder, SmallModel.BERT, Precision.INT8)));
        cases.add(exported("export-deberta", folder -> save(folder, SmallModel.DEBERTA, THREE_FACTORS)));
        cases.add(exported("export-text", FolderCases::saveText));
        cases.add(exported("export-alone", folder -> saveAlone(folder, Precision.FP32)));
        cases.add(exported("export-embedding", FolderCases::saveEmbedding));
        for (String family : List.of(
                "bert", "bert-gelu-new", "roberta", "deberta-v3", "deberta-p2c-only", "llama", "llama-gqa-tied")) {
            cases.add(fingerprint(family));
        }
        return cases;
    }

    /** Writes an adapter's folder. */
    private interface Saver {
        void save(Path folder) throws IOException;
    }

    private static KitCase withFolder(String name, String capability, String operation, Saver saver) {
        return new KitCase(name, capability, operation).files(caseFolder -> saver.save(caseFolder.resolve(FOLDER)));
    }

    /** The manifest lists what there is to compare, so the folder is read here. */
    private static KitCase read(String name, Saver saver) {
        KitCase made = withFolder(name, "folders-read", "read-folder", saver).scalars(0, "description");
        try {
            Path folder = Files.createTempDirectory("lsr-conformance");
            saver.save(folder);
            try (SavedAdapter saved = AdapterFolder.load(folder)) {
                saved.layerNames().forEach(layer -> made.ofLargest(1e-12, "delta." + layer));
                saved.head().ifPresent(head -> head.keySet().forEach(array -> made.bits("head." + array)));
            }
            for (String file : ConformanceKit.files(folder)) {
                Files.delete(folder.resolve(file));
            }
            Files.delete(folder);
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void save(Path folder, SmallModel model, LsrConfig config) throws IOException {
        try (TinyAdapter tiny = new TinyAdapter(model, DataType.FLOAT, CLASSES, layer -> config)) {
            tiny.save(folder);
        }
    }

    private static void saveMixed(Path folder, SmallModel model, Precision storage) throws IOException {
        try (TinyAdapter tiny = TinyAdapter.mixed(model)) {
            AdapterFolder.save(folder, tiny.card, tiny.adapters, tiny.head, storage);
        }
    }

    private static void saveText(Path folder) throws IOException {
        AdapterCard card =
                new AdapterCard("tiny", "llama", TinyAdapter.FINGERPRINT, TaskDescription.text("poems"), 16);
        saveLlama(folder, card, Precision.FP32);
    }

    static void saveOnRoundedBase(Path folder) throws IOException {
        AdapterCard card = new AdapterCard(
                "tiny", "llama", TinyAdapter.FINGERPRINT, TaskDescription.text("poems"), 16, BasePrecision.INT4);
        saveLlama(folder, card, Precision.INT8);
    }

    private static void saveLlama(Path folder, AdapterCard card, Precision storage) throws IOException {
        try (TransformerWeights weights = SmallModel.LLAMA.weights(DataType.FLOAT);
                AdapterSet set = AdapterSet.create(
                        LayerSelector.suffixes(List.of("q_proj", "up_proj")).select(weights.linearLayers()),
                        layer -> layer.name().endsWith("q_proj") ? WEIGHTED : LsrConfig.lora(3, 6.1).withSeed(42),
                        TinyAdapter.BACKEND)) {
            set.values().assign(normal(301, DataType.FLOAT, set.parameterCount()));
            AdapterFolder.save(folder, card, set, storage);
        }
    }

    static void saveEmbedding(Path folder) throws IOException {
        saveEmbedding(
                folder, new EmbeddingSettings(Pooling.MEAN, true, "Frage: ", "", 16), BasePrecision.STORED, Precision.FP32);
    }

    private static void saveEmbeddingOnRoundedBase(Path folder) throws IOException {
        saveEmbedding(
                folder,
                new EmbeddingSettings(Pooling.CLS, false, "", "Absatz: „", 12),
                BasePrecision.BF16,
                Precision.INT8);
    }

    private static void saveEmbedding(
            Path folder, EmbeddingSettings settings, BasePrecision basePrecision, Precision storage)
            throws IOException {
        AdapterCard card = new AdapterCard(
                "tiny",
                "bert",
                TinyAdapter.FINGERPRINT,
                TaskDescription.embedding("answers"),
                settings.maxLength(),
                Optional.of(settings),
                basePrecision);
        try (TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdapterSet set = AdapterSet.create(
                        LayerSelector.suffixes(List.of("query")).select(weights.linearLayers()),
                        layer -> layer.name().contains(".1.") ? LsrConfig.lora(3, 6.1).withSeed(42) : WEIGHTED,
                        TinyAdapter.BACKEND)) {
            set.values().assign(normal(303, DataType.FLOAT, set.parameterCount()));
            AdapterFolder.save(folder, card, set, storage);
        }
    }

    /** Two layers of no model, an odd number of terms, and names that are not ASCII. */
    static void saveAlone(Path folder, Precision storage) throws IOException {
        List<FrozenLinear> layers = List.of(
                FrozenLinear.of("blocks.0.größe", Nd4j.zeros(DataType.FLOAT, 12, 10)),
                FrozenLinear.of("blocks.0.down", Nd4j.zeros(DataType.FLOAT, 10, 7)));
        try (AdapterSet set = AdapterSet.create(
                layers,
                layer -> layer.name().endsWith("down") ? LsrConfig.lora(4, 7.7).withSeed(42) : WEIGHTED,
                TinyAdapter.BACKEND)) {
            set.values().assign(normal(302, DataType.FLOAT, set.parameterCount()));
            AdapterFolder.save(folder, set, storage);
        }
    }

    /** A folder that a port has to write, of one or two configurations. */
    private static KitCase written(String name, Optional<SmallModel> model, Precision storage) {
        KitCase made = new KitCase(name, "folders-written", "write-folder");
        made.settings.put("storage", storage.label());
        Map<String, LsrConfig> layers = new LinkedHashMap<>();
        if (model.isPresent()) {
            String query = model.get() == SmallModel.DEBERTA ? "query_proj" : "query";
            layers.put("encoder.layer.0.attention.self." + query, WEIGHTED);
            layers.put("encoder.layer.2.attention.self." + query, WEIGHTED);
            if (model.get() != SmallModel.BERT) {
                layers.put("encoder.layer.1.attention.self." + query, THREE_FACTORS);
            }
            putCard(made, model.get());
        } else {
            layers.put("up", THREE_FACTORS.withPlainTerms(5));
            layers.put("down", LsrConfig.lora(4, 7.7).withSeed(42));
        }
        putLayers(made, layers);
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FOLDER);
    }

    private static void putLayers(KitCase made, Map<String, LsrConfig> layers) {
        ArrayNode listed = made.settings.putArray("layers");
        layers.forEach((layer, config) -> {
            ObjectNode entry = listed.addObject().put("name", layer).put("in", 12).put("out", 12);
            KitFiles.putConfig(entry, config);
            SumCases.parameters(DataType.FLOAT, config, 12, 12, layer.hashCode())
                    .forEach((parameter, value) ->
                            made.tensor(layer + parameter.substring("linear".length()), value));
        });
    }

    /** Version 7. */
    private static KitCase writtenEmbedding() {
        KitCase made = new KitCase("write-embedding", "folders-written", "write-folder");
        made.settings.put("storage", Precision.BF16.label());
        ObjectNode card = putBase(made, "bert", "embedding");
        card.put("base_precision", BasePrecision.STORED.label())
                .putObject("embedding")
                .put("pooling", Pooling.CLS.label())
                .put("normalized", true)
                .put("query_prefix", "Frage: ")
                .put("passage_prefix", "Absatz: ");
        putLayers(made, Map.of("encoder.layer.0.attention.self.query", WEIGHTED));
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FOLDER);
    }

    /** Version 6: a language model whose weights were kept in eight bits. */
    private static KitCase writtenText() {
        KitCase made = new KitCase("write-text-on-int8", "folders-written", "write-folder");
        made.settings.put("storage", Precision.FP32.label());
        putBase(made, "llama", "text").put("base_precision", BasePrecision.INT8.label());
        putLayers(made, Map.of("layers.0.self_attn.q_proj", LsrConfig.lora(4, 7.7).withSeed(42)));
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FOLDER);
    }

    private static ObjectNode putBase(KitCase made, String modelType, String kind) {
        ObjectNode card = made.settings.putObject("card");
        card.put("base_model_name_or_path", "org/tiny")
                .put("base_model_fingerprint", TinyAdapter.FINGERPRINT)
                .put("model_type", modelType)
                .put("max_length", 16)
                .putObject("task")
                .put("name", "colours")
                .put("kind", kind);
        return card;
    }

    private static void putCard(KitCase made, SmallModel model) {
        ObjectNode task = (ObjectNode) putBase(made, modelType(model), "classification").get("task");
        ArrayNode labels = task.putArray("labels");
        CLASSES.labels().forEach(labels::add);
        task.put("pairs", true);
        ArrayNode head = made.settings.putArray("head_parameters");
        Map<String, long[]> shapes = new LinkedHashMap<>();
        switch (model) {
            case ROBERTA -> {
                shapes.put("classifier.dense.weight", new long[] {12, 12});
                shapes.put("classifier.dense.bias", new long[] {12});
                shapes.put("classifier.out_proj.weight", new long[] {12, 3});
                shapes.put("classifier.out_proj.bias", new long[] {3});
            }
            case DEBERTA -> {
                shapes.put("pooler.dense.weight", new long[] {12, 12});
                shapes.put("pooler.dense.bias", new long[] {12});
                shapes.put("classifier.weight", new long[] {12, 3});
                shapes.put("classifier.bias", new long[] {3});
            }
            default -> {
                shapes.put("classifier.weight", new long[] {12, 3});
                shapes.put("classifier.bias", new long[] {3});
            }
        }
        shapes.forEach((parameter, shape) -> {
            head.add(parameter);
            made.tensor(parameter, normal(parameter.hashCode(), DataType.FLOAT, shape));
        });
    }

    private static String modelType(SmallModel model) {
        try {
            return model.family().modelType();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static KitCase exported(String name, Saver saver) {
        KitCase made = withFolder(name, "peft-export", "export", saver);
        made.settings.put("base_model", "org/tiny");
        return made.folder(KitCase.As.PEFT_FOLDER, 1e-6, "peft");
    }

    private static KitCase fingerprint(String family) {
        return new KitCase("fingerprint-" + family, "fingerprint", "fingerprint")
                .scalars(0, "fingerprint", "texts")
                .files(folder -> {
                    for (String file : List.of("config.json", "model.safetensors")) {
                        Files.copy(MODELS.resolve(family).resolve(file), folder.resolve(file));
                    }
                });
    }
}
