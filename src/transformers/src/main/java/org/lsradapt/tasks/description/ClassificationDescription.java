package org.lsradapt.tasks.description;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.objectives.SequenceObjective;

/** The choice of one class. */
public record ClassificationDescription(String name, List<String> labels, boolean pairs) implements TaskDescription {
    /** Checks that there are at least two different labels. */
    public ClassificationDescription {
        labels = Descriptions.requireLabels(name, "classification", labels);
    }

    static ClassificationDescription read(JsonFields fields) throws IOException {
        return new ClassificationDescription(fields.text("name"), fields.texts("labels"), fields.flag("pairs"));
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
        return Descriptions.fields(this, "labels", labels, "pairs", pairs);
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
