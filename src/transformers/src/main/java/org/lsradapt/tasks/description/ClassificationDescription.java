package org.lsradapt.tasks.description;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;

/**
 * The choice of one class.
 *
 * @param temperatures one temperature; empty if the probabilities are not calibrated
 * @param leastProbability the least probability of a class that is answered, above 0 and below 1; empty if all inputs are answered
 */
public record ClassificationDescription(
        String name, List<String> labels, boolean pairs, List<Double> temperatures, OptionalDouble leastProbability)
        implements TaskDescription {
    /** The field of the least probability; in {@code config.json} it is unknown to transformers. */
    static final String ABSTAIN = "abstain_below";

    /** Checks that there are at least two different labels, at most one positive temperature, and a probability. */
    public ClassificationDescription {
        labels = Descriptions.requireLabels(name, "classification", labels);
        temperatures = Descriptions.requireTemperatures(name, temperatures, 1);
        Require.argument(
                leastProbability.isEmpty()
                        || (leastProbability.getAsDouble() > 0 && leastProbability.getAsDouble() < 1),
                "task %s: %s %s, expected a probability above 0 and below 1",
                name,
                ABSTAIN,
                leastProbability);
    }

    /** Creates a description of a classifier that answers all inputs. */
    public ClassificationDescription(String name, List<String> labels, boolean pairs, List<Double> temperatures) {
        this(name, labels, pairs, temperatures, OptionalDouble.empty());
    }

    /** Creates a description without calibration. */
    public ClassificationDescription(String name, List<String> labels, boolean pairs) {
        this(name, labels, pairs, List.of());
    }

    static ClassificationDescription read(JsonFields fields) throws IOException {
        return new ClassificationDescription(
                fields.text("name"),
                fields.texts("labels"),
                fields.flag("pairs"),
                Descriptions.temperatures(fields),
                least(fields));
    }

    private static OptionalDouble least(JsonFields fields) throws IOException {
        return fields.has(ABSTAIN) ? OptionalDouble.of(fields.number(ABSTAIN)) : OptionalDouble.empty();
    }

    static Optional<ClassificationDescription> of(HubHead head) throws IOException {
        return head.readsWhole() && head.outputs() > 1 && !head.problem().equals(HubHead.NUMBER)
                ? Optional.of(new ClassificationDescription(
                        "classification", head.labels(), false, List.of(), least(head.config())))
                : Optional.empty();
    }

    @Override
    public String kind() {
        return "classification";
    }

    @Override
    public String summary() {
        return outputs() + " classes"
                + (leastProbability.isEmpty()
                        ? ""
                        : String.format(Locale.ROOT, ", none below probability %.4f", leastProbability.getAsDouble()));
    }

    @Override
    public boolean averages() {
        return true;
    }

    @Override
    public Map<String, Object> fields() {
        Map<String, Object> fields = Descriptions.calibrated(this, "labels", labels, "pairs", pairs);
        leastProbability.ifPresent(least -> fields.put(ABSTAIN, least));
        return fields;
    }

    @Override
    public Map<String, Object> hubFields() {
        Map<String, Object> fields = HubHead.names("single_label_classification", labels);
        leastProbability.ifPresent(least -> fields.put(ABSTAIN, least));
        return fields;
    }

    @Override
    public HubTask onHub(boolean ofImages) {
        HubTask task = ofImages
                ? HubTask.of(
                                "image-classification",
                                "AutoModelForImageClassification",
                                "chooses a class for each image",
                                "predict")
                        .preparedBy("AutoImageProcessor")
                : HubTask.classifier("chooses a class for each text");
        return task.loadedWith(", num_labels=" + outputs());
    }

    @Override
    public Objective objective(SequenceHead head, Backend backend) {
        return SequenceObjective.of(head, Loss.CROSS_ENTROPY, backend);
    }
}
