package org.lsradapt.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.Resealed;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.adapters.peft.AuthorsImport;
import org.lsradapt.adapters.peft.ImportedAdapter;
import org.lsradapt.adapters.peft.PeftImport;
import org.lsradapt.baselines.FactorSplit;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.tasks.description.EmbeddingDescription;
import org.lsradapt.tasks.description.ImageTextDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.tasks.description.TextDescription;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Folders of adapters: this library's, PEFT's, and the paper authors' files. */
final class AdapterFiles {

    private static final Path GOLDEN = Path.of("src/transformers/src/test/resources/golden");
    private static final String JSON = "io.JsonFields io.internal.JsonFile io.internal.BoundedFile";
    private static final String IMPORT =
            " adapters.peft.TensorNames adapters.peft.FactorReader adapters.peft.ImportedAdapter";
    private static final String CONFIG = "adapter_config.json";
    private static final String TENSORS = "adapter_model.safetensors";
    private static final String AUTHORS = "authors.safetensors";
    /** Of bytes: an array of a few numbers takes ND4J many objects, and some more when it is put on a model. */
    private static final int ARRAY = 256;

    private static final TransformerWeights BERT = SmallModel.BERT.weights(DataType.FLOAT);
    private static final List<FrozenLinear> LAYERS = layers();

    /** What imported adapters are put on: the first that fits. */
    private static final List<Model> MODELS = List.of(
            new Model(SmallModel.BERT, BERT),
            new Model(SmallModel.BERT, twoLayers()),
            new Model(SmallModel.ROBERTA, SmallModel.ROBERTA.weights(DataType.FLOAT)));

    private record Model(SmallModel kind, TransformerWeights weights) {}

    private AdapterFiles() {}

