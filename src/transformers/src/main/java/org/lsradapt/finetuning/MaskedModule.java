package org.lsradapt.finetuning;

import java.util.List;
import java.util.Optional;
import org.lsradapt.tasks.TaskDescription;

/** Masked words of texts. */
public final class MaskedModule implements TaskModule {

    @Override
    public List<TaskType> types() {
        return List.of(new MaskedTask.Type());
    }

    @Override
    public Optional<FineTunedModel> load(LoadedParts parts) {
        return parts.task() instanceof TaskDescription.Masked
                ? Optional.of(new MaskedLanguageModel(parts))
                : Optional.empty();
    }
}
