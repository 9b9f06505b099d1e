package org.lsradapt.conformance;

import static org.lsradapt.conformance.KitFiles.normal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.EmbeddingDescription;
import org.lsradapt.tasks.description.ImageTextDescription;
import org.lsradapt.tasks.description.MaskedDescription;
import org.lsradapt.tasks.description.MultiLabelDescription;
import org.lsradapt.tasks.description.OrdinalDescription;
import org.lsradapt.tasks.description.RegressionDescription;
import org.lsradapt.tasks.description.RerankingDescription;
import org.lsradapt.tasks.description.SpansDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.tasks.description.TextDescription;
import org.lsradapt.tasks.description.TokensDescription;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.WordReading;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Adapter folders to read, exports to PEFT, fingerprints. */
final class FolderCases {
    static final String FOLDER = "adapter";
    static final TaskDescription CLASSES =
            new ClassificationDescription("colours", List.of("rot", "grün", "blau"), true);
    static final TaskDescription REGRESSION = new RegressionDescription("distances", false);
    static final TaskDescription WORDS = new TokensDescription("places", List.of("O", "B-Ort", "I-Ort"));
    static final TaskDescription SEPARATE_WORDS =
            new TokensDescription("places", List.of("O", "B-Ort", "I-Ort"), WordReading.SEPARATE);
    static final TaskDescription STARS =
            new OrdinalDescription("stars", List.of("schlecht", "mittel", "gut"), false, List.of(-0.5, 1.25));
    static final TaskDescription ANSWERS = new SpansDescription("answers", OptionalDouble.of(-1.375));
    static final TaskDescription ALWAYS_ANSWERED = new SpansDescription("answers", OptionalDouble.empty());
    static final TaskDescription LABELS =
            new MultiLabelDescription("topics", List.of("Wetter", "Sport"), false, List.of(0.3, 1.0));
    static final TaskDescription ESCAPES = new ClassificationDescription(
            "say \"a  b\" \\", List.of("\"  c\\\" {", "\\  \\\\", "tab\tand\nline", "} \"tensors\"  :"), false);
    /** λ keeps it from being plain LoRA. */
    static final LsrConfig ONE_WEIGHT = LsrConfig.builder()
            .bottleneckRank(4)
            .separationRank(1)
            .factorCount(1)
            .alpha(2.1)
            .termWeights(true)
            .seed(-9_007_199_254_740_993L)
            .build();

    static final LsrConfig THREE_FACTORS = LsrConfig.builder()
            .seed(42)
            .bottleneckRank(6)
            .separationRank(3)
            .factorCount(3)
            .alpha(2.7)
            .scalingRule(ScalingRule.ALPHA_OVER_SQRT_R)
            .rankFactors(List.of(1, 3, 2))
            .inFactors(List.of(2, 3, 2))
            .build();
    static final LsrConfig WEIGHTED = LsrConfig.builder()
            .separationRank(3)
            .alpha(1.3)
            .termWeights(true)
            .seed(-8)
            .build();

    private FolderCases() {}

    static List<KitCase> all() {
        List<KitCase> cases = new ArrayList<>();
        for (Precision storage :
                List.of(Precision.FP32, Precision.FP16, Precision.BF16, Precision.INT8, Precision.INT4)) {
            cases.add(read("read-" + storage.label(), folder -> saveMixed(folder, SmallModel.BERT, storage)));
        }
        cases.add(read(
                "read-roberta",
                folder ->
                        save(folder, SmallModel.ROBERTA, LsrConfig.lora(5, 2.9).withSeed(42))));
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
        cases.add(read("read-image-text", folder -> saveImageText(folder, new ImageTextDescription("photos"))));
        cases.add(read("read-image-classes", FolderCases::saveImageClasses));
        cases.add(read("read-tokens", FolderCases::saveWords));
        cases.add(read("read-words", FolderCases::saveSeparateWords).since(2));
        cases.add(read("read-spans", FolderCases::saveAnswers));
        cases.add(read("read-spans-always", folder -> saveTask(folder, SmallModel.BERT, ALWAYS_ANSWERED)));
        cases.add(read("read-labels", FolderCases::saveLabels));
        cases.add(read(
                "read-reranking",
                folder -> saveTask(folder, SmallModel.ROBERTA, new RerankingDescription("passages"))));
        cases.add(read("read-masked", FolderCases::saveMasked));
        cases.add(read("read-embedding-lengths", FolderCases::saveEmbeddingOfLengths));
        cases.add(read("read-ordinal", FolderCases::saveStars).since(2));
        cases.add(RefusedFolders.make());
        cases.add(RefusedFolders.makeTasks());
        cases.add(RefusedFields.make());
        cases.addAll(StrictFolders.all());
        cases.addAll(WrittenFolders.all());
        cases.add(exported("export-bert", folder -> saveMixed(folder, SmallModel.BERT, Precision.INT8)));
        cases.add(exported("export-deberta", folder -> save(folder, SmallModel.DEBERTA, THREE_FACTORS)));
        cases.add(exported("export-text", FolderCases::saveText));
        cases.add(exported("export-alone", folder -> saveAlone(folder, Precision.FP32)));
        cases.add(exported("export-embedding", FolderCases::saveEmbedding));
        cases.add(exported("export-tokens", FolderCases::saveWords));
        cases.add(exported("export-spans", FolderCases::saveAnswers));
        cases.add(exported("export-masked", FolderCases::saveMasked));
        cases.add(exported("export-adapted-pooler", FolderCases::saveOnPooler).since(2));
        cases.add(exported(
                "export-other-rank",
                folder -> saveTwo(
                        folder,
                        LsrConfig.lora(3, 6.2).withSeed(42),
                        LsrConfig.lora(4, 6.2).withSeed(42))));
        cases.add(exported(
                "export-other-alpha",
                folder -> saveTwo(
                        folder,
                        LsrConfig.lora(7, 1.8).withSeed(42),
                        LsrConfig.lora(7, 2.3).withSeed(42))));
        cases.add(exported("export-one-scaling", folder -> saveTwo(folder, WEIGHTED, WEIGHTED.withSeed(3))));
        cases.addAll(FingerprintCases.all());
        return cases;
    }

