package org.lsradapt.conformance;

import static org.lsradapt.conformance.KitFiles.normal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.tasks.description.SpansDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;

/** Adapter folders that a port has to write. */
final class WrittenFolders {

    private WrittenFolders() {}

    static List<KitCase> all() {
        List<KitCase> cases = new ArrayList<>();
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
        cases.add(refusedHead("write-infinite-head", "classifier.weight", Double.POSITIVE_INFINITY));
        cases.add(refusedHead("write-not-a-number-bias", "classifier.bias", Double.NaN));
        cases.add(writtenEmbedding());
        cases.add(writtenText());
        cases.add(writtenTask("write-tokens", FolderCases.WORDS));
        cases.add(writtenTask("write-spans", FolderCases.ANSWERS));
        cases.add(writtenTask("write-spans-always", FolderCases.ALWAYS_ANSWERED));
        cases.add(writtenTask("write-labels", FolderCases.LABELS));
        cases.add(writtenMasked());
        cases.add(writtenEmbeddingOfLengths());
        return cases;
    }

    /** A folder that a port has to write, of one or two configurations. */
    private static KitCase written(String name, Optional<SmallModel> model, Precision storage) {
        KitCase made = new KitCase(name, "folders-written", "write-folder");
        made.settings.put("storage", storage.label());
        Map<String, LsrConfig> layers = new LinkedHashMap<>();
        if (model.isPresent()) {
            String query = model.get() == SmallModel.DEBERTA ? "query_proj" : "query";
            layers.put("encoder.layer.0.attention.self." + query, FolderCases.WEIGHTED);
            layers.put("encoder.layer.2.attention.self." + query, FolderCases.WEIGHTED);
            if (model.get() != SmallModel.BERT) {
                layers.put("encoder.layer.1.attention.self." + query, FolderCases.THREE_FACTORS);
            }
            putCard(made, model.get(), FolderCases.CLASSES);
        } else {
            layers.put("up", FolderCases.THREE_FACTORS.withPlainTerms(5));
            layers.put("down", LsrConfig.lora(4, 7.7).withSeed(42));
        }
        putLayers(made, layers);
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FolderCases.FOLDER);
    }

    private static void putLayers(KitCase made, Map<String, LsrConfig> layers) {
        ArrayNode listed = made.settings.putArray("layers");
        layers.forEach((layer, config) -> {
            ObjectNode entry =
                    listed.addObject().put("name", layer).put("in", 12).put("out", 12);
            KitFiles.putConfig(entry, config);
            SumCases.parameters(DataType.FLOAT, config, 12, 12, layer.hashCode())
                    .forEach((parameter, value) -> made.tensor(layer + parameter.substring("linear".length()), value));
        });
    }

    /** Configurations that take turns: first, second, first. */
    private static KitCase writtenInTurn() {
        KitCase made = new KitCase("write-in-turn", "folders-written", "write-folder");
        made.settings.put("storage", Precision.FP32.label());
        Map<String, LsrConfig> layers = new LinkedHashMap<>();
        layers.put("blocks.0.up", FolderCases.WEIGHTED);
        layers.put("blocks.0.down", LsrConfig.lora(4, 7.7).withSeed(42));
        layers.put("blocks.1.up", FolderCases.WEIGHTED);
        layers.put("blocks.1.down", LsrConfig.lora(4, 7.7).withSeed(42));
        layers.put("blocks.0.side", FolderCases.WEIGHTED);
        putLayers(made, layers);
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FolderCases.FOLDER);
    }

    /** Configurations of which each differs from the first in one field. */
    private static KitCase writtenApart() {
        KitCase made = new KitCase("write-apart", "folders-written", "write-folder");
        made.settings.put("storage", Precision.INT8.label());
        LsrConfig.Builder like =
                LsrConfig.builder().separationRank(2).bottleneckRank(4).alpha(4);
        Map<String, LsrConfig> layers = new LinkedHashMap<>();
        layers.put("like", like.seed(9_007_199_254_740_993L).build());
        layers.put("seed", like.seed(9_007_199_254_740_992L).build());
        like.seed(9_007_199_254_740_993L);
        layers.put("alpha", like.alpha(Math.nextUp(4.0)).build());
        layers.put("rule", like.alpha(4).scalingRule(ScalingRule.ALPHA_OVER_R).build());
        layers.put(
                "initialization",
                like.scalingRule(ScalingRule.ALPHA)
                        .initialization(Initialization.KAIMING_UNIFORM)
                        .build());
        like.initialization(Initialization.ZERO_UPDATE);
        layers.put("in_factors", like.inFactors(List.of(4, 3)).build());
        layers.put(
                "out_factors",
                like.inFactors(List.of()).outFactors(List.of(4, 3)).build());
        layers.put(
                "rank_factors",
                like.outFactors(List.of()).rankFactors(List.of(2, 2)).build());
        like.rankFactors(List.of());
        layers.put("separation_rank", like.separationRank(3).build());
        layers.put("term_weights", like.separationRank(2).termWeights(true).build());
        layers.put("like-again", like.termWeights(false).build());
        putLayers(made, layers);
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FolderCases.FOLDER);
    }

    private static KitCase writtenRegression() {
        KitCase made = new KitCase("write-regression", "folders-written", "write-folder");
        made.settings.put("storage", Precision.FP32.label());
        putLayers(made, Map.of("encoder.layer.0.attention.self.query", FolderCases.WEIGHTED));
        putCard(made, SmallModel.BERT, FolderCases.REGRESSION);
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FolderCases.FOLDER);
    }

    private static KitCase writtenHeadAlone() {
        KitCase made = new KitCase("write-head-alone", "folders-written", "write-folder");
        made.settings.put("storage", Precision.FP32.label());
        made.settings.putArray("layers");
        putCard(made, SmallModel.ROBERTA, FolderCases.CLASSES);
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FolderCases.FOLDER);
    }

    private static KitCase writtenEscapes() {
        KitCase made = new KitCase("write-escapes", "folders-written", "write-folder");
        made.settings.put("storage", Precision.FP32.label());
        putLayers(
                made,
                Map.of(
                        "encoder.layer.0.attention.self.query",
                        LsrConfig.lora(3, 2.9).withSeed(42)));
        putCard(made, SmallModel.DEBERTA, FolderCases.ESCAPES);
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FolderCases.FOLDER);
    }

    private static KitCase writtenOneWeight() {
        KitCase made = new KitCase("write-one-weight", "folders-written", "write-folder");
        made.settings.put("storage", Precision.INT4.label());
        putLayers(made, Map.of("up", FolderCases.ONE_WEIGHT));
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FolderCases.FOLDER);
    }

    /** Factors whose numbers are about as large as that. */
    private static KitCase writtenNumbers(String name, Precision storage, double size) {
        KitCase made = new KitCase(name, "folders-written", "write-folder");
        made.settings.put("storage", storage.label());
        putLayers(made, Map.of("up", LsrConfig.lora(4, 7.7).withSeed(42)));
        made.tensors.replaceAll(
                (parameter, value) -> value.castTo(DataType.DOUBLE).mul(size).castTo(DataType.FLOAT));
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FolderCases.FOLDER);
    }

    /** One number that the storage does not have. */
    private static KitCase refusedNumbers(String name, Precision storage, double number) {
        KitCase made = new KitCase(name, "folders-written", "write-folder");
        made.settings.put("storage", storage.label());
        putLayers(made, Map.of("up", LsrConfig.lora(4, 7.7).withSeed(42)));
        made.tensors.get("up.lora_B").putScalar(5, number);
        return made.scalars(0, "refused");
    }

    /** One number of a head that is not finite. */
    private static KitCase refusedHead(String name, String parameter, double number) {
        KitCase made = new KitCase(name, "folders-written", "write-folder").since(2);
        made.settings.put("storage", Precision.FP32.label());
        putLayers(made, Map.of("encoder.layer.0.attention.self.query", FolderCases.WEIGHTED));
        putCard(made, SmallModel.BERT, FolderCases.CLASSES);
        made.tensors.get(parameter).putScalar(1, number);
        return made.scalars(0, "refused");
    }

    private static KitCase writtenEmbedding() {
        KitCase made = new KitCase("write-embedding", "folders-written", "write-folder");
        made.settings.put("storage", Precision.BF16.label());
        ObjectNode card = putBase(made, "bert", "embedding");
        card.putObject("embedding")
                .put("pooling", Pooling.CLS.label())
                .put("normalized", true)
                .put("query_prefix", "Frage: ")
                .put("passage_prefix", "Absatz: ");
        putLayers(made, Map.of("encoder.layer.0.attention.self.query", FolderCases.WEIGHTED));
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FolderCases.FOLDER);
    }

    /** A language model whose weights were kept in eight bits. */
    private static KitCase writtenText() {
        KitCase made = new KitCase("write-text-on-int8", "folders-written", "write-folder");
        made.settings.put("storage", Precision.FP32.label());
        putBase(made, "llama", "text").put("base_precision", BasePrecision.INT8.label());
        putLayers(
                made, Map.of("layers.0.self_attn.q_proj", LsrConfig.lora(4, 7.7).withSeed(42)));
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FolderCases.FOLDER);
    }

    private static KitCase writtenTask(String name, TaskDescription task) {
        KitCase made = new KitCase(name, "folders-written", "write-folder");
        made.settings.put("storage", Precision.FP32.label());
        putLayers(made, Map.of("encoder.layer.0.attention.self.query", FolderCases.WEIGHTED));
        putCard(made, SmallModel.BERT, task);
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FolderCases.FOLDER);
    }

    private static KitCase writtenMasked() {
        KitCase made = new KitCase("write-masked", "folders-written", "write-folder");
        made.settings.put("storage", Precision.FP32.label());
        putBase(made, "bert", "masked");
        putLayers(made, Map.of("encoder.layer.0.attention.self.query", FolderCases.WEIGHTED));
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FolderCases.FOLDER);
    }

    private static KitCase writtenEmbeddingOfLengths() {
        KitCase made = new KitCase("write-embedding-lengths", "folders-written", "write-folder");
        made.settings.put("storage", Precision.BF16.label());
        putBase(made, "bert", "embedding")
                .putObject("embedding")
                .put("pooling", Pooling.LASTTOKEN.label())
                .put("normalized", false)
                .put("query_prefix", "")
                .put("passage_prefix", "")
                .putArray("dimensions")
                .add(12)
                .add(5);
        putLayers(made, Map.of("encoder.layer.0.attention.self.query", FolderCases.WEIGHTED));
        return made.folder(KitCase.As.ADAPTER_FOLDER, 0, FolderCases.FOLDER);
    }

    private static ObjectNode putBase(KitCase made, String modelType, String kind) {
        ObjectNode card = made.settings.putObject("card");
        card.put("base_model_name_or_path", "org/tiny")
                .put("base_model_fingerprint", TinyAdapter.FINGERPRINT)
                .put("model_type", modelType)
                .put("max_length", 16)
                .put("base_precision", BasePrecision.STORED.label())
                .putObject("task")
                .put("name", "colours")
                .put("kind", kind);
        return card;
    }

    private static void putCard(KitCase made, SmallModel model, TaskDescription described) {
        ObjectNode task =
                (ObjectNode) putBase(made, modelType(model), described.kind()).get("task");
        task.put("name", described.name());
        ArrayNode labels = task.putArray("labels");
        described.labels().forEach(labels::add);
        task.put("pairs", described.pairs());
        if (described.fields().containsKey("thresholds")) {
            task.set("thresholds", JsonFile.node(described.fields().get("thresholds")));
        }
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
                String module = described instanceof SpansDescription ? "qa_outputs" : "classifier";
                shapes.put(module + ".weight", new long[] {12, outputs});
                shapes.put(module + ".bias", new long[] {outputs});
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
}
