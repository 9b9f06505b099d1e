package org.lsradapt.tasks.classification;

import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.LoadedParts;
import org.lsradapt.finetuning.TaskModule;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.RegressionDescription;
import org.lsradapt.tasks.description.RerankingDescription;
import org.lsradapt.tasks.description.TaskDescription;

/** Classes and numbers of texts. */
public final class ClassificationModule implements TaskModule {

    @Override
    public List<TaskType> types() {
        return List.of(ClassificationTask.TYPE, ClassificationTask.REGRESSION);
    }

    @Override
    public Optional<FineTunedModel> load(LoadedParts parts) {
        if (parts.task() instanceof RegressionDescription) {
            return Optional.of(new TextRegressor(SequenceModel.Parts.ofTexts(parts)));
        }
        return parts.task() instanceof ClassificationDescription
                        && !parts.base(BaseModel.class).model().readsImages()
                ? Optional.of(new TextClassifier(SequenceModel.Parts.ofTexts(parts)))
                : Optional.empty();
    }

    @Override
    public Optional<EvaluationReader> evaluation(TaskDescription task) {
        boolean rows = task instanceof ClassificationDescription
                || task instanceof RegressionDescription
                || task instanceof RerankingDescription;
        return rows
                ? Optional.of(EvaluationReader.of(
                        ClassificationTask.TYPE, (file, given) -> ClassificationTask.evaluation(task, file, given)))
                : Optional.empty();
    }
}
