package org.lsradapt.tasks.answers;

import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.LoadedParts;
import org.lsradapt.finetuning.TaskModule;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.tasks.description.SpansDescription;

/** Answers to questions about passages. */
public final class AnswersModule implements TaskModule {

    @Override
    public List<TaskType> types() {
        return List.of(SpansTask.TYPE);
    }

    @Override
    public Optional<FineTunedModel> load(LoadedParts parts) {
        return parts.task() instanceof SpansDescription task
                ? Optional.of(new AnswerExtractor(parts, task))
                : Optional.empty();
    }
}
