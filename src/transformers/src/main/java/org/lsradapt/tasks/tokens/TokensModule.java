package org.lsradapt.tasks.tokens;

import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.LoadedParts;
import org.lsradapt.finetuning.TaskModule;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.tasks.description.TokensDescription;

/** Words with tags. */
public final class TokensModule implements TaskModule {

    @Override
    public List<TaskType> types() {
        return List.of(TokensTask.TYPE);
    }

    @Override
    public Optional<FineTunedModel> load(LoadedParts parts) {
        return parts.task() instanceof TokensDescription task
                ? Optional.of(new TokenClassifier(parts, task))
                : Optional.empty();
    }
}
