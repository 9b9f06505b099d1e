package org.lsradapt.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.Require;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The trained classification or regression head that a Hugging Face folder has beside its base model. */
public final class SavedHead {
    private final TensorSource tensors;
    private final List<String> labels;
    private final int outputs;

    private SavedHead(TensorSource tensors, List<String> labels, int outputs) {
        this.tensors = tensors;
        this.labels = labels;
        this.outputs = outputs;
    }

    /** The head of a folder, if it has one. */
    static Optional<SavedHead> find(TensorSource tensors, ObjectNode config, Transformer model) {
        String weight = model.head().output() + ".weight";
        if (!tensors.has(weight) || tensors.shape(weight).length != 2) {
            return Optional.empty();
        }
        int outputs = Math.toIntExact(tensors.shape(weight)[0]);
        List<String> labels = new ArrayList<>();
        JsonNode names = config.path("id2label");
        for (int i = 0; outputs > 1 && i < outputs; i++) {
            labels.add(names.path(Integer.toString(i)).asText("LABEL_" + i));
        }
        return Optional.of(new SavedHead(tensors, List.copyOf(labels), outputs));
    }

    /** Names of the classes in the order of the outputs; empty for a regression. */
    public List<String> labels() {
        return labels;
    }

    /** How many outputs it has. */
    public int outputs() {
        return outputs;
    }

    /**
     * Puts the parameters into a head.
     *
     * @param head a head of this model with as many outputs; overwritten
     * @throws IOException if a tensor is missing or cannot be read
     */
    public void copyTo(SequenceHead head) throws IOException {
        for (Parameter parameter : head.parameters()) {
            if (!tensors.has(parameter.name())) {
                throw new IOException(tensors.location() + ": there is no weight '" + parameter.name()
                        + "' of the classifier");
            }
            try (INDArray value = MappedWeights.read(tensors, parameter.name(), parameter.value().rank() == 2)) {
                Require.shape(
                        tensors.location(), parameter.name(), value, "the head", parameter.value().shape());
                parameter.value().assign(value);
            }
        }
    }
}
