package org.lsradapt.finetuning;

import java.util.List;
import java.util.Optional;
import org.lsradapt.tasks.TaskDescription;

/** Passages that are ranked. */
public final class RerankingModule implements TaskModule {

    @Override
    public List<TaskType> types() {
        return List.of(new RerankTask.Type());
    }

    @Override
    public Optional<FineTunedModel> load(LoadedParts parts) {
        return parts.task() instanceof TaskDescription.Reranking
                ? Optional.of(new Reranker(SequenceModel.Parts.ofTexts(parts)))
                : Optional.empty();
    }
}
