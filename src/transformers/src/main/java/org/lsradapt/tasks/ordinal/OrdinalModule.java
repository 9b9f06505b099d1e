package org.lsradapt.tasks.ordinal;

import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.LoadedParts;
import org.lsradapt.finetuning.TaskModule;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.tasks.classification.SequenceModel;
import org.lsradapt.tasks.description.OrdinalDescription;

/** Ordered classes of texts. */
public final class OrdinalModule implements TaskModule {

    @Override
    public List<TaskType> types() {
        return List.of(OrdinalTask.TYPE);
    }

    @Override
    public Optional<FineTunedModel> load(LoadedParts parts) {
        return parts.task() instanceof OrdinalDescription
                ? Optional.of(new OrdinalClassifier(SequenceModel.Parts.ofTexts(parts)))
                : Optional.empty();
    }
}
