package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import java.util.stream.StreamSupport;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.adapters.peft.PeftExport;
import org.lsradapt.conformance.LibraryPort.Exchange;
import org.lsradapt.conformance.LibraryPort.Operation;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.models.FingerprintParts;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.EmbeddingDescription;
import org.lsradapt.tasks.description.MaskedDescription;
import org.lsradapt.tasks.description.MultiLabelDescription;
import org.lsradapt.tasks.description.RegressionDescription;
import org.lsradapt.tasks.description.SpansDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.tasks.description.TextDescription;
import org.lsradapt.tasks.description.TokensDescription;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.WordReading;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What {@link FolderCases} asks for. */
final class FolderOperations {

    /** What the library's messages mean, the first that is found; anything else is a value that is not allowed. */
    private static final Map<Pattern, String> REASONS = new LinkedHashMap<>();

    static {
        reason("missing-file", "there is no such file");
        reason("truncated", ": truncated, found");
        reason("checksum", ": altered, found|has no adapter_config_crc32c");
        reason(
                "tensor-file",
                "header|__metadata__|not described by an object|the tensors end at|overlaps |leaves a hole"
                        + "|bytes long, (but shape|a safetensors)|offsets|which is too large|runs past the data"
                        + "|tensor '[^']*': field");
        reason("repeated-name", "Duplicate field");
        reason("json", "not valid JSON|expected a JSON object|not UTF-8 text");
        reason("tensor-missing", "there is no tensor");
        reason("tensor-unknown", "is not one that");
        reason("not-finite", "NaN or infinity");
        reason("int4-range", "the number -8");
        reason("negative-scale", "the scale -");
        reason("shared-differ", "differs from that of layer");
        reason("overflow", "multiply up to .*, expected at most [0-9.]+E");
        reason("tensor-shape", "asks for \\[|expected \\[s, rows|fellow factors|rows of a head");
        reason("tensor-type", "is [A-Z0-9]+, expected [A-Z0-9]+$");
        reason("peft", "has to be imported");
        reason("format-version", "\"format_version\": found \\d+, expected \\d");
        reason("layer-repeated", "names .* again");
        reason("scaling", "scaling\": found .* but alpha");
        reason("unknown-field", "\": not known");
        reason("missing-field", "missing, expected");
        reason("field-type", "expected ((a|an) (whole number|number|string|object|array)|true or false)");
    }

    private FolderOperations() {}

    private static void reason(String code, String pattern) {
        REASONS.put(Pattern.compile(pattern), code);
    }

    static void addTo(Map<String, Operation> operations) {
        operations.put("read-folder", FolderOperations::read);
        operations.put("refuse-folders", FolderOperations::refuse);
        operations.put("write-folder", FolderOperations::write);
        operations.put("export", FolderOperations::export);
        operations.put("fingerprint", FolderOperations::fingerprint);
    }

    private static void read(Exchange exchange) throws IOException {
        try (SavedAdapter saved = AdapterFolder.load(exchange.folder().resolve(FolderCases.FOLDER))) {
            ObjectNode description = exchange.scalars().putObject("description");
            description.put("storage", saved.storage().label());
            ArrayNode layers = description.putArray("layers");
            saved.layerNames().forEach(layers::add);
            saved.card().ifPresent(card -> describe(card, description));
            for (SavedLayer layer : saved.layers()) {
                try (INDArray a = inDouble(layer.a()).materialize();
                        INDArray b = inDouble(layer.b()).materialize()) {
                    exchange.out()
                            .put(
                                    "delta." + layer.name(),
                                    a.mmul(b).muli(layer.config().scaling()).dup('c'));
                }
            }
            saved.head()
                    .ifPresent(
                            head -> head.forEach((name, array) -> exchange.out().put("head." + name, array.dup('c'))));
        }
    }

    static KroneckerSum inDouble(KroneckerSum sum) {
        List<INDArray> factors = sum.factors().stream()
                .map(factor -> factor.castTo(DataType.DOUBLE))
                .toList();
        return KroneckerSum.of(
                factors, sum.termWeights() == null ? null : sum.termWeights().castTo(DataType.DOUBLE));
    }

    private static void describe(AdapterCard card, ObjectNode description) {
        description
                .put("base_model", card.baseModel())
                .put("model_type", card.modelType())
                .put("fingerprint", card.baseFingerprint())
                .put("max_length", card.maxLength())
                .put("base_precision", card.basePrecision().label())
                .put("task", card.task().name())
                .put("kind", card.task().kind())
                .put("pairs", card.task().pairs());
        ArrayNode labels = description.putArray("labels");
        card.task().labels().forEach(labels::add);
        Map<String, Object> fields = card.task().fields();
        for (String field : List.of("template", "words", "thresholds")) {
            if (fields.containsKey(field)) {
                description.set(field, JsonFile.node(fields.get(field)));
            }
        }
        card.embedding().ifPresent(settings -> {
            ObjectNode embedding = description
                    .putObject("embedding")
                    .put("pooling", settings.pooling().label())
                    .put("normalized", settings.normalized())
                    .put("query_prefix", settings.queryPrefix())
                    .put("passage_prefix", settings.passagePrefix());
            if (!settings.dimensions().isEmpty()) {
                settings.dimensions().forEach(embedding.putArray("dimensions")::add);
            }
        });
    }

    private static void refuse(Exchange exchange) {
        for (JsonNode name : exchange.settings().get("folders")) {
            String folder = name.textValue();
            exchange.scalars().put(folder, reason(exchange.folder().resolve(folder)));
        }
    }

    private static String reason(Path folder) {
        try (SavedAdapter accepted = AdapterFolder.load(folder)) {
            return "accepted";
        } catch (IOException e) {
            String message = e.getMessage().replace(folder.toString(), "");
            return REASONS.entrySet().stream()
                    .filter(entry -> entry.getKey().matcher(message).find())
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElse("value");
        }
    }

