package org.lsradapt.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.internal.weights.MappedWeights;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.HubHead;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The trained classification or regression head in a base model's Hugging Face folder. */
public final class SavedHead {
    /** The configuration fields by which sentence-transformers marks a cross-encoder: version 4 and 5, then before 4. */
    static final List<String> CROSS_ENCODERS = List.of("sentence_transformers", "sbert_ce_default_activation_function");

    private final String location;
    private final Map<String, INDArray> arrays;
    private final HubHead described;

    private SavedHead(String location, Map<String, INDArray> arrays, HubHead described) {
        this.location = location;
        this.arrays = arrays;
        this.described = described;
    }

    /** Finds the head; {@code crossEncoder} if another file than {@code config.json} calls it a cross-encoder. */
    static Optional<SavedHead> find(
            TensorSource tensors, ObjectNode config, Family family, Transformer model, boolean crossEncoder)
            throws IOException {
        String architecture = config.path("architectures").path(0).asText();
        Head head = HubHead.part(architecture, family, model);
        String weight = head.output() + ".weight";
        if (!tensors.has(weight) || tensors.shape(weight).length != 2) {
            return Optional.empty();
        }
        int outputs = Math.toIntExact(tensors.shape(weight)[0]);
        List<String> labels = new ArrayList<>();
        JsonNode names = config.path("id2label");
        for (int i = 0; outputs > 1 && i < outputs; i++) {
            labels.add(names.path(Integer.toString(i)).asText("LABEL_" + i));
        }
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        List<String> layers = new ArrayList<>(List.of(head.output()));
        head.dense().ifPresent(dense -> layers.add(dense.linear().name()));
        head.dense().flatMap(Head.Dense::norm).ifPresent(norm -> layers.add(norm.name()));
        for (String layer : layers) {
            for (String name : List.of(layer + ".weight", layer + ".bias")) {
                if (tensors.has(name)) {
                    arrays.put(name, MappedWeights.read(tensors, name, true));
                }
            }
        }
        return Optional.of(new SavedHead(
                tensors.location(),
                arrays,
                new HubHead(
                        architecture,
                        config.path("problem_type").asText(),
                        List.copyOf(labels),
                        outputs,
                        crossEncoder || CROSS_ENCODERS.stream().anyMatch(config::has),
                        new JsonFields(tensors.location(), config))));
    }

    /**
     * Returns the head's task.
     *
     * @throws IllegalArgumentException if the head gives several numbers, or is for anything other than texts, their
     *     words, passages with answers, or images
     * @throws IOException if a field that describes the task is malformed; the message names it
     */
    public TaskDescription task() throws IOException {
        Optional<TaskDescription> task = TaskDescription.of(described);
        Require.argument(
                task.isPresent() || described.readsWhole(),
                "%s: the model is a %s, expected a classifier of texts or images",
                location,
                described.architecture());
        return task.orElseThrow(() -> new IllegalArgumentException(
                location + ": the classifier is for problem_type " + described.problem() + " with "
                        + (outputs() == 1
                                ? "one output, expected at least two labels"
                                : outputs() + " outputs, expected one output")));
    }

    /** Whether the head gives a text or a pair of texts one number, as a regression or a cross-encoder does. */
    public boolean givesNumber() {
        return described.givesNumber();
    }

    /** The number of outputs. */
    public int outputs() {
        return described.outputs();
    }

    /**
     * Copies the parameters into a head.
     *
     * @param head a head of this model with the same number of outputs; overwritten
     * @throws IllegalArgumentException if a parameter is missing or has another shape
     */
    public void copyTo(SequenceHead head) {
        for (Parameter parameter : head.parameters()) {
            INDArray value = arrays.get(parameter.name());
            Require.argument(
                    value != null, "%s: there is no weight '%s' of the classifier", location, parameter.name());
            Require.shape(
                    location,
                    parameter.name(),
                    value,
                    "the head",
                    parameter.value().shape());
            parameter.value().assign(value);
        }
    }
}