    /** The weights of the model that PEFT's versions adapted. */
    private static TransformerWeights twoLayers() {
        try (PretrainedModel base =
                Models.load(GOLDEN.resolve("interop/peft/base").toString())) {
            return new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Subject> subjects() {
        return List.of(
                new Subject(
                        "adapter",
                        JSON + " adapters.AdapterConfigFile adapters.AdapterKinds adapters.FactorFormat"
                                + " adapters.TensorFile adapters.LayerArrays adapters.LayerTensors adapters.StoredConfig"
                                + " adapters.kinds.LsrKind adapters.kinds.KroneckerKind io.JsonForm adapters.SavedAdapter adapters.TensorReader tasks.description.TaskDescription tasks.description.StoredTasks lsr.LsrConfig"
                                + " lsr.FactorSizes",
                        2,
                        ARRAY,
                        AdapterFiles::adapters,
                        AdapterFiles::readAdapter,
                        AdapterFiles::repaired),
                new Subject(
                        "peft",
                        JSON
                                + " adapters.peft.PeftImport adapters.peft.PeftConfig adapters.peft.PeftRules"
                                + IMPORT
                                + " adapters.kinds.LokrLayers adapters.peft.LayerScale lsr.LayerSelector",
                        3,
                        ARRAY,
                        AdapterFiles::peft,
                        AdapterFiles::readPeft),
                new Subject(
                        "authors",
                        "adapters.peft.AuthorsImport" + IMPORT,
                        1,
                        ARRAY,
                        AdapterFiles::authors,
                        AdapterFiles::readAuthors));
    }

    /** The layers that the adapters are for; RoBERTa's are BERT's. */
    private static List<FrozenLinear> layers() {
        List<FrozenLinear> layers = new ArrayList<>(BERT.linearLayers());
        layers.addAll(SmallModel.DEBERTA.weights(DataType.FLOAT, false).linearLayers());
        layers.addAll(SmallModel.LLAMA.weights(DataType.FLOAT).linearLayers());
        layers.add(FrozenLinear.of("blocks.0.up", Nd4j.ones(DataType.FLOAT, 12, 10)));
        layers.add(FrozenLinear.of("blocks.0.down", Nd4j.ones(DataType.FLOAT, 10, 7)));
        layers.add(FrozenLinear.of("blocks.1.up", Nd4j.ones(DataType.FLOAT, 12, 10)));
        Map<String, FrozenLinear> byName = new LinkedHashMap<>();
        layers.forEach(layer -> byName.putIfAbsent(layer.name(), layer));
        return List.copyOf(byName.values());
    }

    private static List<FileSet> adapters() throws IOException {
        List<FileSet> seeds = new ArrayList<>();
        for (String golden : List.of(
                "lora", "three-factors", "mixed", "mixed-int4", "deberta", "llama-text", "alone", "alone-int4")) {
            seeds.add(FileSet.read(GOLDEN.resolve("adapters").resolve(golden), CONFIG, TENSORS));
        }
        seeds.add(ofKinds());
        seeds.add(withCard(new TextDescription("words"), Optional.empty()));
        seeds.add(withCard(
                new EmbeddingDescription("words"),
                Optional.of(new EmbeddingSettings(Pooling.MEAN, true, "query: ", "", 16))));
        seeds.add(withCard(new ImageTextDescription("images"), Optional.empty()));
        seeds.add(withCard(new ImageTextDescription("images", List.of("cat", "dog"), "a {}"), Optional.empty()));
        return seeds;
    }

    /** Two kinds of adapters. */
    private static FileSet ofKinds() throws IOException {
        List<FrozenLinear> layers = BERT.linearLayers().subList(0, 2);
        LsrConfig lsr = LsrConfig.builder().bottleneckRank(2).separationRank(1).build();
        KroneckerConfig krona = KroneckerConfig.krona(1.5).withSplits(FactorSplit.ofFirst(3), FactorSplit.ofFirst(2));
        try (AdapterSet set =
                AdapterSet.create(layers, layer -> layer.equals(layers.get(0)) ? lsr : krona, TinyAdapter.BACKEND)) {
            return FileSet.written(folder -> AdapterFolder.save(folder, set));
        }
    }

    private static FileSet withCard(TaskDescription task, Optional<EmbeddingSettings> embedding) throws IOException {
        AdapterCard card =
                new AdapterCard("tiny", "bert", TinyAdapter.FINGERPRINT, task, 16, embedding, BasePrecision.BF16);
        try (AdapterSet set =
                AdapterSet.create(BERT.linearLayers().subList(0, 2), LsrConfig.lora(2, 4), TinyAdapter.BACKEND)) {
            return FileSet.written(folder -> AdapterFolder.save(folder, card, set));
        }
    }

    private static void readAdapter(Path folder) throws IOException {
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            saved.headParameterCount();
            saved.adapterParameterCount();
            if (!saved.layerNames().isEmpty()) {
                saved.adapters(LAYERS, TinyAdapter.BACKEND).close();
            }
        }
    }

    private static FileSet repaired(FileSet files) {
        byte[] config = files.files().get(CONFIG);
        byte[] tensors = files.files().get(TENSORS);
        if (config == null || tensors == null) {
            return files;
        }
        byte[] sealed = Resealed.tensors(tensors, config);
        return files.with(CONFIG, Resealed.config(config, sealed)).with(TENSORS, sealed);
    }

    private static List<FileSet> peft() throws IOException {
        List<FileSet> seeds = new ArrayList<>();
        for (String golden : List.of(
                "lora",
                "lokr",
                "rslora",
                "peft/0.11.1/lokr-patterns",
                "peft/0.13.2/all-linear",
                "peft/0.14.0/lora-patterns",
                "peft/0.20.0/all-linear",
                "peft/0.20.0/lokr")) {
            seeds.add(FileSet.read(GOLDEN.resolve("interop").resolve(golden), CONFIG, TENSORS));
        }
        return seeds;
    }

    private static void readPeft(Path folder) throws IOException {
        use(PeftImport.load(folder));
    }

    private static List<FileSet> authors() throws IOException {
        return List.of(FileSet.read(GOLDEN.resolve("interop"), AUTHORS));
    }

    private static void readAuthors(Path folder) throws IOException {
        use(AuthorsImport.load(folder.resolve(AUTHORS), 8));
    }

    private static void use(ImportedAdapter imported) throws IOException {
        try (imported) {
            imported.layers();
            imported.headOutputs();
            IllegalArgumentException refusal = null;
            for (Model model : MODELS) {
                try {
                    imported.adapters(model.kind.family(), model.weights, TinyAdapter.BACKEND)
                            .close();
                    return;
                } catch (IllegalArgumentException e) {
                    refusal = e;
                }
            }
            throw refusal;
        }
    }
}
