package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.adapters.peft.AuthorsImport;
import org.lsradapt.adapters.peft.ImportedAdapter;
import org.lsradapt.adapters.peft.PeftImport;
import org.lsradapt.conformance.LibraryPort.Exchange;
import org.lsradapt.conformance.LibraryPort.Operation;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What {@link ImportCases} asks for. */
final class ImportOperations {

    private ImportOperations() {}

    static void addTo(Map<String, Operation> operations) {
        operations.put("import-peft", ImportOperations::importPeft);
        operations.put("import-authors", ImportOperations::importAuthors);
    }

    static ImportedAdapter load(Path folder) throws IOException {
        return PeftImport.load(folder);
    }

    private static void importPeft(Exchange exchange) throws IOException {
        for (JsonNode name : exchange.settings().get("folders")) {
            String folder = name.textValue();
            ImportedAdapter imported;
            try {
                imported = load(exchange.folder().resolve(folder));
            } catch (IOException e) {
                exchange.scalars().put(folder, reason(e.getMessage()));
                continue;
            }
            try (imported) {
                describe(imported, exchange.scalars().putObject(folder));
                putDeltas(imported, folder + "/", exchange);
                if (imported.headOutputs() > 0) {
                    String modelType =
                            exchange.settings().get("heads").get(folder).textValue();
                    head(imported, modelType)
                            .forEach((array, value) -> exchange.out().put(folder + "/head." + array, value));
                }
            }
        }
    }

    private static String reason(String message) {
        if (message.contains("does not say which version")) {
            return "version";
        }
        if (message.contains(": has no adapter_") || message.contains("there is no such file")) {
            return "missing-file";
        }
        return message.contains(ImportCases.CONFIG + ":") || message.contains("not valid JSON")
                ? "configuration"
                : "tensors";
    }

    private static void describe(ImportedAdapter imported, ObjectNode description) {
        imported.baseModel().ifPresent(name -> description.put("base_model", name));
        description
                .put("text", imported.taskType().equals(Optional.of("CAUSAL_LM")))
                .put("head_outputs", imported.headOutputs());
        ArrayNode layers = description.putArray("layers");
        for (SavedLayer layer : imported.layers()) {
            ObjectNode node = layers.addObject().put("name", layer.name());
            KitFiles.putConfig(node, layer.config());
            node.remove("seed");
        }
    }

    private static void putDeltas(ImportedAdapter imported, String prefix, Exchange exchange) {
        for (SavedLayer layer : imported.layers()) {
            INDArray delta = FolderOperations.inDouble(layer.a())
                    .materialize()
                    .mmul(FolderOperations.inDouble(layer.b()).materialize())
                    .muli(layer.config().scaling());
            exchange.out().put(prefix + "delta." + layer.name(), delta.dup('c'));
        }
    }

    /** A head's arrays on a small model of a type, weights as [in, out]. */
    static Map<String, INDArray> head(ImportedAdapter imported, String modelType) throws IOException {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        SmallModel model = FolderOperations.model(modelType);
        try (TransformerWeights weights = model.weights(DataType.DOUBLE, model != SmallModel.DEBERTA);
                SequenceHead head = imported.head(weights)) {
            head.parameters()
                    .forEach(parameter ->
                            arrays.put(parameter.name(), parameter.value().dup('c')));
        }
        return arrays;
    }

    private static void importAuthors(Exchange exchange) throws IOException {
        try (ImportedAdapter imported = AuthorsImport.load(
                exchange.folder().resolve("input.safetensors"),
                exchange.settings().get("lora_alpha").doubleValue())) {
            describe(imported, exchange.scalars().putObject("description"));
            putDeltas(imported, "", exchange);
        } catch (IOException e) {
            exchange.scalars().put("refused", "tensors");
        }
    }
}
