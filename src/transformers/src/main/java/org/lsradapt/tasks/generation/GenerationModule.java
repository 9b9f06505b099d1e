package org.lsradapt.tasks.generation;

import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.LoadedParts;
import org.lsradapt.finetuning.TaskModule;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.tasks.description.TextDescription;

/** Texts that are continued. */
public final class GenerationModule implements TaskModule {

    @Override
    public List<TaskType> types() {
        return List.of(TextTask.TYPE, TextTask.INSTRUCTIONS, PreferencesTask.TYPE);
    }

    @Override
    public Optional<FineTunedModel> load(LoadedParts parts) {
        return parts.task() instanceof TextDescription ? Optional.of(new TextGenerator(parts)) : Optional.empty();
    }
}
