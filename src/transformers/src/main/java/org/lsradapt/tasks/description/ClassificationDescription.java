package org.lsradapt.tasks.description;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;

/**
 * The choice of one class.
 *
 * @param temperatures one temperature; empty if the probabilities are not calibrated
 */
public record ClassificationDescription(String name, List<String> labels, boolean pairs, List<Double> temperatures)
        implements TaskDescription {
    /** Checks that there are at least two different labels, and at most one positive temperature. */
    public ClassificationDescription {
        labels = Descriptions.requireLabels(name, "classification", labels);
        temperatures = Descriptions.requireTemperatures(name, temperatures, 1);
    }

    /** Creates a description without calibration. */
    public ClassificationDescription(String name, List<String> labels, boolean pairs) {
        this(name, labels, pairs, List.of());
    }

    static ClassificationDescription read(JsonFields fields) throws IOException {
        return new ClassificationDescription(
                fields.text("name"), fields.texts("labels"), fields.flag("pairs"), Descriptions.temperatures(fields));
    }

    static Optional<ClassificationDescription> of(HubHead head) {
        return head.readsWhole() && head.outputs() > 1 && !head.problem().equals(HubHead.NUMBER)
                ? Optional.of(TaskDescription.classification("classification", head.labels(), false))
                : Optional.empty();
    }

    @Override
    public String kind() {
        return "classification";
    }

    @Override
    public String summary() {
        return outputs() + " classes";
    }

    @Override
    public int outputs() {
        return labels.size();
    }

    @Override
    public boolean averages() {
        return true;
    }

    @Override
    public Map<String, Object> fields() {
        return Descriptions.calibrated(this, "labels", labels, "pairs", pairs);
    }

    @Override
    public Map<String, Object> hubFields() {
        return HubHead.names("single_label_classification", labels);
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
