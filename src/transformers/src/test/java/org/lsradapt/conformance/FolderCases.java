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
import java.util.function.Consumer;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.TaskDescription;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.Initialization;
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
    private static final Path MODELS = Path.of("src", "transformers", "src", "test", "resources", "golden", "families");
    private static final TaskDescription CLASSES =
            TaskDescription.classification("colours", List.of("rot", "grün", "blau"), true);
    private static final TaskDescription REGRESSION = TaskDescription.regression("distances", false);
    private static final TaskDescription ESCAPES = TaskDescription.classification(
            "say \"a  b\" \\", List.of("\"  c\\\" {", "\\  \\\\", "tab\tand\nline", "} \"tensors\"  :"), false);
    /** λ keeps it from being plain LoRA. */
    private static final LsrConfig ONE_WEIGHT = LsrConfig.builder()
            .bottleneckRank(4)
            .separationRank(1)
            .factorCount(1)
            .alpha(2.1)
            .termWeights(true)
            .seed(-9_007_199_254_740_993L)
            .build();
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
        cases.add(read("read-regression", FolderCases::saveRegression));
        cases.add(read("read-one-weight", FolderCases::saveOneWeight));
        cases.add(read("read-escapes", folder -> saveEscapes(folder, SmallModel.BERT)));
        cases.add(read("read-header-order", folder -> {
            saveAlone(folder, Precision.INT8);
            SpoiledFolder.reverseData(folder);
        }));
        cases.add(read("read-embedding", FolderCases::saveEmbedding));
        cases.add(read("read-embedding-rounded", FolderCases::saveEmbeddingOnRoundedBase));
        cases.add(RefusedFolders.make());
        cases.add(RefusedFolders.makeFields());
        cases.add(written("write-alone-int4", Optional.empty(), Precision.INT4));
        cases.add(written("write-alone-bf16", Optional.empty(), Precision.BF16));
        cases.add(written("write-classifier", Optional.of(SmallModel.BERT), Precision.FP32));
        cases.add(written("write-classifier-int8", Optional.of(SmallModel.ROBERTA), Precision.INT8));
        cases.add(written("write-deberta-fp16", Optional.of(SmallModel.DEBERTA), Precision.FP16));
        cases.add(written("write-two-configurations", Optional.of(SmallModel.ROBERTA), Precision.FP32));
        cases.add(writtenInTurn());
        cases.add(writtenApart());
        cases.add(writtenRegression());
        cases.add(writtenHeadAlone());
        cases.add(writtenEscapes());
        cases.add(writtenOneWeight());
        cases.add(writtenNumbers("write-fp16-subnormals", Precision.FP16, 3e-7));
        cases.add(writtenNumbers("write-bf16-subnormals", Precision.BF16, 3e-40));
        cases.add(refusedNumbers("write-fp16-overflow", Precision.FP16, 65520));
        cases.add(refusedNumbers("write-bf16-overflow", Precision.BF16, 3.4e38));
        cases.add(refusedNumbers("write-not-a-number", Precision.FP32, Double.NaN));
        cases.add(refusedNumbers("write-infinite-int8", Precision.INT8, Double.NEGATIVE_INFINITY));
        cases.add(writtenEmbedding());
        cases.add(writtenText());
        cases.add(exported("export-bert", folder -> saveMixed(folder, SmallModel.BERT, Precision.INT8)));
        cases.add(exported("export-deberta", folder -> save(folder, SmallModel.DEBERTA, THREE_FACTORS)));
        cases.add(exported("export-text", FolderCases::saveText));
        cases.add(exported("export-alone", folder -> saveAlone(folder, Precision.FP32)));
        cases.add(exported("export-embedding", FolderCases::saveEmbedding));
        cases.add(exported("export-other-rank", folder -> saveTwo(folder, LsrConfig.lora(3, 6.2).withSeed(42), LsrConfig.lora(4, 6.2).withSeed(42))));
        cases.add(exported("export-other-alpha", folder -> saveTwo(folder, LsrConfig.lora(7, 1.8).withSeed(42), LsrConfig.lora(7, 2.3).withSeed(42))));
        cases.add(exported("export-one-scaling", folder -> saveTwo(folder, WEIGHTED, WEIGHTED.withSeed(3))));
        for (String family : List.of(
                "bert", "bert-gelu-new", "roberta", "deberta-v3", "deberta-p2c-only", "llama", "llama-gqa-tied")) {
            cases.add(fingerprint(family, "", config -> {}));
        }
        // Without what a configuration need not say.
        cases.add(fingerprint("bert", "-bare", config -> config.remove(List.of("layer_norm_eps", "hidden_act", "pad_token_id"))));
        cases.add(fingerprint(
                "roberta", "-bare", config -> config.remove(List.of("layer_norm_eps", "hidden_act", "pad_token_id"))));
        cases.add(fingerprint(
                "deberta-v3", "-bare", config -> config.remove(List.of("layer_norm_eps", "hidden_act", "share_att_key"))));
        cases.add(fingerprint(
                "llama",
                "-bare",
                config -> config.remove(List.of("rms_norm_eps", "hidden_act", "head_dim", "rope_parameters"))));
        cases.add(fingerprint("deberta-p2c-only", "-positions", config -> config.put("max_relative_positions", 12)));
        // The smallest number without an exponent.
        cases.add(fingerprint("bert", "-large-epsilon", config -> config.put("layer_norm_eps", 1e-3)));
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

    private static void saveRegression(Path folder) throws IOException {
        try (TinyAdapter tiny =
                new TinyAdapter(SmallModel.ROBERTA, DataType.FLOAT, REGRESSION, layer -> WEIGHTED)) {
            tiny.save(folder);
        }
    }

    /** A classifier's head alone, in version 1. */
    static void saveTwoClasses(Path folder) throws IOException {
        TaskDescription two = TaskDescription.classification("colours", List.of("rot", "blau"), false);
        try (TinyAdapter tiny = new TinyAdapter(SmallModel.BERT, DataType.FLOAT, two, null)) {
            tiny.save(folder);
        }
    }

    /** Texts whose quotes, backslashes and white space matter to the seal. */
    static void saveEscapes(Path folder, SmallModel model) throws IOException {
        try (TinyAdapter tiny = new TinyAdapter(model, DataType.FLOAT, ESCAPES, null)) {
            tiny.save(folder);
        }
    }

    private static void saveOneWeight(Path folder) throws IOException {
        saveTwo(folder, ONE_WEIGHT, LsrConfig.lora(3, 2.9).withSeed(42));
    }

    static void saveWithHead(Path folder) throws IOException {
        save(folder, SmallModel.DEBERTA, WEIGHTED);
    }

    /** The smallest of all that a configuration counts. */
    static void saveSmallest(Path folder) throws IOException {
        saveTwo(folder, LsrConfig.lora(1, 2.9).withSeed(42), LsrConfig.lora(1, 2.9).withSeed(42));
    }

    /** Two layers of a configuration each. */
    private static void saveTwo(Path folder, LsrConfig first, LsrConfig second) throws IOException {
        List<FrozenLinear> layers = List.of(
                FrozenLinear.of("up", Nd4j.zeros(DataType.FLOAT, 12, 10)),
                FrozenLinear.of("down", Nd4j.zeros(DataType.FLOAT, 10, 12)));
        try (AdapterSet set = AdapterSet.create(
                layers, layer -> layer.name().equals("up") ? first : second, TinyAdapter.BACKEND)) {
            set.values().assign(normal(305, DataType.FLOAT, set.parameterCount()));
            AdapterFolder.save(folder, set);
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
            putCard(made, model.get(), CLASSES);
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

    /** Configurations that take turns: first, second, first. */
    private static KitCase writtenInTurn() {
        KitCase made = new KitCase("write-in-turn", "folders-written", "write-folder");
        made.settings.put("storage", Precision.FP32.label());
        Map<String, LsrConfig> layers = new LinkedHashMap<>();
        layers.put("blocks.0.up", WEIGHTED);
        layers.put("blocks.0.down", LsrConfig.lora(4, 7.7).withSeed(42));
        layers.put("blocks.1.up", WEIGHTED);
        layers.put("blocks.1.down", LsrConfig.lora(4, 7.7).withSeed(42));
        layers.put("blocks.0.side", WEIGHTED);
        putLayers(made, layers);
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FOLDER);
    }

    /** Configurations of which each differs from the first in one field. */
    private static KitCase writtenApart() {
        KitCase made = new KitCase("write-apart", "folders-written", "write-folder");
        made.settings.put("storage", Precision.INT8.label());
        LsrConfig.Builder like = LsrConfig.builder().separationRank(2).bottleneckRank(4).alpha(4);
        Map<String, LsrConfig> layers = new LinkedHashMap<>();
        layers.put("like", like.seed(9_007_199_254_740_993L).build());
        layers.put("seed", like.seed(9_007_199_254_740_992L).build());
        like.seed(9_007_199_254_740_993L);
        layers.put("alpha", like.alpha(Math.nextUp(4.0)).build());
        layers.put("rule", like.alpha(4).scalingRule(ScalingRule.ALPHA_OVER_R).build());
        layers.put("initialization", like.scalingRule(ScalingRule.ALPHA).initialization(Initialization.KAIMING_UNIFORM).build());
        like.initialization(Initialization.ZERO_UPDATE);
        layers.put("in_factors", like.inFactors(List.of(4, 3)).build());
        layers.put("out_factors", like.inFactors(List.of()).outFactors(List.of(4, 3)).build());
        layers.put("rank_factors", like.outFactors(List.of()).rankFactors(List.of(2, 2)).build());
        like.rankFactors(List.of());
        layers.put("separation_rank", like.separationRank(3).build());
        layers.put("term_weights", like.separationRank(2).termWeights(true).build());
        layers.put("like-again", like.termWeights(false).build());
        putLayers(made, layers);
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FOLDER);
    }

    private static KitCase writtenRegression() {
        KitCase made = new KitCase("write-regression", "folders-written", "write-folder");
        made.settings.put("storage", Precision.FP32.label());
        putLayers(made, Map.of("encoder.layer.0.attention.self.query", WEIGHTED));
        putCard(made, SmallModel.BERT, REGRESSION);
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FOLDER);
    }

    /** Version 1 without adapters. */
    private static KitCase writtenHeadAlone() {
        KitCase made = new KitCase("write-head-alone", "folders-written", "write-folder");
        made.settings.put("storage", Precision.FP32.label());
        made.settings.putArray("layers");
        putCard(made, SmallModel.ROBERTA, CLASSES);
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FOLDER);
    }

    private static KitCase writtenEscapes() {
        KitCase made = new KitCase("write-escapes", "folders-written", "write-folder");
        made.settings.put("storage", Precision.FP32.label());
        putLayers(made, Map.of("encoder.layer.0.attention.self.query", LsrConfig.lora(3, 2.9).withSeed(42)));
        putCard(made, SmallModel.DEBERTA, ESCAPES);
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FOLDER);
    }

    private static KitCase writtenOneWeight() {
        KitCase made = new KitCase("write-one-weight", "folders-written", "write-folder");
        made.settings.put("storage", Precision.INT4.label());
        putLayers(made, Map.of("up", ONE_WEIGHT));
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FOLDER);
    }

    /** Factors whose numbers are about as large as that. */
    private static KitCase writtenNumbers(String name, Precision storage, double size) {
        KitCase made = new KitCase(name, "folders-written", "write-folder");
        made.settings.put("storage", storage.label());
        putLayers(made, Map.of("up", LsrConfig.lora(4, 7.7).withSeed(42)));
        made.tensors.replaceAll((parameter, value) ->
                value.castTo(DataType.DOUBLE).mul(size).castTo(DataType.FLOAT));
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FOLDER);
    }

    /** One number that the storage does not have. */
    private static KitCase refusedNumbers(String name, Precision storage, double number) {
        KitCase made = new KitCase(name, "folders-written", "write-folder");
        made.settings.put("storage", storage.label());
        putLayers(made, Map.of("up", LsrConfig.lora(4, 7.7).withSeed(42)));
        made.tensors.get("up.lora_B").putScalar(5, number);
        return made.scalars(0, "refused");
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

    private static void putCard(KitCase made, SmallModel model, TaskDescription described) {
        ObjectNode task =
                (ObjectNode) putBase(made, modelType(model), described.kind().label()).get("task");
        task.put("name", described.name());
        ArrayNode labels = task.putArray("labels");
        described.labels().forEach(labels::add);
        task.put("pairs", described.pairs());
        int outputs = described.outputs();
        ArrayNode head = made.settings.putArray("head_parameters");
        Map<String, long[]> shapes = new LinkedHashMap<>();
        switch (model) {
            case ROBERTA -> {
                shapes.put("classifier.dense.weight", new long[] {12, 12});
                shapes.put("classifier.dense.bias", new long[] {12});
                shapes.put("classifier.out_proj.weight", new long[] {12, outputs});
                shapes.put("classifier.out_proj.bias", new long[] {outputs});
            }
            case DEBERTA -> {
                shapes.put("pooler.dense.weight", new long[] {12, 12});
                shapes.put("pooler.dense.bias", new long[] {12});
                shapes.put("classifier.weight", new long[] {12, outputs});
                shapes.put("classifier.bias", new long[] {outputs});
            }
            default -> {
                shapes.put("classifier.weight", new long[] {12, outputs});
                shapes.put("classifier.bias", new long[] {outputs});
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

    /** A model's files, with another configuration. */
    private static KitCase fingerprint(String family, String suffix, Consumer<ObjectNode> change) {
        return new KitCase("fingerprint-" + family + suffix, "fingerprint", "fingerprint")
                .scalars(0, "fingerprint", "texts")
                .files(folder -> {
                    for (String file : List.of("config.json", "model.safetensors")) {
                        Files.copy(MODELS.resolve(family).resolve(file), folder.resolve(file));
                    }
                    Path config = folder.resolve("config.json");
                    ObjectNode root = JsonFile.readObject(config);
                    change.accept(root);
                    Files.write(config, JsonFile.bytes(root));
                });
    }
}
