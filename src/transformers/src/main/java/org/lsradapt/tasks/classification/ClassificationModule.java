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
}