    private static void write(Exchange exchange) throws IOException {
        try {
            writeFolder(exchange);
        } catch (IllegalArgumentException e) {
            exchange.scalars().put("refused", e.getMessage().contains("finite") ? "not-finite" : e.getMessage());
        }
    }

    private static void writeFolder(Exchange exchange) throws IOException {
        JsonNode settings = exchange.settings();
        Precision storage = Precision.named(settings.get("storage").textValue());
        Path folder = exchange.outputFolder().resolve(FolderCases.FOLDER);
        Map<String, LsrConfig> configs = new HashMap<>();
        List<FrozenLinear> layers = new ArrayList<>();
        for (JsonNode layer : settings.get("layers")) {
            String name = layer.get("name").textValue();
            configs.put(name, KitFiles.config(layer));
            layers.add(FrozenLinear.of(
                    name,
                    Nd4j.zeros(
                            DataType.FLOAT,
                            layer.get("in").intValue(),
                            layer.get("out").intValue())));
        }
        if (layers.isEmpty()) {
            AdapterCard card = card(settings.get("card"));
            try (TransformerWeights weights = model(card.modelType()).weights(DataType.FLOAT);
                    SequenceHead head = new SequenceHead(weights, card.task().outputs(), 0)) {
                SumOperations.assign(head.parameters(), exchange.in());
                AdapterFolder.save(folder, card, head);
            }
            return;
        }
        try (AdapterSet set = AdapterSet.create(layers, layer -> configs.get(layer.name()), TinyAdapter.BACKEND)) {
            for (LsrAdapter adapter : set.lsrAdapters()) {
                SumOperations.assign(adapter.parameters(), exchange.in());
            }
            if (!settings.has("card")) {
                AdapterFolder.save(folder, set, storage);
                return;
            }
            AdapterCard card = card(settings.get("card"));
            if (!card.task().hasHead()) {
                AdapterFolder.save(folder, card, set, storage);
                return;
            }
            SmallModel model = model(card.modelType());
            try (TransformerWeights weights = model.weights(DataType.FLOAT, model != SmallModel.DEBERTA);
                    SequenceHead head = TinyAdapter.head(model.family(), weights, card.task(), 0)) {
                SumOperations.assign(head.parameters(), exchange.in());
                AdapterFolder.save(folder, card, set, head, storage);
            }
        }
    }

    static SmallModel model(String modelType) throws IOException {
        for (SmallModel model : SmallModel.values()) {
            if (model.family().modelType().equals(modelType)) {
                return model;
            }
        }
        throw new IllegalArgumentException(modelType);
    }

    private static AdapterCard card(JsonNode card) {
        int length = card.get("max_length").intValue();
        return new AdapterCard(
                card.get("base_model_name_or_path").textValue(),
                card.get("model_type").textValue(),
                card.get("base_model_fingerprint").textValue(),
                task(card.get("task")),
                length,
                Optional.ofNullable(card.get("embedding")).map(settings -> embedding(settings, length)),
                card.has("base_precision")
                        ? BasePrecision.named(card.get("base_precision").textValue())
                        : BasePrecision.STORED);
    }

    private static TaskDescription task(JsonNode task) {
        String name = task.get("name").textValue();
        List<String> labels = new ArrayList<>();
        task.path("labels").forEach(label -> labels.add(label.textValue()));
        return switch (task.get("kind").textValue()) {
            case "text" -> new TextDescription(name);
            case "embedding" -> new EmbeddingDescription(name);
            case "masked" -> new MaskedDescription(name);
            case "tokens" ->
                new TokensDescription(
                        name, labels, WordReading.named(task.path("words").asText(WordReading.JOINED.label())));
            case "multi_label" ->
                new MultiLabelDescription(
                        name,
                        labels,
                        task.get("pairs").booleanValue(),
                        thresholds(task).boxed().toList());
            case "spans" -> new SpansDescription(name, thresholds(task).findFirst());
            case "regression" ->
                new RegressionDescription(name, task.get("pairs").booleanValue());
            default ->
                new ClassificationDescription(name, labels, task.get("pairs").booleanValue());
        };
    }

    private static DoubleStream thresholds(JsonNode task) {
        return StreamSupport.stream(task.get("thresholds").spliterator(), false).mapToDouble(JsonNode::doubleValue);
    }

    private static EmbeddingSettings embedding(JsonNode settings, int length) {
        String pooling = settings.get("pooling").textValue();
        return new EmbeddingSettings(
                Arrays.stream(Pooling.values())
                        .filter(one -> one.label().equals(pooling))
                        .findFirst()
                        .orElseThrow(),
                settings.get("normalized").booleanValue(),
                settings.get("query_prefix").textValue(),
                settings.get("passage_prefix").textValue(),
                length,
                StreamSupport.stream(settings.path("dimensions").spliterator(), false)
                        .map(JsonNode::intValue)
                        .toList());
    }

    private static void export(Exchange exchange) throws IOException {
        try (SavedAdapter saved = AdapterFolder.load(exchange.folder().resolve(FolderCases.FOLDER))) {
            PeftExport.save(
                    exchange.outputFolder().resolve("peft"),
                    exchange.settings().get("base_model").textValue(),
                    saved,
                    true);
        }
    }

    private static void fingerprint(Exchange exchange) throws IOException {
        FingerprintParts parts = FingerprintParts.of(exchange.folder());
        exchange.scalars().put("fingerprint", parts.fingerprint());
        ArrayNode texts = exchange.scalars().putArray("texts");
        parts.texts().forEach(texts::add);
    }
}
