package org.lsradapt.tasks.masked;

import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.LoadedParts;
import org.lsradapt.finetuning.TaskModule;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.tasks.description.MaskedDescription;

/** Masked words of texts. */
public final class MaskedModule implements TaskModule {

    @Override
    public List<TaskType> types() {
        return List.of(MaskedTask.TYPE);
    }

    @Override
    public Optional<FineTunedModel> load(LoadedParts parts) {
        return parts.task() instanceof MaskedDescription
                ? Optional.of(new MaskedLanguageModel(parts))
                : Optional.empty();
    }
}
