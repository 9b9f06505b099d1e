package org.lsradapt.tasks.description;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;

/** The prediction of a value. */
public record RegressionDescription(String name, boolean pairs) implements TaskDescription {
    static RegressionDescription read(JsonFields fields) throws IOException {
        Descriptions.requireNoLabels(fields, "regression");
        return new RegressionDescription(fields.text("name"), fields.flag("pairs"));
    }

    static Optional<RegressionDescription> of(HubHead head) {
        return head.readsWhole() && head.outputs() == 1 && !head.problem().equals(HubHead.SEVERAL)
                ? Optional.of(new RegressionDescription("regression", false))
                : Optional.empty();
    }

    @Override
    public String kind() {
        return "regression";
    }

    @Override
    public int outputs() {
        return 1;
    }

    @Override
    public boolean averages() {
        return true;
    }

    @Override
    public Map<String, Object> fields() {
        return Descriptions.fields(this, "labels", labels(), "pairs", pairs);
    }

    @Override
    public Map<String, Object> hubFields() {
        return HubHead.names(HubHead.NUMBER, labels());
    }

    @Override
    public HubTask onHub(boolean ofImages) {
        return HubTask.classifier("gives each text a number").loadedWith(", num_labels=1");
    }

    @Override
    public Objective objective(SequenceHead head, Backend backend) {
        return SequenceObjective.of(head, Loss.SQUARED_ERROR, backend);
    }
}
