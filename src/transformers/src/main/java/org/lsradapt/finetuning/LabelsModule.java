package org.lsradapt.finetuning;

import java.util.List;
import java.util.Optional;
import org.lsradapt.tasks.TaskDescription;

/** Several labels of texts. */
public final class LabelsModule implements TaskModule {

    @Override
    public List<TaskType> types() {
        return List.of(new LabelsTask.Type());
    }

    @Override
    public Optional<FineTunedModel> load(LoadedParts parts) {
        return parts.task() instanceof TaskDescription.MultiLabel
                ? Optional.of(new MultiLabelClassifier(SequenceModel.Parts.ofTexts(parts)))
                : Optional.empty();
    }

    @Override
    public Optional<EvaluationReader> evaluation(TaskDescription task) {
        return task instanceof TaskDescription.MultiLabel known
                ? Optional.of(EvaluationReader.of(
                        new LabelsTask.Type(), (file, given) -> LabelsTask.evaluation(known, file, given)))
                : Optional.empty();
    }
}
