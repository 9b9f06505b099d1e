package org.lsradapt.tasks.labels;

import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.LoadedParts;
import org.lsradapt.finetuning.TaskModule;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.tasks.classification.SequenceModel;
import org.lsradapt.tasks.description.MultiLabelDescription;

/** Several labels of texts. */
public final class LabelsModule implements TaskModule {

    @Override
    public List<TaskType> types() {
        return List.of(LabelsTask.TYPE);
    }

    @Override
    public Optional<FineTunedModel> load(LoadedParts parts) {
        return parts.task() instanceof MultiLabelDescription
                ? Optional.of(new MultiLabelClassifier(SequenceModel.Parts.ofTexts(parts)))
                : Optional.empty();
    }
}
