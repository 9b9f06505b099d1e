package org.lsradapt.tasks.reranking;

import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.LoadedParts;
import org.lsradapt.finetuning.TaskModule;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.tasks.classification.SequenceModel;
import org.lsradapt.tasks.description.RerankingDescription;

/** Passages that are ranked. */
public final class RerankingModule implements TaskModule {

    @Override
    public List<TaskType> types() {
        return List.of(RerankTask.TYPE);
    }

    @Override
    public Optional<FineTunedModel> load(LoadedParts parts) {
        return parts.task() instanceof RerankingDescription
                ? Optional.of(new Reranker(SequenceModel.Parts.ofTexts(parts)))
                : Optional.empty();
    }
}