    /** Writes an adapter's folder. */
    interface Saver {
        void save(Path folder) throws IOException;
    }

    private static KitCase withFolder(String name, String capability, String operation, Saver saver) {
        return new KitCase(name, capability, operation).files(caseFolder -> saver.save(caseFolder.resolve(FOLDER)));
    }

    /** The manifest lists what there is to compare, so the folder is read here. */
    static KitCase read(String name, Saver saver) {
        KitCase made = withFolder(name, "folders-read", "read-folder", saver).scalars(0, "description");
        try {
            Path folder = Files.createTempDirectory("lsr-conformance");
            saver.save(folder);
            try (SavedAdapter saved = AdapterFolder.load(folder)) {
                saved.layerNames().forEach(layer -> made.ofLargest(RoundOff.products(), "delta." + layer));
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

    private static void saveTask(Path folder, SmallModel model, TaskDescription task) throws IOException {
        try (TinyAdapter tiny = new TinyAdapter(model, DataType.FLOAT, task, layer -> WEIGHTED)) {
            tiny.save(folder);
        }
    }

    static void saveSeparateWords(Path folder) throws IOException {
        saveTask(folder, SmallModel.BERT, SEPARATE_WORDS);
    }

    static void saveStars(Path folder) throws IOException {
        saveTask(folder, SmallModel.BERT, STARS);
    }

    static void saveAnswers(Path folder) throws IOException {
        saveTask(folder, SmallModel.ROBERTA, ANSWERS);
    }

    static void saveLabels(Path folder) throws IOException {
        saveTask(folder, SmallModel.BERT, LABELS);
    }

    static void saveWords(Path folder) throws IOException {
        saveTask(folder, SmallModel.BERT, WORDS);
    }

    private static void saveRegression(Path folder) throws IOException {
        try (TinyAdapter tiny = new TinyAdapter(SmallModel.ROBERTA, DataType.FLOAT, REGRESSION, layer -> WEIGHTED)) {
            tiny.save(folder);
        }
    }

    /** A classifier's head alone. */
    static void saveTwoClasses(Path folder) throws IOException {
        TaskDescription two = new ClassificationDescription("colours", List.of("rot", "blau"), false);
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
        saveTwo(
                folder,
                LsrConfig.lora(1, 2.9).withSeed(42),
                LsrConfig.lora(1, 2.9).withSeed(42));
    }

    /** Two layers of a configuration each. */
    private static void saveTwo(Path folder, LsrConfig first, LsrConfig second) throws IOException {
        List<FrozenLinear> layers = List.of(
                FrozenLinear.of("up", Nd4j.zeros(DataType.FLOAT, 12, 10)),
                FrozenLinear.of("down", Nd4j.zeros(DataType.FLOAT, 10, 12)));
        try (AdapterSet set =
                AdapterSet.create(layers, layer -> layer.name().equals("up") ? first : second, TinyAdapter.BACKEND)) {
            set.values().assign(normal(305, DataType.FLOAT, set.parameterCount()));
            AdapterFolder.save(folder, set);
        }
    }

    private static void saveText(Path folder) throws IOException {
        AdapterCard card = new AdapterCard("tiny", "llama", TinyAdapter.FINGERPRINT, new TextDescription("poems"), 16);
        saveLlama(folder, card, Precision.FP32);
    }

    static void saveOnRoundedBase(Path folder) throws IOException {
        AdapterCard card = new AdapterCard(
                "tiny", "llama", TinyAdapter.FINGERPRINT, new TextDescription("poems"), 16, BasePrecision.INT4);
        saveLlama(folder, card, Precision.INT8);
    }

    private static void saveLlama(Path folder, AdapterCard card, Precision storage) throws IOException {
        try (TransformerWeights weights = SmallModel.LLAMA.weights(DataType.FLOAT);
                AdapterSet set = AdapterSet.create(
                        LayerSelector.suffixes(List.of("q_proj", "up_proj")).select(weights.linearLayers()),
                        layer -> layer.name().endsWith("q_proj")
                                ? WEIGHTED
                                : LsrConfig.lora(3, 6.1).withSeed(42),
                        TinyAdapter.BACKEND)) {
            set.values().assign(normal(301, DataType.FLOAT, set.parameterCount()));
            AdapterFolder.save(folder, card, set, storage);
        }
    }

    static void saveImageClasses(Path folder) throws IOException {
        saveImageText(folder, new ImageTextDescription("photos", List.of("Hund", "Katze"), "ein Foto: {}"));
    }

    /** Two towers' layers. */
    private static void saveImageText(Path folder, TaskDescription task) throws IOException {
        List<FrozenLinear> layers = List.of(
                FrozenLinear.of("text_model.encoder.layers.0.self_attn.q_proj", Nd4j.zeros(DataType.FLOAT, 10, 10)),
                FrozenLinear.of("vision_model.encoder.layers.0.self_attn.q_proj", Nd4j.zeros(DataType.FLOAT, 12, 12)));
        try (AdapterSet set = AdapterSet.create(layers, WEIGHTED, TinyAdapter.BACKEND)) {
            set.values().assign(normal(306, DataType.FLOAT, set.parameterCount()));
            AdapterFolder.save(folder, new AdapterCard("tiny", "clip", TinyAdapter.FINGERPRINT, task, 16), set);
        }
    }

    static void saveEmbedding(Path folder) throws IOException {
        saveEmbedding(
                folder,
                new EmbeddingSettings(Pooling.MEAN, true, "Frage: ", "", 16),
                BasePrecision.STORED,
                Precision.FP32);
    }

    static void saveMasked(Path folder) throws IOException {
        saveQueries(
                folder,
                new AdapterCard("tiny", "bert", TinyAdapter.FINGERPRINT, new MaskedDescription("news"), 16),
                Precision.FP32);
    }

    /** An adapter on DeBERTa's pooler, which is beside the base model. */
    private static void saveOnPooler(Path folder) throws IOException {
        AdapterCard card = new AdapterCard("tiny", "deberta-v2", TinyAdapter.FINGERPRINT, CLASSES, 16);
        List<FrozenLinear> layers = List.of(
                FrozenLinear.of("encoder.layer.0.attention.self.query_proj", Nd4j.zeros(DataType.FLOAT, 12, 12)),
                FrozenLinear.of("pooler.dense", Nd4j.zeros(DataType.FLOAT, 12, 12)));
        try (TransformerWeights weights = SmallModel.DEBERTA.weights(DataType.FLOAT);
                AdapterSet set = AdapterSet.create(layers, WEIGHTED, TinyAdapter.BACKEND);
                SequenceHead head = TinyAdapter.head(SmallModel.DEBERTA.family(), weights, CLASSES, 7)) {
            set.values().assign(normal(309, DataType.FLOAT, set.parameterCount()));
            AdapterFolder.save(folder, card, set, head, Precision.FP32);
        }
    }

    static void saveEmbeddingOfLengths(Path folder) throws IOException {
        saveEmbedding(
                folder,
                new EmbeddingSettings(Pooling.LASTTOKEN, true, "", "", 16, List.of(12, 5)),
                BasePrecision.STORED,
                Precision.BF16);
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
                new EmbeddingDescription("answers"),
                settings.maxLength(),
                Optional.of(settings),
                basePrecision);
        saveQueries(folder, card, storage);
    }

    /** Without a head. */
    private static void saveQueries(Path folder, AdapterCard card, Precision storage) throws IOException {
        try (TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdapterSet set = AdapterSet.create(
                        LayerSelector.suffixes(List.of("query")).select(weights.linearLayers()),
                        layer -> layer.name().contains(".1.")
                                ? LsrConfig.lora(3, 6.1).withSeed(42)
                                : WEIGHTED,
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

    private static KitCase exported(String name, Saver saver) {
        KitCase made = withFolder(name, "peft-export", "export", saver);
        made.settings.put("base_model", "org/tiny");
        return made.folder(KitCase.As.PEFT_FOLDER, RoundOff.terms(), "peft");
    }
}
